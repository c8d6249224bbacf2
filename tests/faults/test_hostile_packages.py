"""No package, whatever it holds, runs code, touches a file, or takes the computer's memory or time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from desktop_app.errors import PackageError
from desktop_app.inference import container
from desktop_app.inference.package import Package
from tests.faults import hostile
from tests.faults.hostile import HOSTILE
from tests.faults.open_packages import MARK
from tests.packages import members, packed, with_manifest

MOST_SECONDS, MOST_MB = 10, 1000
# Its weights are read, checked, and given to the runtime, each time in memory of its own.
LARGEST, LARGEST_MB = "as large as is allowed", 2000
REPOSITORY = Path(__file__).resolve().parents[2]


def opened(valid: Path, files: list[Path], under: Sequence[str | Path] = ()) -> list[dict[str, Any]]:
    """What happens to each file, in one watched process, itself run `under` a command."""
    done = subprocess.run(
        [*under, sys.executable, "-m", "tests.faults.open_packages", str(valid)],
        input="\n".join(map(str, files)),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(files), f"died at {files[len(results)]}: {done.returncode} {done.stderr[-2000:]}"
    return results


@pytest.fixture(scope="module")
def results(package: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("hostile")
    valid = folder / "valid.discern"
    valid.write_bytes(package.read_bytes())
    parts = members(package)
    hostile.Canary.path = str(folder / "canary")
    files = {}
    for number, (name, (build, _)) in enumerate(HOSTILE.items()):
        files[name] = folder / f"{number:03}.discern"
        files[name].write_bytes(build(parts))
    paths = hostile.odd_paths(folder, package)
    files |= {name: path for name, (path, _) in paths.items()}
    before = {path.name for path in folder.iterdir()}
    found = dict(zip(files, opened(valid, list(files.values())), strict=True))
    after = {path.name for path in folder.iterdir()} - {"valid.broken"}
    assert after == before, "opening packages made files"
    return found


PATHS = ("missing", "folder", "pipe", "loop", "device", "five gigabytes of nothing")
PATH_WORDS = ("no model package", "not a file", "not a file", "can't be read", "not a file", "changed|larger")


def test_there_are_enough() -> None:
    assert len(HOSTILE) + len(PATHS) >= 60


@pytest.mark.parametrize(
    ("name", "words"),
    [(name, words) for name, (_, words) in HOSTILE.items()] + list(zip(PATHS, PATH_WORDS, strict=True)),
    ids=lambda value: value,
)
def test_refused_with_the_rule_it_breaks(results: dict[str, dict[str, Any]], name: str, words: str) -> None:
    result = results[name]
    assert result["error"] == "PackageError", result
    assert re.search(words, f"{result['what']} {result['why']}"), result
    assert result["hint"]
    assert len(result["what"]) + len(result["why"]) < 1000
    assert not result["seen"], "it touched what it should not"
    assert result["seconds"] < MOST_SECONDS
    assert result["peak_mb"] < (LARGEST_MB if name == LARGEST else MOST_MB)


def test_the_valid_package_passes_the_same_watch(package: Path, tmp_path: Path) -> None:
    valid = tmp_path / "valid.discern"
    valid.write_bytes(packed(members(package)))
    assert valid.read_bytes() == package.read_bytes(), "the mutations start from another form"
    (result,) = opened(valid, [valid])
    assert result["error"] == ""
    assert not result["seen"]


TRACED = "execve,socket,connect,open,openat,creat,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat"


def test_the_kernel_is_asked_for_nothing_else(package: Path, tmp_path: Path) -> None:
    """Libraries in C don't tell Python's audit hook; the kernel sees them, too."""
    strace = shutil.which("strace")
    if not strace or subprocess.run([strace, "-f", "true"], capture_output=True, check=False).returncode:
        pytest.skip("platform: system calls can't be traced here")
    parts = members(package)
    hostile.Canary.path = str(tmp_path / "canary")
    files = []
    for number, (build, _) in enumerate(HOSTILE.values()):
        files.append(tmp_path / f"{number:03}.discern")
        files[-1].write_bytes(build(parts))
    log = tmp_path / "calls.txt"
    opened(package, files, [strace, "-f", "-qq", "-o", log, "-e", f"trace={TRACED}"])
    before, mark, after = log.read_text(errors="replace").partition(MARK)
    assert mark
    assert "execve" in before
    assert ".so" in before, "the trace sees nothing"
    calls = [line for line in after.splitlines()[1:] if not re.search(r"\+\+\+|---|resumed>", line)]
    fine = re.compile(
        r'open(at)?\((AT_FDCWD, )?"(' + re.escape(str(tmp_path)) + r'/\d+\.discern", O_RDONLY|/proc/self/|/sys/)'
    )
    assert len(calls) >= len(files)
    assert [line for line in calls if not fine.search(line)] == []
    assert not (tmp_path / "canary").exists()


def test_the_watch_bites(package: Path, tmp_path: Path) -> None:
    """What the hook would have to see in a reader that unpickles, is seen."""
    code = (
        "import sys, pickle\n"
        "from pathlib import Path\n"
        "from tests.faults import open_packages\n"
        "open_packages.Package.open = staticmethod(lambda path: pickle.loads(Path(path).read_bytes()))\n"
        "open_packages.main(Path(sys.argv[1]), [Path(sys.argv[1])])\n"
    )
    hostile.Canary.path = str(tmp_path / "canary")
    bait = tmp_path / "bait.discern"
    bait.write_bytes(hostile.a_program())
    done = subprocess.run(
        [sys.executable, "-c", code.replace("Package.open(valid)", "None"), str(bait)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (tmp_path / "canary").exists()
    (result,) = (json.loads(line) for line in done.stdout.splitlines())
    assert any("pickle.find_class" in event for event in result["seen"])
    assert any("open" in event and "canary" in event for event in result["seen"])


def test_every_kind_of_flipped_byte_is_noticed(package: Path, tmp_path: Path) -> None:
    data = package.read_bytes()
    parts = members(package)
    positions = set()
    start = 0
    for name, content in parts.items():
        header = len(container.local_header(container.Member(name, 0, 0)))
        positions.update(range(start, start + header))
        body = start + header
        positions.update({body, body + 7, body + 8, body + len(content) // 3, body + len(content) - 1})
        start = body + len(content)
    positions.update(range(start, len(data)))  # the whole directory
    path = tmp_path / "flipped.discern"
    for position in sorted(positions):
        flipped = bytearray(data)
        flipped[position] ^= 1 << (position % 8)
        path.write_bytes(flipped)
        with pytest.raises(PackageError):
            Package.open(path)


def test_every_torn_length_is_noticed(package: Path, tmp_path: Path) -> None:
    data = package.read_bytes()
    path = tmp_path / "torn.discern"
    for length in [*range(0, len(data), len(data) // 40), *range(len(data) - 30, len(data))]:
        path.write_bytes(data[:length])
        with pytest.raises(PackageError) as caught:
            Package.open(path)
        assert re.search("empty|incomplete|not a model package", caught.value.why)


@pytest.mark.parametrize("member", ["manifest.json", "model.onnx", "model.safetensors", "golden.safetensors"])
def test_random_changes_are_refused_or_harmless(package: Path, tmp_path: Path, member: str) -> None:
    """Changes that a forger would describe rightly: whatever they do, it is a refusal or a working model."""
    parts = members(package)
    files = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        data = bytearray(parts[member])
        for _ in range(rng.integers(1, 4)):
            # Structure stands at the beginning and, in graphs, between the weights.
            position = int(rng.integers(0, len(data) if seed % 2 else min(len(data), 2000)))
            match rng.integers(0, 3):
                case 0:
                    data[position] = rng.integers(0, 256)
                case 1:
                    del data[position : position + int(rng.integers(1, 9))]
                case _:
                    data[position:position] = rng.bytes(int(rng.integers(1, 9)))
        changed = {**parts, member: bytes(data)}
        files.append(tmp_path / f"{seed}.discern")
        files[-1].write_bytes(packed(changed if member == "manifest.json" else with_manifest(changed)))
    valid = tmp_path / "valid.discern"
    valid.write_bytes(package.read_bytes())
    for file, result in zip(files, opened(valid, files), strict=True):
        assert result["error"] in ("", "PackageError"), (file, result)
        assert not result["seen"], (file, result)
        assert result["seconds"] < MOST_SECONDS
        assert result["peak_mb"] < MOST_MB
