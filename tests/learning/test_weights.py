"""Files of the official names and formats, made by these tests: they are added, or refused with one clear message."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from desktop_app import storage
from desktop_app.errors import DataError, DiscernError, StorageError, WeightsError
from desktop_app.events import NetworkAdded
from desktop_app.learning import backbones, library, networks, official, tensors, weights
from desktop_app.learning.backbones import BACKBONES, Backbone
from tests.faults.fault_disk import FaultDisk, substituted
from tests.file_server import Manners, serving
from tests.random_backbones import official_content, official_file
from tests.running import finish

LITE0 = BACKBONES["efficientnet_lite0"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Backbone, Path]:
    """A small network, and the file that it is published in."""
    return official_file(BACKBONES["mobilenet_v3_small"], tmp_path_factory.mktemp("published"))


@pytest.fixture
def backbone(published: tuple[Backbone, Path], monkeypatch: pytest.MonkeyPatch) -> Backbone:
    monkeypatch.setitem(backbones.BACKBONES, published[0].name, published[0])
    return published[0]


@pytest.fixture
def file(published: tuple[Backbone, Path], tmp_path: Path) -> Path:
    return Path(shutil.copy(published[1], tmp_path))


def expected(backbone: Backbone, seed: int = 0) -> dict[str, torch.Tensor]:
    return official.weights_of(official_content(backbone, seed), backbone)


def refused(path: Path, kind: type[DiscernError] = WeightsError) -> str:
    """All that is told; nothing is left behind, and nothing is installed."""
    before = sorted(library.folder().rglob("*")) if library.folder().exists() else []
    with pytest.raises(kind) as caught:
        finish(weights.add(path))
    assert (sorted(library.folder().rglob("*")) if library.folder().exists() else []) == before
    return str(caught.value)


def forged(backbone: Backbone, path: Path, content: object, monkeypatch: pytest.MonkeyPatch, **how: object) -> Path:
    """A file whose checksum is the published one though its content is not: eight hex digits can be forged."""
    torch.save(content, path, **how)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(backbones.BACKBONES, backbone.name, replace(backbone, digest=digest))
    return path


# ---- what comes with Discern


def test_every_bundled_file_is_there_and_fits() -> None:
    for bundled in (one for one in BACKBONES.values() if one.package):
        assert library.shelf(bundled).bundled
        assert len(weights.load(bundled)) > 100


def test_finding_does_not_run_the_package() -> None:
    sys.modules.pop(str(LITE0.package), None)
    library.bundled_file(LITE0)
    assert LITE0.package not in sys.modules


def test_converts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = weights.load(LITE0)
    monkeypatch.setattr(weights, "_install", lambda *_: pytest.fail("read again"))
    second = weights.load(LITE0)
    assert first.keys() == second.keys()
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


@pytest.mark.parametrize("damage", [b"", b"torn", None])
def test_a_damaged_conversion_is_made_again(damage: bytes | None) -> None:
    first = weights.load(LITE0)
    path = library.converted_file(LITE0)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data) if damage is None else damage)
    second = weights.load(LITE0)
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    tensors.unpack(path.read_bytes())


def test_a_conversion_of_an_older_version_is_made_again() -> None:
    whole = weights.load(LITE0)
    assert whole["conv_stem.weight"].shape == (32, 3, 3, 3)
    library.converted_file(LITE0).write_bytes(tensors.pack({"tensor0": np.zeros(1, np.float32)}, {"format": 1}))
    assert weights.load(LITE0).keys() == whole.keys()


# ---- add


def test_an_official_file_is_added(backbone: Backbone, file: Path) -> None:
    assert not library.is_installed(backbone)
    events, _ = finish(weights.add(file))
    assert events[-1] == NetworkAdded(backbone.name, library.converted_file(backbone).stat().st_size)
    assert library.is_installed(backbone)
    loaded = weights.load(backbone)
    for name, tensor in expected(backbone).items():
        assert torch.equal(loaded[name], tensor)
    networks.pretrained(backbone)
    assert [path.suffix for path in library.folder().iterdir()] == [".safetensors"]


@pytest.mark.parametrize("name", ["vgg11_bn", "dinov2_vits14"])
def test_official_files_of_other_layouts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, path = official_file(BACKBONES[name], tmp_path)
    monkeypatch.setitem(backbones.BACKBONES, name, network)
    finish(weights.add(path))
    assert len(weights.load(network)) > 10


def test_the_older_kind_of_file(backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / backbone.weights
    forged(backbone, path, official_content(backbone), monkeypatch, _use_new_zipfile_serialization=False)
    finish(weights.add(path))
    assert library.is_installed(BACKBONES[backbone.name])


def test_a_renamed_file_is_known_by_its_checksum(backbone: Backbone, file: Path) -> None:
    finish(weights.add(file.rename(file.with_name("weights from Anna (1).bin"))))
    assert library.is_installed(backbone)


def test_a_link_to_a_file_is_followed(backbone: Backbone, file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.pth"
    link.symlink_to(file)
    finish(weights.add(link))
    assert library.is_installed(backbone)


def test_timms_safetensors(tmp_path: Path) -> None:
    backbone = BACKBONES["vit_s_16"]
    path = tmp_path / "deit_small_patch16_224.fb_in1k.safetensors"
    state = {name: tensor.contiguous() for name, tensor in official_content(backbone)["model"].items()}
    safetensors.torch.save_file(state, path)
    finish(weights.add(path))
    loaded = weights.load(backbone)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in expected(backbone).items())


def test_adding_again_repairs(backbone: Backbone, file: Path) -> None:
    finish(weights.add(file))
    path = library.converted_file(backbone)
    path.write_bytes(b"damaged")
    with pytest.raises(WeightsError, match=r"damaged.*Remove.*add or download"):
        weights.load(backbone)
    finish(weights.add(file))
    weights.load(backbone)


# ---- hostile and damaged files


def test_a_changed_file(backbone: Backbone, file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    assert "not the file that was published" in refused(file)


def test_a_truncated_file(backbone: Backbone, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])
    assert "not complete" in refused(file)


def test_an_unknown_file(tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"a picture")
    assert "no pretrained network that Discern knows" in refused(path)


def test_not_a_file_at_all(tmp_path: Path) -> None:
    pipe = tmp_path / LITE0.weights
    os.mkfifo(pipe)
    assert "not an ordinary file" in refused(pipe)
    assert "folder" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "gone.pth")
    empty = tmp_path / "empty.pth"
    empty.touch()
    assert "empty" in refused(empty)
    endless = tmp_path / "endless.pth"
    with endless.open("wb") as file:
        file.truncate(10**13)
    assert "larger than any known network" in refused(endless)


class _Program:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.canary,)


@pytest.mark.parametrize("modern", [True, False])
def test_a_program_is_never_run(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modern: bool
) -> None:
    canary = tmp_path / "canary"
    content = official_content(backbone) | {"classifier.3.bias": _Program(canary)}
    path = tmp_path / backbone.weights
    forged(backbone, path, content, monkeypatch, _use_new_zipfile_serialization=modern)
    assert "contains a program" in refused(path)
    assert not canary.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"another": torch.zeros(1)},
        {"features.0.0.weight": torch.zeros(16, 3, 3, 2)},
        {"features.0.0.weight": torch.zeros(16, 3, 3, 3, dtype=torch.float64)},
        {"features.0.0.weight": torch.full((16, 3, 3, 3), float("nan"))},
        {"features.0.0.weight": "a word"},
        {"features.0.0.weight": torch.zeros(1).expand(10**10)},
        {"features.0.0.weight": {"deeper": torch.zeros(1).expand(10**10)}},
        {7: torch.zeros(1)},
    ],
    ids=["unknown", "shape", "type", "not finite", "a word", "huge", "huge and hidden", "no name"],
)
def test_other_contents_are_refused(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    path = tmp_path / backbone.weights
    forged(backbone, path, official_content(backbone) | change, monkeypatch)
    assert "does not hold the network" in refused(path)


@pytest.mark.parametrize("content", [[1, 2, 3], torch.zeros(3), {}, "text", 5])
def test_no_weights_at_all(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: object
) -> None:
    path = forged(backbone, tmp_path / backbone.weights, content, monkeypatch)
    assert "does not hold the network" in refused(path)


@pytest.mark.parametrize("data", [b"garbage", b"PK\x03\x04 torn archive", b"\x80\x02}q\x00.", bytes(10_000)])
def test_garbage_with_the_right_checksum(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    path = tmp_path / backbone.weights
    path.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    monkeypatch.setitem(backbones.BACKBONES, backbone.name, replace(backbone, digest=digest))
    assert "damaged" in refused(path)


def test_what_is_packed_is_not_unpacked(
    backbone: Backbone, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "packed.pth"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, old.read(member))
    digest = hashlib.sha256(packed.read_bytes()).hexdigest()
    monkeypatch.setitem(backbones.BACKBONES, backbone.name, replace(backbone, digest=digest))
    assert "does not hold the network" in refused(packed)


@pytest.mark.parametrize("damage", ["flip", "cut", "header", "nothing", "long header"])
def test_damaged_files_of_ours(backbone: Backbone, file: Path, tmp_path: Path, damage: str) -> None:
    finish(weights.add(file))
    copy = tmp_path / "copy.safetensors"
    data = bytearray(library.converted_file(backbone).read_bytes())
    library.remove(backbone)
    if damage == "flip":
        data[-5] ^= 1
    elif damage == "cut":
        del data[-5:]
    elif damage == "header":
        data[9] ^= 1
    elif damage == "nothing":
        del data[:]
    else:
        data[:8] = (2**62).to_bytes(8, "little")
    copy.write_bytes(data)
    told = refused(copy)
    assert "damaged" in told or "no pretrained network" in told or "empty" in told


@pytest.mark.parametrize("value", [np.nan, 1e3])
def test_files_of_ours_are_checked_like_all_others(backbone: Backbone, tmp_path: Path, value: float) -> None:
    document = {"format": 2, "backbone": backbone.name, "sha256": backbone.sha256[:8]}
    state = {name: tensor.numpy().copy() for name, tensor in expected(backbone).items()}
    if np.isnan(value):
        state["features.0.0.weight"][0] = value
    else:
        state["features.0.0.weight"] = state["features.0.0.weight"].astype(np.float64)
    path = tmp_path / "x.safetensors"
    path.write_bytes(tensors.pack(state, document))
    assert "does not hold the network" in refused(path)


def test_safetensors_of_another_network(tmp_path: Path) -> None:
    path = tmp_path / "deit_small_patch16_224.fb_in1k.safetensors"
    safetensors.torch.save_file({"a": torch.zeros(1)}, path)
    assert "does not hold the network" in refused(path)
    path = path.rename(tmp_path / "resnet50.a1_in1k.safetensors")  # another training of a known network
    assert "no pretrained network that Discern knows" in refused(path)


def test_a_stick_that_fails(backbone: Backbone, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fdopen

    def failing(fd: int, mode: str) -> object:
        stream = real(fd, mode)

        class Stick:
            def __getattr__(self, name: str) -> object:
                return getattr(stream, name)

            def __enter__(self) -> Stick:
                return self

            def __exit__(self, *_: object) -> None:
                stream.close()

            def read(self, size: int = -1) -> bytes:
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        return Stick()

    monkeypatch.setattr(library.os, "fdopen", failing)
    assert "Check the disk or the stick" in refused(file)


@pytest.mark.parametrize(("code", "says"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only")])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_disk_that_refuses(backbone: Backbone, file: Path, call: str, code: int, says: str) -> None:
    library.folder().mkdir(parents=True)

    def fault(number: int, name: str, arguments: tuple[object, ...]) -> None:
        if name == call:
            raise OSError(code, os.strerror(code))

    with substituted(FaultDisk(library.folder(), fault=fault)):
        assert says in refused(file, StorageError)
    assert not library.is_installed(backbone)
    finish(weights.add(file))


# ---- download, copy, remove


def test_a_download_is_installed(backbone: Backbone, file: Path) -> None:
    with serving(Manners(file.read_bytes())) as site:
        events, _ = finish(weights.download(replace(backbone, site=site)))
    assert isinstance(events[-1], NetworkAdded)
    assert library.is_installed(backbone)
    assert [path.suffix for path in library.folder().iterdir()] == [".safetensors"]


def test_copies_are_added_on_another_computer(
    backbone: Backbone, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(weights.add(file))
    copies = finish(library.copy_for_another([backbone.name, LITE0.name], tmp_path / "stick"))[1]
    assert sorted(path.name for path in copies) == sorted([library.converted_file(backbone).name, LITE0.weights])
    monkeypatch.setenv("DISCERN_HOME", str(tmp_path / "another"))
    assert not library.is_installed(backbone)
    for copy in copies:
        finish(weights.add(copy))
    loaded = weights.load(backbone)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in expected(backbone).items())


def test_copies_replace_nothing(backbone: Backbone, file: Path, tmp_path: Path) -> None:
    finish(weights.add(file))
    stick = tmp_path / "stick"
    for _ in range(2):
        (copy,) = finish(library.copy_for_another([backbone.name], stick))[1]
        assert [copy] == list(stick.iterdir())
    copy.write_bytes(b"somebody's")
    (other,) = finish(library.copy_for_another([backbone.name], stick))[1]
    assert copy.read_bytes() == b"somebody's"
    finish(weights.add(other))  # known by what is in it


@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename_new"])
def test_a_stick_that_is_full_keeps_no_half_copy(backbone: Backbone, file: Path, tmp_path: Path, call: str) -> None:
    finish(weights.add(file))
    stick = tmp_path / "stick"
    stick.mkdir()

    def fault(number: int, name: str, arguments: tuple[object, ...]) -> None:
        if name == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with substituted(FaultDisk(tmp_path, fault=fault)), pytest.raises(StorageError, match="disk is full"):
        finish(library.copy_for_another([backbone.name], stick))
    assert list(stick.iterdir()) == []


def test_a_copy_that_reads_back_otherwise_is_no_copy(
    backbone: Backbone, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(weights.add(file))
    monkeypatch.setattr(storage, "sha256", lambda path, **_: "another")
    with pytest.raises(StorageError, match="fault"):
        finish(library.copy_for_another([backbone.name], tmp_path / "stick"))
    assert list((tmp_path / "stick").iterdir()) == []


def test_a_stopped_copy_leaves_nothing(backbone: Backbone, file: Path, tmp_path: Path) -> None:
    finish(weights.add(file))
    job = library.copy_for_another([backbone.name], tmp_path / "stick")
    next(job)
    job.close()
    assert list((tmp_path / "stick").iterdir()) == []


def test_remove(backbone: Backbone, file: Path) -> None:
    finish(weights.add(file))
    size = library.converted_file(backbone).stat().st_size
    assert library.remove(backbone) == size
    assert not library.is_installed(backbone)
    assert library.remove(backbone) == 0
    with pytest.raises(WeightsError, match="part of Discern"):
        library.remove(LITE0)


# ---- a missing network


def test_a_missing_network_is_told_with_the_way_to_it() -> None:
    backbone = BACKBONES["resnet50"]
    for ask in (lambda: weights.load(backbone), lambda: library.require("resnet50")):
        with pytest.raises(WeightsError) as caught:
            ask()
        told = str(caught.value)
        assert all(part in told for part in ("not on this computer", backbone.weights, "stick", "download resnet50"))
    with pytest.raises(DataError, match=r"no backbone called “resnet49”.*resnet50"):
        library.require("resnet49")
    assert library.require(LITE0.name) is BACKBONES[LITE0.name]


def test_every_row_says_what_a_person_wants_to_know() -> None:
    for shelf in library.shelves():
        assert shelf.installed == (shelf.backbone.package is not None)
        assert shelf.backbone.licence
        assert shelf.backbone.file_size > 1e6
