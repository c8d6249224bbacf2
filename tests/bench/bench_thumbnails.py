"""How fast thumbnails of 12-megapixel JPEGs are made, and what finding one again costs.

    python -m tests.bench.bench_thumbnails [--pictures 24] [--edge 256]

Two threads make thumbnails through the project's index, which is empty at first, as the grid does; then two threads
decode the same files in full with Pillow and shrink them. Both take turns; printed are the medians and their ratio
(wanted: at least 4), for files as a phone, a camera and a camera at its finest setting write them: whatever the scale,
all of a JPEG's bits are to be read, so that the ratio falls with their number. Then thumbnails taken from the index, of
pictures where they were and of pictures that were moved.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from desktop_app.project.project import Project
from desktop_app.project.thumbnails import thumbnail
from tests.bench.bench_imaging import draw

THREADS = 2
TURNS = 3
QUALITIES = (75, 85, 90)


def copies(folder: Path, number: int, quality: int) -> list[str]:
    """Pictures of different contents: what stands behind a JPEG's end changes nothing in the picture."""
    names = [f"class {position % 2}/picture {position:03}.jpg" for position in range(number)]
    first = draw(folder / "drawn.jpg", 4000, 3000, quality)
    for position, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(first.read_bytes() + bytes([position]))
        os.utime(path, (1e9, 1e9))  # the index trusts no time that has just passed
    first.unlink()
    return names


def cost(work: Callable[[str], object], files: Sequence[str]) -> tuple[float, float]:
    """Milliseconds for each file, with two threads: that pass, and that the processor works."""
    start, worked = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, files))
    passed, worked = time.perf_counter() - start, time.process_time() - worked
    return passed / len(files) * 1000, worked / len(files) * 1000


def pillow(path: Path, edge: int) -> Image.Image:
    with Image.open(path) as image:
        image.load()  # in full
        return image.resize((edge, edge * image.height // image.width), Image.Resampling.BICUBIC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=24)
    parser.add_argument("--edge", type=int, default=256)
    arguments = parser.parse_args()
    for quality in QUALITIES:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["DISCERN_HOME"] = f"{folder}/home"
            measure(Path(folder), arguments.pictures, arguments.edge, quality)


def measure(folder: Path, pictures: int, edge: int, quality: int) -> None:
    root = folder / "parts"
    root.mkdir()
    files = copies(root, pictures, quality)
    bytearray(30 << 20)  # see bench_imaging
    ours, theirs = [], []
    for _ in range(TURNS):
        shutil.rmtree(folder / "home", ignore_errors=True)
        with Project.open(root) as project:
            ours.append(cost(lambda file: thumbnail(project, file, edge), files))
        theirs.append(cost(lambda file: pillow(root / file, edge), files))
    print(f"JPEGs of 12 megapixels and {(root / files[0]).stat().st_size / 1e6:.1f} MB; made, each:")
    for place, what in enumerate(("time", "work of the processor")):
        one, other = (statistics.median(turn[place] for turn in turns) for turns in (ours, theirs))
        print(f"  {what} {one:.1f} ms, Pillow in full {other:.1f} ms: × {other / one:.1f} (wanted: at least 4)")
    with Project.open(root) as project:
        print(f"  found again: {cost(lambda file: thumbnail(project, file, edge), files)[0]:.2f} ms each")
        moved = [f"class 3/{Path(file).name}" for file in files]
        (root / "class 3").mkdir()
        for old, new in zip(files, moved, strict=True):
            (root / old).rename(root / new)
        print(f"  after a move: {cost(lambda file: thumbnail(project, file, edge), moved)[0]:.2f} ms each")


if __name__ == "__main__":
    main()
