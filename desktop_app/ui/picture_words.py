"""What is known about one picture, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.ui import wording
from desktop_app.ui.full_pictures import FullPicture
from desktop_app.ui.models.preparation import NetworkInput

if TYPE_CHECKING:
    from desktop_app.features.network_input import Placement
    from desktop_app.features.preprocessing import Fit
    from desktop_app.project.imaging import ImageFacts
    from desktop_app.project.shot import Shot

translate = wording.translate
_ABOUT_ONE = 0.005  # a change of scale that nobody calls one


# ---- file and camera


def file_facts(picture: FullPicture) -> str:
    """ "128 × 128 pixels · grey, 8 bit · JPEG · 6 kB · changed 4 March 2021"."""
    facts = picture.facts
    parts = [
        translate("picture", "{width} × {height} pixels").format(
            width=wording.number(facts.width), height=wording.number(facts.height)
        ),
        translate("picture", "{colours}, {bits} bit").format(colours=_colours(facts), bits=wording.number(facts.bits)),
        facts.format,
        wording.file_size(picture.size),
        translate("picture", "changed {when}").format(when=wording.moment(picture.changed.isoformat())),
    ]
    if facts.frames > 1:
        parts.append(
            translate("picture", "the first of {n} pictures in this file").format(n=wording.number(facts.frames))
        )
    return wording.DOT.join(parts)


def _colours(facts: ImageFacts) -> str:
    if facts.mode == "CMYK":
        return translate("picture", "printing colours")
    if facts.mode == "1" or facts.mode[0] in "LIF":  # L and LA, I;16 and its like
        return translate("picture", "grey")
    return translate("picture", "colour")


def camera_facts(shot: Shot) -> str:
    """ "Canon EOS 80D · 1/250 s · f/5.6 · ISO 200 · 50 mm · taken 4 March 2021"; "No camera data" if there is none."""
    parts = [
        shot.camera,
        _exposure(shot.seconds),
        f"f/{wording.decimal(shot.aperture, 1, trim=True)}" if shot.aperture else "",
        f"ISO {wording.number(round(shot.speed))}" if shot.speed else "",
        f"{wording.decimal(shot.focal_length, 1, trim=True)}{wording.SPACE}mm" if shot.focal_length else "",
        translate("picture", "taken {when}").format(when=wording.moment(shot.taken)) if shot.taken else "",
        translate("picture", "contains a position") if shot.has_position else "",
    ]
    return wording.DOT.join(part for part in parts if part) or translate("picture", "No camera data")


def _exposure(seconds: float) -> str:
    if not seconds:
        return ""
    if seconds >= 0.3:
        return f"{wording.decimal(seconds, 1, trim=True)}{wording.SPACE}s"
    return f"1/{wording.number(round(1 / seconds))}{wording.SPACE}s"


# ---- what the network sees


def input_size(placement: Placement) -> str:
    """ "224 × 224 px"."""
    edge = wording.number(placement.size)
    return f"{edge} × {edge}{wording.SPACE}px"


def input_changes(seen: NetworkInput) -> str:
    """ "enlarged 1.75 ×, nothing cut off, no border added"."""
    placement = seen.placement
    parts = [_resized(placement)]
    if seen.fit == "squash" and abs(placement.scale_x / placement.scale_y - 1) > _ABOUT_ONE:
        parts.append(_squashed(placement))
    if placement.cut_off:
        sides = (
            translate("picture", "{share} cut off at the left and right")
            if placement.width > placement.height
            else translate("picture", "{share} cut off at the top and bottom")
        )
        parts.append(sides.format(share=wording.percent(placement.cut_off)))
    else:
        parts.append(translate("picture", "nothing cut off"))
    if placement.border:
        where = (
            translate("picture", "border above and below, {share} of the square")
            if placement.width > placement.height
            else translate("picture", "border at the left and right, {share} of the square")
        )
        parts.append(where.format(share=wording.percent(placement.border)))
    else:
        parts.append(translate("picture", "no border added"))
    return ", ".join(parts)


def _resized(placement: Placement) -> str:
    scale = (placement.scale_x * placement.scale_y) ** 0.5
    if abs(scale - 1) <= _ABOUT_ONE:
        return translate("picture", "as large as it is")
    if scale > 1:
        return translate("picture", "enlarged {times} ×").format(times=wording.decimal(scale, 2, trim=True))
    return translate("picture", "made {times} × smaller").format(times=wording.decimal(1 / scale, 2, trim=True))


def _squashed(placement: Placement) -> str:
    ratio = placement.scale_x / placement.scale_y
    if ratio < 1:
        return translate("picture", "squeezed to {share} of its width").format(share=wording.percent(ratio))
    return translate("picture", "squeezed to {share} of its height").format(share=wording.percent(1 / ratio))


def input_source(seen: NetworkInput) -> str:
    """Whose way it is, and that looking at another one changes nothing."""
    by = seen.prepared_by
    used, shown = fit_name(by.preprocessing.fit), fit_name(seen.fit)
    if seen.fit == by.preprocessing.fit:
        if by.model:
            return translate("picture", "As {model} sees it.").format(model=by.model)
        return translate("picture", "As training would see it.")
    if by.model:
        return translate("picture", "Only shown: {model} uses “{used}”, and nothing changes that.").format(
            model=by.model, used=used
        )
    return translate("picture", "Only shown: “{shown}” changes nothing, training would use “{used}”.").format(
        shown=shown, used=used
    )


def fit_name(fit: Fit) -> str:
    return {
        "pad": translate("picture", "pad"),
        "squash": translate("picture", "squash"),
        "crop": translate("picture", "crop"),
    }[fit]
