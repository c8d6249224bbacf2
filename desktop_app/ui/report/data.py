"""A result's figures for other programs, as JSON and CSV: the same as the page tells."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import desktop_app
from desktop_app import storage
from desktop_app.ui.report.facts import Facts

FORMAT = 2


def write_json(facts: Facts, path: Path) -> None:
    """Write the figures: what was measured, its intervals and checks, where it comes from.

    StorageError if the disk refuses.
    """
    run, result = facts.run, facts.result
    document = {
        "format": FORMAT,
        "kind": "discern report",
        "written_by": desktop_app.__version__,
        "versions": facts.versions,
        "project": facts.project,
        "pictures": _pictures(facts),
        "run": {name: run.document.get(name) for name in ("created", "recipe", "backbone", "device")}
        | {"id": run.id, "name": run.name, "note": run.note, "model": facts.model},
        "headline": asdict(result.headline),
        "result": asdict(result.evaluated),
        "intervals": asdict(result.doubts),
        "sides": asdict(result.sides) if result.sides else None,
        "cross_validated": asdict(result.cross_validated) if result.cross_validated else None,
        "checks": [asdict(check) for check in result.checks],
        "gives_away": [asdict(found) for found in result.trust.given_away],
        "unsure": {"rule": asdict(facts.kept[0]), "expected": asdict(facts.kept[1])} if facts.kept else None,
        "looks": _looks(facts),
        "repeatability": asdict(facts.repeated) if facts.repeated else None,
    }
    storage.write_atomic(path, json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n")


def _pictures(facts: Facts) -> dict[str, Any]:
    snapshot = facts.snapshot
    return {
        "fingerprint": snapshot.fingerprint,
        **snapshot.counts(),
        "groups": len(set(snapshot.groups) - {""}),
    }


def _looks(facts: Facts) -> list[dict[str, Any]] | None:
    if facts.result.looks is None:
        return None
    return [
        {
            "class": one.name,
            "pictures": one.n,
            "border": one.border,
            "interval": one.interval,
            "on_border": one.on_border,
        }
        for one in facts.result.looks
    ]


def write_csv(facts: Facts, path: Path) -> None:
    """Write the table of all predictions; StorageError if the disk refuses."""
    facts.result.predictions.write_csv(path)
