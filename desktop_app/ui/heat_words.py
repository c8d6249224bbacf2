"""Where a model looks, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.ui import wording

if TYPE_CHECKING:
    from desktop_app.features.heat import Method
    from desktop_app.ui.models.heat import HeatSeen

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
