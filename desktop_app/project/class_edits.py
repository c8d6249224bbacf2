"""What can be changed about how classes are shown: colour, key, role and place, each with the name of its step."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from desktop_app.project import names
from desktop_app.project.config import ClassInfo, ProjectConfig, Role
from desktop_app.project.history import Action, Label


@dataclass(frozen=True)
class ClassEdit:
    """`apply` leaves a project as it is whose class is gone meanwhile."""

    label: Label
    apply: Callable[[ProjectConfig], ProjectConfig]


def recolour(name: str, colour: int) -> ClassEdit:
    return _edit(Label(Action.RECOLOUR_CLASS, 0, name), lambda info: replace(info, colour=colour))


def assign_key(name: str, key: str) -> ClassEdit:
    """Give a class another key, taken from the class that had it; "" for none."""
    action = Action.ASSIGN_KEY if key else Action.REMOVE_KEY
    return _edit(Label(action, 0, name, key), lambda info: replace(info, key=key))


def mark(name: str, role: Role) -> ClassEdit:
    """Say what a class stands for: good parts, defects, or neither."""
    actions: dict[Role, Action] = {"good": Action.MARK_GOOD, "defect": Action.MARK_DEFECT, "": Action.UNMARK}
    return _edit(Label(actions[role], 0, name), lambda info: replace(info, role=role))


def mark_sides(good: Collection[str], defects: Collection[str]) -> ClassEdit:
    """Say of many classes at once which are good parts and which are defects."""

    roles: dict[str, Role] = {names.same_text(name): "defect" for name in defects}
    roles |= {names.same_text(name): "good" for name in good}

    def apply(config: ProjectConfig) -> ProjectConfig:
        shown = [replace(info, role=roles.get(names.same_text(info.name), info.role)) for info in config.classes]
        return config.with_shown(shown)

    return ClassEdit(Label(Action.MARK_SIDES, 0, ""), apply)


def move(name: str, before: str = "") -> ClassEdit:
    """Put a class in front of the class `before`, or at the end."""
    return ClassEdit(Label(Action.REORDER_CLASSES, 0, name), lambda config: config.with_moved(name, before))


def _edit(label: Label, change: Callable[[ClassInfo], ClassInfo]) -> ClassEdit:
    def apply(config: ProjectConfig) -> ProjectConfig:
        info = config.class_info(label.name)
        return config.with_class(change(info)) if info else config

    return ClassEdit(label, apply)
