"""Evaluating, exporting and predicting open no socket of any kind, and work where there is no network at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.packages import trained_project

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD_SERVERS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "JENKINS_URL", "ORT_DISABLE_TELEMETRY")
WATCHED = """
import os, sys
from pathlib import Path

def refuse(event, arguments):
    if event.startswith(("socket.", "ssl.", "urllib.", "http.", "ftplib.", "smtplib.")) and "gethostname" not in event:
        os.write(2, f"{event} {arguments}".encode())
        os._exit(99)

sys.addaudithook(refuse)
from desktop_app.evaluation.evaluate import evaluate
from desktop_app.export.package import export_package
from desktop_app.inference.folder import predict_folder
from desktop_app.project.project import Access, Project

folder = Path(sys.argv[1])
with Project.open(folder / "animals", Access.DELEGATED) as project:
    run = project.runs.latest()
    *_, result = evaluate(project, run)
    (run.folder / "evaluation-test.json").unlink()
    run.document["phase"] = "fine_tune"  # through the graph
    *_, again = evaluate(project, run)
    *_, exported = export_package(project, run, folder / "a.discern")
*_, predicted = predict_folder(folder / "a.discern", folder / "animals", folder / "r.csv", folder / "sorted")
print(result.n, again.n, exported.golden, predicted.copied)
if len(sys.argv) > 2:
    import socket
    socket.socket()
"""


def watched(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    # ONNX Runtime keeps quiet where it sees a build server; it must do so anywhere.
    environment = {name: value for name, value in os.environ.items() if name not in BUILD_SERVERS}
    unshare = shutil.which("unshare")
    permitted = unshare and subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0
    command = [unshare, "-rn"] if unshare and permitted else []  # a network without even a loopback
    command += [sys.executable, "-c", WATCHED, *map(str, arguments)]
    return subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_no_socket_is_opened(tmp_path: Path) -> None:
    project, _ = trained_project(tmp_path / "animals")
    project.close()
    done = watched(tmp_path)
    assert (done.returncode, done.stdout.split()) == (0, ["6", "6", "20", "30"]), done.stderr


def test_no_library_keeps_a_diary(tmp_path: Path, home: Path) -> None:
    """ONNX Runtime would write down what it ran, under an identifier of this computer, to send it off later."""
    project, _ = trained_project(tmp_path / "animals")
    project.close()
    done = watched(tmp_path)
    assert done.returncode == 0, done.stderr
    kept = {path.relative_to(home).parts[0] for path in home.rglob("*") if path.is_file()}
    assert kept <= {"discern"}


def test_one_module_alone_imports_onnx_runtime() -> None:
    importing = [
        path.relative_to(REPOSITORY).as_posix()
        for path in (REPOSITORY / "desktop_app").rglob("*.py")
        if re.search(r"^\s*(import|from) onnxruntime", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importing == ["desktop_app/features/runtime.py"]


def test_the_watch_bites(tmp_path: Path) -> None:
    project, _ = trained_project(tmp_path / "animals")
    project.close()
    done = watched(tmp_path, "open one")
    assert done.returncode == 99
    assert "socket.__new__" in done.stderr
