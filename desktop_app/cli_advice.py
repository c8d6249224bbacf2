"""What `discern compare-backbones`, `discern enough` and a cross-validation print, in words."""

from __future__ import annotations

from desktop_app.cli_text import count, doubt, percent, right_of, seconds, table
from desktop_app.events import BackboneProbed, BackbonesRanked, CrossValidated, Curve, PicturesJudged
from desktop_app.project.names import for_display

CHANCE = 0.05  # of differing as much by chance; with more, two backbones are too close to call


def ranking(event: BackbonesRanked) -> str:
    looked = f"{count(event.pictures)} of {count(event.of)}" if event.pictures < event.of else count(event.of)
    lines = [
        f"Cross-validated on {looked} pictures of {count(event.classes)} classes; none of them is for the test.",
        "",
        *table(
            ["backbone", "right", "", "each class alike", "Quick training", "a new picture", ""],
            [_row(event, row) for row in event.rows],
        ),
    ]
    if event.missing:
        lines += ["", f"Not on this computer: {', '.join(event.missing)}"]
    return "\n".join(lines)


def _row(event: BackbonesRanked, row: BackboneProbed) -> list[str]:
    return [
        row.backbone,
        f"{count(row.right)} of {count(row.n)}",
        doubt(row.interval),
        f"{percent(row.balanced_accuracy)}; {doubt(row.balanced_interval)}",
        seconds(row.train_seconds),
        f"{row.predict_seconds * 1000:.0f} ms",
        _verdict(event, row),
    ]


def _verdict(event: BackbonesRanked, row: BackboneProbed) -> str:
    if row is event.rows[0]:
        return "best"
    return "too close to call" if row.chance >= CHANCE else "behind the best"


def judgement(event: PicturesJudged) -> str:
    lines = [f"Are there enough pictures? Judged by {event.backbone}, without the test pictures.", ""]
    for curve in (event.overall, *event.classes):
        lines.append(outlook(curve))
        if curve.outlook != "few":
            shares = ", ".join(f"{percent(point.share)} from {count(round(point.learnt))}" for point in curve.points)
            lines.append(f"  Right when learnt: {shares}")
    lines += ["", "Numbers of more pictures hold if the other classes grow as well."]
    return "\n".join(lines)


def outlook(curve: Curve) -> str:
    """ "“scratch” is still rising: 40 more should help"."""
    name = f"“{for_display(curve.name)}”" if curve.name else "All together"
    match curve.outlook:
        case "few":
            return f"{name}: too few pictures to say."
        case "rising":
            then = f" (then perhaps {doubt(curve.expected).removeprefix('truly ')} right)" if curve.expected else ""
            more = count(curve.more or 0)
            return f"{name}: still rising. {more} more should help{then}."
        case "slow":
            return f"{name}: rising slowly. Even twice as many may bring little."
        case "good":
            return f"{name}: learnt. More pictures would change little."
        case "flat":
            return f"{name}: flat. More pictures like these would change little{_labels(curve)}."
        case "unclear":
            return f"{name}: can't be told yet; the curve is lost in its doubt."


def _labels(curve: Curve) -> str:
    if not curve.name:
        return ""
    if curve.doubtful:
        return f": look at its labels, {count(curve.doubtful)} of which look wrong"
    return ": look at its labels"


def cross_validated(event: CrossValidated) -> str:
    lines = [
        f"Only {count(event.smallest)} test pictures in the smallest class. Cross-validated on all pictures, "
        f"{event.folds} folds: {right_of(event.right, event.n, event.interval)}",
        f"Each class counting the same: {percent(event.balanced_accuracy)}; {doubt(event.balanced_interval)}",
    ]
    if event.what == "before_fine_tuning":
        lines.append("That is the frozen network; what fine-tuning adds was not cross-validated.")
    if event.what == "other_head":
        lines.append("That is a linear head on the network, not the head of this run.")
    return "\n".join(lines)
