"""The trainings of a project: one folder a run, with its recipe, curves, model and results.

A run folder comes along with the project, from anywhere: what is read from it is checked, and a run that can't be
trusted is passed over, never repaired or deleted.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from desktop_app import storage
from desktop_app.errors import DataError, DiscernError, ProjectError, StorageError
from desktop_app.project import names
from desktop_app.project.run_trash import RunTrash

FORMAT = 1
Status: TypeAlias = Literal["running", "done", "stopped", "failed", "interrupted"]

_FOLDER = re.compile(r"run-(\d{4,6})")
_TEMPLATE = re.compile(r"(?:[^{}]|\{[a-z_]+\})*")  # a width of a billion would fill the memory
_LARGEST_DOCUMENT = 4 << 20
_MOST_CLASSES = 10_000
_LONGEST_TEXT = 200
LONGEST_NAME = 80
LONGEST_NOTE = 2_000


class Run:
    """One training. `document` is its run.json: format, recipe, backbone, classes, created, status, and what the
    training adds (phase, validation, preprocessing, embedding_key, fingerprint, …), and what people wrote (name,
    note)."""

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.folder = folder
        self.document = document

    @classmethod
    def read(cls, folder: Path) -> Run:
        """Read a run.

        Raises:
            ProjectError: it is missing, damaged, or written by a newer Discern.
        """
        if problem := _problem_on_disk(folder):
            raise _unusable(folder.name, problem)
        try:
            document = storage.read_json(folder / "run.json")
        except FileNotFoundError as error:
            raise _unusable(folder.name, "It has no run.json.") from error
        except StorageError as error:
            raise _unusable(folder.name, error.why) from error
        if problem := _problem(document):
            raise _unusable(folder.name, f"Its run.json is damaged: {problem}.")
        return cls(folder, document)

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def key(self) -> str:
        """Names the run in the index: unlike its number, no other run ever has it."""
        return f"{self.id} {self.document['created']}"

    @property
    def number(self) -> int:
        return int(self.id.rpartition("-")[2])

    @property
    def name(self) -> str:
        """What a person called it; "" if nobody did."""
        return _text(self.document.get("name"), LONGEST_NAME)

    @property
    def note(self) -> str:
        """What a person wrote about it, in lines; "" if nobody did."""
        note = self.document.get("note")
        lines = note[:LONGEST_NOTE].splitlines() if isinstance(note, str) else []
        return "\n".join(names.for_display(line.rstrip()) for line in lines).strip()

    @property
    def status(self) -> Status:
        return cast(Status, self.document["status"])

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.document["classes"])

    @property
    def created(self) -> datetime:
        return datetime.fromisoformat(self.document["created"])

    @property
    def model_onnx(self) -> Path:
        return self.folder / "model.onnx"

    @property
    def model_weights(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def snapshot_csv(self) -> Path:
        return self.folder / "snapshot.csv"

    @property
    def curves(self) -> Path:
        return self.folder / "curves.jsonl"

    @property
    def checkpoint(self) -> Path:
        """Where training can go on; absent when the run is complete."""
        return self.folder / "checkpoint.safetensors"

    @property
    def previous_checkpoint(self) -> Path:
        """The checkpoint before, in case the newest is torn."""
        return self.folder / "checkpoint-previous.safetensors"

    @property
    def usable(self) -> bool:
        """True if the run has a model: it ended with one, or kept its best when it was interrupted."""
        return self.status in ("done", "stopped", "interrupted") and self.model_onnx.is_file()

    def require_model(self, what: str) -> None:
        """Raises: DataError if the run has no model; `what` is the template of what can't be done then."""
        if not self.usable:
            raise DataError(
                what,
                why="It ended before it had a model.",
                hint="Train again, or choose another run.",
                run=self.id,
            )

    @property
    def resumable(self) -> bool:
        """True if the run was cut off: it can go on where it left a checkpoint, or from where it began."""
        return self.status in ("interrupted", "failed")

    @property
    def problem(self) -> DiscernError | None:
        """What ended it, if it ended by itself and somebody could write that down."""
        try:
            problem = DiscernError.from_dict(self.document["problem"])
            fits = all(len(text) <= _LONGEST_TEXT * 5 and _TEMPLATE.fullmatch(text) for text in problem.templates)
            return problem if fits and str(problem) else None
        except (KeyError, TypeError, AttributeError):
            return None

    def remove_checkpoints(self) -> None:
        """OSError if the disk refuses."""
        for path in (self.checkpoint, self.previous_checkpoint):
            with contextlib.suppress(FileNotFoundError):
                storage.disk.unlink(path)

    def save(self) -> None:
        """Write run.json; StorageError if the disk refuses."""
        storage.write_json(self.folder / "run.json", self.document)

    def append_curve(self, point: Mapping[str, Any]) -> None:
        """Add one epoch to the curves. They survive a kill; the last ones may not survive a power cut."""
        storage.append_record(self.curves, dict(point), durable=False)

    def read_curves(self) -> list[dict[str, Any]]:
        """The epochs so far, oldest first."""
        return [point for point in storage.read_records(self.curves) if isinstance(point, dict)]

    def __repr__(self) -> str:
        return f"<Run {self.id}: {self.status}>"


# `Runs.list` hides the type's name within the class.
_Runs: TypeAlias = list[Run]
_Names: TypeAlias = list[str]
_Errors: TypeAlias = list[ProjectError]


class Runs:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trash = RunTrash(self)

    def list(self) -> _Runs:
        """All runs that can be read, newest first."""
        return [run for run in self._all() if isinstance(run, Run)]

    def unreadable(self) -> _Errors:
        """What is wrong with each of the others, newest first."""
        return [error for error in self._all() if isinstance(error, ProjectError)]

    def _all(self) -> Iterator[Run | ProjectError]:
        for name in reversed(self.ids_in(self.folder)):
            try:
                yield Run.read(self.folder / name)
            except ProjectError as error:
                yield error

    def get(self, id: str) -> Run:
        """The run of that name, "run-0001", or number, "1".

        Raises:
            ProjectError: there is none, or it is damaged.
        """
        name = f"run-{int(id):04}" if id.isascii() and id.isdigit() and len(id) <= 6 else id
        ids = self.ids_in(self.folder)
        if name not in ids:
            raise ProjectError(
                "There is no run “{id}” in this project.",
                hint="The newest is “{newest}”." if ids else "Train first.",
                id=names.for_display(id[:40]),
                newest=ids[-1] if ids else "",
            )
        return Run.read(self.folder / name)

    def latest(self) -> Run:
        """The newest run that has a model.

        Raises:
            ProjectError: there is none.
        """
        for run in self.list():
            if run.usable:
                return run
        raise ProjectError("This project has no trained model yet.", hint="Train first.")

    def choose(self, id: str | None) -> Run:
        """A run by name or number, or the newest that has a model. Raises as `get` and `latest`."""
        return self.get(id) if id else self.latest()

    def create(self, *, recipe: Mapping[str, Any], backbone: str, classes: Sequence[str], **more: Any) -> Run:
        """A new run, "running", in a folder of its own; `more` goes into its document.

        Raises:
            StorageError: the disk refused.
        """
        try:
            storage.make_folders(self.folder)
            taken = (*self.ids_in(self.folder), *self.ids_in(self.trash.folder))  # those in the trash may come back
            number = max((int(name[4:]) for name in taken), default=0) + 1
            while True:
                folder = self.folder / f"run-{number:04}"
                try:
                    storage.disk.mkdir(folder)
                    break
                except FileExistsError:
                    number += 1
            storage.sync_folder(self.folder)
        except OSError as error:
            raise storage.storage_error(error, self.folder) from error
        document = {
            "format": FORMAT,
            "status": "running",
            "created": datetime.now().astimezone().isoformat(timespec="seconds"),
            "recipe": dict(recipe),
            "backbone": backbone,
            "classes": list(classes),
            **more,
        }
        run = Run(folder, document)
        run.save()
        return run

    def describe(self, id: str, name: str, note: str) -> Run:
        """Write down what a person calls a run, and what there is to say about it; both may be "".

        Raises:
            ProjectError: there is no such run.
            DataError: it is training: what that writes would replace the words.
            StorageError: the disk refused; the words are as before.
        """
        run = self.get(id)  # as it is on the disk: others may have written since
        if run.status == "running":
            raise DataError("“{run}” is training.", hint="Name it when it has ended.", run=run.id)
        run.document |= {"name": _text(name, LONGEST_NAME), "note": note.strip()[:LONGEST_NOTE]}
        run.save()
        return run

    def settle(self, problem: DiscernError | None = None) -> None:
        """Mark what a dead process left "running" as "interrupted", and remove what it wrote in part or had no more
        need of.

        Only for the owner, while nothing trains. `problem`: what ended that process, if somebody saw it end.
        """
        for name in self.ids_in(self.folder):
            if not (self.folder / name).is_symlink():  # it would lead elsewhere
                storage.sweep_temps(self.folder / name)
        for run in self.list():
            if run.status == "running":
                run.document["status"] = "interrupted"
                if problem is not None:
                    run.document["problem"] = problem.to_dict()
                run.save()
            elif not run.resumable:
                with contextlib.suppress(OSError):
                    run.remove_checkpoints()
        with contextlib.suppress(StorageError):  # then another time; it is in nobody's way
            self.trash.settle()

    @staticmethod
    def ids_in(folder: Path) -> _Names:
        """The names of the run folders in a folder, oldest first."""
        try:
            found = [path.name for path in folder.iterdir() if _FOLDER.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(found, key=lambda name: int(name[4:]))


def is_training(folder: Path) -> bool:
    """Whether a run's folder says so."""
    try:
        return Run.read(folder).status == "running"
    except ProjectError:
        return False


def _text(value: object, longest: int) -> str:
    """A line of text from a document, without what can't be shown; "" if it is none."""
    return names.for_display(" ".join(value.split())[:longest]).strip() if isinstance(value, str) else ""


def _problem_on_disk(folder: Path) -> str:
    """Why a run folder can't be trusted; empty if it can. Nothing in it may lead elsewhere."""
    if folder.is_symlink() or not folder.is_dir():
        return "It is no folder."
    for path in folder.iterdir():
        if path.is_symlink():
            return "It contains a link."
    document = folder / "run.json"
    if document.exists():
        if not storage.is_regular_file(document):
            return "Its run.json is no regular file."
        if document.stat().st_size > _LARGEST_DOCUMENT:
            return "Its run.json is too large."
    return ""


def _problem(document: Mapping[str, Any]) -> str:
    """What is wrong with a document; empty if nothing is."""
    if document.get("status") not in get_args(Status):
        return "unknown status"
    if not isinstance(document.get("recipe"), dict):
        return "no recipe"
    backbone = document.get("backbone")
    if not isinstance(backbone, str) or len(backbone) > _LONGEST_TEXT:
        return "no backbone"
    classes = document.get("classes")
    if not isinstance(classes, list) or len(classes) > _MOST_CLASSES:
        return "no classes"
    if any(not isinstance(name, str) or names.class_name_problem(name) for name in classes):
        return "impossible class name"
    if len({names.same_text(name) for name in classes}) < len(classes):
        return "a class twice"
    try:
        datetime.fromisoformat(document.get("created", ""))
    except (TypeError, ValueError):
        return "no date"
    return ""


def _unusable(name: str, why: str) -> ProjectError:
    return ProjectError("The run “{id}” can't be used.", why=why, hint="Use another run, or train again.", id=name)
