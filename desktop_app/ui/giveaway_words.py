"""What gives a class away without a look at its pictures, in words, with what a person can check."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from desktop_app.project.giveaways import GivesAway
from desktop_app.ui import wording

translate = QCoreApplication.translate


def sentence(found: GivesAway) -> str:
    """ "90 % of “scratch” (45 of 50 pictures) were taken with “X100”, and 3 of 120 others. …"."""
    evidence = _evidence(found).format(
        share=wording.share_of(found.having, found.pictures),
        name=found.name,
        part=wording.part_of(found.having, found.pictures),
        others=wording.part_of(found.others_having, found.others),
        value=_days(found.value) if found.property == "date" else found.value,
    )
    return f"{evidence} {_so_what(found)}"


def _evidence(found: GivesAway) -> str:
    match found.property:
        case "camera" if found.value:
            return translate(
                "giveaway", "{share} of “{name}” ({part}) were taken with “{value}”, and {others} other pictures."
            )
        case "camera":
            return translate(
                "giveaway", "Of {share} of “{name}” ({part}) no camera is noted, and of {others} other pictures."
            )
        case "date" if found.value:
            return translate(
                "giveaway", "{share} of “{name}” ({part}) were taken on {value}, and {others} other pictures."
            )
        case "date":
            return translate(
                "giveaway", "Of {share} of “{name}” ({part}) no date is noted, and of {others} other pictures."
            )
        case "format":
            return translate("giveaway", "{share} of “{name}” ({part}) are {value}, and {others} other pictures.")
        case "size":
            return translate(
                "giveaway", "{share} of “{name}” ({part}) are {value} pixels, and {others} other pictures."
            )
    return _by_number(found)


def _by_number(found: GivesAway) -> str:
    more = found.value == "more"
    return {
        "shape": (
            translate("giveaway", "{share} of “{name}” ({part}) are told by being narrower; so are {others} others."),
            translate("giveaway", "{share} of “{name}” ({part}) are told by being wider; so are {others} others."),
        ),
        "brightness": (
            translate("giveaway", "{share} of “{name}” ({part}) are told by being darker; so are {others} others."),
            translate("giveaway", "{share} of “{name}” ({part}) are told by being brighter; so are {others} others."),
        ),
        "sharpness": (
            translate("giveaway", "{share} of “{name}” ({part}) are told by being smoother; so are {others} others."),
            translate("giveaway", "{share} of “{name}” ({part}) are told by being sharper; so are {others} others."),
        ),
        "warmth": (
            translate("giveaway", "{share} of “{name}” ({part}) are told by being bluer; so are {others} others."),
            translate("giveaway", "{share} of “{name}” ({part}) are told by being redder; so are {others} others."),
        ),
        "greenness": (
            translate("giveaway", "{share} of “{name}” ({part}) are told by being purpler; so are {others} others."),
            translate("giveaway", "{share} of “{name}” ({part}) are told by being greener; so are {others} others."),
        ),
    }[found.property][more]


def _so_what(found: GivesAway) -> str:
    return {
        "camera": translate("giveaway", "The camera alone tells the class: a model may learn just that."),
        "date": translate("giveaway", "The date alone tells the class: a model may learn what else differed then."),
        "format": translate("giveaway", "The file format alone tells the class: a model may learn just that."),
        "size": translate("giveaway", "The picture size alone tells the class: a model may learn just that."),
        "shape": translate("giveaway", "The shape of the picture alone tells the class: a model may learn just that."),
        "brightness": translate("giveaway", "The light alone tells the class: is it the same for all?"),
        "sharpness": translate("giveaway", "The sharpness alone tells the class: is the focus the same for all?"),
        "warmth": translate(
            "giveaway", "The colour of the whole picture alone tells the class: is the light the same for all?"
        ),
        "greenness": translate(
            "giveaway", "The colour of the whole picture alone tells the class: is the light the same for all?"
        ),
    }[found.property]


def _days(value: str) -> str:
    """ "3 May 2024", or "3 May 2024 to 4 May 2024"."""
    locale = QLocale()
    days = [QDate.fromString(day, "yyyy-MM-dd") for day in value.split("/")]
    shown = [locale.toString(day, translate("wording", "d MMMM yyyy")) for day in days if day.isValid()]
    return translate("giveaway", "{first} to {last}").format(first=shown[0], last=shown[1]) if shown[1:] else shown[0]
