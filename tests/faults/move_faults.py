"""Puts every fault at every moment of moving pictures, and looks at what became of them.

Each enumerator runs stories (sequences of what a person does) on a scene (a small project), and yields for every fault
its description and the list of problems, which is to be empty: a picture lost, altered or overwritten, one that is
neither where it was nor where it was to be, a temporary file left, a step that can't be undone, a second recovery that
finds something to do.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import shutil
import stat
import sys
import traceback
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from desktop_app import storage
from desktop_app.errors import DiscernError
from desktop_app.project import import_list, operations
from desktop_app.project.history import Action, Item, Kind, Signature
from desktop_app.project.import_list import ImportList
from desktop_app.project.import_plan import Source
from desktop_app.project.import_sources import Sources
from desktop_app.project.moves import Moves
from desktop_app.project.outcome import Outcome
from desktop_app.project.transfer import Transfer
from tests.faults import fault_disk
from tests.faults.fault_disk import FaultDisk, RecordingDisk, substituted

KILLED = 99
ERRNOS = ("EIO", "ENOENT", "ESTALE")  # each is answered in another way
MORE_ERRNOS = ("ENOSPC", "EACCES", "EROFS", "EDQUOT", "EMFILE", "ETIMEDOUT")

LOGS = (".discern/journal.jsonl", f".discern/{import_list.FILE}")

Tree = dict[str, str]  # content hash by path
Found = Iterator[tuple[str, list[str]]]  # a fault, and the problems it made


# ---- scene and stories

PICTURES = (
    "cats/a.jpg",
    "cats/b.jpg",
    "cats/e\u0301te\u0301.jpg",
    "cats/deep/c.jpg",
    "dogs/a.jpg",
    "dogs/z.jpg",
    "birds/q.jpg",
    "top.jpg",
    "usb/x.jpg",
)
IMPORTED = {"cats/n.jpg": "1.jpg", "voles/deep/o.jpg": "2.jpg", "voles/p.jpg": "3.jpg", "_unlabelled/r.jpg": "4.jpg"}

Step = Callable[[Moves], "Outcome | None"]


def reopen(moves: Moves) -> None:
    """A step: the program is closed and started again."""


def restore_first(moves: Moves) -> Outcome:
    return moves.restore([trashed.file for trashed in moves.trashed()[:1]])


def empty_trash(moves: Moves) -> None:
    moves.empty_trash()


def put(files: Sequence[str], name: str) -> Step:
    return lambda moves: moves.put(files, name)


def put_what_is_there(files: Sequence[str], name: str) -> Step:
    """What a person does who was told that it failed the first time."""
    return lambda moves: moves.put([file for file in files if (moves._root / file).exists()], name)


def done_in_part_and_finished(files: Sequence[str], name: str) -> Step:
    def step(moves: Moves) -> Outcome:
        move = Transfer._move

        def only_the_first(self: Transfer, position: int, item: Item) -> None:
            if position:
                raise PermissionError(errno.EACCES, "not now")
            move(self, position, item)

        with mock.patch.object(Transfer, "_move", only_the_first):
            partial = moves.put(files, name)
        return moves.finish(partial)

    return step


def import_pictures(*targets: str) -> Step:
    """What the importer does, and the window when that has ended."""

    def step(moves: Moves) -> Outcome | None:
        try:
            imported = ImportList(moves._root, moves._root / ".discern")
            for target in targets:
                with contextlib.suppress(OSError), Sources() as sources:  # goes on with the next picture
                    imported.enter(target.rpartition("/")[0])
                    with sources.open(Source(moves._root.parent / "stick" / IMPORTED[target])) as stream:
                        imported.copy(stream, target)
        finally:
            outcome = moves.record_import()
        return outcome

    return step


@dataclass(frozen=True)
class Story:
    name: str
    flavours: tuple[str, ...]
    steps: tuple[Step, ...]


SORT = Story(
    "sort",
    ("plain", "links", "bare"),
    (
        put(["cats/a.jpg", "cats/b.jpg", "cats/e\u0301te\u0301.jpg"], "dogs"),
        lambda moves: moves.trash(["dogs/z.jpg", "birds/q.jpg"]),
        Moves.undo,
        Moves.redo,
        reopen,
        Moves.undo,
        Moves.undo,
    ),
)
CLASSES = Story(
    "classes",
    ("plain", "links", "bare"),
    (
        lambda moves: moves.rename_class("dogs", "hounds"),
        lambda moves: moves.rename_class("cats", "Cats"),
        lambda moves: moves.merge_class("hounds", "Cats"),
        Moves.undo,
        Moves.redo,
        lambda moves: moves.create_class("foxes"),
        Moves.undo,
    ),
)
TRASH = Story(
    "trash",
    ("plain", "links"),
    (
        put(["cats/a.jpg", "top.jpg"], "new class"),
        lambda moves: moves.trash(["cats/b.jpg", "new class/top.jpg"]),
        restore_first,
        lambda moves: moves.delete_class("birds"),
        restore_first,
        lambda moves: moves.unlabel(["dogs/a.jpg"]),
        Moves.undo,
    ),
)
VOLUMES = Story(
    "volumes",
    ("volumes", "volumes links"),
    (
        put(["usb/x.jpg"], "cats"),
        put(["cats/a.jpg", "cats/b.jpg"], "usb"),
        Moves.undo,
        Moves.redo,
        lambda moves: moves.trash(["usb/a.jpg"]),
        Moves.undo,
    ),
)
EMPTY = Story(
    "empty trash",
    ("plain",),
    (
        lambda moves: moves.trash(["cats/a.jpg", "dogs/a.jpg"]),
        lambda moves: moves.delete_class("birds"),
        empty_trash,
        put(["cats/b.jpg"], "dogs"),
    ),
)
AGAIN = Story(
    "again",
    ("plain",),
    (
        put_what_is_there(["cats/a.jpg", "cats/b.jpg"], "birds"),
        put_what_is_there(["cats/a.jpg", "cats/b.jpg"], "birds"),
        lambda moves: moves.trash(["dogs/a.jpg"]),
        Moves.undo,
    ),
)
PARTS = Story(
    "parts",
    ("plain", "links"),
    (
        lambda moves: moves.put_each({"cats/a.jpg": "dogs", "top.jpg": "foxes", "cats/b.jpg": "foxes"}),
        done_in_part_and_finished(["dogs/z.jpg", "birds/q.jpg", "cats/deep/c.jpg"], "hens"),
        Moves.undo,
        Moves.redo,
        Moves.undo,
        Moves.undo,
    ),
)
IMPORT = Story(
    "import",
    ("plain", "links"),
    (
        import_pictures("cats/n.jpg", "voles/deep/o.jpg", "voles/p.jpg"),
        put(["voles/p.jpg"], "dogs"),
        Moves.undo,
        Moves.undo,
        Moves.redo,
        reopen,
        import_pictures("_unlabelled/r.jpg"),
        Moves.undo,
    ),
)
STORIES = (SORT, CLASSES, TRASH, VOLUMES, EMPTY, AGAIN, PARTS, IMPORT)


class Scene:
    """A small project in `root`, made anew for every fault, and pictures beside it that may be imported."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.state = self.root / ".discern"
        self.stick = folder / "stick"
        self.stick.mkdir(exist_ok=True)
        for number, name in enumerate(IMPORTED.values()):
            (self.stick / name).write_bytes(b"imported %d " % number * (90 + number))
            os.utime(self.stick / name, ((10**9 - 60 * number),) * 2)
        self.set_up()
        self.start = self.tree()
        self.imported = _hashes(str(self.stick))
        self.known = {*self.start.values(), *self.imported.values()}
        self.folders = self.classes()

    def set_up(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        self.state.mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(PICTURES):
            path = f"{self.root}/{name}"
            os.makedirs(path.rpartition("/")[0], exist_ok=True)  # noqa: PTH103  a Path takes twice as long
            with open(path, "wb") as file:
                file.write(b"picture %d " % number * (50 + number))
            os.utime(path, ns=((10**9 + 60 * number) * 10**9,) * 2)

    def tree(self) -> Tree:
        """Everything but the journal."""
        return {
            path: content
            for path, content in _hashes(str(self.root)).items()
            if path.rpartition("/")[0] != ".discern" or path.endswith(".tmp")
        }

    def fingerprint(self) -> tuple:
        """All that an opening of the project sees, so that states which are the same need to be judged only once.

        The disk hands out inode numbers at will; only which of them are the same matters.
        """
        inodes: dict[int, int] = {}

        def number(inode: int) -> int:
            return inodes.setdefault(inode, len(inodes))

        entries: list[tuple] = []
        for path, status in walk(str(self.root)):
            if not stat.S_ISREG(status.st_mode):
                entries.append((path, number(status.st_ino)))
                continue
            with open(f"{self.root}/{path}", "rb") as file:
                data = file.read()
            if path in LOGS:
                data = _SIGNATURE.sub(lambda found: b"%s,%d]" % (found[1], number(int(found[2]))), _only_sound(data))
                entries.append((path, data))
            else:
                entries.append((path, number(status.st_ino), status.st_mtime_ns, data))
        return tuple(entries)

    def classes(self) -> set[str]:
        return {path.name for path in self.root.iterdir() if path.is_dir() and path.name[0] not in "._"}

    def journal(self) -> bytes:
        path = self.state / "journal.jsonl"
        return path.read_bytes() if path.exists() else b""

    def moves(self) -> Moves:
        """What opening the project does."""
        storage.sweep_temps(self.state)
        return Moves(self.root, self.state)


# In a folder's signature, its time goes, too: all folders here are made within the two seconds that count as one time.
_SIGNATURE = re.compile(rb'(\["file",\d+,\d+|\["folder",0(?=,\d+,))(?:,\d+(?=,\d+\]))?,(\d+)\]')
_PLACE = re.compile(rb'"place":"[0-9a-f]+-[0-9a-f]+"')


def _only_sound(log: bytes) -> bytes:
    """A log without its checksums, and with a mark where they are wrong."""
    lines = []
    for line in log.split(b"\n"):
        checksum, _, body = line.partition(b" ")
        sound = checksum == b"%08x" % zlib.crc32(body)
        lines.append(_PLACE.sub(b"", body) if sound else b"torn " + _PLACE.sub(b"", line))
    return b"\n".join(lines)


def walk(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """(relative path, what is there) of everything below a folder, in order."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(f"{root}/{folder}") as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = f"{folder}/{entry.name}".lstrip("/")
            status = entry.stat(follow_symlinks=False)
            yield path, status
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)


def _hashes(root: str) -> Tree:
    tree = {}
    for path, status in walk(root):
        if stat.S_ISREG(status.st_mode):
            with open(f"{root}/{path}", "rb") as file:
                tree[path] = hashlib.sha256(file.read()).hexdigest()
    return tree


def placed(tree: Tree) -> dict[str, list[str]]:
    """Where each picture is; originals put aside on another volume do not count."""
    places: dict[str, list[str]] = {}
    for path, content in sorted(tree.items()):
        if "/.discern-trash/" not in f"/{path}":
            places.setdefault(content, []).append(path)
    return places


def visible(tree: Tree) -> Tree:
    return {path: content for path, content in tree.items() if ".discern" not in path}


@contextlib.contextmanager
def numbered_ids(start: int = 0) -> Iterator[None]:
    """Operations get the same names in every run, so that runs can be compared."""
    numbers = itertools.count(start)
    original = operations.new_id
    operations.new_id = lambda: f"{next(numbers):012x}"
    try:
        yield
    finally:
        operations.new_id = original


def history(moves: Moves) -> tuple[list[str], list[str]]:
    """What can be undone and redone."""
    stacks = moves._journal.history
    return [str(entry.label) for entry in stacks.undo], [str(entry.label) for entry in stacks.redo]


def tell(scene: Scene, story: Story, after_step: Callable[[object], None] = lambda result: None) -> Moves:
    """Do what the story says, on whatever disk is in place. The world's problems are told to the person, not raised."""
    moves = scene.moves()
    for step in story.steps:
        result: object = None
        try:
            if step is reopen:
                moves = scene.moves()
            else:
                result = step(moves)
        except DiscernError as error:
            result = error
        after_step(result)
    return moves


def trees_of(scene: Scene, story: Story, flavour: str) -> tuple[list[Tree], list[str]]:
    """The tree before the story and after each of its steps, and what calls it makes."""
    scene.set_up()
    trees = [scene.tree()]
    calls: list[str] = []

    def keep(result: object) -> None:
        assert not isinstance(result, DiscernError), result
        assert not isinstance(result, Outcome) or result.complete, result
        trees.append(scene.tree())

    with numbered_ids(), substituted(FaultDisk(scene.root, flavour, lambda call, name, args: calls.append(name))):
        tell(scene, story, keep)
    return trees, calls


# ---- what must be true after any fault


class Judge:
    """Opens the project on a healthy disk and looks, once for each state of the disk.

    `unlisted`: contents that need not be known to be imported, and so may stay when all is undone.
    """

    def __init__(self, scene: Scene, flavour: str, unlisted: frozenset[str] = frozenset()) -> None:
        self._scene = scene
        self._flavour = flavour
        self._unlisted = unlisted
        self._known: dict[tuple, list[str]] = {}

    def problems(self, allowed: Sequence[Tree], *, gone: frozenset[str] = frozenset()) -> list[str]:
        """`allowed`: the trees between which each picture has to be, if known.

        `gone`: contents that may have been deleted: the trash was emptied.
        """
        state = (self._scene.fingerprint(), tuple(map(id, allowed)), gone)
        if state not in self._known:
            found = self._known[state] = []
            try:
                with substituted(FaultDisk(self._scene.root, self._flavour)), numbered_ids(0xA0000):
                    _look(self._scene, allowed, gone, self._unlisted, found)
            except Exception:  # whatever it is, it is a finding
                found.append(traceback.format_exc())
        return self._known[state]


def _look(
    scene: Scene, allowed: Sequence[Tree], gone: frozenset[str], unlisted: frozenset[str], found: list[str]
) -> None:
    start = set(scene.start.values())
    before = placed(scene.tree())
    moves = scene.moves()
    after = scene.tree()
    _contents(after, start - gone, scene.known, found)
    found += [f"left behind: {path}" for path in after if path.endswith(".tmp")]
    if (scene.state / import_list.FILE).exists():
        found.append("what was imported is not recorded")
    places = placed(after)
    found += [
        f"recovery moved {old} to {places.get(content)}"
        for content, old in before.items()
        # What was half done has two places, or a folder is between two names.
        if len(old) == 1 and places.get(content) != old and "(renaming" not in old[0] and content in start
    ]
    choices = [placed(tree) for tree in allowed]
    for content in scene.known:
        here = places.get(content, [])
        may_be = [choice.get(content, []) for choice in choices]
        if choices and here not in may_be and content not in gone | unlisted:
            found.append(f"{here} is none of {may_be}")

    journal = scene.journal()
    again = scene.moves()
    if again.interrupted or scene.tree() != after or scene.journal() != journal:
        found.append("a second recovery found something to do")
    if history(again) != history(moves):
        found.append("another history after the second start")

    for direction in ("back", "and back again"):
        _undo_everything(moves, found)
        back = visible(scene.tree())
        wanted = {path: content for path, content in visible(scene.start).items() if content not in gone}
        wrong = {path for path in wanted if back.get(path) != wanted[path]}
        wrong |= {path for path, content in back.items() if content not in gone | unlisted and path not in wanted}
        if wrong:
            found.append(f"not {direction}: {sorted(wrong)}")
        classes = scene.classes()
        if unlisted or not any((scene.root / "voles").rglob("*.jpg")):
            classes.discard("voles")  # an import that was ended before it copied anything leaves its new class empty
        if allowed and not gone and classes != scene.folders:
            found.append(f"classes {classes} instead of {scene.folders}")
        # On a failing disk, a class may be made and not unmade; then it is empty.
        found += [f"class {name} is missing" for name in scene.folders - classes if not gone]
        _contents(scene.tree(), start - gone, scene.known, found)
        for _ in range(20):
            if moves.redo() is None:
                break
    if _hashes(str(scene.stick)) != scene.imported:
        found.append("what was imported is not what it was")
    if history(scene.moves()) != history(moves):
        found.append("the journal tells another history")


def _undo_everything(moves: Moves, found: list[str]) -> None:
    for _ in range(20):
        label = moves.undo_label
        outcome = moves.undo()
        if outcome is None:
            return
        if not outcome.complete and not outcome.moved:
            found += [f"“{label}” can't be undone: {failure}" for failure in outcome.failed]
    found.append("undo has no end")


def _contents(tree: Tree, wanted: set[str], known: set[str], found: list[str]) -> None:
    there = set(tree.values())
    found += [f"LOST: {content}" for content in wanted - there]
    found += [f"ALTERED: {path}" for path, content in tree.items() if content not in known]


# ---- killed


def in_child(act: Callable[[Callable[[], None]], None]) -> tuple[int, int]:
    """Run `act` in a forked process; (its exit status, how often it called what it was given)."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            act(lambda: os.write(writing, b"."))  # type: ignore[arg-type,return-value]
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(3)
    os.close(writing)
    steps = 0
    while dots := os.read(reading, 1000):
        steps += len(dots)
    os.close(reading)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), steps


def dies_at(number: int, *, torn: bool = False) -> fault_disk.Fault:
    """The process ends before its call `number`, or in the middle of it if it is a torn write."""

    def fault(call: int, name: str, args: tuple) -> None:
        if call == number:
            if torn and name == "write":
                os.write(args[0], bytes(args[1])[: len(args[1]) // 2])
            os._exit(KILLED)

    return fault


class DeadError(BaseException):
    """This process is dead: it can't touch the disk any more, whatever it tries."""


def dead_from(number: int, *, torn: bool = False) -> fault_disk.Fault:
    """As `dies_at`, without the cost of a process."""

    def fault(call: int, name: str, args: tuple) -> None:
        if call == number and torn and name == "write":
            os.write(args[0], bytes(args[1])[: len(args[1]) // 2])
        if call >= number:
            raise DeadError

    return fault


def _killed(
    scene: Scene, story: Story, flavour: str, number: int, *, torn: bool = False, as_process: bool = False
) -> tuple[bool, int]:
    """Whether the process died at its call `number`, and how many steps it completed before."""

    def act(step_done: Callable[[], None], dies: Callable[..., fault_disk.Fault] = dies_at) -> None:
        with numbered_ids(), substituted(FaultDisk(scene.root, flavour, dies(number, torn=torn))):
            tell(scene, story, lambda result: step_done())

    if as_process:
        status, steps = in_child(act)
        assert status in (KILLED, 0), f"the process ended with {status}"
        return status == KILLED, steps
    done: list[None] = []
    try:
        act(lambda: done.append(None), dead_from)
    except DeadError:
        return True, len(done)
    return False, len(done)


def _deletable(story: Story, trees: list[Tree], steps: int) -> frozenset[str]:
    """Contents that may be gone: in the trash when it was, or was being, emptied."""
    gone: set[str] = set()
    for position, step in enumerate(story.steps[: steps + 1]):
        if step is empty_trash:
            gone |= set(trees[position].values()) - set(trees[position + 1].values())
    return frozenset(gone)


def kills(scene: Scene, story: Story, flavour: str, *, stride: int = 1, as_process: bool = False) -> Found:
    """Dies before every call, and within every write. `as_process`: a process of its own dies, with all it costs."""
    trees, calls = trees_of(scene, story, flavour)
    judge = Judge(scene, flavour)
    for number in range(1, len(calls) + 1, stride):
        for torn in (False, True)[: 1 + (calls[number - 1] == "write")]:
            scene.set_up()
            died, steps = _killed(scene, story, flavour, number, torn=torn, as_process=as_process)
            assert died
            yield (
                f"{story.name}, {flavour}: killed at call {number}{' torn' * torn}",
                judge.problems(trees[steps : steps + 2], gone=_deletable(story, trees, steps)),
            )


def kills_in_recovery(scene: Scene, story: Story, flavour: str, *, stride: int = 1) -> Found:
    """Dies before every call, then again before every call of the recovery that follows.

    Calls that change nothing, such as syncing, leave the state of the call before; that recovers the same way.
    """
    trees, calls = trees_of(scene, story, flavour)
    judge = Judge(scene, flavour)
    before: tuple = ()
    for number in range(1, len(calls) + 1, stride):
        for second in itertools.count(1):
            scene.set_up()
            died, steps = _killed(scene, story, flavour, number)
            assert died
            if second == 1 and before == (before := (scene.fingerprint(), steps)):
                break
            try:
                with substituted(FaultDisk(scene.root, flavour, dead_from(second))):
                    scene.moves()
            except DeadError:
                yield (
                    f"{story.name}, {flavour}: killed at call {number}, recovery killed at call {second}",
                    judge.problems(trees[steps : steps + 2], gone=_deletable(story, trees, steps)),
                )
            else:
                break


# ---- refused


def errors(
    scene: Scene,
    story: Story,
    flavour: str,
    *,
    codes: Sequence[str],
    first: int = 1,
    stride: int = 1,
    looking: bool = False,
) -> Found:
    """Every call fails once with each error, and from each call on all fail: a full disk, a share that went away.

    `looking`: calls that only look (lstat, scandir) fail instead.
    """
    trees, made = trees_of(scene, story, flavour)
    calls = len(made)
    if looking:
        with numbered_ids(), failing_looks(scene.root, lambda call: None) as counter:
            scene.set_up()
            with substituted(FaultDisk(scene.root, flavour)):
                tell(scene, story)
        calls = counter["calls"]
    judge = Judge(scene, flavour)
    gone = _deletable(story, trees, len(story.steps))
    for code in codes:
        for number in range(first, calls + 1, stride):
            for sticky in (False, True):
                name = f"{story.name}, {flavour}: {code} at {'look' if looking else 'call'} {number}{' on' * sticky}"
                scene.set_up()
                found: list[str] = []

                def fail(call: int, code: str = code, number: int = number, sticky: bool = sticky) -> None:
                    if call == number or (sticky and call > number):
                        raise OSError(getattr(errno, code), f"injected {code}")

                try:
                    told = _tell_truly(scene, story, flavour, fail, found, looking=looking)
                    with substituted(FaultDisk(scene.root, flavour)):
                        if told and history(scene.moves()) != told:
                            found.append(f"{told} was told, but the journal knows {history(scene.moves())}")
                except Exception:  # whatever it is, it is a finding
                    found.append(f"unhandled: {traceback.format_exc()}")
                yield name, found + judge.problems((), gone=gone)


def _tell_truly(
    scene: Scene, story: Story, flavour: str, fail: Callable[[int], None], found: list[str], *, looking: bool
) -> tuple[list[str], list[str]] | None:
    """Tell the story on a failing disk, and compare what each step claims with what is on the disk.

    Returns what can be undone and redone in the end, if that is known.
    """
    trees = [scene.tree()]
    paused = contextlib.ExitStack()
    results: list[object] = []

    def compare(result: object) -> None:
        with counting["pause"]() if looking else contextlib.nullcontext():
            trees.append(scene.tree())
        results.append(result)
        if isinstance(result, Outcome):
            imports = result.kind is Kind.DO and result.label.action is Action.IMPORT
            for old, new in result.moved:
                was = scene.imported[IMPORTED[new]] if imports else trees[-2].get(old, trees[-2].get(new))
                if trees[-1].get(new) != was:
                    found.append(f"“{result.label}” claims {old} → {new}")

    with numbered_ids(), paused:
        counting = paused.enter_context(failing_looks(scene.root, fail)) if looking else {}
        disk = FaultDisk(scene.root, flavour, None if looking else lambda call, name, args: fail(call))
        with substituted(disk), contextlib.suppress(DiscernError):
            moves = tell(scene, story, compare)
            could_reopen = not any(
                step is reopen and isinstance(result, DiscernError)
                for step, result in zip(story.steps, results, strict=True)
            )
            unrecorded = (scene.state / import_list.FILE).exists()
            if could_reopen and not unrecorded and not moves._journal.suspended and not moves._journal._owed:
                return history(moves)
    return None


@contextlib.contextmanager
def failing_looks(root: Path, fail: Callable[[int], None]) -> Iterator[dict]:
    """Calls `fail` at every look below `root`."""
    state: dict = {"calls": 0, "paused": False}
    real = {name: getattr(os, name) for name in ("lstat", "scandir")}

    def looking(name: str) -> Callable:
        def look(path: object = ".", *args: object, **options: object) -> object:
            if not state["paused"] and str(path).startswith(str(root)):
                state["calls"] += 1
                fail(state["calls"])
            return real[name](path, *args, **options)

        return look

    @contextlib.contextmanager
    def pause() -> Iterator[None]:
        state["paused"] = True
        yield
        state["paused"] = False

    state["pause"] = pause
    for name in real:
        setattr(os, name, looking(name))
    try:
        yield state
    finally:
        for name, function in real.items():
            setattr(os, name, function)


# ---- raced


def races(scene: Scene, story: Story, flavour: str, *, stride: int = 1) -> Found:
    """Another program does something right before a renaming: takes the target's name, or takes the source away.

    Not for stories that empty the trash: there, it would be deleted with the rest.
    """
    renames = _count_renames(scene, story, flavour)
    for number in range(1, renames + 1, stride):
        for act in (target_file, target_folder, source_gone, source_replaced):
            scene.set_up()
            foreign = b"foreign %d" % number
            done: list[Path] = []

            def fault(call: int, name: str, args: tuple, act=act, number=number, foreign=foreign, done=done) -> None:
                if name == "rename_new":
                    done.append(args[0])
                    if len(done) == number:
                        act(scene.root.parent, args[0], args[1], foreign)

            found: list[str] = []
            try:
                with numbered_ids(), substituted(FaultDisk(scene.root, flavour, fault)):
                    tell(scene, story)
                    for _ in range(2):
                        moves = scene.moves()
                        for _ in range(20):
                            if moves.undo() is None:
                                break
                        else:
                            found.append("undo has no end")
            except Exception:  # whatever it is, it is a finding
                found.append(f"unhandled: {traceback.format_exc()}")
            tree = scene.tree()
            away = {hashlib.sha256(path.read_bytes()).hexdigest() for path in scene.root.parent.glob("away*")}
            alien = hashlib.sha256(foreign).hexdigest()
            there = set(tree.values()) | away
            found += [f"LOST: {content}" for content in set(scene.start.values()) - there]
            found += [f"ALTERED: {path}" for path, c in tree.items() if c not in {*scene.known, alien}]
            if (
                act in (target_file, target_folder, source_replaced)
                and _acted(scene.root.parent)
                and alien not in there
            ):
                found.append("the other program's file was overwritten")
            for path in (*scene.root.parent.glob("away*"), *scene.root.parent.glob("acted")):
                path.unlink()
            yield f"{story.name}, {flavour}: {act.__name__} at renaming {number}", found


def _acted(folder: Path) -> bool:
    return (folder / "acted").exists()


def target_file(outside: Path, source: Path, target: Path, foreign: bytes) -> None:
    if not os.path.lexists(target):
        target.write_bytes(foreign)
        (outside / "acted").touch()


def target_folder(outside: Path, source: Path, target: Path, foreign: bytes) -> None:
    if not os.path.lexists(target):
        target.mkdir()
        (target / "foreign.jpg").write_bytes(foreign)
        (outside / "acted").touch()


def source_gone(outside: Path, source: Path, target: Path, foreign: bytes) -> None:
    if source.is_file():
        source.rename(outside / "away.jpg")


def source_replaced(outside: Path, source: Path, target: Path, foreign: bytes) -> None:
    if source.is_file():
        source.rename(outside / "away.jpg")
        source.write_bytes(foreign)
        (outside / "acted").touch()


def _count_renames(scene: Scene, story: Story, flavour: str) -> int:
    names: Counter[str] = Counter()
    scene.set_up()
    with numbered_ids(), substituted(FaultDisk(scene.root, flavour, lambda call, name, args: names.update([name]))):
        tell(scene, story)
    return names["rename_new"]


# ---- without power


def power_cuts(scene: Scene, story: Story, flavour: str, *, stride: int = 1) -> Found:
    """The power goes after every call; of what was not synced all, nothing, all but one, or only one thing survives.

    A step that was reported as done must have lasted.
    """
    trees, _ = trees_of(scene, story, flavour)
    judge = Judge(scene, flavour, frozenset(scene.imported.values()))
    scene.set_up()
    with numbered_ids(), substituted(RecordingDisk(scene.root, flavour)) as disk:
        tell(scene, story, lambda result: disk.effects.append(("done",)))
    effects = disk.effects
    seen: set[tuple] = set()
    for length in range(1, len(effects) + 1, stride):
        steps = sum(effect[0] == "done" for effect in effects[:length])
        loose = fault_disk.unsynced(effects[:length])
        drops = [frozenset(loose), frozenset()]
        drops += [frozenset({position}) for position in loose]
        drops += [frozenset(loose) - {position} for position in loose]
        for dropped in drops:
            kept = [position for position in range(length) if position not in dropped]
            data = [position for position in kept if position in loose and effects[position][0] == "data"]
            for torn in (None, *data):
                key = (
                    tuple(position for position in kept if effects[position][0] not in ("sync", "done")),
                    torn,
                    steps,
                )
                if key in seen:
                    continue
                seen.add(key)
                scene.set_up()
                for position in kept:
                    fault_disk.apply(effects[position], torn=position == torn)
                gone = _deletable(story, trees, steps)
                with folders_known_by_name():
                    yield (
                        f"{story.name}, {flavour}: power lost after effect {length} without {sorted(dropped)}, "
                        f"torn {torn}: {effects[length - 1]}",
                        judge.problems(trees[steps : steps + 2], gone=gone),
                    )


@contextlib.contextmanager
def folders_known_by_name() -> Iterator[None]:
    """A disk that is built again gives its folders other inodes and times than those in the journal."""
    original = Signature.is_surely

    def is_surely(self: Signature, other: Signature) -> bool:
        return self.type == other.type == "folder" or original(self, other)

    Signature.is_surely = is_surely  # type: ignore[method-assign]
    try:
        yield
    finally:
        Signature.is_surely = original  # type: ignore[method-assign]


# ---- strangers, lies and damage


def strangers(scene: Scene, story: Story, flavour: str, *, stride: int = 1) -> Found:
    """Dies before every call; before the next start another program puts a file of the same size at each target.

    Once the source is taken away, too, and once it is still there.
    """
    _, calls = trees_of(scene, story, flavour)
    for number in range(1, len(calls) + 1, stride):
        for takes_source in (False, True):
            scene.set_up()
            _killed(scene, story, flavour, number)
            placed_by_us, away = _act_between(scene, takes_source=takes_source)
            found: list[str] = []
            try:
                with substituted(FaultDisk(scene.root, flavour)), numbered_ids(0xA0000):
                    moves = scene.moves()
                    shown = placed(scene.tree())
                    found += [
                        f"gone from where people look: {content}"
                        for content in set(scene.start.values()) - set(shown) - away
                    ]
                    for _ in range(20):
                        if moves.undo() is None:
                            break
                tree = scene.tree()
                found += [f"the stranger {path} was moved" for path, c in placed_by_us.items() if tree.get(path) != c]
                found += [f"LOST: {c}" for c in set(scene.start.values()) - set(tree.values()) - away]
            except Exception:  # whatever it is, it is a finding
                found.append(traceback.format_exc())
            yield f"{story.name}, {flavour}: stranger after kill at {number}, source taken: {takes_source}", found


def _act_between(scene: Scene, *, takes_source: bool) -> tuple[Tree, set[str]]:
    """Put strangers where the interrupted operation wanted to put pictures; (their tree, contents taken away)."""
    records = list(storage.read_records(scene.state / "journal.jsonl"))
    strangers: Tree = {}
    away: set[str] = set()
    if not records or "end" in records[-1]:
        return strangers, away
    begin = [record for record in records if "begin" in record][-1]
    for source, target, (kind, size, *_), *_ in begin["items"]:
        old, new = scene.root / source, scene.root / target
        if kind == "file" and old.exists() and not new.exists() and not list(new.parent.glob("*.tmp")):
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(b"stranger ".ljust(size, b"s"))
            os.utime(new, ns=(0, 0))
            strangers[target] = hashlib.sha256(new.read_bytes()).hexdigest()
            if takes_source:
                away.add(hashlib.sha256(old.read_bytes()).hexdigest())
                old.unlink()
    return strangers, away


def lies(scene: Scene, story: Story, flavour: str) -> Found:
    """The disk keeps other bytes than it was given, at each write of a copy."""
    for number in itertools.count(1):
        scene.set_up()
        disk = LyingDisk(scene.root, flavour, number)
        found: list[str] = []
        with numbered_ids(), substituted(disk):
            tell(scene, story)
        if not disk.has_lied:
            break
        yield f"{story.name}, {flavour}: lied at write {number} of a copy", found + Judge(scene, flavour).problems(())


class LyingDisk(RecordingDisk):
    def __init__(self, root: Path, flavour: str, number: int) -> None:
        super().__init__(root, flavour)
        self.number = number
        self.has_lied = False

    def write(self, fd, data):
        written = super().write(fd, data)
        if self._paths[fd].name.endswith(".tmp"):
            self.number -= 1
            if self.number == 0:
                self.has_lied = True
                os.pwrite(fd, b"L", 0)
        return written


def damage(scene: Scene, story: Story, flavour: str, *, stride: int = 1) -> Found:
    """One bit of the journal is another, at every byte. What can't be read can't be undone, but nothing goes astray."""
    trees, _ = trees_of(scene, story, flavour)
    known: dict[str, set[str]] = {}
    for tree in trees:
        for content, places in placed(tree).items():
            known.setdefault(content, set()).update(places)
    length = len(scene.journal())
    for position in range(0, length, stride):
        scene.set_up()
        with numbered_ids(), substituted(FaultDisk(scene.root, flavour)):
            tell(scene, story)
        data = bytearray(scene.journal())
        data[position] ^= 1
        (scene.state / "journal.jsonl").write_bytes(data)
        found: list[str] = []
        try:
            with substituted(FaultDisk(scene.root, flavour)), numbered_ids(0xA0000):
                moves = scene.moves()
                for _ in range(20):
                    if moves.undo() is None:
                        break
        except DiscernError:
            pass  # a newer format, for example
        except Exception:  # whatever it is, it is a finding
            found.append(traceback.format_exc())
        tree = scene.tree()
        _contents(tree, set(scene.start.values()), scene.known, found)
        for content, places in placed(tree).items():
            found += [f"astray: {place}" for place in places if place not in known.get(content, ())]
        yield f"{story.name}, {flavour}: damaged byte {position} of {length}", found


def leads_outside(scene: Scene) -> Found:
    """A journal from a stranger names files outside the project, and a folder that is a link."""
    outside = scene.root.parent / "outside"
    shutil.rmtree(outside, ignore_errors=True)
    outside.mkdir()
    (outside / "x.jpg").write_bytes(b"precious")
    for source in ("../outside/x.jpg", str(outside / "x.jpg"), "birds/../../outside/x.jpg", "linked/x.jpg"):
        for ended in (True, False):
            scene.set_up()
            (scene.root / "linked").symlink_to(outside)
            item = ["cats/x.jpg", source, ["file", 8, 0, (outside / "x.jpg").stat().st_ino], False, ""]
            records = [
                {
                    "format": 1,
                    "begin": "0123456789ab",
                    "kind": "do",
                    "ref": "",
                    "label": ["move", 1, "x.jpg", "cats"],
                    "place": "",
                    "items": [item],
                },
                {"end": "0123456789ab", "missed": [], "given_up": []},
            ]
            lines = [storage.record_line(record) for record in records[: 1 + ended]]
            (scene.state / "journal.jsonl").write_bytes(b"".join(lines))
            found: list[str] = []
            with substituted(FaultDisk(scene.root)), contextlib.suppress(DiscernError):
                moves = scene.moves()
                moves.undo()
            if not (outside / "x.jpg").exists():
                found.append("a file outside the project was moved")
                (outside / "x.jpg").write_bytes(b"precious")
            yield f"the journal names {source}", found
    (scene.root / "linked").unlink()
