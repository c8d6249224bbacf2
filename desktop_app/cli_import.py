"""What `discern import` reads, and what it would do: for scripts, and in words."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop_app.cli_arguments import absolute
from desktop_app.cli_text import count, table
from desktop_app.errors import DiscernError
from desktop_app.project.names import for_display

if TYPE_CHECKING:
    from desktop_app.project.import_plan import Plan, Reading

_SUGGESTED = 5  # labels in an example


def reading(arguments: argparse.Namespace) -> Reading:
    """How the sources of an import are to be read. DiscernError if that is not clear."""
    from desktop_app.project.import_forms import recognise

    form = arguments.form or ("names" if arguments.pattern else "open-images" if arguments.labels else "")
    plans = recognise([absolute(source) for source in arguments.sources])
    fitting = [plan for plan in plans if (plan.reading.form == form if form else plan.sensible)]
    if not fitting:
        raise DiscernError(
            "These sources can't be read as “{form}”.",
            hint="They can be read as {forms}.",
            form=form,
            forms=_listed_forms(plans),
        )
    if len(fitting) > 1 and not form:
        raise DiscernError(
            "These pictures can be understood in more than one way.",
            hint="Say which by --as: {forms}.",
            forms=_listed_forms(fitting),
        )
    if fitting[0].labels and not arguments.labels:
        raise DiscernError(
            "It is open which labels become classes.",
            hint="Choose them by --labels, for example {labels}.",
            labels=",".join(list(fitting[0].labels)[:_SUGGESTED]),
        )
    chosen = fitting[0].reading
    labels = tuple(label.strip() for label in (arguments.labels or "").split(",") if label.strip())
    return replace(chosen, pattern=arguments.pattern or chosen.pattern, classes=labels, into=arguments.into or "")


def _listed_forms(plans: Sequence[Plan]) -> str:
    return ", ".join(dict.fromkeys(plan.reading.form for plan in plans))


def preview(root: Path, reading: Reading) -> tuple[dict[str, Any], str]:
    """What an import would do, for scripts and in words."""
    from desktop_app.project.import_check import preview as look
    from desktop_app.project.import_forms import read
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        found = look(project, project.scan(), read(reading))
    document = {
        "kind": "import",
        "reading": reading.to_dict(),
        "copied": found.copied,
        "known": [{"source": str(twin.source), "file": twin.file} for twin in found.twins],
        "skipped": [{"file": skip.file, "reason": skip.reason} for skip in found.skipped],
        "renamed": found.renamed,
        "bytes": found.bytes,
    }
    lines = [f"Read as “{reading.form}”, {count(found.total)} pictures would be copied ({found.bytes / 1e6:.0f} MB):"]
    rows = [[for_display(name), count(n)] for name, n in found.copied.items()]
    lines += table(["class", "pictures"], rows)
    if found.twins:
        lines.append(f"{count(len(found.twins))} are in the project already")
    if found.renamed:
        lines.append(f"{count(found.renamed)} would get another name, since theirs is taken")
    reasons = Counter(skip.reason for skip in found.skipped)
    lines += [f"{count(n)} left out: {reason}" for reason, n in reasons.most_common()]
    return document, "\n".join(lines)
