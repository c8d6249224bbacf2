"""What sources may mean, and what each reading comes to."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from desktop_app.errors import DataError, ProjectError
from desktop_app.project.import_forms import read, recognise
from desktop_app.project.import_plan import Form, Plan, Reading
from tests.drawing import draw_classes, draw_picture


def touch(root: Path, *files: str) -> Path:
    """Empty files; no picture is read to recognise a form."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return root


def sensible(*sources: Path) -> dict[Form, dict[str, int]]:
    return {plan.reading.form: plan.counts() for plan in recognise(sources) if plan.sensible}


def splits(plan: Plan) -> dict[str, list[int]]:
    counts = Counter((item.class_name, item.split) for item in plan.items)
    return {name: [counts[name, split] for split in range(3)] for name in plan.counts()}


def reasons(plan: Plan) -> Mapping[str, str]:
    return {Path(skip.file).name: skip.reason for skip in plan.skipped}


# ---- folders


def test_a_folder_of_class_folders(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "cat/lot 1/2.jpg", "dog/3.jpg", "_unlabelled/4.jpg")
    assert sensible(tmp_path) == {Form.FOLDERS: {"cat": 2, "dog": 1, "": 1}}
    names = [item.name for item in recognise([tmp_path])[0].items]
    assert names == ["4.jpg", "1.jpg", "lot 1/2.jpg", "3.jpg"]


def test_class_folders_and_single_pictures(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "cat/deep/er/2.jpg", "3.jpg")
    assert sensible(tmp_path / "cat", tmp_path / "3.jpg") == {Form.FOLDERS: {"cat": 2, "": 1}}
    assert sensible(tmp_path) == {Form.FOLDERS: {tmp_path.name: 3}}


def test_folders_around_the_class_folders(tmp_path: Path) -> None:
    touch(tmp_path, "data/images/cat/1.jpg", "data/images/dog/2.jpg", "data/docs/a/b/3.jpg")
    assert sensible(tmp_path) == {Form.FOLDERS: {"cat": 1, "dog": 1}}
    assert reasons(recognise([tmp_path])[0]) == {"3.jpg": "not in “data/images”"}


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "cat/notes.txt", "x.heic")
    (plan, *_) = recognise([tmp_path / "cat", tmp_path / "x.heic"])
    assert plan.empty == ("cat", "x.heic") and plan.unsupported == {"HEIC": 1} and not plan.items


def test_a_source_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="not there"):
        recognise([tmp_path / "gone"])


# ---- splits


@pytest.mark.parametrize("around", ["", "data/", "data/images/"])
@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "valid", "TEST"), ("train", "x", "testing")])
def test_a_train_validation_test_layout(tmp_path: Path, around: str, names: tuple[str, str, str]) -> None:
    train, validation, test = names
    touch(tmp_path, *(f"{around}{train}/{name}/{n}.jpg" for name in ("cat", "dog") for n in range(3)))
    touch(tmp_path, f"{around}{test}/cat/9.jpg", f"{around}{test}/10.jpg")
    if validation != "x":
        touch(tmp_path, f"{around}{validation}/dog/deep/8.jpg")
    found = [plan for plan in recognise([tmp_path]) if plan.sensible]
    assert [plan.reading.form for plan in found] == [Form.SPLIT_FOLDERS]
    expected = {"cat": [3, 0, 1], "dog": [3, int(validation != "x"), 0], "": [0, 0, 1]}
    assert splits(found[0]) == expected
    assert "deep/8.jpg" in {item.name for item in found[0].items} or validation == "x"


def test_the_folders_of_a_layout_given_one_by_one(tmp_path: Path) -> None:
    touch(tmp_path, "train/cat/1.jpg", "test/cat/2.jpg")
    (plan, *_) = recognise([tmp_path / "train", tmp_path / "test"])
    assert plan.reading.form is Form.SPLIT_FOLDERS and splits(plan) == {"cat": [1, 0, 1]}


def test_what_is_no_layout(tmp_path: Path) -> None:
    touch(tmp_path / "a", "train/1.jpg", "test/2.jpg")
    touch(tmp_path / "b", "train/cat/1.jpg", "other/dog/2.jpg")
    touch(tmp_path / "c", "train/cat/1.jpg")
    for folder in "abc":
        assert Form.SPLIT_FOLDERS not in sensible(tmp_path / folder)
    with pytest.raises(DataError, match="no folders for train"):
        read(Reading(Form.SPLIT_FOLDERS, (str(tmp_path / "a"),)))


# ---- names


def test_classes_in_names(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}_{n:03}.jpg" for name in ("cat", "dog") for n in range(5)), "notes.txt")
    assert sensible(tmp_path) == {
        Form.NAMES: {"cat": 5, "dog": 5},
        Form.FOLDERS: {tmp_path.name: 10},
    }
    plan = read(Reading(Form.NAMES, (str(tmp_path),), pattern="cat_{class}"))
    assert plan.counts() == {"": 5, **{f"{n:03}": 1 for n in range(5)}}
    with pytest.raises(DataError, match="can't be used to find classes"):
        read(Reading(Form.NAMES, (str(tmp_path),), pattern="("))


def test_names_in_folders_for_splits(tmp_path: Path) -> None:
    for split, count in (("train", 6), ("test", 3)):
        touch(tmp_path / split, *(f"{name}.{n}.jpg" for name in ("cat", "dog") for n in range(count)))
    (plan, *_) = recognise([tmp_path])
    assert plan.reading.form is Form.NAMES and splits(plan) == {"cat": [6, 0, 3], "dog": [6, 0, 3]}
    assert sensible(tmp_path).keys() == {Form.NAMES}


def test_names_in_class_folders_are_only_offered(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{name}/{name}_{n}.jpg" for name in ("cat", "dog") for n in range(5)))
    offered = {plan.reading.form: plan.sensible for plan in recognise([tmp_path])}
    assert offered == {Form.FOLDERS: True, Form.NAMES: False, Form.UNLABELLED: False}


# ---- tables among pictures


def test_a_table_beside_pictures(tmp_path: Path) -> None:
    touch(tmp_path, *(f"IMG_{n}.jpg" for n in range(4)))
    (tmp_path / "labels.csv").write_text("file,label\nIMG_0.jpg,cat\nIMG_1.jpg,dog\nIMG_2.jpg,\n")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (plan, *_) = recognise([tmp_path])
    assert plan.reading.form is Form.TABLE and plan.counts() == {"cat": 1, "dog": 1, "": 1}
    assert reasons(plan) == {"IMG_3.jpg": "not named in “labels.csv”"}
    assert sensible(tmp_path).keys() == {Form.TABLE}, "the folder is no class, then"


def test_a_table_beside_class_folders_leaves_two_readings(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/2.jpg")
    (tmp_path / "split.csv").write_text("file,class,group,split\ncat/1.jpg,cat,g,train\ndog/2.jpg,dog,,test\n")
    assert sensible(tmp_path).keys() == {Form.TABLE, Form.FOLDERS}


def test_several_tables_of_which_one_can_be_used(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    (tmp_path / "a.csv").write_text("nothing\n1\n")
    (tmp_path / "b.csv").write_text("path,label\n1.jpg,cat\n")
    assert sensible(tmp_path / "a.csv", tmp_path / "b.csv") == {Form.TABLE: {"cat": 1}}
    (tmp_path / "b.csv").unlink()
    with pytest.raises(DataError, match="Its columns are: nothing"):
        recognise([tmp_path / "a.csv"])


# ---- everything


def test_everything_into_one_class(tmp_path: Path) -> None:
    touch(tmp_path, "cat/1.jpg", "dog/2.jpg")
    assert read(Reading(Form.FOLDERS, (str(tmp_path),), into="fox")).counts() == {"fox": 2}


def test_a_reading_travels_as_json(tmp_path: Path) -> None:
    draw_classes(tmp_path, {"cat": 1})
    draw_picture(tmp_path / "train" / "x.jpg")
    shutil.make_archive(str(tmp_path / "a"), "zip", tmp_path / "cat")
    for plan in recognise([tmp_path, tmp_path / "a.zip"]):
        assert Reading.from_dict(json.loads(json.dumps(plan.reading.to_dict()))) == plan.reading
        assert read(plan.reading).items == plan.items
