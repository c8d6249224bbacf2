"""The command line with jobs that are played: forms, output, exit codes, Ctrl-C."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from desktop_app import cli, cli_info, cli_text
from desktop_app import events as ev
from desktop_app.engine import process
from desktop_app.errors import ImageError, StorageError
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.project.project import Project
from tests.drawing import draw_classes, draw_picture
from tests.packages import trained_project

EVALUATED = ev.Evaluated(
    run="run-0002",
    split="test",
    n=40,
    right=38,
    accuracy=0.95,
    interval=(0.835, 0.986),
    balanced_accuracy=0.947,
    macro_f1=0.948,
    classes=["good", "针孔"],
    confusion=[[20, 0], [2, 18]],
    per_class=[
        ev.ClassResult("good", 20, 22, 20, 1.0, (0.839, 1.0), 0.909, (0.722, 0.975), 0.952),
        ev.ClassResult("针孔", 20, 18, 18, 0.9, (0.699, 0.972), 1.0, (0.824, 1.0), 0.947),
    ],
)
TRAINING = [
    ev.StepStarted(ev.Step.READ),
    ev.RunStarted(
        "run-0002", "quick", "efficientnet_lite0", "Processor, 2 cores", ["a", "b"], {"train": 1200, "test": 0}
    ),
    ev.Progress(ev.Step.READ, 600, 1200, 12.4),
    ev.PictureSkipped("a/bad.png", "empty file"),
    ev.Notice("warning", "Few pictures.", "Only 3.", "Add some."),
    ev.EpochEnded("freeze", 1, 100, 0.7, 0.5, float("nan"), float("nan"), best=True),
    ev.PhaseEnded("freeze", 1, 0.975, kept=True, seconds=1.24),
    ev.Trained("run-0002", "freeze", 39, 40, stopped=False, seconds=148),
]


@pytest.fixture
def play(monkeypatch, tmp_path):
    """`play(events, *arguments)` runs a command whose job yields `events`; its exit code."""
    draw_classes(tmp_path / "p", ("a", "b"), each=1)

    def run(events, *arguments):
        jobs = []

        def run_in_process(job):
            jobs.append(job)
            for event in events:
                if isinstance(event, Exception):
                    raise event
                yield event

        monkeypatch.setattr(process, "run_in_process", run_in_process)
        code = cli.main(arguments)
        run.job = jobs[0] if jobs else None
        return code

    return run


# ---- forms


def test_the_forms_that_scripts_rely_on(play, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    split, project = str(tmp_path / "s.csv"), str(tmp_path / "p")
    train = ["train", "p", "--split", "s.csv", "--recipe", "quick", "--backbone", "efficientnet_lite1", "--seed", "7"]
    assert play([], *train, "--json") == 0
    assert play.job.to_dict() == {
        "job": "train",
        "project": project,
        "recipe": {"name": "quick", "backbone": "efficientnet_lite1", "seed": 7},
        "split_csv": split,
        "resume": None,
    }
    assert play([], "train", "p") == 0
    assert play.job.recipe == {}
    assert play([], "evaluate", "p", "--run", "run-0001", "--json") == 0
    evaluate = {"job": "evaluate", "project": project, "run": "run-0001", "split": "test", "calibrate": False}
    assert play.job.to_dict() == evaluate
    assert play([], "export", "p", "--out", "m.discern", "--run", "run-0001") == 0
    assert play.job.out == str(tmp_path / "m.discern")
    assert play([], "predict", "m.discern", "new", "--csv", "o.csv", "--sort-into", "sorted") == 0
    assert play.job.to_dict() == {
        "job": "predict",
        "package": str(tmp_path / "m.discern"),
        "folder": str(tmp_path / "new"),
        "csv": str(tmp_path / "o.csv"),
        "sort_into": str(tmp_path / "sorted"),
    }
    assert play([], "sample", "washers") == 0
    assert play.job.path == str(tmp_path / "washers")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["train"],
        ["train", "p", "--recipe", "slow"],
        ["train", "p", "--backbone", "resnet9000"],
        ["train", "p", "--seed", "-1"],
        ["predict", "m.discern", "new"],
        ["export", "p"],
        ["import", "p"],
        ["import", "p", "x", "--as", "magic"],
        ["export-dataset", "p"],
        ["export-dataset", "p", "--out", "o", "--layout", "magic"],
        ["train", ""],
        ["train", "p", "--split", ""],
        ["evaluate", ""],
        ["export", "p", "--out", ""],
        ["predict", "m.discern", "new", "--csv", "o.csv", "--sort-into", ""],
        ["info", ""],
        ["sample", ""],
        ["gui", ""],
    ],
)
def test_wrong_usage_is_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: discern" in capsys.readouterr().err


def test_no_name_breaks_a_line_or_commands_the_terminal(play, capsys):
    name = "\x1b[31m\nx\u202egpj.exe"
    events = [
        ev.PictureSkipped(name, "empty file"),
        ev.Exported(name, 1, 1, 0.0),
        ev.FolderPredicted(name, {}, 0, 0, 1.0),
        ev.SampleDrawn(name, 1),
        StorageError("“{file}” could not be written.", file=name),
    ]
    assert play(events, "sample", "p") == 1
    out, err = capsys.readouterr()
    assert not {"\x1b", "\u202e"} & set(out + err)
    assert len(out.splitlines()) == 6
    assert len(err.splitlines()) == 1
    play(events[:1], "sample", "p", "--json")
    assert json.loads(capsys.readouterr().out)["file"] == name, "scripts get it as it is"


def test_a_tilde_that_is_no_home_is_a_name(play, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert play([], "sample", "~no such person/washers") == 0
    assert play.job.path == str(tmp_path / "~no such person" / "washers")


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps a folder that is in use")
def test_where_the_working_folder_is_gone(tmp_path, monkeypatch, capsys):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert cli.main(["info", "p"]) == 1
    assert "is gone" in capsys.readouterr().err


def test_ctrl_c_outside_of_a_job(monkeypatch, capsys):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_info, "package_info", interrupted)
    assert cli.main(["info", "m.discern"]) == 130
    assert capsys.readouterr().out == "Stopped. Nothing was lost.\n"
    assert cli.main(["info", "m.discern", "--json"]) == 130
    assert json.loads(capsys.readouterr().out) == {"event": "cancelled"}


def test_without_a_screen_the_window_says_so(monkeypatch, capsys):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert cli.main([]) == 1
    assert "There is no screen" in capsys.readouterr().err


def test_help_is_light():
    code = "import sys; from desktop_app.cli import main\ntry: main(['--help'])\nfinally: print(len(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout.splitlines()[-1]) < 250


# ---- output


def test_json_is_one_event_a_line(play, tmp_path, capsys):
    assert play([*TRAINING, EVALUATED], "evaluate", str(tmp_path / "p"), "--json") == 0
    lines = [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]
    assert lines[5]["validation_loss"] is None
    result = lines[-1]
    assert result["accuracy"] == 0.95
    assert result["interval"] == [0.835, 0.986]
    assert result["confusion"] == [[20, 0], [2, 18]]
    assert {"balanced_accuracy", "macro_f1", "n", "classes", "run"} <= set(result)


def test_text_on_a_pipe_has_whole_lines_only(play, tmp_path, capsys):
    assert play(TRAINING, "train", str(tmp_path / "p")) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Reading the pictures",
        "run-0002: quick, efficientnet_lite0 (Processor, 2 cores)",
        "Pictures: 1,200 train",
        "Left out: a/bad.png (empty file)",
        "Warning: Few pictures. Only 3. Add some.",
        "Head trained in 1 s: best epoch 1, 98 % of the validation pictures right",
        "Trained run-0002 after 2 min 28 s: 39 of 40 right (98 %; truly 87–100 %) in validation",
    ]


def test_text_on_a_terminal_rewrites_one_line(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.StringIO()
    printer = cli_text.TextPrinter(stream, live=True)
    for event in TRAINING[:4]:
        printer.event(event)
    *_, progress, last = stream.getvalue().split("\r")
    assert progress == "Reading the pictures: 600 of 1,200 · ab\x1b[K"
    assert last == "\x1b[KLeft out: a/bad.png (empty file)\n"


def test_an_evaluation_reads_well(play, tmp_path, capsys):
    play([EVALUATED], "evaluate", str(tmp_path / "p"))
    assert capsys.readouterr().out.splitlines() == [
        "run-0002 on the test pictures: 38 of 40 right (95 %; truly 83–99 %)",
        "Balanced accuracy 0.947, macro F1 0.948",
        "",
        "class     found                  right when called",
        "针孔   18 of 20   truly 69–98 %           18 of 18",
        "good   20 of 20  truly 83–100 %           20 of 22",
        "",
        "actual \\ called   1   2",
        "1 good           20   ·",
        "2 针孔            2  18",
        "",
        "Mistakes: 2 “针孔” called “good”",
    ]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ev.FolderPredicted("o.csv", {"good": 1200, "bad": 3}, 2, 1203, 6.13), "Sorted 1,203 pictures in 6 s"),
        (ev.Exported("m.discern", 14_200_000, 16, 3e-7), "Wrote m.discern (14 MB)"),
        (ev.SampleDrawn("washers", 120), "discern train “washers”"),
        (ev.PhaseEnded("fine_tune", 9, 0.9, kept=False, seconds=70), "Fine-tuning trained in 1 min 10 s"),
        (ev.Trained("run-0001", "freeze", 0, 0, stopped=True, seconds=9.4), "Stopped run-0001 after 9 s"),
    ],
)
def test_other_results_in_words(event, words):
    assert words in cli_text.in_words(event)


@pytest.mark.parametrize("event", [*TRAINING, EVALUATED], ids=lambda event: type(event).__name__)
def test_no_event_stops_either_printer(event, capsys):
    cli_text.JsonPrinter().event(event)
    for live in (False, True):
        cli_text.TextPrinter(sys.stdout, live=live).event(event)
    assert capsys.readouterr().out


@pytest.mark.parametrize(("share", "words"), [(0, "0 %"), (0.001, "1 %"), (0.996, "99 %"), (1.0, "100 %")])
def test_a_rounded_share_promises_nothing(share, words):
    assert cli_text.percent(share) == words


# ---- problems


def test_a_problem_is_told_on_stderr_and_is_1(play, tmp_path, capsys):
    error = StorageError("“{file}” could not be written.", why="The disk is full.", hint="Free some space.", file="m")
    assert play([error], "train", str(tmp_path / "p")) == 1
    captured = capsys.readouterr()
    assert captured.err == "discern: “m” could not be written.\n  The disk is full.\n  Free some space.\n"
    assert captured.out == ""


def test_a_problem_is_an_event_for_scripts_too(play, tmp_path, capsys):
    assert play([ImageError("empty file")], "train", str(tmp_path / "p"), "--json") == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "event": "error",
        "kind": "ImageError",
        "what": "empty file",
        "why": "",
        "hint": "",
    }
    assert "empty file" in captured.err


def test_a_bug_is_no_problem_of_the_world(play, tmp_path):
    with pytest.raises(ZeroDivisionError):
        play([ZeroDivisionError()], "train", str(tmp_path / "p"))


def test_a_name_that_is_no_text_can_be_printed(play, tmp_path, capfd):
    assert play([ev.PictureSkipped("a/\udcff.png", "empty file")], "train", str(tmp_path / "p")) == 0
    assert "a/�.png" in capfd.readouterr().out


def test_a_missing_project_is_named(tmp_path, capsys):
    assert cli.main(["train", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_reader_that_left_does_not_make_a_mess(tmp_path):
    draw_classes(tmp_path / "p", ("a", "b"), each=2)
    command = [sys.executable, "-m", "desktop_app", "info", str(tmp_path / "p")]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.returncode == 1
    assert done.stderr == ""


@pytest.mark.parametrize("owned", [True, False])
def test_a_run_that_nobody_works_on_is_told_as_interrupted(tmp_path, capsys, owned):
    with Project.open(draw_classes(tmp_path / "p", ("a", "b"), each=2)) as project:
        project.runs.create(recipe={"name": "quick"}, backbone="resnet18", classes=["a", "b"])
        if owned:
            assert cli.main(["info", str(tmp_path / "p"), "--json"]) == 0
    if not owned:
        assert cli.main(["info", str(tmp_path / "p"), "--json"]) == 0
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    assert run["status"] == ("running" if owned else "interrupted")
    assert json.loads((tmp_path / "p/.discern/runs/run-0001/run.json").read_text())["status"] == "running"


# ---- Ctrl-C


def test_the_command_begins_where_ctrl_c_is_seen_to():
    """Importing the commands takes a moment, in which a person may have changed their mind."""
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
    assert project["project"]["scripts"]["discern"] == "desktop_app.__main__:main"


SLOW = """
import sys, time
from pathlib import Path
from desktop_app import cli, events as ev
from desktop_app.engine import process

def run_in_process(job):
    try:
        yield ev.StepStarted(ev.Step.READ)
        while True:
            time.sleep({gap})
            yield ev.Progress(ev.Step.READ, 1, 2)
    finally:
        Path({kept!r}).write_text("kept")

process.run_in_process = run_in_process
sys.exit(cli.main(["sample", "x", *{options!r}]))
"""


def start_slow(tmp_path: Path, gap: float, *options: str, before: str = "") -> subprocess.Popen[str]:
    code = before + SLOW.format(gap=gap, kept=str(tmp_path / "kept"), options=options)
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout.readline()  # it has begun
    time.sleep(0.05)
    return running


@pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
)
def test_ctrl_c_keeps_the_best(tmp_path, number):
    running = start_slow(tmp_path, 0.01)
    running.send_signal(number)
    output, errors = running.communicate(timeout=20)
    assert running.returncode == 130
    assert (tmp_path / "kept").read_text() == "kept"
    assert output == "Stopped. Nothing was lost.\n"
    assert "Stopping; what is done is kept." in errors


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signal")
def test_with_nohup_a_closed_terminal_means_nothing(tmp_path):
    running = start_slow(tmp_path, 0.01, before=("import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"))
    running.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=20)
    assert running.returncode == 130


def test_scripts_see_that_it_was_cancelled(tmp_path):
    running = start_slow(tmp_path, 0.01, "--json")
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=20)
    assert json.loads(output.splitlines()[-1]) == {"event": "cancelled"}


def test_a_second_ctrl_c_ends_it_at_once(tmp_path):
    running = start_slow(tmp_path, 60)
    running.send_signal(signal.SIGINT)
    assert running.stderr.readline() == "\n"
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    assert running.returncode == -signal.SIGINT


# ---- an output that can't be written to

SHORT = """
import sys
from desktop_app import cli, events as ev
from desktop_app.engine import process

def run_in_process(job):
    yield ev.StepStarted(ev.Step.READ)
    yield ev.StepStarted(ev.Step.SAVE)

process.run_in_process = run_in_process
sys.exit(cli.main(["sample", "x", *{options!r}]))
"""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it is Linux's")
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_job_goes_on_where_the_disk_of_its_output_is_full(options):
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", SHORT.format(options=options)], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 0
    assert ended.stderr.splitlines() == [
        "discern: “standard output” could not be written.",
        "  The disk is full. Nothing was lost.",
        "  Free some space, then try again.",
    ]


def test_a_job_that_runs_out_of_memory_says_so(monkeypatch, capsys):
    def run_in_process(job):
        yield ev.StepStarted(ev.Step.READ)
        raise MemoryError

    monkeypatch.setattr(process, "run_in_process", run_in_process)
    assert cli.main(["sample", "x"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "discern: Drawing the sample stopped: the computer ran out of memory.",
        "  Nothing that was saved is lost. Close other programs, then try again.",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's words")
def test_a_job_runs_without_any_output():
    command = '"$0" -c "$1" >&- 2>&-'
    assert subprocess.run(["sh", "-c", command, sys.executable, SHORT.format(options=[])]).returncode == 0


# ---- info


def test_info_of_a_project(tmp_path, capsys):
    project = draw_classes(tmp_path / "p", {"a": 3, "b": 1200 // 400}, each=3)
    (project / "note.heic").touch()
    draw_classes(tmp_path / "q", ("x",), each=1)
    (tmp_path / "q" / "x" / "x_001.png").rename(project / "loose.png")
    assert cli.main(["info", str(project), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["classes"] == {"a": 3, "b": 3}
    assert document["unlabelled"] == 1
    assert document["unsupported"] == {"HEIC": 1}
    assert document["splits"] == {"train": 0, "validation": 0, "test": 0, "none": 6}
    assert document["runs"] == []
    assert not (project / ".discern").exists()  # looking changes nothing
    assert cli.main(["info", str(project)]) == 0
    assert "Splits: dealt out when you train" in capsys.readouterr().out


def test_info_names_runs_that_can_not_be_read(tmp_path, capsys):
    project = draw_classes(tmp_path / "p", ("a", "b"), each=1)
    run = project / ".discern" / "runs" / "run-0001"
    run.mkdir(parents=True)
    (run / "run.json").write_text('{"format": 99}')
    assert cli.main(["info", str(project)]) == 0
    said = capsys.readouterr().out
    assert "The run “run-0001” can't be used." in said and "No runs yet" not in said


# ---- import and export of pictures


def test_pictures_come_in_and_go_out(tmp_path, capsys):
    stick = draw_classes(tmp_path / "stick", {"cat": 3, "dog": 2})
    project = tmp_path / "new"
    assert cli.main(["import", str(project), str(stick)]) == 0
    assert "Copied 5 pictures: 3 cat, 2 dog" in capsys.readouterr().out
    assert cli.main(["import", str(project), str(stick), "--into", "fox"]) == 0
    assert "5 were left out: the project has them already" in capsys.readouterr().out
    assert cli.main(["import", str(project), str(stick), "--into", "fox", "--copy-known"]) == 0
    assert "Copied 5 pictures: 5 fox" in capsys.readouterr().out
    assert cli.main(["export-dataset", str(project), "--out", str(tmp_path / "out")]) == 0
    assert "Copied 10 pictures to" in capsys.readouterr().out
    assert (tmp_path / "out" / "fox" / "dog_001.png").is_file()
    assert cli.main(["export-dataset", str(project), "--out", str(tmp_path / "out")]) == 1
    assert "is not empty" in capsys.readouterr().err


def test_an_import_is_told_before_it_is_done(tmp_path, capsys):
    stick = draw_classes(tmp_path / "stick", {"cat": 3, "dog": 2})
    project = draw_classes(tmp_path / "p", {"cat": 2})
    (stick / "dog" / "empty.png").touch()
    assert cli.main(["import", str(project), str(stick), "--dry-run", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["copied"] == {"cat": 1, "dog": 2}
    assert [row["file"] for row in document["known"]] == ["cat/cat_001.png", "cat/cat_002.png"]
    assert document["reading"]["form"] == "folders"
    assert not (project / "dog").exists()
    assert cli.main(["import", str(project), str(stick), "--dry-run"]) == 0
    assert "2 are in the project already" in capsys.readouterr().out


def test_pictures_that_can_be_understood_in_two_ways(tmp_path, capsys):
    stick = tmp_path / "stick"
    for name in ("cat", "dog"):
        for number in range(4):
            draw_picture(stick / f"{name}_{number}.png", ord(name[0]), number)
    project = tmp_path / "p"
    assert cli.main(["import", str(project), str(stick)]) == 1
    assert "--as: names, folders" in capsys.readouterr().err
    assert not project.exists()
    assert cli.main(["import", str(project), str(stick), "--as", "table"]) == 1
    assert "can't be read as “table”" in capsys.readouterr().err
    assert cli.main(["import", str(project), str(stick), "--pattern", "{class}_{number}"]) == 0
    assert "4 cat, 4 dog" in capsys.readouterr().out


def test_labels_of_open_images(tmp_path, capsys):
    for number in range(3):
        draw_picture(tmp_path / "stick" / f"{number:016x}.png", number)
    rows = "".join(f"{number:016x},human,{label},1\n" for number, label in enumerate(("Cat", "Dog", "Cat")))
    (tmp_path / "stick" / "labels.csv").write_text(f"ImageID,Source,LabelName,Confidence\n{rows}")
    words = ["import", str(tmp_path / "p"), str(tmp_path / "stick"), "--as", "open-images"]
    assert cli.main(words) == 1
    assert "--labels, for example Cat,Dog" in capsys.readouterr().err
    assert cli.main([*words, "--labels", "Cat"]) == 0
    assert "Copied 2 pictures: 2 Cat" in capsys.readouterr().out


# ---- why


@pytest.fixture
def measured(tmp_path):
    """A tiny project that was trained and measured."""
    project, run = trained_project(tmp_path / "animals")
    with project:
        list(evaluate(project, run))
    return tmp_path / "animals"


def test_where_a_run_looks(measured, capsys):
    assert cli.main(["explain", str(measured)]) == cli.DONE
    text = capsys.readouterr().out
    assert "How much each class rests on the border" in text
    assert all(name in text for name in ("cat", "dog", "fox"))
    assert cli.main(["explain", str(measured), "--json"]) == cli.DONE
    *_, event, document = map(json.loads, capsys.readouterr().out.splitlines())
    assert event["event"] == "looks_found"
    assert [row["name"] for row in document["classes"]] == ["cat", "dog", "fox"]


def test_the_same_part_again(measured, tmp_path, capsys):
    draw_classes(tmp_path / "parts", {"part 1": 3, "part 2": 3})
    assert cli.main(["repeatability", str(measured), str(tmp_path / "parts")]) == cli.DONE
    text = capsys.readouterr().out
    assert "Of 2 parts photographed 3 times, " in text
    assert "part 1" in text
    for part in sorted((tmp_path / "parts").iterdir()):
        for number, picture in enumerate(sorted(part.iterdir())):
            picture.rename(tmp_path / "parts" / f"{part.name[-1]}x_{number}.png")
    arguments = ["repeatability", str(measured), str(tmp_path / "parts"), "--pattern", "?x", "--json"]
    assert cli.main(arguments) == cli.DONE
    *_, event = map(json.loads, capsys.readouterr().out.splitlines())
    assert event["event"] == "repeated"
    assert sorted(part["name"] for part in event["parts"]) == ["1x", "2x"]


def test_without_groups_there_are_no_parts(measured, capsys):
    assert cli.main(["repeatability", str(measured)]) == cli.PROBLEM
    assert "No group has several pictures" in capsys.readouterr().err
