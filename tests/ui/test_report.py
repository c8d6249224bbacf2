"""The report of a result: complete, self-contained, and readable by a browser and by a PDF reader."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop_app.errors import StorageError
from desktop_app.evaluation.costs import Costs
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.evaluation.looks import find_looks
from desktop_app.evaluation.predictions import Predictions
from desktop_app.evaluation.rules import Rule
from desktop_app.project import class_edits
from desktop_app.project.catalog import Snapshot
from desktop_app.project.project import Access, Project
from desktop_app.ui import repeat_words, report, wording
from desktop_app.ui.models.result import load_result
from desktop_app.ui.pages.evaluate import EvaluatePage
from desktop_app.ui.report import paper
from tests.packages import trained_project
from tests.ui import demo

CLASSES = {"良品": 40, "Kratzer & <Riß>": 40, "日本語の傷": 40}
MISTAKES = {(0, 1): 3, (2, 0): 1}


@pytest.fixture
def root(tmp_path):
    root = demo.draw_project(tmp_path / "Prüfstand 7", CLASSES)
    with Project.open(root) as project:
        run = demo.add_run(project)
        demo.add_result(run, "test", MISTAKES)
        Rule(0.05, 1.2, 0.8).save(run)
    return root


@pytest.fixture
def facts(root):
    with Project.open(root, Access.READ) as project:
        run = project.runs.get("1")
        return report.gather(project, run, load_result(project, run, "test"))


class Reader(HTMLParser):
    """Collects the text and everything that a page could load; insists on tags that are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.loads += [value for name, value in attrs if name in ("src", "href", "background", "data")]
        if tag not in ("meta", "img", "br"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_page_tells_everything(facts):
    page = Reader(report.page(facts))
    text = " ".join(page.words).replace("\N{NO-BREAK SPACE}", " ")
    measured = facts.result.evaluated
    assert f"{measured.right} of {measured.n} right" in text
    for expected in (
        *CLASSES,
        *(check.text for check in facts.result.checks),
        "Each class counting the same",
        "at most 5 % of answers are wrong",
        facts.snapshot.fingerprint,
        "72 to learn from, 24 for validation, 24 for the test",
        "All mistakes, the surest first",
    ):
        assert expected in text, expected
    assert sum(load.startswith("data:image/jpeg") for load in page.loads) == measured.n - measured.right


def test_it_loads_nothing(facts):
    page = report.page(facts)
    assert all(load.startswith("data:image/") for load in Reader(page).loads)
    assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg)|url\(|@import|<script", page)


def test_names_are_text_whatever_they_say(facts):
    assert "<Riß>" not in report.page(facts)
    assert "Kratzer &amp; &lt;Riß&gt;" in report.page(facts)


def test_a_thousand_classes_are_listed_by_their_mistakes(root):
    with Project.open(root, Access.READ) as project:
        run = project.runs.get("1")
        facts = report.gather(project, run, load_result(project, run, "test"))
    facts.result.evaluated.classes.extend(f"class {number}" for number in range(1000))
    page = report.page(facts)
    assert "Most frequent mistakes" in page
    assert "class='matrix'" not in page


def test_pictures_that_are_gone_leave_a_gap(root):
    shutil.rmtree(root / "良品")
    with Project.open(root, Access.READ) as project:
        run = project.runs.get("1")
        facts = report.gather(project, run, load_result(project, run, "test"))
    assert any(mistake.picture is None for mistake in facts.mistakes)
    Reader(report.page(facts))


def test_the_pdf_can_be_read(qapp, facts, tmp_path):
    report.write_pdf(facts, tmp_path / "r.pdf")
    data = (tmp_path / "r.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        pytest.skip("there is no pdftotext to read it with")
    text = subprocess.run(["pdftotext", tmp_path / "r.pdf", "-"], capture_output=True, check=True).stdout.decode()
    assert facts.snapshot.fingerprint in text.replace("\n", "")
    assert "日本語の傷" in text
    whole = facts.result.headline
    doubt = wording.share_with_doubt(whole.right, whole.n, whole.interval)
    assert plain(doubt) in plain(text)  # with its dash


def test_figures_for_other_programs(facts, tmp_path):
    report.write_json(facts, tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text("utf-8"))
    measured = facts.result.evaluated
    assert document["result"]["confusion"] == measured.confusion
    assert document["result"]["interval"] == list(measured.interval)
    assert document["intervals"]["macro_f1"] == list(facts.result.doubts.macro_f1)
    assert document["pictures"]["fingerprint"] == facts.snapshot.fingerprint
    assert document["unsure"]["rule"]["promise"] == 0.05
    assert document["unsure"]["expected"]["n"] == measured.n
    assert [check["mark"] for check in document["checks"]] == [check.mark for check in facts.result.checks]
    report.write_csv(facts, tmp_path / "r.csv")
    assert Predictions.read_csv(tmp_path / "r.csv").files == facts.result.predictions.files


def test_a_browser_shows_it(facts, tmp_path):
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("there is no Chromium to open it with")
    report.write_html(facts, tmp_path / "r.html")
    shown = tmp_path / "shown.png"
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [browser, *options, "--window-size=1000,2400", f"--screenshot={shown}", (tmp_path / "r.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert shown.stat().st_size > 20_000


def test_a_refusing_disk_is_told(facts, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        report.write_html(facts, tmp_path / "file" / "r.html")


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("r", "PDF (*.pdf)", "r.pdf"),
        ("r.html", "", "r.html"),
        ("r", "Figures for other programs (*.json)", "r.json"),
        ("r.csv", "PDF (*.pdf)", "r.csv"),
    ],
)
def test_the_button_writes_it(qtbot, root, engine, theme, tmp_path, monkeypatch, name, kind, expected):
    session = demo.open_session(qtbot, root, engine)
    page = EvaluatePage(session, theme)
    demo.show_page(page, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), kind))
    page.reporting.button.click()
    demo.play_out(session, qtbot)
    assert (tmp_path / expected).stat().st_size > 1000
    assert expected in page.message.accessibleName()
    demo.close_session(qtbot, session)


# ---- what else is known of a run


@pytest.fixture
def rich(tmp_path):
    """A run with roles, groups that hold several pictures, average heat, a rule, and mistakes that can be explained."""
    project, run = trained_project(tmp_path / "Prüfstand")
    with project:
        *others, good = run.classes
        project.show_classes(class_edits.mark_sides([good], others).apply(project.config).classes)
        snapshot = Snapshot.read_csv(run.snapshot_csv)
        labels = snapshot.labels.copy()
        labels[snapshot.rows("test")[:2]] = 2  # wrongly labelled
        groups = tuple(f"Teil {label}" for label in labels)
        replace(snapshot, labels=labels, groups=groups).write_csv(run.snapshot_csv)
        list(evaluate(project, run))
        list(find_looks(project, run))
        Rule(0.05, 1.2, 0.8, good=(good,)).save(run)
        yield report.gather(project, run, load_result(project, run, "test"))


def test_what_mistakes_cost_is_told(rich):
    rule = Rule(None, 1.2, 0.96, rich.kept[0].good, None, 0.2, Costs(50.0, 5.0, 1.0, 0.02))
    found = replace(rich.kept[1], cost=0.227, cost_interval=(0.176, 1.55))
    text = plain(" ".join(Reader(report.page(replace(rich, kept=(rule, found)))).words))
    for expected in (
        "a missed defect costs 50, a false alarm 5, a look by a person 1, and 2 % of parts are defects",
        "Cost of a picture, on average",
        "truly 0.18–1.55",
        "good from 96 % on, a defect below 20 %, unsure between",
    ):
        assert expected in text, expected


def test_everything_that_is_known_is_told(rich, tmp_path):
    page = Reader(report.page(rich))
    text = " ".join(page.words).replace("\N{NO-BREAK SPACE}", " ")
    sides = rich.result.sides
    for expected in (
        "Missed defects (escapes)",
        f"{sides.missed} of {sides.defects}",
        "False alarms (overkill)",
        "at most 5 % of defects get through",
        "Calibrated at a temperature of 1.20; unsure below 80 %",
        "Where it looks",
        "of what speaks for it lies on the border",
        "The same part, photographed again",
        repeat_words.changed(rich.repeated).replace("\N{NO-BREAK SPACE}", " "),
        rich.model,
        f"onnxruntime {rich.versions['onnxruntime']}",
    ):
        assert expected in text, expected
    report.write_json(rich, tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert document["sides"]["missed"] == sides.missed
    assert document["run"]["model"] == rich.model
    assert [row["class"] for row in document["looks"]] == [one.name for one in rich.result.looks]
    assert document["repeatability"]["changed"] == rich.repeated.changed
    assert document["versions"] == rich.versions


def test_mistakes_lie_beside_what_spoke_for_them(rich):
    assert rich.mistakes
    assert all(mistake.picture and mistake.heat for mistake in rich.mistakes)
    pictures = [load for load in Reader(report.page(rich)).loads if load.startswith("data:image/jpeg")]
    of_parts = sum(len(shown) for _, shown in rich.parts)
    assert len(pictures) == 2 * len(rich.mistakes) + len(rich.looks) + of_parts


def test_no_heading_stands_alone_at_the_foot_of_a_page(qapp, rich, monkeypatch, tmp_path):
    seen = []
    keep = paper._keep_headings

    def spy(document, writer):
        before = paper._left_alone(document, writer, ())
        keep(document, writer)
        moved = {
            number
            for number in range(document.blockCount())
            if document.findBlockByNumber(number).blockFormat().pageBreakPolicy()
        }
        seen.append((before, moved, paper._left_alone(document, writer, moved)))

    monkeypatch.setattr(paper, "_keep_headings", spy)
    report.write_pdf(rich, tmp_path / "r.pdf")
    ((before, moved, left),) = seen
    assert before in moved
    assert left is None
