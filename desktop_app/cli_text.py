"""What the command line prints: events in words for people, or one JSON object a line for scripts."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from desktop_app import events as ev
from desktop_app import storage
from desktop_app.errors import DiscernError
from desktop_app.events import Event, Phase, Step
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.evaluation.headline import Basis

STEPS = {
    Step.SCAN: "Looking through the folder",
    Step.READ: "Reading the pictures",
    Step.FREEZE: "Training the head",
    Step.VIEWS: "Preparing varied views",
    Step.CHOOSE: "Trying how to fine-tune",
    Step.FINE_TUNE: "Fine-tuning",
    Step.SAVE: "Saving",
    Step.MEASURE: "Measuring",
    Step.EXPLAIN: "Looking where the model looks",
    Step.REPEAT: "Predicting the parts",
    Step.PREDICT: "Sorting the pictures",
    Step.ALIKE: "Looking for near-duplicates",
    Step.LABELS: "Judging the labels",
    Step.PROBE: "Cross-validating",
    Step.CURVE: "Learning from more and more pictures",
    Step.ASK: "Asking both models",
    Step.EXPORT: "Writing the package",
    Step.DRAW: "Drawing",
    Step.IMPORT: "Copying the pictures",
    Step.COPY: "Copying the pictures",
    Step.CHECK: "Checking the file",
    Step.DOWNLOAD: "Downloading",
    Step.COPY_NETWORK: "Copying the networks",
    Step.TIME: "Measuring the speed",
}
IN_BYTES = (Step.CHECK, Step.DOWNLOAD, Step.COPY_NETWORK)
PHASES: dict[Phase, str] = {"freeze": "Head", "fine_tune": "Fine-tuning"}

#: What a figure is of.
BASES: dict[Basis, str] = {
    "test": "on its test pictures",
    "as_trained": "cross-validated",
    "before_fine_tuning": "cross-validated before fine-tuning",
    "other_head": "cross-validated with a linear head",
}

WIDEST_MATRIX = 12  # classes; larger ones don't fit on a line


def say(text: str, stream: TextIO, end: str = "\n") -> None:
    """Print. Where the output goes into a file on a disk that is full, the job goes on; that is told once.

    Raises:
        BrokenPipeError: nobody reads it any more.
    """
    try:
        print(text, end=end, file=stream, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        silence(stream)
        print_error(storage.storage_error(error, Path("standard output")))


def silence(stream: TextIO) -> None:
    """What is printed from now on goes nowhere, and what was not written yet with it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Printer(Protocol):
    """How a command speaks."""

    def event(self, event: Event) -> None: ...
    def document(self, document: Mapping[str, Any], text: str) -> None:
        """An answer that is no event: for scripts, and the same in words."""

    def error(self, error: DiscernError) -> None: ...
    def cancelled(self, text: str) -> None: ...


class JsonPrinter:
    """One event a line, as of `events.to_dict`. What is not a number (NaN) is null, since JSON has no word for it."""

    def event(self, event: Event) -> None:
        self._print(ev.to_dict(event))

    def document(self, document: Mapping[str, Any], text: str) -> None:
        self._print(document)

    def error(self, error: DiscernError) -> None:
        self._print({"event": "error", "kind": type(error).__name__, **_parts(error)})
        print_error(error)

    def cancelled(self, text: str) -> None:
        self._print({"event": "cancelled"})

    def _print(self, document: Mapping[str, Any]) -> None:
        # ASCII, so that no console's encoding and no odd file name can break a line.
        say(json.dumps(_finite(document)), sys.stdout)


class TextPrinter:
    """Whole lines for what stays; on a terminal also one line that is rewritten while something goes on."""

    def __init__(self, stream: TextIO, *, live: bool) -> None:
        self._stream = stream
        self._live = live
        self._shown = False

    def event(self, event: Event) -> None:
        if isinstance(event, ev.StepStarted):
            self._rewrite(STEPS[event.step] + " …") if self._live else self._line(STEPS[event.step])
        elif isinstance(event, ev.Progress):
            self._rewrite(_progress(event))
        elif isinstance(event, ev.EpochEnded):
            self._rewrite(_epoch(event))
        elif text := in_words(event):
            self._line(text)

    def document(self, document: Mapping[str, Any], text: str) -> None:
        self._line(text)

    def error(self, error: DiscernError) -> None:
        self._clear()
        print_error(error)

    def cancelled(self, text: str) -> None:
        self._line(text)

    def _line(self, text: str) -> None:
        self._clear()
        say(text, self._stream)

    def _rewrite(self, text: str) -> None:
        if self._live:
            width = shutil.get_terminal_size().columns - 1
            say(f"\r{cut(text, width)}\x1b[K", self._stream, end="")
            self._shown = True

    def _clear(self) -> None:
        if self._shown:
            say("\r\x1b[K", self._stream, end="")
            self._shown = False


def print_error(error: DiscernError) -> None:
    """What, why and what to do, a line each, on stderr."""
    # A path may hold what would break the line or command the terminal.
    what, *rest = (for_display(text) for text in _parts(error).values() if text)
    with contextlib.suppress(OSError):  # nobody can be told
        print("\n".join([f"discern: {what}", *(f"  {text}" for text in rest)]), file=sys.stderr, flush=True)


def _parts(error: DiscernError) -> dict[str, str]:
    return {"what": error.what, "why": error.why, "hint": error.hint}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


# ---- events in words


def in_words(event: Event) -> str:
    """The lines that stay; empty for what only scripts want to know."""
    match event:
        case ev.Notice():
            word = "Note: " if event.severity == "info" else "Warning: "
            return word + " ".join(text for text in (event.what, event.why, event.hint) if text)
        case ev.PictureSkipped():
            return f"Left out: {for_display(event.file)} ({event.reason})"
        case ev.RunStarted():
            again = " goes on" if event.resumed else ""
            numbers = ", ".join(f"{count(event.counts[name])} {name}" for name in event.counts if event.counts[name])
            return f"{event.run}{again}: {event.recipe}, {event.backbone} ({event.device})\nPictures: {numbers}"
        case ev.Computing():
            fewer = f" instead of {event.batch}, since memory is short" if event.pictures < event.batch else ""
            precision = "mixed" if event.mixed else "full"
            return f"{event.device}: {event.pictures} pictures at a time{fewer}, {precision} precision"
        case ev.PhaseEnded():
            kept = "" if event.kept else "; not better than before, so not kept"
            best = f"best epoch {event.best_epoch}"
            accuracy = event.validation_accuracy
            measured = "" if math.isnan(accuracy) else f", {percent(accuracy)} of the validation pictures right"
            return f"{PHASES[event.phase]} trained in {seconds(event.seconds)}: {best}{measured}{kept}"
        case ev.Trained():
            done = "Stopped" if event.stopped else "Trained"
            result = f": {right_of(event.right, event.n)} in validation" if event.n else ""
            return f"{done} {event.run} after {seconds(event.seconds)}{result}"
        case ev.Evaluated():
            return _evaluated(event)
        case ev.GateJudged() | ev.Released() | ev.Compared():
            return _release(event)
        case ev.BackbonesRanked() | ev.PicturesJudged() | ev.CrossValidated():
            return _advice(event)
        case ev.Repeated():
            from desktop_app import cli_why  # made of this module's words

            return cli_why.repeated(event)
        case ev.FolderPredicted():
            return _folder(event)
        case ev.Exported():
            return (
                f"Wrote {for_display(event.path)} ({event.bytes / 1e6:.0f} MB). "
                f"It gives the same answers as the run on {count(event.golden)} pictures."
            )
        case ev.Imported():
            return _imported(event)
        case ev.DatasetExported():
            skipped = f" {count(event.skipped)} were left out." if event.skipped else ""
            copied = f"Copied {count(sum(event.copied.values()))} pictures to {for_display(event.path)}.{skipped}"
            return f"{copied}\nTable: {for_display(event.csv)}"
        case ev.SplitsDealt():
            numbers = ", ".join(f"{count(n)} {split}" for split, n in event.counts.items())
            return f"Dealt out anew: {numbers}"
        case ev.NetworkAdded():
            return f"{event.backbone} is ready to be used ({event.bytes / 1e6:.0f} MB)."
        case ev.NetworksCopied():
            files = "\n".join(f"  {for_display(file)}" for file in event.files)
            path = for_display(event.path)
            return f"Copied to {path} and read back ({event.bytes / 1e6:.0f} MB):\n{files}"
        case ev.SpeedMeasured():
            return f"{event.backbone} reads {event.pictures_per_second:,.0f} pictures a second on this computer."
        case ev.SampleDrawn():
            path = for_display(event.path)
            return f"Drew {count(event.pictures)} pictures in {path}\nNow: discern train “{path}”"
        case _:
            return ""


def _release(event: ev.GateJudged | ev.Released | ev.Compared) -> str:
    from desktop_app import cli_release  # made of this module's words

    match event:
        case ev.GateJudged():
            return cli_release.judged(event)
        case ev.Released():
            return cli_release.released(event)
        case ev.Compared():
            return cli_release.compared(event)


def _advice(event: ev.BackbonesRanked | ev.PicturesJudged | ev.CrossValidated) -> str:
    from desktop_app import cli_advice  # made of this module's words

    match event:
        case ev.BackbonesRanked():
            return cli_advice.ranking(event)
        case ev.PicturesJudged():
            return cli_advice.judgement(event)
        case ev.CrossValidated():
            return cli_advice.cross_validated(event)


def _progress(event: ev.Progress) -> str:
    left = event.seconds_left or 0
    soon = f" · about {seconds(left)} left" if left >= 1 else ""
    if event.step in IN_BYTES:
        return f"{STEPS[event.step]}: {event.done / 1e6:.0f} of {event.total / 1e6:.0f} MB{soon}"
    return f"{STEPS[event.step]}: {count(event.done)} of {count(event.total)}{soon}"


def _epoch(event: ev.EpochEnded) -> str:
    accuracy, share = "", event.validation_accuracy
    if not math.isnan(share):
        accuracy = f" · {percent(share)} of the validation pictures right"
    return f"{PHASES[event.phase]}: epoch {event.epoch} of {event.epochs}{accuracy}"


def _folder(event: ev.FolderPredicted) -> str:
    classes = ", ".join(f"{count(n)} {name}" for name, n in event.counts.items())
    pictures = sum(event.counts.values()) + event.unsure
    lines = [f"Sorted {count(pictures)} pictures in {seconds(event.seconds)}: {classes or 'none'}"]
    if event.unsure:
        lines.append(f"{count(event.unsure)} the model is unsure of; a person should look at them.")
    if event.unreadable:
        lines.append(f"{count(event.unreadable)} could not be read; the table says why.")
    if event.copied:
        lines.append(f"{count(event.copied)} copied; the originals are where they were.")
    return "\n".join([*lines, f"Table: {for_display(event.csv)}"])


def _imported(event: ev.Imported) -> str:
    classes = ", ".join(f"{count(n)} {for_display(name)}" for name, n in event.copied.items())
    lines = [f"Copied {count(sum(event.copied.values()))} pictures: {classes or 'none'}"]
    for n, text in (
        (event.split, "came with a split, which is kept"),
        (event.identical, "were left out: the project has them already"),
        (event.skipped, "were left out: they can't be used"),
        (event.renamed, "got another name, since theirs was taken"),
    ):
        if n:
            lines.append(f"{count(n)} {text}")
    return "\n".join(lines)


def _evaluated(event: ev.Evaluated) -> str:
    lines = [
        f"{event.run} on the {event.split} pictures: {right_of(event.right, event.n, event.interval)}",
        f"Balanced accuracy {event.balanced_accuracy:.3f}, macro F1 {event.macro_f1:.3f}",
        "",
        *table(
            ["class", "found", "", "right when called"],
            [
                [
                    row.name,
                    f"{count(row.right)} of {count(row.actual)}",
                    doubt(row.recall_interval),
                    f"{count(row.right)} of {count(row.called)}",
                ]
                for row in sorted(event.per_class, key=lambda row: math.inf if row.recall is None else row.recall)
            ],
        ),
    ]
    if len(event.classes) <= WIDEST_MATRIX:
        lines += ["", *_matrix(event.classes, event.confusion)]
    mistakes = [
        (n, f"{count(n)} “{actual}” called “{event.classes[column]}”")
        for actual, row in zip(event.classes, event.confusion, strict=True)
        for column, n in enumerate(row)
        if n and event.classes[column] != actual
    ]
    if mistakes:
        mistakes.sort(reverse=True)
        lines += ["", "Mistakes: " + ", ".join(text for _, text in mistakes[:5]) + (", …" if mistakes[5:] else "")]
    return "\n".join(lines)


def _matrix(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> list[str]:
    """A row per actual class; the columns, the classes called, have the rows' numbers."""
    keys = [str(number + 1) for number in range(len(classes))]
    rows = [
        [f"{key} {name}", *(count(n) if n else "·" for n in row)]
        for key, name, row in zip(keys, classes, confusion, strict=True)
    ]
    return table(["actual \\ called", *keys], rows)


# ---- words and numbers


def count(n: int) -> str:
    return f"{n:,}"


def percent(share: float) -> str:
    """Rounded, but "100 %" and "0 %" only where it is all and nothing."""
    if share in (0.0, 1.0):
        return f"{share * 100:.0f} %"
    return f"{min(max(round(share * 100), 1), 99)} %"


def doubt(interval: tuple[float, float] | None) -> str:
    """ "truly 83–99 %", rounded outwards; empty where nothing was measured."""
    if interval is None:
        return ""
    low, high = math.floor(interval[0] * 100 + 1e-9), math.ceil(interval[1] * 100 - 1e-9)
    return f"truly {low}–{high} %"


def right_of(right: int, n: int, interval: tuple[float, float] | None = None) -> str:
    """ "38 of 40 right (95 %; truly 83–99 %)"."""
    from desktop_app.evaluation.intervals import wilson

    return f"{count(right)} of {count(n)} right ({percent(right / n)}; {doubt(interval or wilson(right, n))})"


def seconds(value: float) -> str:
    """A time as rough as it deserves: "0.4 s", "3 s", "12 s", "2 min 28 s", "1 h 5 min"."""
    if value < 0.95:
        return f"{max(value, 0.1):.1f} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes_of_hour = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_of_hour} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def width(text: str) -> int:
    """Columns that a terminal needs; Chinese and Japanese characters take two."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def cut(text: str, columns: int) -> str:
    """The beginning of a text that fits."""
    while width(text) > columns:
        text = text[:-1]
    return text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with aligned columns: the first to the left, the others to the right."""
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, *rows):
        cells = [" " * (wide - width(cell)) + cell for wide, cell in zip(widths, row, strict=True)]
        cells[0] = row[0] + " " * (widths[0] - width(row[0]))
        lines.append("  ".join(cells).rstrip())
    return lines
