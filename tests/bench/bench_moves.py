"""How long it takes to move pictures, beside bare renaming and bare syncing on the same disk; prints, asserts nothing.

Run: python tests/bench/bench_moves.py [folder on the disk to be measured]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from desktop_app.project import journal
from desktop_app.project.moves import Moves

PICTURES = 10_000
CROWD = 100_000  # names in a large class


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def show(what: str, value: str) -> None:
    print(f"{what:66} {value:>12}", flush=True)


def fill(folder: Path, count: int, prefix: str = "") -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{prefix}{number}.jpg").write_bytes(b"%d" % number)
    os.sync()
    return [f"{folder.name}/{prefix}{number}.jpg" for number in range(count)]


def batches(root: Path) -> None:
    files = fill(root / "from", PICTURES)
    (root / "to").mkdir()

    def rename_all() -> None:
        for file in files:
            (root / file).rename(root / "to" / file[5:])

    bare = seconds(rename_all)
    for file in files:
        (root / "to" / file[5:]).rename(root / file)
    moves = Moves(root, root / ".discern")
    show(f"{PICTURES:,} pictures: bare os.rename", f"{bare:.2f} s")
    steps = [
        ("put into a class", lambda: moves.put(files, "to")),
        ("undo", moves.undo),
        ("redo", moves.redo),
        ("merge the class back", lambda: moves.merge_class("to", "from")),
        ("delete", lambda: moves.trash(files)),
        ("undo", moves.undo),
    ]
    for what, act in steps:
        took = seconds(act)
        show(f"{PICTURES:,} pictures: {what}", f"{took:.2f} s")
        show("", f"{took / bare:.1f} × bare")
    size = (root / ".discern" / "journal.jsonl").stat().st_size
    show(f"journal of {len(steps)} such steps", f"{size / 1e6:.1f} MB")


def single(root: Path, crowd: int) -> None:
    there = fill(root / "crowded", crowd, "x")
    files = fill(root / "few", 300)
    moves = Moves(root, root / ".discern")
    first = seconds(lambda: moves.put(files[:1], "crowded"))
    times = sorted(seconds(lambda file=file: moves.put([file], "crowded")) for file in files[1:])  # type: ignore[misc]
    log = os.open(root / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    syncs = []
    for _ in range(100):
        os.write(log, b"x" * 300)
        syncs.append(seconds(lambda: os.fsync(log)))
    os.close(log)
    show(f"one picture into a class of {len(there):,}: the first", f"{first * 1e3:.2f} ms")
    show("the next, median", f"{times[len(times) // 2] * 1e3:.2f} ms")
    show("the next, p99", f"{times[int(len(times) * 0.99)] * 1e3:.2f} ms")
    show("one fsync of this disk, median (a move waits for three)", f"{sorted(syncs)[50] * 1e3:.2f} ms")


def start(root: Path) -> None:
    """A journal that is as large as it gets before it is shortened, with an interrupted step at its end."""
    files = fill(root / "from", PICTURES)
    moves = Moves(root, root / ".discern")
    path = root / ".discern" / "journal.jsonl"
    while not path.exists() or path.stat().st_size < journal.COMPACT_ABOVE * 0.9:
        moves.put(files, "to")
        moves.undo()
    moves.put(files, "to")
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b'{"end"')])
    tracemalloc.start()
    took = seconds(lambda: Moves(root, root / ".discern"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    path.write_bytes(data[: data.rindex(b'{"end"')])
    took = seconds(lambda: Moves(root, root / ".discern"))
    show(f"start with a journal of {len(data) / 1e6:.0f} MB, {PICTURES:,} pictures to settle", f"{took:.2f} s")
    show("its memory at most", f"{peak / 1e6:.0f} MB")
    with path.open("ab") as log:
        log.write(data)
    show("start that shortens the journal", f"{seconds(lambda: Moves(root, root / '.discern')):.2f} s")


def main(place: str | None) -> None:
    for measure in (batches, lambda root: single(root, PICTURES), lambda root: single(root, CROWD), start):
        folder = Path(tempfile.mkdtemp(dir=place))
        try:
            (folder / ".discern").mkdir()
            measure(folder)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
