"""What is said of networks that were compared, and of whether there are enough pictures."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from desktop_app.evaluation.comparison import CHANCE
from desktop_app.events import BackboneProbed, BackbonesRanked, Curve
from desktop_app.learning.backbones import BACKBONES
from desktop_app.ui import wording

translate = QCoreApplication.translate

_MUCH_FASTER = 1.3


def title(backbone: str) -> str:
    """A network's name for people."""
    known = BACKBONES.get(backbone)
    return known.title if known else backbone


def milliseconds(seconds: float) -> str:
    """The time of one picture: "8 ms", "0.9 ms"."""
    value = seconds * 1000
    shown = wording.decimal(value, 1) if value < 1 else wording.number(round(value))
    return f"{shown}{wording.SPACE}ms"


# ---- networks


def is_close(row: BackboneProbed) -> bool:
    """Whether chance alone could make a network this much worse than the best."""
    return row.chance >= CHANCE


def verdict(ranking: BackbonesRanked, row: BackboneProbed) -> str:
    if len(ranking.rows) == 1:
        return ""  # there is nothing that it is better than
    if row == ranking.rows[0]:
        return translate("advice", "best")
    return translate("advice", "too close to call") if is_close(row) else translate("advice", "behind the best")


def best_network(ranking: BackbonesRanked) -> str:
    """The ranking in a sentence: the best, and which faster one may be as good."""
    best, *others = ranking.rows
    if not others:
        return translate("advice", "There is only one network on this computer.")
    close = [row for row in others if is_close(row)]
    if not close:
        return translate("advice", "{best} is the best for these pictures.").format(best=title(best.backbone))
    fastest = min(close, key=lambda row: row.predict_seconds)
    times = best.predict_seconds / max(fastest.predict_seconds, 1e-9)
    if times >= _MUCH_FASTER:
        text = translate(
            "advice", "{best} got the most right, but {other} is too close to call, and {times} × as fast."
        )
        return text.format(
            best=title(best.backbone), other=title(fastest.backbone), times=wording.decimal(times, 1, trim=True)
        )
    if len(close) == 1:
        text = translate("advice", "{best} got the most right; {other} is too close to call.")
        return text.format(best=title(best.backbone), other=title(fastest.backbone))
    text = translate("advice", "{best} got the most right; %Ln others are too close to call.", "", len(close))
    return text.format(best=title(best.backbone))


def short_best(ranking: BackbonesRanked) -> str:
    """What a closed fold says."""
    best = ranking.rows[0]
    name, right = title(best.backbone), wording.right_of(best.right, best.n)
    if len(ranking.rows) == 1:
        return f"{name}: {right}"
    return translate("advice", "best: {name}, {right}").format(name=name, right=right)


# ---- pictures


def short_outlook(curve: Curve) -> str:
    """A cell of the table."""
    match curve.outlook:
        case "few":
            return translate("advice", "too few to say")
        case "rising":
            return translate("advice", "rising: %Ln more should help", "", curve.more or 0)
        case "slow":
            return translate("advice", "rising slowly")
        case "good":
            return translate("advice", "learnt")
        case "flat":
            return translate("advice", "flat: look at its labels") if curve.name else translate("advice", "flat")
        case "unclear":
            return translate("advice", "can't be told yet")


def outlook(curve: Curve) -> str:
    """ "“scratch” is still rising: 40 more should help"."""
    sentence = _outlook(curve).format(
        name=f"“{curve.name}”" if curve.name else translate("advice", "The curve of all classes")
    )
    if curve.outlook == "rising" and curve.expected:
        then = translate("advice", "Then perhaps {range} are right.")
        sentence = f"{sentence} {then.format(range=wording.percent_range(curve.expected))}"
    if curve.doubtful and curve.outlook != "good":
        doubts = (
            translate("advice", "1 of its labels looks wrong.")
            if curve.doubtful == 1
            else translate("advice", "%Ln of its labels look wrong.", "", curve.doubtful)
        )
        sentence = f"{sentence} {doubts}"
    return sentence


def _outlook(curve: Curve) -> str:
    match curve.outlook:
        case "few":
            return translate("advice", "{name}: too few pictures to say anything. Add some, then look again.")
        case "rising":
            return translate("advice", "{name} is still rising: %Ln more should help.", "", curve.more or 0)
        case "slow":
            return translate("advice", "{name} is rising slowly: even twice as many pictures may bring little.")
        case "good":
            if curve.name:
                return translate("advice", "{name} is learnt: more pictures would change little.")
            return translate("advice", "All classes are learnt: more pictures would change little.")
        case "flat":
            if curve.name:
                return translate("advice", "{name} is flat: more pictures would change little; look at its labels.")
            return translate("advice", "{name} is flat: more pictures like these would change little.")
        case "unclear":
            return translate("advice", "{name}: can't be told yet, the doubt is larger than the rise.")
