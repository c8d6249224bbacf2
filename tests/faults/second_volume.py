"""Moves pictures between two real volumes, killed at some calls. Run in a mount namespace of its own:

    unshare --map-root-user --mount python -m tests.faults.second_volume FOLDER

Prints the number of kills; ends with 77 where nothing can be mounted.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

from desktop_app.project.transfer import Transfer
from tests.faults import move_faults
from tests.faults.fault_disk import memory_folder
from tests.faults.move_faults import VOLUMES, Scene


def mount(source: Path, target: Path) -> None:
    source.mkdir(parents=True, exist_ok=True)
    target.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "--bind", str(source), str(target)], capture_output=True, check=False)
    if done.returncode:
        sys.exit(77)


def check_kills(folder: Path, other: Path) -> int:
    mount(other / "stick", folder / "project" / "usb")
    scene = Scene(folder)
    try:
        (scene.root / "usb" / "x.jpg").rename(scene.root / "x.jpg")
    except OSError as error:
        assert error.errno == errno.EXDEV
    else:
        raise AssertionError("this is no other volume")
    count = 0
    for stride, found in ((23, move_faults.kills), (151, move_faults.kills_in_recovery)):
        for fault, problems in found(scene, VOLUMES, "plain", stride=stride):
            count += 1
            assert not problems, "\n".join((fault, *problems))
    return count


def check_one_name_is_not_two(folder: Path) -> None:
    """A folder that is mounted at two places shows each file twice; removing "the old name" would remove the file."""
    root = folder / "twice"
    mount(root / "cats", root / "dogs")
    (root / ".discern").mkdir()
    (root / "cats" / "a.jpg").write_bytes(b"picture")
    os.link(root / "cats" / "a.jpg", root / "another name.jpg")
    transfer = Transfer(root, None, None)  # type: ignore[arg-type]
    assert not transfer._keep_new_name("cats/a.jpg", "dogs/a.jpg")
    assert transfer._keep_new_name("another name.jpg", "dogs/a.jpg")
    assert [path.name for path in (root / "cats").iterdir()] == ["a.jpg"]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    memory = memory_folder()
    try:
        # The same device twice, mounted apart: renames fail although the device's number is the same.
        kills = check_kills(memory / "a", memory / "b") + check_kills(memory / "c", folder)
        check_one_name_is_not_two(memory)
    finally:
        for place in ("a/project/usb", "c/project/usb", "twice/dogs"):
            subprocess.run(["umount", str(memory / place)], capture_output=True, check=False)
        shutil.rmtree(memory, ignore_errors=True)
    print(kills)
