"""What a project remembers about itself: project.json.

The document may come from anywhere. A value that is impossible is replaced by its default, and reported; classes exist
only as folders, so a name that stands here alone does nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeGuard, get_args

from desktop_app.errors import DataError
from desktop_app.events import Split
from desktop_app.project import names
from desktop_app.project.dealing import FRACTIONS
from desktop_app.project.groups import Grouping

FORMAT = 1
Role: TypeAlias = Literal["", "good", "defect"]

COLOURS = 10
KEYS = "123456789"
_MOST_CLASSES = 2_000


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """How a class is shown: `colour` indexes the theme's class colours, `key` puts pictures into it ("" for none)."""

    name: str
    colour: int
    key: str = ""
    role: Role = ""


@dataclass(frozen=True)
class ProjectConfig:
    """`classes` remember their order, also of those whose folder is gone; `seed` decides the splits."""

    classes: tuple[ClassInfo, ...] = ()
    fractions: dict[Split, float] = field(default_factory=lambda: dict(FRACTIONS))
    seed: int = 0
    grouping: Grouping = field(default_factory=Grouping)

    def with_classes(self, folders: Iterable[str]) -> ProjectConfig:
        """With each class folder that is not known yet added at the end, in a free colour and under a free key.

        A class whose folder spells its name otherwise takes over that spelling: files are found by it.
        """
        spelled: dict[str, list[str]] = {}
        for folder in folders:
            spelled.setdefault(names.same_text(folder), []).append(folder)
        classes: list[ClassInfo] = []
        for info in self.classes:
            same = spelled.pop(names.same_text(info.name), [info.name])
            name = info.name if info.name in same else min(same, key=names.natural_key)
            classes.append(replace(info, name=name))
        for same in spelled.values():
            name = min(same, key=names.natural_key)
            classes.append(ClassInfo(name, _free_colour(classes), _free_key(classes)))
        return self if classes == list(self.classes) else replace(self, classes=tuple(classes))

    def with_renamed(self, new_names: Mapping[str, str]) -> ProjectConfig:
        """With classes under other names (new name by old) that keep their place, colour, key and role.

        What was remembered under a new name, of a class whose folder is gone, gives way. Doing it twice does no harm.
        """
        known = {names.same_text(info.name) for info in self.classes}
        renamed = {names.same_text(old): new for old, new in new_names.items() if names.same_text(old) in known}
        taken = {names.same_text(new) for new in renamed.values()}
        classes = []
        for info in self.classes:
            if (key := names.same_text(info.name)) in renamed:
                classes.append(replace(info, name=renamed[key]))
            elif key not in taken:
                classes.append(info)
        return replace(self, classes=tuple(classes))

    def class_info(self, name: str) -> ClassInfo | None:
        """How a class is shown; None if it is not known."""
        place = self._place(name)
        return None if place is None else self.classes[place]

    def with_class(self, info: ClassInfo) -> ProjectConfig:
        """With another colour, key or role of the class `info.name`, if it is known.

        A key is taken from the class that had it.
        """
        place = self._place(info.name)
        if place is None:
            return self
        classes = [replace(other, key="") if _same_key(other.key, info.key) else other for other in self.classes]
        classes[place] = replace(info, name=self.classes[place].name)
        return replace(self, classes=tuple(classes))

    def with_moved(self, name: str, before: str = "") -> ProjectConfig:
        """With a class in front of the class `before`, or at the end; as it is if there is no such class."""
        place = self._place(name)
        if place is None or names.same_text(name) == names.same_text(before):
            return self
        others = [info for info in self.classes if info is not self.classes[place]]
        keys = [names.same_text(info.name) for info in others]
        target = keys.index(names.same_text(before)) if names.same_text(before) in keys else len(others)
        return replace(self, classes=(*others[:target], self.classes[place], *others[target:]))

    def with_shown(self, classes: Iterable[ClassInfo]) -> ProjectConfig:
        """With known classes as in `classes`, and in that order; those not named there come last, and yield their key.

        It undoes `with_class` and `with_moved`, given the classes as they were.
        """
        here = {names.same_text(info.name): info.name for info in self.classes}
        shown = [replace(info, name=here.pop(key)) for info in classes if (key := names.same_text(info.name)) in here]
        rest = [info for info in self.classes if names.same_text(info.name) in here]
        for info in rest:
            taken = any(_same_key(info.key, other.key) for other in shown)
            shown.append(replace(info, key="") if taken else info)
        return replace(self, classes=tuple(shown))

    def _place(self, name: str) -> int | None:
        key = names.same_text(name)
        return next((place for place, info in enumerate(self.classes) if names.same_text(info.name) == key), None)

    def to_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self), "classes": class_documents(self.classes)}

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> tuple[ProjectConfig, list[str]]:
        """The configuration, and the names of the values that were impossible."""
        bad: list[str] = [] if document.get("format") == FORMAT else ["everything"]
        config = cls()
        listed = document.get("classes", [])
        if isinstance(listed, list):
            config = replace(config, classes=read_classes(listed))
        if not isinstance(listed, list) or len(config.classes) < len(listed):
            bad.append("classes")
        if _are_fractions(fractions := document.get("fractions", config.fractions)):
            config = replace(config, fractions=fractions)
        else:
            bad.append("fractions")
        seed = document.get("seed", 0)
        if type(seed) is int and 0 <= seed < 2**63:
            config = replace(config, seed=seed)
        else:
            bad.append("seed")
        if grouping := _grouping(document.get("grouping", {})):
            config = replace(config, grouping=grouping)
        else:
            bad.append("grouping")
        return config, bad


def class_documents(classes: Iterable[ClassInfo]) -> list[dict[str, Any]]:
    """Classes as they are written down; `read_classes` reads them."""
    return [asdict(info) for info in classes]


def read_classes(listed: Sequence[Any]) -> tuple[ClassInfo, ...]:
    """The possible ones of the classes in a document."""
    classes: list[ClassInfo] = []
    seen: set[str] = set()
    keys: set[str] = set()
    for item in listed[:_MOST_CLASSES]:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or names.class_name_problem(name) or names.same_text(name) in seen:
            continue
        colour, key, role = item.get("colour"), item.get("key"), item.get("role")
        if not is_key(key) or key.casefold() in keys:
            key = ""
        if type(colour) is not int or not 0 <= colour < COLOURS:
            colour = _free_colour(classes)
        classes.append(ClassInfo(name, colour, key, role if role in get_args(Role) else ""))
        seen.add(names.same_text(name))
        keys.add(key.casefold())
    return tuple(classes)


def is_key(key: object) -> TypeGuard[str]:
    """One letter or digit; 0 means "back to unlabelled"."""
    return isinstance(key, str) and len(key) == 1 and key.isalnum() and key != "0"


def _same_key(one: str, other: str) -> bool:
    """Whether one key would put pictures into two classes."""
    return bool(one) and one.casefold() == other.casefold()


def _are_fractions(value: object) -> TypeGuard[dict[Split, float]]:
    if not isinstance(value, dict) or value.keys() != FRACTIONS.keys():
        return False
    numbers = [number for number in value.values() if type(number) in (int, float)]
    return (
        len(numbers) == len(value)
        and all(0 <= number <= 1 for number in numbers)
        and math.isclose(sum(numbers), 1, abs_tol=1e-6)
        and value["train"] > 0
    )


def _grouping(value: object) -> Grouping | None:
    """None if it is impossible."""
    if not isinstance(value, dict):
        return None
    kinds: dict[str, tuple[type, ...]]
    kinds = {"pattern": (str,), "folders": (bool,), "alike": (bool,), "threshold": (int, float)}
    if any(name not in kinds or type(item) not in kinds[name] for name, item in value.items()):
        return None
    try:
        return Grouping(**value)
    except DataError:
        return None


def _free_colour(classes: Sequence[ClassInfo]) -> int:
    used = {info.colour for info in classes}
    return next((colour for colour in range(COLOURS) if colour not in used), len(classes) % COLOURS)


def _free_key(classes: Sequence[ClassInfo]) -> str:
    used = {info.key for info in classes}
    return next((key for key in KEYS if key not in used), "")
