"""How long it takes to list a large project, to split it, and to read its embeddings; prints, asserts nothing.

Run: python tests/bench/bench_scan.py [pictures]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from desktop_app.project import catalog
from desktop_app.project.folders import Memory
from desktop_app.project.index import Index
from desktop_app.project.splits import Splits


@contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{what:55} {time.perf_counter() - started:7.3f} s")


def main(pictures: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with timed(f"make {pictures:,} small files"):
            for name in range(10):
                for lot in range(10):
                    (root / f"class {name}" / f"lot {lot}").mkdir(parents=True)
            for number in range(pictures):
                place = root / f"class {number % 10}" / f"lot {number // 10 % 10}"
                (place / f"picture {number}.jpg").write_text(f"{number}")
                os.utime(place / f"picture {number}.jpg", (0, 0))  # the index trusts no time that has just passed
        time.sleep(2.5)  # nor that of a folder
        memory = Memory()
        for turn in ("first", "second"):
            with timed(f"scan {pictures:,} names, {turn} time"):
                walk = memory.walk()
                found = catalog.scan(root, walk=walk)
                memory.keep(walk)
        with Index(root, root / "index.sqlite") as index:
            with timed("keep what the folders hold"):
                index.store_folders(*memory.changes())
            with timed("scan again with what was kept"):
                memory = Memory()
                memory.load(index.folders())
                assert catalog.scan(root, walk=memory.walk()).files == found.files
        assert len(found.files) == pictures
        hashes = [f"{number:032x}" for number in range(pictures)]
        splits = Splits(root / "splits.jsonl")
        for turn in ("first", "second"):
            with timed(f"assign {pictures:,} splits, {turn} time"):
                splits.assign(found.files, hashes, found.labels, found.classes, seed=0)
        with timed("read these splits from disk"):
            Splits(root / "splits.jsonl")
        for turn in ("first", "second"):
            with timed(f"look at {pictures:,} files, {turn} time"), Index(root, root / "index.sqlite") as index:
                for _ in index.content_hashes(found.files):
                    pass
        with Index(root, root / "index.sqlite") as index:
            vectors = np.random.default_rng(0).random((10_000, 1280), np.float32)
            with timed("store 10,000 embeddings of 1,280"):
                for start in range(0, 10_000, 256):
                    rows = slice(start, start + 256)
                    index.store_embeddings("key", dict(zip(hashes[rows], vectors[rows], strict=False)))
            with timed("read 10,000 embeddings of 1,280"):
                index.embeddings("key", hashes[:10_000])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
