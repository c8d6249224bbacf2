"""Where a model looks, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from desktop_app.ui import wording

if TYPE_CHECKING:
    from desktop_app.evaluation.looks import ClassLooks
    from desktop_app.features.heat import Method
    from desktop_app.ui.models.heat import HeatSeen
    from desktop_app.ui.models.looks import LooksSeen

translate = wording.translate


def about(seen: HeatSeen) -> str:
    """ "What speaks for “scratch” is bright", and what is to be said about that."""
    if seen.nothing:
        return translate("heat", "No place in it speaks for “{class_name}”").format(class_name=seen.target)
    text = translate("heat", "What speaks for “{class_name}” is bright").format(class_name=seen.target)
    if seen.method == "covering":
        text = f"{text}{wording.DOT}{translate('heat', 'roughly')}"
    if seen.on_border:
        text = f"{text}{wording.DOT}{translate('heat', 'it looks at the border')}"
    return text


def method(found: Method) -> str:
    """How heat was found, for those who want to know."""
    return {
        "activation": translate("heat", "Found from what each place adds to the class’s score (class activation map)."),
        "attention": translate(
            "heat", "Found by leaving out each patch where the network attends to it last (value zeroing)."
        ),
        "covering": translate("heat", "Found by covering one patch after the other."),
    }[found]


# ---- whole classes


def shortly(seen: LooksSeen) -> str:
    """ "20 pictures", or what is wrong with where it looks."""
    if seen.nothing:
        return translate("heat", "no place speaks for it")
    return translate("heat", "looks at the border") if seen.on_border else wording.pictures(seen.n)


def about_class(seen: LooksSeen | ClassLooks) -> str:
    """ "“scratch”, 20 pictures: 12 % of what speaks for it lies on the border, truly 8–16 %"."""
    name = translate("heat", "“{class_name}”, {pictures}").format(
        class_name=seen.name, pictures=wording.pictures(seen.n)
    )
    if seen.nothing:
        return translate("heat", "{class_in}: no place speaks for it").format(class_in=name)
    return translate("heat", "{class_in}: {border}").format(class_in=name, border=on_border(seen))


def on_border(seen: LooksSeen | ClassLooks) -> str:
    """ "12 % of what speaks for it lies on the border, truly 8–16 %"."""
    return translate("heat", "{share} of what speaks for it lies on the border, {truly}").format(
        share=wording.percent(seen.border), truly=wording.truly(seen.interval)
    )


def border_warning(found: Sequence[ClassLooks]) -> str:
    """A warning about the classes for which the model looks at the border; "" if it does for none."""
    hot = sorted((one for one in found if one.on_border), key=lambda one: -one.border)
    if not hot:
        return ""
    return translate(
        "heat",
        "For {classes} the model looks at the border of the pictures more than at their middle: {share} to {rest} of "
        "what speaks for the class ({truly}). Does the border only tell how they were taken?",
    ).format(
        classes=wording.quoted([one.name for one in hot]),
        share=wording.percent(hot[0].border),
        rest=wording.percent(1 - hot[0].border),
        truly=wording.truly(hot[0].interval),
    )
