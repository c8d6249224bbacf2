"""Reading pictures that are moved meanwhile: a label that is changed moves a file, and the job goes on all the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Hashable, Mapping
from pathlib import Path
from typing import TypeVar

from desktop_app.errors import ImageError, ProjectError
from desktop_app.events import Event
from desktop_app.project.project import Project

Key = TypeVar("Key", bound=Hashable)
Lost = dict[Key, ImageError]


def read_all(
    project: Project,
    paths: Mapping[Key, Path],
    content_of: Callable[[Key], str],
    read: Callable[[Mapping[Key, Path]], Generator[Event, None, Lost[Key]]],
) -> Generator[Event, None, Lost[Key]]:
    """Read pictures; those that are no longer where they were, or were replaced there, once more, where they lie now.

    Args:
        paths: where the pictures were.
        content_of: the hash of a picture, by which it is found again.
        read: reads the pictures at these places and returns those that can't be read, with the reason.

    Returns:
        What can't be read at either place.
    """
    lost = yield from read(paths)
    gone = [key for key in lost if not paths[key].exists() or project.index.is_other(paths[key], content_of(key))]
    if not gone:
        return lost
    now = whereabouts(project, {content_of(key) for key in gone})
    moved = {key: project.path(now[content_of(key)]) for key in gone if content_of(key) in now}
    if moved:
        again = yield from read(moved)
        lost = {key: error for key, error in lost.items() if key not in moved} | again
    return lost


def whereabouts(project: Project, contents: Collection[str]) -> dict[str, str]:
    """The files that hold these contents now; without those that are nowhere in the project."""
    try:
        files = project.scan().files
    except ProjectError:  # the folder is gone, or its drive
        return {}
    return {
        content: file
        for file, content in project.index.content_hashes(files)
        if isinstance(content, str) and content in contents
    }
