"""The index is fast, shared, and worth nothing: whatever happens to its file, answers stay right."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from desktop_app import settings
from desktop_app.errors import ImageError, StorageError
from desktop_app.project import index as index_module
from desktop_app.project.index import Index, hash_file, project_cache
from desktop_app.project.measures import Measures


def picture(root: Path, name: str, content: bytes = b"x", age: float = 100.0) -> str:
    """A file that is old enough for the index to remember."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age, time.time() - age))
    return name


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def index(root: Path) -> Iterator[Index]:
    with Index(root) as index:
        yield index


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file whose content is read."""
    seen: list[Path] = []
    monkeypatch.setattr(index_module, "hash_file", lambda path: seen.append(path) or hash_file(path))
    return seen


# ---- contents


def test_hashes_are_the_start_of_sha256(index: Index, root: Path) -> None:
    assert index.content_hash(picture(root, "cat/a.jpg", b"abc")) == sha(b"abc") == "ba7816bf8f01cfea414140de5dae2223"
    big = os.urandom((2 << 20) + 7)
    assert index.content_hash(picture(root, "b", big)) == sha(big)


def test_contents_are_read_once(index: Index, root: Path, reads: list[Path]) -> None:
    files = [picture(root, f"{number}.jpg", bytes([number])) for number in range(5)]
    expected = [(file, sha(bytes([number]))) for number, file in enumerate(files)]
    assert list(index.content_hashes(files)) == expected and len(reads) == 5
    assert list(index.content_hashes(files)) == expected and len(reads) == 5
    with Index(root) as other:
        assert list(other.content_hashes(files)) == expected and len(reads) == 5


@pytest.mark.parametrize("change", ["content", "time", "inode", "size"])
def test_changed_files_are_read_again(change: str, index: Index, root: Path, reads: list[Path]) -> None:
    file = picture(root, "a.jpg", b"one", age=200)
    index.content_hash(file)
    if change == "inode":  # swapped for another file of the same name, size and time
        facts = (root / file).stat()
        other = root / picture(root, "other", b"two")
        os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        other.replace(root / file)
    elif change == "time":
        os.utime(root / file, (1, 1))
    else:
        picture(root, file, b"two" if change == "content" else b"three", age=100)
    assert index.content_hash(file) == hash_file(root / file)
    assert len(reads) == 2


def test_a_file_that_has_just_changed_is_not_trusted(index: Index, root: Path, reads: list[Path]) -> None:
    file = picture(root, "a.jpg", age=0)
    index.content_hash(file)
    index.content_hash(file)
    assert len(reads) == 2


def test_order_and_duplicates_and_nothing(index: Index, root: Path) -> None:
    files = [picture(root, f"{number}.jpg", bytes([number])) for number in (3, 1, 2)]
    asked = [*files, files[0]]
    assert [file for file, _ in index.content_hashes(asked)] == asked
    assert list(index.content_hashes([])) == []


@pytest.mark.timeout(10)
def test_what_is_no_picture_has_a_reason(index: Index, root: Path) -> None:
    picture(root, "good.jpg")
    picture(root, "empty.jpg", b"")
    os.mkfifo(root / "pipe.jpg")
    (root / "folder.jpg").mkdir()
    (root / "link.jpg").symlink_to("good.jpg")
    (root / "loop.jpg").symlink_to("loop.jpg")
    files = ["missing.jpg", "good.jpg/x.jpg", "empty.jpg", "pipe.jpg", "folder.jpg", "link.jpg", "loop.jpg", "good.jpg"]
    found = dict(index.content_hashes(files))
    reasons = {file: error.what for file, error in found.items() if isinstance(error, ImageError)}
    assert reasons == {
        "missing.jpg": "no longer there",
        "good.jpg/x.jpg": "no longer there",
        "empty.jpg": "empty file",
        "pipe.jpg": "not a regular file",
        "folder.jpg": "not a regular file",
        "link.jpg": "not a regular file",
        "loop.jpg": "not a regular file",
    }
    assert found["good.jpg"] == sha(b"x")
    with pytest.raises(ImageError):
        index.content_hash("pipe.jpg")


def test_a_file_that_cannot_be_read(index: Index, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = picture(root, "a.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _denied)
        ((_, error),) = index.content_hashes([file])
    assert isinstance(error, ImageError) and error.what == "not allowed to read it"


def _denied(*_: object, **__: object) -> int:
    raise PermissionError(13, "Permission denied")


def test_a_file_that_grows_while_it_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = root / picture(root, "a.jpg", b"x" * 100)
    fstat = os.fstat

    def growing(fd: int) -> os.stat_result:
        facts = fstat(fd)
        with path.open("ab") as file:
            file.write(b"more")
        return facts

    monkeypatch.setattr(os, "fstat", growing)
    with pytest.raises(ImageError, match="still being written"):
        hash_file(path)


def test_stopping_keeps_what_was_read(index: Index, root: Path, reads: list[Path]) -> None:
    files = [picture(root, f"{number}.jpg", bytes([number])) for number in range(10)]
    hashes = index.content_hashes(files)
    for _ in range(4):
        next(hashes)
    hashes.close()  # type: ignore[attr-defined]
    list(index.content_hashes(files))
    assert len(reads) == 10


def test_a_kill_keeps_whole_batches(root: Path, reads: list[Path]) -> None:
    files = [picture(root, f"{number}.jpg", b"%d" % number) for number in range(600)]
    code = (
        "import os, sys; from pathlib import Path; from desktop_app.project.index import Index\n"
        "for number, _ in enumerate(Index(Path(sys.argv[1])).content_hashes(sys.argv[2:])):\n"
        "    if number == 599: os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(root), *files], check=False)
    with Index(root) as index:
        assert dict(index.content_hashes(files)) == {file: sha(b"%d" % n) for n, file in enumerate(files)}
    assert 0 < len(reads) <= 600 - 256


def test_known_files_are_told_without_touching_them(index: Index, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_PAGE", 3)
    files = [picture(root, f"{number}/ü.jpg", b"x" * (number + 1), age=100 + number) for number in range(8)]
    list(index.content_hashes(files))
    facts = [(root / file).stat() for file in files]
    for file in files:
        (root / file).unlink()
    known = index.known_files()
    assert known.files == files
    assert known.sizes.tolist() == list(range(1, 9)) and known.sizes.dtype == np.int64
    assert known.changed_ns.tolist() == [fact.st_mtime_ns for fact in facts]
    assert [content.decode() for content in known.hashes] == [sha(b"x" * size) for size in range(1, 9)]


def test_nothing_is_known_at_first(index: Index) -> None:
    known = index.known_files()
    assert known.files == [] and len(known.sizes) == len(known.changed_ns) == len(known.hashes) == 0
    assert index.refused() == {}


def test_refused_files_are_those_of_the_last_check(index: Index) -> None:
    index.store_refused({"a.jpg": "empty file", "b.jpg": "no longer there"})
    assert index.refused() == {"a.jpg": "empty file", "b.jpg": "no longer there"}
    index.store_refused({"c.jpg": "empty file"})
    assert index.refused() == {"c.jpg": "empty file"}


def test_what_looks_alike_is_that_of_the_last_check(index: Index) -> None:
    assert index.alike() == [] and index.last_check() == (0, "")
    index.store_alike([("a", "b", 0.96), ("b", "c", 1.0)], 5, "all")
    assert index.alike() == [("a", "b", 0.96), ("b", "c", 1.0)] and index.last_check() == (5, "all")
    index.confirm_check(6)
    assert len(index.alike()) == 2 and index.last_check() == (6, "all")
    index.store_alike([], 7, "fewer")
    assert index.alike() == [] and index.last_check() == (7, "fewer")


# ---- measures and predictions


def some_measures(number: int) -> Measures:
    return Measures(640, 480 + number, "JPEG", "L", 0.1 * number, 0.25, 1 / 3, 0.0, 0.5, -(1 << 63) + number)


def test_measures_round_trip(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_PAGE", 4)
    stored = {f"{number:032x}": some_measures(number) for number in range(10)}
    index.store_measures(stored)
    assert index.measures([*stored, "f" * 32]) == stored
    assert index.measures([]) == {}
    broken = Measures(0, 0, "", "", 0.0, 0.0, 0.0, 0.0, 0.0, 0, "damaged JPEG")
    index.store_measures({f"{0:032x}": broken})
    assert index.measures([f"{0:032x}"]) == {f"{0:032x}": broken}


def test_predictions_round_trip_run_by_run(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_PAGE", 4)
    stored = {f"{number:032x}": (number % 3, float(np.float32(number / 10))) for number in range(10)}
    index.store_predictions("run 1", stored)
    index.store_predictions("run 2", {"a": (0, 0.5)})
    assert index.predictions("run 1") == stored
    assert index.predictions("run 2") == {"a": (0, 0.5)} and index.predictions("run 3") == {}
    index.store_predictions("run 2", {"a": (np.int32(1), np.float32(0.25))})
    assert index.predictions("run 2") == {"a": (1, 0.25)}


# ---- embeddings and thumbnails


def vectors(count: int, size: int = 8, seed: int = 0) -> dict[str, np.ndarray]:
    values = np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32)
    return {f"{number:032x}": values[number] for number in range(count)}


def test_embeddings_round_trip(index: Index) -> None:
    stored = vectors(2500)
    index.store_embeddings("lite0 224", stored)
    found = index.embeddings("lite0 224", [*stored, "f" * 32])
    assert found.keys() == stored.keys()
    for content, vector in found.items():
        assert vector.dtype == np.float32 and vector.shape == (8,) and (vector == stored[content]).all()
        assert not vector.flags.writeable
    assert index.embeddings("lite0 240", list(stored)) == {}
    assert index.embedded("lite0 224", [*stored, "f" * 32]) == stored.keys()
    assert index.embedded("lite0 240", list(stored)) == set()
    assert index.embeddings("lite0 224", []) == {}


def test_embeddings_may_be_replaced_and_come_in_any_layout(index: Index) -> None:
    index.store_embeddings("key", {"a": np.zeros(4, np.float32)})
    index.store_embeddings("key", {"a": np.arange(8, dtype=np.float64)[::2]})
    assert index.embeddings("key", ["a"])["a"].tolist() == [0, 2, 4, 6]
    index.store_embeddings("key", {})


def test_thumbnails_round_trip(index: Index) -> None:
    index.store_thumbnail("k", 128, b"\x00jpeg")
    index.store_thumbnail("k", 256, b"large")
    index.store_thumbnail("k", 128, b"newer")
    assert index.thumbnail("k", 128) == b"newer" and index.thumbnail("k", 256) == b"large"
    assert index.thumbnail("k", 64) is None and index.thumbnail("other", 128) is None


def test_many_threads(index: Index, root: Path) -> None:
    files = [picture(root, f"{number}.jpg", bytes([number])) for number in range(40)]
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        try:
            for number in range(20):
                stored = vectors(5, seed=seed)
                index.store_embeddings(f"key {seed}", stored)
                found = index.embeddings(f"key {seed}", list(stored))
                assert all((found[content] == stored[content]).all() for content in stored)
                index.store_thumbnail(f"{seed} {number}", 64, b"%d" % number)
                assert index.thumbnail(f"{seed} {number}", 64) == b"%d" % number
                assert dict(index.content_hashes(files))[files[seed]] == sha(bytes([seed]))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_several_processes(root: Path) -> None:
    code = (
        "import sys, numpy as np; from pathlib import Path; from desktop_app.project.index import Index\n"
        "index = Index(Path(sys.argv[1]))\n"
        "for number in range(30):\n"
        "    index.store_embeddings(sys.argv[2], {f'{number}': np.full(3, number, np.float32)})\n"
        "index.close()"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(root), f"key {number}"]) for number in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    with Index(root) as index:
        for number in range(3):
            assert len(index.embeddings(f"key {number}", [str(row) for row in range(30)])) == 30


# ---- the file


def test_it_lies_in_the_cache_folder_never_in_the_project(index: Index, root: Path) -> None:
    index.store_thumbnail("k", 1, b"x")
    assert list(root.iterdir()) == []
    assert settings.cache_folder() in index.path.parents and index.path.is_file()
    assert project_cache(root) != project_cache(root.parent)


def test_it_comes_back_when_its_file_was_deleted(root: Path) -> None:
    with Index(root) as index:
        index.store_thumbnail("k", 1, b"x")
    for path in index.path.parent.iterdir():
        path.unlink()
    with Index(root) as index:
        assert index.thumbnail("k", 1) is None
        index.store_thumbnail("k", 1, b"y")
        assert index.thumbnail("k", 1) == b"y"


@pytest.mark.parametrize("version", [index_module.VERSION + 1, 99])
def test_another_version_is_made_anew(version: int, root: Path) -> None:
    with Index(root) as index:
        index.store_thumbnail("k", 1, b"x")
    with sqlite3.connect(index.path) as database:
        database.execute(f"PRAGMA user_version = {version}")
    database.close()
    with Index(root) as index:
        assert index.thumbnail("k", 1) is None


def test_another_shape_is_made_anew(root: Path) -> None:
    with Index(root) as index:
        index.store_thumbnail("k", 1, b"x")
    with sqlite3.connect(index.path) as database:
        database.execute("DROP TABLE embeddings")
        database.execute("ALTER TABLE files RENAME COLUMN hash TO digest")
    database.close()
    with Index(root) as index:
        assert index.embeddings("k", ["a"]) == {}
        assert index.content_hash(picture(root, "a.jpg")) == sha(b"x")


@pytest.mark.parametrize("data", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 5000, bytes(20_000)])
def test_a_file_that_is_no_database_is_made_anew(data: bytes, root: Path) -> None:
    path = project_cache(root) / "index.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    with Index(root, path) as index:
        index.store_thumbnail("k", 1, b"x")
        assert index.thumbnail("k", 1) == b"x"


def _filled(root: Path) -> tuple[Path, list[str], dict[str, np.ndarray]]:
    files = [picture(root, f"{number:03}.jpg", b"%d" % number) for number in range(300)]
    stored = vectors(100, 256)
    with Index(root) as index:
        list(index.content_hashes(files))
        index.store_embeddings("key", stored)
        for number in range(20):
            index.store_thumbnail(f"k{number}", 64, bytes([number]) * 900)
        index.store_measures({content: some_measures(1) for content in stored})
        index.store_predictions("run", dict.fromkeys(stored, (1, 0.5)))
    return index.path, files, stored


def _answers_are_right(root: Path, path: Path, files: list[str], stored: dict[str, np.ndarray]) -> None:
    with Index(root, path) as index:
        assert dict(index.content_hashes(files)) == {file: sha(b"%d" % number) for number, file in enumerate(files)}
        for content, vector in index.embeddings("key", list(stored)).items():
            assert (vector == stored[content]).all()
        assert set(index.measures(list(stored)).values()) <= {some_measures(1)}
        predictions = index.predictions("run")
        assert predictions.keys() <= stored.keys() and set(predictions.values()) <= {(1, 0.5)}
        index.store_embeddings("key", stored)
        assert len(index.embeddings("key", list(stored))) == len(stored)


def test_cut_off_anywhere_it_gives_no_wrong_answer(root: Path) -> None:
    path, files, stored = _filled(root)
    whole = path.read_bytes()
    for size in range(0, len(whole), max(4096, len(whole) // 20)):
        path.write_bytes(whole[:size])
        _answers_are_right(root, path, files, stored)


def test_with_a_flipped_byte_in_any_page_it_gives_no_wrong_answer(root: Path) -> None:
    path, files, stored = _filled(root)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for page in range(0, len(whole), 4096):
        place = page + int(random.integers(min(4096, len(whole) - page)))
        path.write_bytes(whole[:place] + bytes([whole[place] ^ int(random.integers(1, 256))]) + whole[place + 1 :])
        for suffix in ("-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        _answers_are_right(root, path, files, stored)


def test_a_full_disk_is_a_clear_error(index: Index) -> None:
    index.store_thumbnail("k", 1, b"x")
    assert index._connection
    (pages,) = index._connection.execute("PRAGMA page_count").fetchone()
    index._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match="disk is full"):
        index.store_thumbnail("large", 1, bytes(1 << 20))
    assert index.thumbnail("k", 1) == b"x"


def test_a_full_disk_that_sqlite_calls_a_fault_costs_no_cache(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.store_thumbnail("k", 1, b"x")

    def fails(db: sqlite3.Connection) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
        raise error

    with monkeypatch.context() as patch:
        usage = shutil.disk_usage(index.path.parent)
        patch.setattr("shutil.disk_usage", lambda path: usage._replace(free=0))
        with pytest.raises(StorageError, match="disk is full"):
            index._run(fails)
    assert index.thumbnail("k", 1) == b"x"
    with pytest.raises(StorageError, match="reports a fault"):
        index._run(fails)  # with room it is damaged, and made anew
    assert index.thumbnail("k", 1) is None


def test_a_cache_folder_that_cannot_be_made_is_a_clear_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Index(root, tmp_path / "file" / "index.sqlite") as index, pytest.raises(StorageError):
        index.thumbnail("k", 1)


def test_wrong_sql_is_a_bug_not_a_disk_problem(index: Index) -> None:
    index.store_thumbnail("k", 1, b"x")
    with pytest.raises(sqlite3.OperationalError):
        index._select("SELECT nonsense FROM thumbnails")


def test_closing_twice_and_using_it_again(index: Index) -> None:
    index.store_thumbnail("k", 1, b"x")
    index.close()
    index.close()
    assert index.thumbnail("k", 1) == b"x"


def test_hostile_file_names_are_data(index: Index, root: Path) -> None:
    file = picture(root, "'; DROP TABLE files; --\n\u202e.jpg")
    assert index.content_hash(file) == index.content_hash(file) == sha(b"x")
