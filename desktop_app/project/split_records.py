"""What `splits.jsonl` says, looked through record by record without taking it in.

    {"format": 1, "kind": "assigned", "source": …, "at": …, "rows": [[content, split or "", group or ""], …]}
    {"format": 1, "kind": "test_changed", "source": …, "at": …, "into": [content, …], "out_of": [content, …]}
    {"format": 1, "kind": "start_over", "at": …}

`Splits` writes them, and takes them in where every split is wanted; a million of them take it seconds.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from desktop_app import storage
from desktop_app.errors import ProjectError
from desktop_app.project import names
from desktop_app.project.catalog import LEFT_OUT, SPLITS

FORMAT = 1
AUTOMATIC = "automatic"  # the source of splits that no table gave

# Records as `Splits` writes them. No string of a record can look like one of its rows: its quotes are escaped.
_VERSION = re.compile(rb'\{"format":(\d{1,9})')
_KIND = re.compile(rb'"kind":"(\w+)"')
_HEAD_BYTES = 200
_ROW = re.compile(rb'\["([0-9a-f]{32})","(train|validation|test|)"')
_GROUPED = re.compile(rb'\["[0-9a-f]{32}","(?:train|validation|test|)","[^"]')
_CHUNK = 1 << 20  # bytes looked through at a time, so that other threads are not kept waiting
_LONGEST_ROW = 64  # bytes up to where a group begins
_CODE_OF = {b"": LEFT_OUT & 0xFF, **{name.encode(): code for code, name in enumerate(SPLITS)}}


def stored_splits(path: Path) -> NDArray[Any]:
    """The split of every content, as a table with the fields "hash" and "split" (-1: not dealt yet); later rows win.

    The same as `Splits` knows, without an object for each of a million pictures, and without keeping other threads
    waiting.

    Raises:
        ProjectError: the file was written by a newer Discern.
    """
    table = bytearray()
    for body in storage.read_bodies(path):
        check_format(body)
        kind = _KIND.search(body, 0, _HEAD_BYTES)
        if kind is None:
            continue
        if kind[1] == b"start_over":
            table.clear()
        elif kind[1] == b"assigned":
            for row in _ROW.finditer(body):
                table += row[1]
                table.append(_CODE_OF[row[2]])
        del body  # it may be long
    return np.frombuffer(table, [("hash", "S32"), ("split", np.int8)])


def came_into_test(path: Path) -> set[str]:
    """The contents that were in another split before they came into the test split: models may have learnt from them.

    Raises:
        ProjectError: the file was written by a newer Discern.
    """
    came: set[str] = set()
    for body in storage.read_bodies(path):
        check_format(body)
        kind = _KIND.search(body, 0, _HEAD_BYTES)
        if kind and kind[1] == b"test_changed":
            record = json.loads(body)
            into = record.get("into") if isinstance(record, dict) else None  # a damaged file
            came.update(item for item in (into if isinstance(into, list) else []) if isinstance(item, str))
    return came


def imported_from(path: Path) -> str:
    """The table that splits were last taken from; "" if there was none since they were last dealt out anew."""
    source = ""
    records: Iterator[Any] = iter(storage.read_records(path))
    for record in records:
        kind = record.get("kind") if isinstance(record, dict) else None  # a damaged file
        if kind == "start_over":
            source = ""
        elif kind == "assigned" and record.get("source") != AUTOMATIC:
            source = names.for_display(str(record.get("source", ""))[: names.LONGEST])
    return source


def names_groups(path: Path) -> bool:
    """Whether a table gave a group to any content; a million splits are looked through without being taken in."""
    return any(
        _GROUPED.search(body, start, start + _CHUNK + _LONGEST_ROW)
        for body in storage.read_bodies(path)
        for start in range(0, len(body), _CHUNK)
    )


def check_format(body: bytes) -> None:
    """ProjectError if a record, given as its JSON, was written by a newer Discern."""
    if version := _VERSION.match(body):
        refuse_newer(int(version[1]))


def refuse_newer(version: int) -> None:
    if version > FORMAT:
        raise ProjectError(
            "This project was changed by a newer Discern.",
            why="Its splits have the format {version}; this version reads up to {newest}.",
            hint="Install the newer version on this computer. Nothing was changed.",
            version=version,
            newest=FORMAT,
        )
