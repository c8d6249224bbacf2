"""What a project remembers beside its moves survives every fault, too: classes, splits, runs, releases, imports.

Each task is done on a disk that fails, or that a process dies on, at each of its calls in turn. Then the project opens
without complaint, remembers what it did before or what it was told, and no picture is lost, altered or overwritten.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from desktop_app import storage
from desktop_app.errors import DiscernError
from desktop_app.project.history import Action, Label
from desktop_app.project.import_plan import Form, Reading
from desktop_app.project.importing import import_pictures
from desktop_app.project.marks import Mark
from desktop_app.project.moves import Moves
from desktop_app.project.project import Project
from desktop_app.project.releases import Releases
from tests.drawing import draw_classes
from tests.faults.fault_disk import Fault, FaultDisk, substituted
from tests.faults.move_faults import DeadError, dead_from
from tests.faults.totals import Totals

ERRNOS = (errno.ENOSPC, errno.EIO, errno.ESTALE)

Facts = dict[str, Any]


# ---- what is done


def _backwards(project: Project) -> None:
    project.show_classes([replace(info, key="") for info in reversed(project.config.classes)])


def _deal_out_splits(project: Project) -> None:
    for _ in project.snapshot(project.scan()):
        pass


def _train(project: Project) -> None:
    run = project.runs.create(recipe={"epochs": 2}, backbone="none", classes=["cat", "dog"])
    for epoch in (1, 2):
        run.append_curve({"epoch": epoch})
    run.document["status"] = "done"
    run.save()


def _tidy_runs(project: Project) -> None:
    _train(project)
    newest = project.runs.list()[0]
    project.runs.describe(newest.id, "a name", "a note")
    project.runs.trash.put(newest)
    project.runs.trash.restore(newest.id)
    project.runs.trash.put(newest)
    project.runs.trash.purge([newest.id])


def _rename(project: Project) -> None:
    moves = Moves(project.root, project.state, project)
    moves.rename_class("cat", "lion")
    moves.change_classes(
        Label(Action.RECOLOUR_CLASS, 0, "lion"), lambda config: config.with_shown(config.classes[::-1])
    )
    moves.undo()
    moves.undo()


def _release(project: Project, name: str = "second") -> None:
    document = {"run": "run-0001", "figures": None, "gate": {"misses": []}}
    with project.releases.making() as folder:
        storage.write_new(folder / "model.discern", b"package")
        storage.write_new(folder / "test.csv", b"table")
        project.releases.publish(folder, name, "Ada", "because", document)
    project.releases.use(name, "Grace")


def _mark(project: Project) -> None:
    moves = Moves(project.root, project.state, project)
    moves.mark(Mark.GOLDEN, {"cat/a.png": "a" * 32}, on=True)
    moves.mark(Mark.GOLDEN, {"cat/b.png": "b" * 32}, on=True)
    moves.undo()


def _import(project: Project) -> None:
    try:
        for _ in import_pictures(project, Reading(Form.FOLDERS, (str(project.root.parent / "stick"),))):
            pass
    finally:
        Moves(project.root, project.state, project).record_import()


TASKS: dict[str, Callable[[Project], None]] = {
    "open": lambda project: None,
    "classes": _backwards,
    "splits": _deal_out_splits,
    "training": _train,
    "runs": _tidy_runs,
    "renaming": _rename,
    "importing": _import,
    "marking": _mark,
    "releasing": _release,
}


# ---- where it is done


@dataclass
class Scene:
    """A project in `folder`, made anew for every fault, and pictures on a `stick` beside it."""

    folder: Path

    def __post_init__(self) -> None:
        self.root = self.folder / "project"
        self.template = self.folder / "template"
        self.stick = self.folder / "stick"
        draw_classes(self.template, {"cat": 3, "dog": 3})
        draw_classes(self.stick, {"cat": 2, "fox": 2}, seed=9)
        self.is_new = False
        self.pictures = self._pictures(self.template)
        self.imported = self._pictures(self.stick)

    def set_up(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.template, self.root)

    def make_older(self) -> None:
        """The project has been worked with before."""
        self.set_up()
        with Project.open(self.root) as project:
            _train(project)
            _deal_out_splits(project)
            _release(project, "first")
        shutil.rmtree(self.template)
        shutil.copytree(self.root, self.template)

    @staticmethod
    def _pictures(root: Path) -> dict[str, bytes]:
        found = (path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in found if ".discern" not in path.parts}

    def do(self, task: str, fault: Fault | None = None) -> int:
        """How many calls it made. The world's problems are told to the person, not raised."""
        with substituted(FaultDisk(self.root, fault=fault)) as disk:
            project = None
            try:
                project = Project.open(self.root)
                TASKS[task](project)
            except (DiscernError, DeadError):
                pass
            finally:
                if project:
                    project.close()
        return disk.calls

    def facts(self) -> tuple[Facts, list[str]]:
        """What the project remembers when it is opened on a healthy disk, and what is wrong with it."""
        wrong: list[str] = []
        with Project.open(self.root) as project:
            moves = Moves(project.root, project.state, project)
            wrong += [str(notice) for notice in (*project.notices, *moves.notices)]
            facts: Facts = {
                "splits": {name: project.splits.split_of(name) for name in sorted(_contents(project))},
                "runs": [(run.id, run.status, len(run.read_curves())) for run in project.runs.list()],
            }
            for release in project.releases.list():
                release.verify()
            facts["releases"] = [release.name for release in project.releases.list()]
            wrong += [f"the release {name} is broken: {why}" for name, why in project.releases.broken().items()]
            while moves.undo() is not None:
                pass
            project.scan()
            # An import that was ended early may leave the empty folder of a new class.
            facts["classes"] = [(info.name, info.colour, info.key) for info in project.classes if info.name != "fox"]
            shown = self._pictures(self.root)
            if {name: shown.get(name) for name in self.pictures} != self.pictures:
                wrong.append("not every picture is back where it was")
            allowed = {*self.pictures.values(), *self.imported.values()}
            wrong += [f"altered: {name}" for name, data in shown.items() if data not in allowed]
            wrong += [f"not undone: {name}" for name in shown.keys() - self.pictures.keys()]
        if self._pictures(self.stick) != self.imported:
            wrong.append("what was imported is not what it was")
        wrong += [f"left behind: {path}" for path in self.root.rglob("*.tmp")]
        return facts, wrong


def _contents(project: Project) -> set[str]:
    return {content for _, content in project.index.content_hashes(project.scan().files) if isinstance(content, str)}


@pytest.fixture
def scene(memory: Path) -> Iterator[Scene]:
    logging.disable(logging.CRITICAL)
    try:
        yield Scene(memory)
    finally:
        logging.disable(logging.NOTSET)


# ---- what must be true afterwards


def check(scene: Scene, before: Facts, after: Facts, *, killed: bool) -> list[str]:
    """What is wrong with a project that remembered `before`, and would have remembered `after`.

    A disk that refuses to write down how a renamed class is shown may cost its colour and key.
    """
    facts, wrong = scene.facts()
    if facts["classes"] not in (before["classes"], after["classes"]):
        known = {name for name, *_ in facts["classes"]}
        if killed or known != {name for name, *_ in before["classes"]}:
            wrong.append(f"the classes are {facts['classes']}")
    for content, split in before["splits"].items():
        if split is not None and facts["splits"].get(content) != split:
            wrong.append(f"{content} is in split {facts['splits'].get(content)}, not in {split}")
    old = set(before["runs"])
    wrong += [f"the run {run} is gone" for run in old - set(facts["runs"])]
    wrong += [f"the release {name} is gone" for name in set(before["releases"]) - set(facts["releases"])]
    wrong += [f"the run {run} is none" for run in set(facts["runs"]) - old if run[1] not in ("interrupted", "done")]
    return wrong


def faults(calls: int) -> Iterator[tuple[str, Fault]]:
    for number in range(1, calls + 1):
        for torn in (False, True):
            yield f"killed at call {number}{' torn' * torn}", dead_from(number, torn=torn)
        for code in ERRNOS:
            for sticky in (False, True):

                def fail(call: int, *_: object, number: int = number, code: int = code, sticky: bool = sticky) -> None:
                    if call == number or (sticky and call > number):
                        raise OSError(code, os.strerror(code))

                yield f"{errno.errorcode[code]} at call {number}{' on' * sticky}", fail


def survive(scene: Scene, task: str, totals: Totals, *, stride: int) -> None:
    scene.set_up()
    before, wrong = scene.facts()
    assert not wrong
    scene.set_up()
    calls = scene.do(task)
    after, wrong = scene.facts()
    assert not wrong
    for position, (name, fault) in enumerate(faults(calls)):
        if position % stride:
            continue
        scene.set_up()
        scene.do(task, fault)
        wrong = check(scene, before, after, killed="killed" in name)
        assert not wrong, f"{task}, {name}: " + "\n".join(wrong)
        totals.faults[f"in a project's life: {task}"] += 1


@pytest.mark.parametrize("older", [False, True], ids=["new", "older"])
@pytest.mark.parametrize("task", TASKS)
def test_some_faults(scene, totals, task, older):
    if older:
        scene.make_older()
    survive(scene, task, totals, stride=37)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("older", [False, True], ids=["new", "older"])
@pytest.mark.parametrize("task", TASKS)
def test_every_fault(scene, totals, task, older):
    if older:
        scene.make_older()
    survive(scene, task, totals, stride=1)


def test_a_release_recorded_before_it_is_there_is_caught(scene, totals, monkeypatch):
    publish = Releases.publish

    def record_first(self: Releases, made: Path, name: str, *more: Any) -> Any:
        record = {"format": 1, "made": name, "sha256": "", "at": ""}
        storage.append_record(self.folder / "ledger.jsonl", record)
        return publish(self, made, name, *more)

    monkeypatch.setattr(Releases, "publish", record_first)
    monkeypatch.setattr(Releases, "_taken", lambda self: set())
    with pytest.raises(AssertionError, match="Its folder is gone"):
        survive(scene, "releasing", Totals(), stride=1)
    totals.bugs["a release recorded before it is there"] += 1


def test_a_document_written_in_place_is_caught(scene, totals, monkeypatch):
    def write_in_place(path: Path, data: bytes) -> None:
        fd = storage.disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            storage.disk.write(fd, data)
        finally:
            os.close(fd)

    scene.make_older()
    monkeypatch.setattr(storage, "write_atomic", write_in_place)
    with pytest.raises((AssertionError, DiscernError, OSError)):
        survive(scene, "classes", Totals(), stride=1)
    totals.bugs["a document written in place"] += 1
