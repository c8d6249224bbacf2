"""What `discern info` says of a project or a model package: for scripts, and in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop_app.cli_text import BASES, count, right_of, table
from desktop_app.following import returned
from desktop_app.project.names import for_display


def is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except PermissionError:  # in a folder that may not be entered; reading it as a file says so in words
        return False


def project_info(root: Path) -> tuple[dict[str, Any], str]:
    from desktop_app.project.project import Access, Project

    with Project.open(root, Access.READ) as project:
        catalog = project.scan()
        hashes = returned(project.hashes(catalog.files))
        splits = {"train": 0, "validation": 0, "test": 0, "none": 0}
        for file, label in zip(catalog.files, catalog.labels.tolist(), strict=True):
            if label >= 0:
                splits[project.splits.split_of(hashes.get(file, "")) or "none"] += 1
        runs = [
            {
                "run": run.id,
                "status": run.status if run.status != "running" or project.in_use else "interrupted",
                "created": run.created.isoformat(),
                "recipe": run.document["recipe"].get("name", ""),
                "backbone": run.document["backbone"],
                "validation": run.document.get("validation"),
            }
            for run in project.runs.list()
        ]
        unreadable = [str(error) for error in project.runs.unreadable()]
        in_use = project.releases.in_use()
        document = {
            "kind": "project",
            "path": str(project.root),
            "read_only": project.read_only,
            "classes": catalog.counts(),
            "unlabelled": catalog.unlabelled,
            "unsupported": catalog.unsupported,
            "splits": splits,
            "runs": runs,
            "unreadable_runs": unreadable,
            "releases": [release.name for release in project.releases.list()],
            "in_use": in_use.name if in_use else None,
        }
    lines = [for_display(str(project.root))]
    if project.read_only:
        lines.append(f"Read-only: {project.why_read_only}")
    lines += ["", *table(["class", "pictures"], [[name, count(n)] for name, n in catalog.counts().items()])]
    if catalog.unlabelled:
        lines.append(f"{count(catalog.unlabelled)} unlabelled")
    lines += [f"{count(n)} {name} files, which Discern can't read" for name, n in catalog.unsupported.items()]
    dealt = ", ".join(f"{count(n)} {split}" for split, n in splits.items() if split != "none")
    lines += ["", f"Splits: {dealt}" if splits["none"] < sum(splits.values()) else "Splits: dealt out when you train"]
    lines += ["", *([*(_run_line(run) for run in runs), *unreadable] or ["No runs yet"])]
    if in_use:
        lines += ["", f"In use: the release “{in_use.name}”"]
    return document, "\n".join(lines)


def _run_line(run: dict[str, Any]) -> str:
    validation = run["validation"] or {}
    result = f": {right_of(validation['right'], validation['n'])} in validation" if validation.get("n") else ""
    created = run["created"][:16].replace("T", " ")
    return f"{run['run']}  {created}  {run['recipe']}, {run['backbone']}, {run['status']}{result}"


def package_info(path: Path) -> tuple[dict[str, Any], str]:
    from desktop_app.inference.package import Package

    package = Package.open(path)
    manifest = package.manifest
    result = manifest.result
    document = {"kind": "package", "path": str(path), "bytes": path.stat().st_size, "intact": True}
    document |= {key: value for key, value in manifest.to_dict().items() if key not in ("kind", "members", "weights")}
    measured = "not measured"
    if result:
        measured = f"{right_of(result.right, result.n, result.interval)}, {BASES[result.basis]}"
    lines = [
        f"{manifest.name}: {for_display(str(path))} ({path.stat().st_size / 1e6:.0f} MB), intact",
        f"Classes: {', '.join(manifest.classes)}",
        f"Made {manifest.created[:10]} from {manifest.run} ({manifest.recipe}, {manifest.backbone})",
        f"Quality: {measured}",
    ]
    return document, "\n".join(lines)
