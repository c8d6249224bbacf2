"""Tables that name pictures and classes, in every dress, and the labels of Open Images."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path

import pytest

from desktop_app.errors import DataError
from desktop_app.project.import_forms import Material, read, recognise
from desktop_app.project.import_plan import Form, Plan, Reading

TEXT = "path,label,split,group\nbilder/Größe 1.jpg,Kratzer,train,lot 1\nbilder/2.png,,test,\nb.jpg,good,,\n"
EXPECTED = {
    "Größe 1.jpg": ("Kratzer", 0, "lot 1"),
    "2.png": ("", 2, ""),
    "b.jpg": ("good", None, ""),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bilder").mkdir()
    for file in ("bilder/Größe 1.jpg", "bilder/2.png", "b.jpg"):
        (tmp_path / file).touch()
    return tmp_path


def plan_of(folder: Path, data: str | bytes, name: str = "labels.csv") -> Plan:
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    (plan,) = recognise([folder / name])
    assert plan.reading.form is Form.TABLE
    return plan


def rows(plan: Plan) -> dict[str, tuple[str, int | None, str]]:
    return {item.name: (item.class_name, item.split, item.group) for item in plan.items}


def reasons(plan: Plan) -> dict[str, str]:
    return {skip.file: skip.reason for skip in plan.skipped}


# ---- dresses


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("cp1252"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("path,label,split,group", "Filename, Class Name ,Subset,Group-ID").encode(),
        TEXT.replace("path,label,split,group", "image_path,category,set,lot").encode(),
        TEXT.replace("bilder/", ".\\bilder\\").encode(),
        TEXT.replace("train", " Training").replace("test", "TEST").encode(),
        TEXT.replace("2.png", "2").encode(),
        unicodedata.normalize("NFD", TEXT).encode(),
    ],
    ids=range(13),
)
def test_dresses(folder: Path, data: bytes) -> None:
    plan = plan_of(folder, data)
    assert rows(plan) == EXPECTED and not plan.skipped


def test_folders_on_disk_in_another_spelling(tmp_path: Path) -> None:
    deep = tmp_path / unicodedata.normalize("NFD", "Größe") / unicodedata.normalize("NFD", "Ü")
    deep.mkdir(parents=True)
    (deep / "1.jpg").touch()
    assert rows(plan_of(tmp_path, "path,label\nGröße/Ü/1.jpg,cat\n")) == {"1.jpg": ("cat", None, "")}


def test_absolute_paths_and_paths_below_a_class(folder: Path, tmp_path: Path) -> None:
    text = f"path,label\n{tmp_path / 'b.jpg'},good\n2.png,bilder\n../{tmp_path.name}/bilder/Größe 1.jpg,x\n"
    assert rows(plan_of(folder, text)).keys() == EXPECTED.keys()


def test_a_table_beside_the_folder_of_class_folders(tmp_path: Path) -> None:
    for file in ("images/cat/1.jpg", "images/dog/1.jpg", "other/2.jpg"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).touch()
    plan = plan_of(tmp_path, "file,class,split\ncat/1.jpg,cat,train\n1.jpg,dog,test\n2.jpg,dog,\n")
    found = {item.source.file.relative_to(tmp_path).as_posix(): item.class_name for item in plan.items}
    assert found == {"images/cat/1.jpg": "cat", "images/dog/1.jpg": "dog", "other/2.jpg": "dog"}


def test_a_table_without_a_first_line_of_names(folder: Path) -> None:
    assert rows(plan_of(folder, "b.jpg,good\nbilder/2.png,bad\n")) == {
        "b.jpg": ("good", None, ""),
        "2.png": ("bad", None, ""),
    }


def test_a_number_and_a_name_for_the_class(folder: Path) -> None:
    assert rows(plan_of(folder, "id,label,class_name\nb,3,good\n")) == {"b.jpg": ("good", None, "")}


# ---- what is left out


def test_what_a_table_names_and_is_not_there(folder: Path) -> None:
    (folder / "notes.txt").touch()
    text = "path,label\nb.jpg,good\nbilder,good\ngone.jpg,good\nnotes.txt,good\n,good\nC:\\x\\y.jpg,good\n"
    plan = plan_of(folder, text)
    assert rows(plan) == {"b.jpg": ("good", None, "")}
    assert reasons(plan) == {
        "bilder": "no picture that can be read",
        "gone.jpg": "not found",
        "notes.txt": "no picture that can be read",
        "C:\\x\\y.jpg": "not found",
    }


def test_a_picture_that_is_named_twice(folder: Path) -> None:
    plan = plan_of(folder, "path,label\nb.jpg,good\n./b.jpg,good\nbilder/2.png,good\nbilder/2.png,bad\n")
    assert rows(plan) == {"b.jpg": ("good", None, "")}
    assert [Path(skip.file).name for skip in plan.skipped] == ["2.png"]
    assert plan.skipped[0].reason == "named twice, differently"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path,label,split\nb.jpg,good,trian\n", "row 2: “trian” is not a split"),
        ("path\nb.jpg\n", "Its columns are: path"),
        ("label,split\ncat,train\n", "Its columns are"),
        ("", "It is empty"),
        ('path,label\n"b.jpg,good\n' + "x" * 200_000, "It is no table"),
    ],
)
def test_what_is_no_table(folder: Path, text: str, words: str) -> None:
    (folder / "labels.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        recognise([folder / "labels.csv"])


# ---- Open Images


@pytest.fixture
def open_images(tmp_path: Path) -> Path:
    for number in range(7):
        (tmp_path / "downloads").mkdir(exist_ok=True)
        (tmp_path / "downloads" / f"{number:016x}.jpg").touch()
    (tmp_path / "oidv7-class-descriptions.csv").write_text("LabelName,DisplayName\n/m/c,Cat\n/m/d,Dog\n/m/x,Box\n")
    labels = [
        (0, "/m/c", "1"),
        (0, "/m/x", "1"),
        (1, "/m/c", "1"),
        (2, "/m/d", "1"),
        (3, "/m/d", "0"),
        (3, "/m/x", "1"),
        (4, "/m/c", "1"),
        (4, "/m/d", "1"),
        (5, "/m/unknown", "0.9"),
        (99, "/m/c", "1"),
    ]
    rows = "".join(f"{number:016x},verification,{code},{sure}\n" for number, code, sure in labels)
    (tmp_path / "validation-annotations-human-imagelabels.csv").write_text(
        f"ImageID,Source,LabelName,Confidence\n{rows}"
    )
    return tmp_path


def test_the_labels_are_offered_first(open_images: Path) -> None:
    table = open_images / "validation-annotations-human-imagelabels.csv"
    for sources in ([table], [table, open_images / "oidv7-class-descriptions.csv"], [open_images]):
        plan = recognise(sources)[0]
        assert plan.reading.form is Form.OPEN_IMAGES and plan.sensible and not plan.items
        assert plan.labels == {"Cat": 3, "Box": 2, "Dog": 2, "/m/unknown": 1}


def test_pictures_with_one_of_the_chosen_labels(open_images: Path) -> None:
    reading = Reading(
        Form.OPEN_IMAGES,
        (str(open_images),),
        table=str(open_images / "validation-annotations-human-imagelabels.csv"),
        classes=("Cat", "dog"),
    )
    plan = read(reading)
    assert plan.counts() == {"Cat": 2, "Dog": 1} and plan.several == 1
    assert {Path(file).stem[-1]: reason for file, reason in reasons(plan).items()} == {
        "3": "none of the chosen labels",
        "4": "several labels: Cat, Dog",
        "5": "none of the chosen labels",
        "6": "no label is known",
    }


def test_pictures_with_several_labels_are_no_guess(open_images: Path) -> None:
    material = Material.gather([open_images])
    (plan, *_) = material.plans()
    reading = Reading.from_dict({**plan.reading.to_dict(), "classes": ["Cat", "Dog"], "several_unlabelled": True})
    assert material.plan(reading).counts() == {"Cat": 2, "Dog": 1, "": 1}


def test_a_label_that_no_picture_has(open_images: Path) -> None:
    (plan, *_) = recognise([open_images])
    with pytest.raises(DataError, match="No picture has the label “Owl”"):
        read(Reading.from_dict({**plan.reading.to_dict(), "classes": ["Owl"]}))
