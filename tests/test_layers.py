"""The rooms' walls: who may import whom, and what no file may do.

The first half imports each room in a fresh process and looks at what came along, so that an indirect import counts as
much as a direct one. The second half reads the source, so that an import inside a function counts, too. Both are run
on copies with a planted violation: a guard that does not bite is worse than none.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = "desktop_app"
COMMON = ("errors", "events", "following", "logs", "settings", "stopwatch", "storage")
ROOMS = ("project", "features", "learning", "evaluation", "inference", "export")
# They may import every room; the rooms import none of them.
CLI = (
    "cli",
    *(f"cli_{part}" for part in ("arguments", "import", "release", "running", "text", "unsure", "weights", "why")),
)
FRONTS = ("engine", *CLI, "ui", "__main__")

TORCH = {"torch", "torchvision", "timm"}
HEAVY = TORCH | {"sklearn", "scipy", "onnx", "onnxruntime", "pyqtgraph"}

# What importing every module of a part may not bring along. Rooms may not bring Qt along either.
BANNED = {
    **dict.fromkeys((*COMMON, "project", "features", "evaluation", "inference", "export"), TORCH | {"PySide6"}),
    "learning": {"PySide6"},
    "learning.recipe": HEAVY | {"PySide6"},
    "learning.backbones": HEAVY | {"PySide6"},
    "engine": HEAVY | {"PySide6"},
    "cli": HEAVY | {"PySide6", "numpy", "PIL"},
    "cli_text": HEAVY | {"PySide6", "numpy", "PIL"},
    "__main__": HEAVY | {"PySide6", "numpy", "PIL"},
    "ui": HEAVY,
}

# Loaded when its page is first shown: nothing may import it at its own top. It may bring pyqtgraph along.
LATE = "desktop_app.ui.pages.train"
BANNED["ui.pages.train"] = HEAVY - {"pyqtgraph"}
# The only modules that import it.
PYQTGRAPH = [f"desktop_app.ui.widgets.{name}" for name in ("curves", "curve_chart", "curve_parts")]

IMPORT_ALL = """
import importlib, json, pkgutil, sys
name, *late = sys.argv[1:]
module = importlib.import_module(name)
for found in pkgutil.walk_packages(getattr(module, "__path__", []), name + "."):
    if not found.name.endswith(".__main__") and found.name not in late:  # a __main__ runs when imported
        importlib.import_module(found.name)
print(json.dumps(sorted(sys.modules)))
"""


def may_import(part: str) -> tuple[str, ...]:
    """The parts of the package that `part` ("features", "cli", …) may import."""
    if part in COMMON:
        return COMMON
    if part in ROOMS:
        return (*COMMON, *ROOMS[: ROOMS.index(part) + 1])
    if part == "engine":
        return (*COMMON, *ROOMS, "engine")
    return (*COMMON, *ROOMS, *FRONTS)


def part_of(module: str) -> str:
    """ "desktop_app.features.runtime" → "features"; empty for the package itself."""
    return module.removeprefix(PACKAGE).lstrip(".").split(".")[0]


# ---- the real import graph


def import_violations(root: Path, name: str) -> list[str]:
    """What importing every module below `desktop_app.<name>` in `root` brings along and should not."""
    environment = {**os.environ, "PYTHONPATH": str(root), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, f"{PACKAGE}.{name}", LATE, *PYQTGRAPH],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules = json.loads(done.stdout)
    allowed = {"", *may_import(part_of(f"{PACKAGE}.{name}"))}
    own = [module for module in modules if module.split(".")[0] == PACKAGE and part_of(module) not in allowed]
    banned = [module for module in modules if module in BANNED[name]]
    return [f"{name} imports {module}" for module in own + banned]


@pytest.mark.parametrize("name", BANNED)
def test_imports_stay_within_the_walls(name):
    assert import_violations(REPOSITORY, name) == []


# ---- the source


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported anywhere in a file; `from a import b` gives "a" and "a.b"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            yield node.lineno, module
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def dotted(node: ast.expr) -> str:
    """ "torch.load" of the expression `torch.load`; empty where it is not a plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def wrong_room(file: str, tree: ast.AST) -> Iterator[int]:
    module = file.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    allowed = {"", *may_import(part_of(module))} if part_of(module) else {"", *COMMON}
    for line, name in imported_modules(tree):
        # A name imported from the package itself (__version__) is no part of it.
        known = {*COMMON, *ROOMS, *FRONTS}
        if name.split(".")[0] == PACKAGE and part_of(name) in known - allowed:
            yield line


def torch_outside_learning(file: str, tree: ast.AST) -> Iterator[int]:
    if part_of(file.replace("/", ".")) in ("learning", "engine"):
        return  # the engine warms up by importing torch
    for line, name in imported_modules(tree):
        if name.split(".")[0] in TORCH:
            yield line


def pickle_in_any_form(file: str, tree: ast.AST) -> Iterator[int]:
    for line, name in imported_modules(tree):
        if name.split(".")[0] in {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}:
            yield line
    for call in calls(tree):
        for word in call.keywords:
            if word.arg == "allow_pickle" and not is_constant(word.value, False):
                yield call.lineno


def torch_load(file: str, tree: ast.AST) -> Iterator[int]:
    for line, name in imported_modules(tree):
        if name in {"torch.load", "torch.hub", "torch.jit.load"}:
            yield line
    for call in calls(tree):
        if dotted(call.func) in {
            "torch.load",
            "torch.jit.load",
            "torch.hub.load",
            "torch.hub.load_state_dict_from_url",
        }:
            only_tensors = any(
                keyword.arg == "weights_only"
                and isinstance(keyword.value, ast.Constant)
                and keyword.value.value is True
                for keyword in call.keywords
            )
            in_library = file == f"{PACKAGE}/learning/weights.py" and dotted(call.func) == "torch.load"
            if not (in_library and only_tensors):
                yield call.lineno


def qt_decodes_a_file(file: str, tree: ast.AST) -> Iterator[int]:
    """`QPixmap(path)` and its siblings: pictures come through `project.imaging.load_rgb` alone."""
    words = ("path", "file", "folder", "name", "source")
    for call in calls(tree):
        if dotted(call.func).split(".")[-1] not in {"QPixmap", "QImage", "QImageReader", "QMovie"} or not call.args:
            continue
        first = call.args[0]
        inner = dotted(first.func) if isinstance(first, ast.Call) else dotted(first)
        is_text = isinstance(first, ast.JoinedStr) or (isinstance(first, ast.Constant) and isinstance(first.value, str))
        last = inner.split(".")[-1].lower()
        if is_text or inner in {"str", "os.fspath", "Path"} or any(word in last for word in words):
            yield call.lineno


def nested_event_loop(file: str, tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "processEvents":
            yield node.lineno


def fork(file: str, tree: ast.AST) -> Iterator[int]:
    """Forking copies locked mutexes of Qt's and OpenMP's threads; children are started afresh (subprocess, spawn)."""
    fine = {"multiprocessing", "multiprocessing.freeze_support", "multiprocessing.get_context"}
    for line, name in imported_modules(tree):
        forks = name.startswith("multiprocessing") and name not in fine
        if forks or name in {"os.fork", "concurrent.futures.ProcessPoolExecutor", "concurrent.futures.process"}:
            yield line
    for call in calls(tree):
        name = dotted(call.func)
        if name in {"os.fork", "os.forkpty", "multiprocessing.Process", "multiprocessing.Pool"}:
            yield call.lineno
        if name.endswith("get_context") and not (call.args and is_constant(call.args[0], "spawn")):
            yield call.lineno


def terminated_thread(file: str, tree: ast.AST) -> Iterator[int]:
    """`QThread.terminate()` leaves its locks locked for ever. Processes are ended in engine and imaging alone."""
    if part_of(file.replace("/", ".")) != "ui":
        return
    for call in calls(tree):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "terminate":
            yield call.lineno


def swallowed_error(file: str, tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        catches_all = node.type is None or dotted(node.type) in {"Exception", "BaseException"}
        if catches_all and all(isinstance(step, ast.Pass | ast.Continue) for step in node.body):
            yield node.lineno
    for call in calls(tree):
        if dotted(call.func).endswith("suppress") and {dotted(arg) for arg in call.args} & {
            "Exception",
            "BaseException",
        }:
            yield call.lineno


Rule = Callable[[str, ast.AST], Iterator[int]]
RULES: tuple[Rule, ...] = (
    wrong_room,
    torch_outside_learning,
    pickle_in_any_form,
    torch_load,
    qt_decodes_a_file,
    nested_event_loop,
    fork,
    terminated_thread,
    swallowed_error,
)


def parsed(root: Path) -> dict[str, ast.AST]:
    """Every file of the program under `root`, by its path from there."""
    files = sorted((root / PACKAGE).rglob("*.py"))
    return {path.relative_to(root).as_posix(): ast.parse(path.read_text("utf-8")) for path in files}


@pytest.fixture(scope="module")
def program() -> dict[str, ast.AST]:
    return parsed(REPOSITORY)


def source_violations(program: dict[str, ast.AST], rule: Rule) -> list[str]:
    return [f"{file}:{line}" for file, tree in program.items() for line in rule(file, tree)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_source_keeps_the_rules(program, rule):
    assert source_violations(program, rule) == []


@pytest.mark.parametrize("file", ["__main__.py", "ui/app.py"])
def test_a_packaged_program_starts_its_children_as_children(file):
    """Otherwise each process that a library starts would open another window."""
    tree = ast.parse((REPOSITORY / PACKAGE / file).read_text("utf-8"))
    (main,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "main"]
    first = next(node for node in main.body if not isinstance(node, ast.Expr))  # the docstring aside
    assert "freeze_support" in ast.unparse(first)


# ---- the guards bite


@pytest.fixture
def copy(tmp_path):
    """A copy of the package, with an empty torch beside it so that planted imports cost nothing."""
    shutil.copytree(REPOSITORY / PACKAGE, tmp_path / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("torch", "helper_that_needs_torch"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "helper_that_needs_torch" / "__init__.py").write_text("import torch\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("project", "from desktop_app.inference import planted_target", "project imports desktop_app.inference"),
        ("features", "import helper_that_needs_torch", "features imports torch"),
        ("evaluation", "import desktop_app.export", "evaluation imports desktop_app.export"),
        ("engine", "import desktop_app.ui", "engine imports desktop_app.ui"),
    ],
)
def test_a_planted_import_is_found(copy, name, source, expected):
    (copy / PACKAGE / "inference" / "planted_target.py").touch()
    (copy / PACKAGE / name / "planted.py").write_text(source + "\n")
    assert expected in import_violations(copy, name)


@pytest.mark.parametrize(
    ("rule", "room", "source"),
    [
        (wrong_room, "project", "def f():\n    from desktop_app.learning import recipe"),
        (wrong_room, "inference", "import desktop_app.ui.app"),
        (wrong_room, "engine", "from desktop_app import cli"),
        (torch_outside_learning, "export", "def f():\n    import torch.nn"),
        (torch_outside_learning, "ui", "from timm import create_model"),
        (pickle_in_any_form, "project", "import pickle"),
        (pickle_in_any_form, "features", "numpy.load(file, allow_pickle=True)"),
        (torch_load, "learning", "torch.load(path, weights_only=True)"),
        (torch_load, "inference", "from torch import load"),
        (qt_decodes_a_file, "ui", "QPixmap(str(tile))"),
        (qt_decodes_a_file, "ui", "QtGui.QPixmap('a.png')"),
        (qt_decodes_a_file, "ui", "QImageReader(self.picture_path)"),
        (nested_event_loop, "ui", "QApplication.processEvents()"),
        (fork, "features", "import multiprocessing\nmultiprocessing.Pool(2)"),
        (fork, "features", "from concurrent.futures import ProcessPoolExecutor"),
        (fork, "engine", "multiprocessing.get_context('fork')"),
        (terminated_thread, "ui", "self.thread.terminate()"),
        (swallowed_error, "cli", "try:\n    f()\nexcept Exception:\n    pass"),
        (swallowed_error, "ui", "with contextlib.suppress(Exception):\n    f()"),
    ],
)
def test_a_planted_line_is_found(tmp_path, rule, room, source):
    folder = tmp_path / PACKAGE / room
    folder.mkdir(parents=True)
    (folder / "planted.py").write_text(source + "\n")
    assert source_violations(parsed(tmp_path), rule), f"{rule.__name__} does not bite"


@pytest.mark.parametrize(
    "source",
    [
        "QPixmap(self.width(), 24)",
        "QPixmap(size)",
        "QImage(pixels.data, width, height, QImage.Format.Format_RGB888)",
        "torch.load_state_dict(state)",
        "multiprocessing.get_context('spawn')",
        "try:\n    f()\nexcept Exception:\n    log.exception('f')\n    raise",
    ],
)
def test_innocent_lines_pass(tmp_path, source):
    (tmp_path / PACKAGE / "ui").mkdir(parents=True)
    (tmp_path / PACKAGE / "ui" / "innocent.py").write_text(source + "\n")
    assert [found for rule in RULES for found in source_violations(parsed(tmp_path), rule)] == []
