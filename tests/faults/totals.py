"""How many faults, random steps and planted bugs there were."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Totals:
    """`faults` by kind; `steps` of random sequences by kind; names of planted `bugs` that were caught, and of what may
    befall a training, `scenarios`."""

    faults: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    bugs: Counter[str] = field(default_factory=Counter)
    scenarios: Counter[str] = field(default_factory=Counter)

    @property
    def _all(self) -> tuple[Counter[str], ...]:
        return self.faults, self.steps, self.bugs, self.scenarios

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self._all))

    def add(self, path: Path) -> None:
        for counts, more in zip(self._all, json.loads(path.read_text()), strict=True):
            counts.update(more)

    def __str__(self) -> str:
        lines = [f"{count:9,} {kind}" for kind, count in sorted(self.faults.items())]
        if self.faults:
            lines.append(f"{self.faults.total():9,} faults: nothing lost, altered or overwritten")
        if self.scenarios:
            lines.append(f"{len(self.scenarios):9,} training scenarios: a clear message, the same result afterwards")
        if self.steps:
            kinds = ", ".join(f"{count:,} × {kind}" for kind, count in self.steps.most_common())
            lines.append(f"{self.steps.total():9,} random steps without divergence: {kinds}")
        if self.bugs:
            lines.append(f"{len(self.bugs):9,} planted bugs caught")
        return "\n".join(lines)
