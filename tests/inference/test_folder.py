import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pytest

from desktop_app import storage
from desktop_app.errors import DataError, PackageError, ProjectError, StorageError
from desktop_app.evaluation.rules import Rule
from desktop_app.events import (
    Event,
    FolderPredicted,
    Notice,
    PictureSkipped,
    Predicted,
    Progress,
    Step,
    StepStarted,
)
from desktop_app.inference.folder import predict_folder
from desktop_app.inference.package import Package
from desktop_app.inference.predictor import Predictor
from desktop_app.inference.sorting import folder_names
from tests.drawing import draw_classes, draw_picture
from tests.packages import members, packed, with_manifest

REPOSITORY = Path(__file__).resolve().parents[2]


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def only(kind: type, events: Iterable[Event]) -> list:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    """Ten new pictures of each of the three kinds, in folders that mean nothing."""
    return draw_classes(tmp_path / "new", ["monday", "tuesday/early", "wednesday"], seed=7)


# ---- predicting


def test_a_folder_becomes_a_table(package: Path, incoming: Path, tmp_path: Path) -> None:
    table = tmp_path / "tables" / "result.csv"
    before = tree(incoming)
    events = list(predict_folder(package, incoming, table))
    assert events[0] == StepStarted(Step.SCAN)
    assert StepStarted(Step.PREDICT) in events
    predicted, last = only(Predicted, events), events[-1]
    assert isinstance(last, FolderPredicted)
    assert (sum(last.counts.values()), last.unreadable, last.copied, last.csv) == (30, 0, 0, str(table))
    assert list(last.counts) == ["cat", "dog", "fox"]
    assert last.counts["cat"] > 5 < last.counts["fox"]  # they are easy to tell apart

    rows = rows_of(table)
    assert [row["file"] for row in rows] == [event.file for event in predicted]
    assert rows[0]["file"] == "monday/monday_001.png"
    assert rows[10]["file"] == "tuesday/early/tuesday/early_001.png"
    opened = Package.open(package)
    predictor = Predictor(opened)
    for row, event in zip(rows, predicted, strict=True):
        answer = predictor.read(incoming / row["file"])
        assert row["class"] == event.label == answer.label
        assert event.probability == answer.probability
        assert float(row["how sure"]) == pytest.approx(answer.probability, abs=1e-4)
        shares = [float(row[f"probability: {name}"]) for name in ("cat", "dog", "fox")]
        assert shares == pytest.approx(answer.probabilities.tolist(), abs=1e-6)
        assert (row["model"], row["model id"], row["note"]) == ("animals", opened.hash[:12], "")
        assert row["time"][:2] == "20"
    assert tree(incoming) == before


def test_progress_counts_up_and_ends(package: Path, incoming: Path, tmp_path: Path) -> None:
    progress = only(Progress, predict_folder(package, incoming, tmp_path / "r.csv"))
    assert [event.done for event in progress] == sorted({event.done for event in progress})
    assert (progress[-1].done, progress[-1].total, progress[-1].seconds_left) == (30, 30, 0)
    assert all(event.seconds_left is not None and event.seconds_left >= 0 for event in progress)


def test_what_can_not_be_read_has_a_row_that_says_why(package: Path, incoming: Path, tmp_path: Path) -> None:
    (incoming / "monday" / "empty.png").touch()
    (incoming / "monday" / "notes.jpg").write_text("call Ann")
    torn = draw_picture(incoming / "monday" / "torn.png")
    torn.write_bytes(torn.read_bytes()[:200])
    (incoming / "monday" / "link.png").symlink_to(torn)
    (incoming / "again").symlink_to(incoming)
    (incoming / "photo.heic").write_bytes(b"ftypheic")
    (incoming / ".hidden").mkdir()
    draw_picture(incoming / ".hidden" / "x.png")
    os.mkfifo(incoming / "pipe.png")
    events = list(predict_folder(package, incoming, tmp_path / "r.csv"))
    skipped = {event.file: event.reason for event in only(PictureSkipped, events)}
    bad = {"monday/empty.png", "monday/notes.jpg", "monday/torn.png", "monday/link.png", "pipe.png"}
    assert set(skipped) == bad
    assert "1 HEIC" in only(Notice, events)[0].what
    rows = {row["file"]: row for row in rows_of(tmp_path / "r.csv")}
    assert len(rows) == 35
    for file in bad:
        assert (rows[file]["class"], rows[file]["how sure"], rows[file]["note"]) == ("", "", skipped[file])
    assert isinstance(events[-1], FolderPredicted)
    assert events[-1].unreadable == 5


def test_a_model_that_is_unsure_leaves_pictures_to_a_person(package: Path, incoming: Path, tmp_path: Path) -> None:
    contents = members(package)
    doubting = tmp_path / "doubting.discern"
    sure = sorted(event.probability for event in only(Predicted, predict_folder(package, incoming, tmp_path / "a.csv")))
    doubting.write_bytes(packed(with_manifest(contents, unsure=asdict(Rule(0.1, 1.0, sure[10])))))
    events = list(predict_folder(doubting, incoming, tmp_path / "r.csv", tmp_path / "sorted"))
    last = events[-1]
    assert isinstance(last, FolderPredicted)
    unsure = [event for event in only(Predicted, events) if event.unsure]
    assert len(unsure) == last.unsure == 10
    assert sum(last.counts.values()) == 20
    assert all(event.probability < sure[10] for event in unsure)
    rows = {row["file"]: row["unsure"] for row in rows_of(tmp_path / "r.csv")}
    assert {file for file, said in rows.items() if said == "yes"} == {event.file for event in unsure}
    assert len(list((tmp_path / "sorted" / "unsure").iterdir())) == len(unsure)


def test_content_decides_and_not_the_name(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    draw_picture(folder / "a.png").rename(folder / "a.jpg")
    (event,) = only(Predicted, predict_folder(package, folder, tmp_path / "r.csv"))
    assert event.file == "a.jpg"


def test_names_that_look_like_formulas_stay_text(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    for name in ("=cmd.png", "+1.png", "-1.png", "@x.png", 'a "quoted", name;x.png', "ünï日本.png"):
        draw_picture(folder / name)
    list(predict_folder(package, folder, tmp_path / "r.csv"))
    files = [row["file"] for row in rows_of(tmp_path / "r.csv")]
    assert not any(file.startswith(("=", "+", "-", "@")) for file in files)
    assert {"'=cmd.png", 'a "quoted", name;x.png', "ünï日本.png"} <= set(files)


def test_a_name_that_is_no_text_is_said_and_passed_over(package: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    draw_picture(folder / "good.png")
    odd = os.fsencode(folder) + b"/b\xffd.png"
    os.link(folder / "good.png", odd)
    events = list(predict_folder(package, folder, tmp_path / "r.csv"))
    assert len(only(Predicted, events)) == len(only(PictureSkipped, events)) == 1
    json.dumps([event.file for event in only(PictureSkipped, events)]).encode()
    assert len(rows_of(tmp_path / "r.csv")) == 2


# ---- the table on disk


def test_the_table_is_whole_whenever_one_looks(package: Path, incoming: Path, tmp_path: Path) -> None:
    table = tmp_path / "r.csv"
    events = predict_folder(package, incoming, table)
    seen = 0
    for event in events:
        if isinstance(event, Predicted):
            seen += 1
            assert len(rows_of(table)) == seen
            if seen == 17:
                break
    events.close()  # cancelled
    rows = rows_of(table)
    assert len(rows) == 17
    assert all(row["time"] for row in rows)


def test_a_kill_costs_nothing_that_was_done(package: Path, tmp_path: Path) -> None:
    folder = draw_classes(tmp_path / "new", ["a"], each=400)
    table = tmp_path / "r.csv"
    code = (
        "import sys; from pathlib import Path\n"
        "from desktop_app.inference.folder import predict_folder\n"
        "for event in predict_folder(*map(Path, sys.argv[1:])): print(event, flush=True)\n"
    )
    command = [sys.executable, "-c", code, str(package), str(folder), str(table)]
    child = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    done = 0
    for line in child.stdout:
        done += line.startswith("Predicted")
        if done == 30:
            child.send_signal(signal.SIGKILL)
            break
    child.communicate()
    rows = rows_of(table)
    assert 30 <= len(rows) < 400
    assert all(row["class"] and row["time"] for row in rows)
    # And again, from the beginning, over what the killed one left.
    list(predict_folder(package, folder, table))
    assert len(rows_of(table)) == 400


def test_only_our_own_table_is_replaced(package: Path, incoming: Path, tmp_path: Path) -> None:
    table = tmp_path / "r.csv"
    table.touch()
    list(predict_folder(package, incoming, table))
    list(predict_folder(package, incoming, table))
    assert len(rows_of(table)) == 30
    for content in (b"my;own;table\n", b"\xef\xbb\xbffile,size\n", b"\0" * 50):
        table.write_bytes(content)
        with pytest.raises(DataError) as caught:
            list(predict_folder(package, incoming, table))
        assert "another name" in caught.value.hint
        assert table.read_bytes() == content
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError):
        list(predict_folder(package, incoming, tmp_path / "folder"))


class FullDisk(storage.Disk):
    """Takes so many bytes, and no more."""

    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, fd: int, data: memoryview | bytes) -> int:
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = super().write(fd, data[: self.room])
        self.room -= written
        return written


@pytest.mark.parametrize("room", [0, 50, 500, 1234, 2000])
def test_a_full_disk_is_told_with_what_was_done(
    package: Path, incoming: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    table = tmp_path / "r.csv"
    monkeypatch.setattr(storage, "disk", FullDisk(room))
    with pytest.raises(StorageError) as caught:
        list(predict_folder(package, incoming, table))
    assert "full" in caught.value.why
    assert caught.value.hint
    if table.exists():
        rows = rows_of(table)
        assert f"Done so far: {len(rows)} in" in caught.value.why
        assert all(row["time"] for row in rows), "half a row was left"
    monkeypatch.undo()
    list(predict_folder(package, incoming, table))
    assert len(rows_of(table)) == 30


# ---- sorting


def test_pictures_are_copied_and_never_moved(package: Path, incoming: Path, tmp_path: Path) -> None:
    before = tree(incoming)
    times = {path: path.stat().st_mtime_ns for path in incoming.rglob("*.png")}
    target = tmp_path / "sorted"
    events = list(predict_folder(package, incoming, tmp_path / "r.csv", target))
    assert tree(incoming) == before
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert isinstance(events[-1], FolderPredicted)
    assert events[-1].copied == 30
    copies = tree(target)
    for event in only(Predicted, events):
        assert copies.pop(f"{event.label}/{Path(event.file).name}") == before[event.file]
    assert not copies


def test_sorting_again_adds_nothing_and_overwrites_nothing(package: Path, incoming: Path, tmp_path: Path) -> None:
    target = tmp_path / "sorted"
    list(predict_folder(package, incoming, tmp_path / "r.csv", target))
    first = tree(target)
    *_, last = predict_folder(package, incoming, tmp_path / "r.csv", target)
    assert isinstance(last, FolderPredicted)
    assert (last.copied, tree(target)) == (0, first)


def test_other_pictures_of_the_same_name_get_a_number(package: Path, tmp_path: Path) -> None:
    folder, target = tmp_path / "new", tmp_path / "sorted"
    for number in range(3):
        draw_picture(folder / f"camera {number}" / "shot.png", kind=0, seed=number)
    list(predict_folder(package, folder, tmp_path / "r.csv", target))
    copies = tree(target)
    assert {Path(name).name for name in copies} == {"shot.png", "shot (2).png", "shot (3).png"}
    assert set(copies.values()) == set(tree(folder).values())
    kept = target / next(iter(copies))
    kept.write_bytes(b"mine")
    list(predict_folder(package, folder, tmp_path / "r.csv", target))
    assert kept.read_bytes() == b"mine"
    assert set(tree(folder).values()) <= set(tree(target).values())


def test_long_names_still_get_a_number(package: Path, tmp_path: Path) -> None:
    folder, target = tmp_path / "new", tmp_path / "sorted"
    name = "ü" * 125 + ".png"  # 254 bytes
    for number in range(2):
        draw_picture(folder / f"{number}" / name, seed=number)
    *_, last = predict_folder(package, folder, tmp_path / "r.csv", target)
    assert isinstance(last, FolderPredicted)
    assert last.copied == 2


@pytest.mark.parametrize("into", ["new", "new/sorted", "new/monday", "", "link"])
def test_folders_in_each_other_are_refused(package: Path, incoming: Path, tmp_path: Path, into: str) -> None:
    (tmp_path / "link").symlink_to(incoming / "monday")
    with pytest.raises(DataError, match="can't be sorted"):
        list(predict_folder(package, incoming, tmp_path / "r.csv", tmp_path / into))
    assert not (tmp_path / "r.csv").exists()


class NoRoomForCopies(storage.Disk):
    """Lets the table grow, and refuses the eleventh copy."""

    copies = 0

    def rename_new(self, source: Path, target: Path) -> None:
        self.copies += 1
        if self.copies > 10:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(source), None, str(target))
        super().rename_new(source, target)


def test_a_full_disk_while_copying_says_how_many(
    package: Path, incoming: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "disk", NoRoomForCopies())
    before = tree(incoming)
    with pytest.raises(StorageError) as caught:
        list(predict_folder(package, incoming, tmp_path / "r.csv", tmp_path / "sorted"))
    assert "Done so far: 11 in" in caught.value.why
    assert "10 copied" in caught.value.why
    assert len(rows_of(tmp_path / "r.csv")) == 11
    assert len(tree(tmp_path / "sorted")) == 10
    assert tree(incoming) == before


def test_a_picture_that_vanishes_before_its_copy_is_said(package: Path, incoming: Path, tmp_path: Path) -> None:
    events = predict_folder(package, incoming, tmp_path / "r.csv", tmp_path / "sorted")
    seen: list[Event] = []
    for event in events:
        seen.append(event)
        if len(only(Predicted, seen)) == 1:
            # By now these were read ahead, or will be found missing; neither ends the job.
            for path in (incoming / "monday").iterdir():
                path.unlink()
    skipped = only(PictureSkipped, seen)
    assert len(skipped) == 9
    assert isinstance(seen[-1], FolderPredicted)
    assert seen[-1].copied == 21


def test_class_folders_have_names_that_every_system_accepts() -> None:
    names = ["good", "GOOD", "con", "a:b", "a?b", "dot.", " space", "..", "x" * 120, "ok<>", "grün", "AUX.txt"]
    folders = folder_names(names)
    assert folders[0] == "good"
    assert folders[10] == "grün"
    assert len({folder.casefold() for folder in folders}) == len(names)
    for folder in folders:
        assert folder not in ("", ".", "..")
        assert not set(folder) & set('<>:"/\\|?*')
        assert folder == folder.rstrip(". ").lstrip()
        assert folder.split(".")[0].lower() not in ("con", "aux", "nul", "prn")


# ---- what can be wrong from the beginning


def test_problems_are_told_before_anything_is_written(package: Path, incoming: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    broken = tmp_path / "broken.discern"
    broken.write_bytes(package.read_bytes()[:9999])
    table = tmp_path / "r.csv"
    with pytest.raises(ProjectError, match="not there"):
        list(predict_folder(package, tmp_path / "missing", table))
    with pytest.raises(DataError, match="no pictures"):
        list(predict_folder(package, tmp_path / "nothing", table))
    with pytest.raises(PackageError, match="incomplete"):
        list(predict_folder(broken, incoming, table))
    with pytest.raises(PackageError, match="no model package"):
        list(predict_folder(tmp_path / "missing.discern", incoming, table))
    assert not table.exists()


def test_predicting_needs_neither_torch_nor_qt(package: Path, incoming: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from desktop_app.inference.folder import predict_folder\n"
        "*_, last = predict_folder(*map(Path, sys.argv[1:]))\n"
        "print(sum(last.counts.values()), *{'torch', 'torchvision', 'timm', 'sklearn', 'PySide6'} & set(sys.modules))\n"
    )
    command = [sys.executable, "-c", code, str(package), str(incoming), str(tmp_path / "r.csv")]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.split() == ["30"], done.stderr


def test_closing_early_waits_for_nothing_long(package: Path, tmp_path: Path) -> None:
    folder = draw_classes(tmp_path / "new", ["a"], each=200)
    events = predict_folder(package, folder, tmp_path / "r.csv")
    for event in events:
        if isinstance(event, Predicted):
            break
    started = time.monotonic()
    events.close()
    assert time.monotonic() - started < 2
