"""Numbers, times and results in words.

Every number goes through QLocale, every sentence through translation. Percentages are rounded so that they never
promise more than was measured: 431 of 432 is not "100 %", and the lower end of an interval is rounded down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePath

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime

from desktop_app.events import Split

translate = QCoreApplication.translate

#: Keeps a number and its unit on one line.
SPACE = "\N{NO-BREAK SPACE}"
DOT = " · "


def _unbroken(text: str) -> str:
    return text.replace(" ", SPACE)


def number(value: int) -> str:
    return QLocale().toString(value)


def decimal(value: float, digits: int, *, trim: bool = False) -> str:
    """A decimal number; `trim` drops zeros at its end."""
    text = QLocale().toString(value, "f", digits)
    point = QLocale().decimalPoint()
    return text.rstrip("0").removesuffix(point) if trim and point in text else text


def difference(value: float) -> str:
    """A tiny difference by its first digit: "0.00002"."""
    if value <= 0:
        return number(0)
    digits = max(0, -math.floor(math.log10(value)))
    return decimal(value, digits) if digits <= 6 else translate("wording", "under {n}").format(n=decimal(1e-6, 6))


def pictures(n: int) -> str:
    return translate("wording", "1 picture") if n == 1 else translate("wording", "%Ln pictures", "", n)


def classes(n: int) -> str:
    return translate("wording", "1 class") if n == 1 else translate("wording", "%Ln classes", "", n)


def runs(n: int) -> str:
    return translate("wording", "1 run") if n == 1 else translate("wording", "%Ln runs", "", n)


def models(n: int) -> str:
    return translate("wording", "1 model") if n == 1 else translate("wording", "%Ln models", "", n)


def quoted(names: Sequence[str], limit: int = 3) -> str:
    """“a”, “b” and 4 more."""
    shown = ", ".join(f"“{name}”" for name in names[:limit])
    rest = len(names) - limit
    return translate("wording", "{names} and %Ln more", "", rest).format(names=shown) if rest > 0 else shown


# ---- shares


def _percent(whole: int) -> str:
    return f"{QLocale().toString(whole)}{SPACE}%"


def percent(share: float) -> str:
    """A share (0–1) as "96 %"; only all is "100 %", only none is "0 %"."""
    if 0 < share < 0.005:
        return translate("wording", "under 1{space}%").format(space=SPACE)
    return _percent(min(round(share * 100), 99) if share < 1 else 100)


def percent_up(share: float) -> str:
    """An upper limit (0–1) in per cent, rounded up so that it promises no more than was measured: "1.7 %", "13 %"."""
    digits = 1 if share < 0.1 else 0
    step = 10**digits
    return f"{decimal(math.ceil(share * 100 * step - 1e-9) / step, digits, trim=True)}{SPACE}%"


def share_of(part: int, whole: int) -> str:
    """`percent` of a count; a dash if there is nothing to count."""
    return percent(part / whole) if whole else "–"


def percent_range(interval: tuple[float, float]) -> str:
    """An interval of shares as "94–98 %"; its lower end, which is what can be relied on, is rounded down."""
    # The nudge keeps 0.29 * 100 = 28.999999999999996 from becoming 28.
    low, high = math.floor(interval[0] * 100 + 1e-9), round(interval[1] * 100)
    return f"{number(low)}–{_percent(high)}" if low < high else _percent(high)


def right_of(right: int, n: int) -> str:
    """ "416 of 432 right"."""
    return translate("wording", "{right} of {n} right").format(right=number(right), n=number(n))


def part_of(part: int, whole: int) -> str:
    """ "37 of 42"."""
    return translate("wording", "{part} of {whole}").format(part=number(part), whole=number(whole))


def truly(interval: tuple[float, float]) -> str:
    """ "truly 83–99 %"."""
    return translate("wording", "truly {range}").format(range=percent_range(interval))


def share_with_doubt(right: int, n: int, interval: tuple[float, float]) -> str:
    """ "95 %; truly 83–99 %"."""
    return translate("wording", "{share}; truly {range}").format(
        share=share_of(right, n), range=percent_range(interval)
    )


def right_with_doubt(right: int, n: int, interval: tuple[float, float]) -> str:
    """ "38 of 40 right (95 %; truly 83–99 %)"."""
    return translate("wording", "{right} of {n} right ({doubt})").format(
        right=number(right), n=number(n), doubt=share_with_doubt(right, n, interval)
    )


# ---- time


def duration(seconds: float) -> str:
    """A measured time: "0.4 s", "12 s", "2 min 28 s", "1 h 5 min"."""
    if seconds < 0.95:
        return _unbroken(translate("wording", "{n} s").format(n=QLocale().toString(max(seconds, 0.1), "f", 1)))
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    if hours:
        text = translate("wording", "{hours} h {minutes} min")
    elif minutes:
        text = translate("wording", "{minutes} min {seconds} s")
    else:
        text = translate("wording", "{seconds} s")
    shown = minutes_of_hour if hours else minutes
    return _unbroken(text.format(hours=number(hours), minutes=number(shown), seconds=number(rest)))


def rounded(seconds: float) -> float:
    """A guessed time without false precision: steps of 5 s, 10 s, 30 s, 1 min, 10 min as it grows."""
    for limit, step in ((60, 5), (180, 10), (600, 30), (3600, 60)):
        if seconds < limit:
            return max(step, round(seconds / step) * step)
    return round(seconds / 600) * 600


def about(seconds: float, *, short: bool = False) -> str:
    """A guessed time: "about 1 min 30 s"; `short`, where there is little room: "1 min 30 s"."""
    time = _without_zero(rounded(seconds))
    return time if short else translate("wording", "about {time}").format(time=time)


def time_left(seconds: float, *, short: bool = False) -> str:
    """ "about 1 min 30 s left"; `short`, where there is little room: "1 min 30 s left"."""
    if seconds < 5:
        return translate("wording", "a few seconds left")
    text = translate("wording", "{time} left") if short else translate("wording", "about {time} left")
    return text.format(time=_without_zero(rounded(seconds)))


def _without_zero(seconds: float) -> str:
    """ "2 min" where `duration` says "2 min 0 s"."""
    if seconds >= 60 and seconds % 60 == 0 and (seconds < 3600 or seconds % 3600 == 0):
        hours = seconds >= 3600
        text = translate("wording", "{n} h") if hours else translate("wording", "{n} min")
        return _unbroken(text.format(n=number(int(seconds // (3600 if hours else 60)))))
    return duration(seconds)


def moment(iso: str, now: datetime | None = None) -> str:
    """An ISO date and time as "today 10:42", "yesterday 10:42", "12 June" or "12 June 2023"; "" if it is none."""
    try:
        when = datetime.fromisoformat(iso).astimezone()
    except ValueError:
        return ""
    locale = QLocale()
    now = (now or datetime.now()).astimezone()
    time_of_day = locale.toString(QTime(when.hour, when.minute), QLocale.FormatType.ShortFormat)
    if when.date() == now.date():
        return translate("wording", "today {time}").format(time=time_of_day)
    if when.date() == (now - timedelta(days=1)).date():
        return translate("wording", "yesterday {time}").format(time=time_of_day)
    day = QDate(when.year, when.month, when.day)
    # The order of day, month and year is the language's; only the year is left out while it is this one.
    pattern = translate("wording", "d MMMM") if when.year == now.year else translate("wording", "d MMMM yyyy")
    return locale.toString(day, pattern)


def clock(iso: str) -> str:
    """The time of day of an ISO date and time: "10:41"."""
    when = datetime.fromisoformat(iso).astimezone()
    return QLocale().toString(QTime(when.hour, when.minute), QLocale.FormatType.ShortFormat)


# ---- names of our own things


def recipe(name: str) -> str:
    known = {
        "quick": translate("wording", "Quick"),
        "balanced": translate("wording", "Balanced"),
        "thorough": translate("wording", "Thorough"),
        "article": translate("wording", "Article"),
    }
    return known.get(name, name)


def run_number(number_of_run: int) -> str:
    return translate("wording", "Run {number}").format(number=number_of_run)


def split(name: Split) -> str:
    return {
        "train": translate("wording", "Train"),
        "validation": translate("wording", "Validation"),
        "test": translate("wording", "Test"),
    }[name]


def file_size(size: int) -> str:
    return QLocale().formattedDataSize(size, 0 if size < 1_000_000 else 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def short_path(path: PurePath, limit: int = 48) -> str:
    """A path with its middle left out: the drive and the last folders say the most."""
    text = str(path)
    if len(text) <= limit:
        return text
    keep = (limit - 1) // 2
    return f"{text[:keep]}…{text[-(limit - 1 - keep) :]}"


# ---- the matrix


def cell(actual: str, called: str, count: int) -> str:
    """What a screen reader says of a matrix cell."""
    if actual == called:
        return translate("wording", "{actual}, called right, {pictures}").format(
            actual=actual, pictures=pictures(count)
        )
    return translate("wording", "actual {actual}, called {called}, {pictures}").format(
        actual=actual, called=called, pictures=pictures(count)
    )
