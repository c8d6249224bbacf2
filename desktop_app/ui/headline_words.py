"""How good a run is, and what that was measured on, in the same words wherever it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop_app.ui import wording

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Basis
    from desktop_app.events import CrossValidated

translate = wording.translate


def basis(of: Basis) -> str:
    """On what: "on its test pictures"."""
    return {
        "test": translate("headline", "on its test pictures"),
        "as_trained": translate("headline", "cross-validated"),
        "before_fine_tuning": translate("headline", "cross-validated before fine-tuning"),
        "other_head": translate("headline", "cross-validated with a linear head"),
    }[of]


def short(of: CrossValidated) -> str:
    """The figure's kind in a line."""
    match of.what:
        case "as_trained":
            text = translate("headline", "{folds}-fold cross-validated on all pictures")
        case "before_fine_tuning":
            text = translate("headline", "{folds}-fold cross-validated before fine-tuning")
        case "other_head":
            text = translate("headline", "{folds}-fold cross-validated with a linear head")
    return text.format(folds=wording.number(of.folds))


def reason(of: CrossValidated) -> str:
    """Why it is not that of the test split, and what was not cross-validated; whole sentences."""
    why = (
        translate("headline", "A class has only 1 test picture, so all pictures were asked about.")
        if of.smallest == 1
        else translate("headline", "A class has only %Ln test pictures, so all were asked about.", "", of.smallest)
    )
    match of.what:
        case "as_trained":
            return why
        case "before_fine_tuning":
            itself = translate("headline", "Fine-tuning itself was not cross-validated: this is the cautious figure.")
            return f"{why} {itself}"
        case "other_head":
            return f"{why} {translate('headline', 'The head of this run was not cross-validated.')}"


def alone(of: CrossValidated) -> str:
    """What the test pictures say for themselves, which are shown below; with a place for the figure, `alone`."""
    few = (
        translate("headline", "A class has only 1 test picture.")
        if of.smallest == 1
        else translate("headline", "A class has only %Ln test pictures.", "", of.smallest)
    )
    below = (
        translate("headline", "Below they are alone: {alone}.")
        if of.what == "as_trained"
        else translate("headline", "Below they are alone, by this run: {alone}.")
    )
    return f"{few} {below}"
