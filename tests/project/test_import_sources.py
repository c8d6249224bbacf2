"""ZIP archives from strangers, and pictures that can't be read: nothing leads anywhere, nothing explodes."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.errors import DataError, ImageError
from desktop_app.events import Imported
from desktop_app.project import import_sources
from desktop_app.project.import_forms import recognise
from desktop_app.project.import_plan import Form, Reading, Source
from desktop_app.project.import_sources import Sources, list_archive
from desktop_app.project.importing import import_pictures
from desktop_app.project.index import hash_file
from desktop_app.project.project import Project
from tests.drawing import draw_picture
from tests.running import finish, skipped


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return draw_picture(tmp_path / "drawn" / "a.png").read_bytes()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.create(tmp_path / "project", ["cat"]) as project:
        yield project


def packed(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def member(name: str, mode: int = 0, **values: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2021, 5, 6, 7, 8, 10))
    info.external_attr = mode << 16
    for key, value in values.items():
        setattr(info, key, value)
    return info


def patched(path: Path, change: Callable[[bytearray], None]) -> Path:
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path


def central(data: bytearray) -> int:
    """Where the first entry of the archive's directory begins."""
    return data.index(b"PK\x01\x02")


def run(project: Project, archive: Path) -> tuple[Imported, dict[str, str]]:
    events, _ = finish(import_pictures(project, Reading(Form.FOLDERS, (str(archive),))))
    last = events[-1]
    assert isinstance(last, Imported)
    return last, {file.rpartition(": ")[2]: reason for file, reason in skipped(events).items()}


def below(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".discern" not in path.parts
    )


# ---- archives as they should be


def test_folders_in_an_archive_are_classes(project: Project, tmp_path: Path, picture: bytes) -> None:
    archive = packed(
        tmp_path / "data.zip",
        ("data/cat/1.png", picture),
        (member("data/dog/lot 1/2.png"), picture + b"2"),
        ("data/dog/", b""),
        ("__MACOSX/data/cat/._1.png", b"x"),
        ("data/cat/.hidden.png", b"x"),
        ("data/notes.txt", b"x"),
        ("data/cat/x.heic", b"x"),
    )
    before = archive.read_bytes()
    (plan, *_) = recognise([archive])
    assert plan.counts() == {"cat": 1, "dog": 1} and plan.unsupported == {"HEIC": 1}
    assert run(project, archive) == (Imported({"cat": 1, "dog": 1}, 0, 0), {})
    assert (project.root / "cat" / "1.png").read_bytes() == picture
    copy = project.root / "dog" / "lot 1" / "2.png"
    assert copy.read_bytes() == picture + b"2"
    assert copy.stat().st_mtime == pytest.approx(1620284890, abs=15 * 3600), "with its time, by the clock here"
    assert archive.read_bytes() == before
    assert run(project, archive)[0] == Imported({}, 2, 0)


def test_an_archive_without_folders_is_a_class(tmp_path: Path, picture: bytes) -> None:
    archive = packed(tmp_path / "fox.zip", ("1.png", picture))
    assert recognise([archive])[0].counts() == {"fox": 1}


def test_a_layout_with_splits_in_an_archive(project: Project, tmp_path: Path, picture: bytes) -> None:
    archive = packed(tmp_path / "a.zip", ("a/train/cat/1.png", picture), ("a/test/cat/2.png", picture + b"2"))
    (plan, *_) = recognise([archive])
    assert plan.reading.form is Form.SPLIT_FOLDERS
    events, _ = finish(import_pictures(project, plan.reading))
    assert events[-1] == Imported({"cat": 2}, 0, 0, split=2)
    assert project.splits.split_of(hash_file(project.root / "cat" / "2.png")) == "test"


@pytest.mark.parametrize("name", ["größe/针孔.png", "gro\u0308ße/针孔.png"])
def test_names_in_utf_8_without_a_word_about_it(project: Project, tmp_path: Path, picture: bytes, name: str) -> None:
    archive = packed(tmp_path / "a.zip", (name, picture))

    def forget(data: bytearray) -> None:
        for start, offset in ((data.index(b"PK\x03\x04"), 6), (central(data), 8)):
            data[start + offset + 1] &= ~0x08

    run(project, patched(archive, forget))
    assert below(project.root) == [name]


def test_names_written_by_old_windows_programs(project: Project, tmp_path: Path, picture: bytes) -> None:
    backslash = packed(tmp_path / "b.zip", ("dog_1.png", picture))
    patched(backslash, lambda data: data.__setitem__(slice(None), data.replace(b"dog_1", b"dog\\1")))
    assert run(project, backslash)[0].copied == {"dog": 1}


# ---- archives from strangers


@pytest.mark.parametrize(
    "name", ["../evil.png", "cat/../../evil.png", "/etc/evil.png", "C:/evil.png", "C:\\evil.png", "..\\..\\evil.png"]
)
def test_names_that_lead_out_are_refused(project: Project, tmp_path: Path, picture: bytes, name: str) -> None:
    archive = packed(tmp_path / "a.zip", ("cat/1.png", picture), (member(name), picture + b"2"))
    outside = below(tmp_path)
    last, reasons = run(project, archive)
    assert last == Imported({"cat": 1}, 0, 0, skipped=1)
    assert list(reasons.values()) == ["its name leads out of the archive"]
    assert [file for file in below(tmp_path) if file not in outside] == ["project/cat/1.png"]


def test_odd_names_become_harmless(project: Project, tmp_path: Path, picture: bytes) -> None:
    names = ["cat/con.png", "cat/a:b?.png", "cat/./x/1.png", "cat//2.png", "nul/3.png", "cat/\u202egnp.png"]
    archive = packed(tmp_path / "a.zip", *((name, picture + name.encode()) for name in names))
    run(project, archive)
    assert below(project.root) == [
        "cat/2.png",
        "cat/_gnp.png",
        "cat/a_b_.png",
        "cat/picture con.png",
        "cat/x/1.png",
        "picture nul/3.png",
    ]


def test_links_devices_and_encrypted_members_are_refused(project: Project, tmp_path: Path, picture: bytes) -> None:
    archive = packed(
        tmp_path / "a.zip",
        (member("cat/link.png", stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (member("cat/pipe.png", stat.S_IFIFO), b"x"),
        ("cat/good.png", picture),
        ("cat/secret.png", picture + b"2"),
    )

    def encrypt(data: bytearray) -> None:
        entry = data.rindex(b"cat/secret.png") - 46
        data[entry + 8] |= 1

    last, reasons = run(project, patched(archive, encrypt))
    assert last == Imported({"cat": 1}, 0, 0, skipped=3)
    assert reasons == {
        "cat/link.png": "a link to another file",
        "cat/pipe.png": "no regular file",
        "cat/secret.png": "protected by a password",
    }


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_two_pictures(project: Project, tmp_path: Path, picture: bytes) -> None:
    archive = packed(tmp_path / "a.zip", ("cat/1.png", picture), ("cat/1.png", picture + b"2"), ("cat/1.PNG", b"3"))
    assert run(project, archive)[0] == Imported({"cat": 3}, 0, 2)
    assert below(project.root) == ["cat/1 (2).png", "cat/1 (3).png", "cat/1.PNG"]


def test_a_bomb_is_refused_before_anything_is_unpacked(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_sources, "_MOST_UNPACKED", 1 << 20)
    archive = packed(tmp_path / "a.zip", *((f"cat/{n}.png", bytes(1 << 20)) for n in range(9)))
    with pytest.raises(DataError, match="many times its size"):
        run(project, archive)
    monkeypatch.setattr(import_sources, "MAX_FILE_BYTES", 1 << 19)
    assert run(project, archive)[1] == {f"cat/{n}.png": "larger than 0 MB" for n in range(9)}


def test_a_member_that_holds_more_than_it_says(project: Project, tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", ("cat/1.png", bytes(5 << 20)))

    def understate(data: bytearray) -> None:
        for start, offset in ((data.index(b"PK\x03\x04"), 22), (central(data), 24)):
            data[start + offset : start + offset + 4] = struct.pack("<I", 1000)

    unpacked = 0
    source = Source(patched(archive, understate), 0)
    with (
        Sources() as sources,
        sources.open(source) as stream,
        pytest.raises(ImageError, match="damaged in its archive"),
    ):
        while chunk := stream.read(300):
            unpacked += len(chunk)
    assert unpacked <= 1000
    last, reasons = run(project, archive)
    assert last.copied == {} and reasons == {"cat/1.png": "damaged in its archive"}
    assert below(project.root) == []


@pytest.mark.parametrize("offset", [14, 26, 40])
def test_wrong_checksums_and_torn_members(project: Project, tmp_path: Path, picture: bytes, offset: int) -> None:
    archive = packed(tmp_path / "a.zip", ("cat/1.png", picture), ("cat/2.png", picture + b"2"))

    def damage(data: bytearray) -> None:
        if offset == 14:
            data[central(data) + 16] ^= 0xFF  # the checksum in the directory, which counts
        else:
            data[offset + 8] ^= 0xFF  # the header beside the data, or the data

    last, reasons = run(project, patched(archive, damage))
    assert last.copied == {"cat": 1} and last.skipped == 1
    assert list(reasons.values()) == ["damaged in its archive"]
    assert below(project.root) == ["cat/2.png"]


def test_what_is_no_archive(tmp_path: Path, picture: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    (tmp_path / "b.zip").touch()
    cut = packed(tmp_path / "c.zip", ("cat/1.png", picture))
    cut.write_bytes(cut.read_bytes()[:-30])
    for name in "abc":
        with pytest.raises(DataError, match="damaged, or no ZIP archive"):
            list_archive(tmp_path / f"{name}.zip")


def test_an_unknown_compression(project: Project, tmp_path: Path, picture: bytes) -> None:
    archive = packed(tmp_path / "a.zip", ("cat/1.png", picture))

    def change(data: bytearray) -> None:
        for start, offset in ((data.index(b"PK\x03\x04"), 8), (central(data), 10)):
            data[start + offset] = 97

    assert run(project, patched(archive, change))[1] == {"cat/1.png": "damaged in its archive"}


def test_every_byte_of_an_archive_may_be_wrong(tmp_path: Path) -> None:
    archive = packed(tmp_path / "a.zip", ("cat/1.png", b"12345"), ("dog/2.png", b"6789"))
    whole = archive.read_bytes()
    for position in range(len(whole)):
        archive.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        try:
            tree = list_archive(archive)
        except DataError:
            continue
        with Sources() as sources:
            for source in tree.sources:
                try:
                    sources.content(source)
                except ImageError as error:
                    assert error.what


# ---- files


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "empty.png")
    (tmp_path / "folder.png").mkdir()
    found = {}
    with Sources() as sources:
        for name in ("gone", "empty", "pipe", "link", "folder"):
            with pytest.raises(ImageError) as caught:
                sources.content(Source(tmp_path / f"{name}.png"))
            found[name] = caught.value.what
    assert found == {
        "gone": "no longer there",
        "empty": "empty file",
        "pipe": "not a regular file",
        "link": "not a regular file",
        "folder": "not a regular file",
    }


def test_a_file_that_grows_while_it_is_read(tmp_path: Path, picture: bytes) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(picture)
    with Sources() as sources, sources.open(Source(file)) as stream:
        stream.read()
        with file.open("ab") as writer:
            writer.write(b"more")
        with pytest.raises(ImageError, match="still being written"):
            while stream.read():
                pass


def test_the_content_is_what_the_index_says(tmp_path: Path, picture: bytes) -> None:
    archive = packed(tmp_path / "a.zip", ("1.png", picture))
    with Sources() as sources:
        inside = sources.content(list_archive(archive).sources[0])
        assert inside == sources.content(Source(tmp_path / "drawn" / "a.png"))
    assert inside == hash_file(tmp_path / "drawn" / "a.png")


def test_an_archive_that_changes_after_it_was_listed(tmp_path: Path, picture: bytes) -> None:
    archive = packed(tmp_path / "a.zip", ("1.png", picture), ("2.png", picture))
    (_, second) = list_archive(archive).sources
    packed(archive, ("1.png", picture))
    with Sources() as sources, pytest.raises(ImageError, match="damaged in its archive"):
        sources.content(second)
    archive.unlink()
    with Sources() as sources, pytest.raises(ImageError, match="no longer there"):
        sources.size(second)
