"""What the one door for pixels costs over bare Pillow, and what several threads gain.

    python -m tests.bench.bench_imaging [--seconds 3]

Bare Pillow opens the file, drafts, loads and makes an array, without looking at anything else. Both take turns, on the
same files; printed are the medians and their ratio (wanted: at most 1.05), then the pictures a second of one and of
two threads, and what a picture costs that goes through the helper process.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from desktop_app.project.decode_helper import decode
from desktop_app.project.imaging import load_rgb

FORMATS = ("JPEG", "PNG")


def draw(path: Path, width: int, height: int, quality: int = 90) -> Path:
    """A picture with as much detail as a photograph: as JPEG, about 2.7 bits a pixel."""
    small = Image.frombytes(
        "RGB", (width // 8, height // 8), random.Random(0).randbytes(width // 8 * (height // 8) * 3)
    )
    small.resize((width, height), Image.Resampling.BICUBIC).save(path, quality=quality)
    return path


def bare(path: Path, target: int | None) -> np.ndarray:
    with Image.open(path, formats=FORMATS) as image:
        if target is not None:
            image.draft("RGB", (2 * target, 2 * target))
        return np.asarray(image)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(first: Callable[[], object], second: Callable[[], object], budget: float) -> tuple[float, float]:
    """Median seconds of each, in pairs whose order changes, for `budget` seconds."""
    times: tuple[list[float], list[float]] = ([], [])
    end = time.perf_counter() + budget
    while time.perf_counter() < end or len(times[0]) < 5:
        order = (0, 1) if len(times[0]) % 2 else (1, 0)
        for which in order:
            times[which].append(seconds((first, second)[which]))
    return statistics.median(times[0]), statistics.median(times[1])


def pictures_a_second(path: Path, target: int | None, threads: int, budget: float) -> float:
    one = seconds(lambda: load_rgb(path, target=target))
    count = max(4 * threads, int(budget / one))
    with ThreadPoolExecutor(threads) as pool:
        took = seconds(lambda: list(pool.map(lambda _: load_rgb(path, target=target).shape, range(count))))
    return count / took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3, help="for each row")
    budget: float = parser.parse_args().seconds
    # glibc keeps freed memory for the next picture once a large block was freed, as in any process that has loaded a
    # network; before, it gives memory back after each picture, and getting it again takes as long as decoding.
    bytearray(30 << 20)
    with tempfile.TemporaryDirectory() as folder:
        small = draw(Path(folder) / "small.jpg", 500, 375)
        large = draw(Path(folder) / "large.jpg", 4000, 3000)
        flat = draw(Path(folder) / "small.png", 500, 375)
        rows: list[tuple[str, Path, int | None]] = [
            ("500 × 375 JPEG, target 224", small, 224),
            ("12 MP JPEG, target 224", large, 224),
            ("12 MP JPEG, full size", large, None),
            ("500 × 375 PNG", flat, 224),
        ]
        print(f"{'':28}{'load_rgb':>10}{'Pillow':>10}{'ratio':>8}{'1 thread':>11}{'2 threads':>11}{'gain':>7}")
        for title, path, target in rows:
            mine, pillows = in_turns(lambda: load_rgb(path, target=target), lambda: bare(path, target), budget)  # noqa: B023
            one, two = (pictures_a_second(path, target, threads, budget / 2) for threads in (1, 2))
            print(
                f"{title:28}{mine * 1000:7.2f} ms{pillows * 1000:7.2f} ms{mine / pillows:8.3f}"
                f"{one:9.0f}/s{two:9.0f}/s{two / one:7.2f}"
            )
        data = small.read_bytes()
        through, alone = in_turns(lambda: decode(data, 224), lambda: load_rgb(data, target=224), budget)
        print(f"through the helper process: {(through - alone) * 1000:.0f} ms more")


if __name__ == "__main__":
    main()
