"""What the doctor found: a line for each thing, and how the lines are shown."""

from __future__ import annotations

import dataclasses
from typing import Literal

from rich.console import Console
from rich.markup import escape

__all__ = ["Check", "Report", "render"]

State = Literal["ok", "note", "missing"]

_MARKS: dict[State, str] = {"ok": "[green]✓[/]", "note": "[yellow]![/]", "missing": "[red]✗[/]"}
# Whoever cannot tell the marks apart reads the word.
_WORDS: dict[State, str] = {"ok": "", "note": "note: ", "missing": "missing: "}


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    Attributes:
        name: What was looked at.
        state: `ok`; `note` where something is worth knowing but the lab can run; `missing`.
        found: What is there, or is not.
        advice: What to do; "" where nothing is to be done.
    """

    name: str
    state: State
    found: str
    advice: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What is there."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Return whether the lab can run."""
        return all(check.state != "missing" for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for `json.dumps`."""
        return {"ok": self.ok, "checks": [dataclasses.asdict(check) for check in self.checks]}


def render(report: Report, console: Console) -> None:
    """Print the report, a line for each check.

    Args:
        report: What `examine` returned.
        console: Where to print.
    """
    width = max(len(check.name) for check in report.checks)
    for check in report.checks:
        found = f"{_WORDS[check.state]}{escape(check.found)}"
        line = f"{_MARKS[check.state]} {check.name:<{width}}  {found}"
        console.print(line, highlight=False, soft_wrap=True)
        if check.advice:
            console.print(
                f"  {'':<{width}}  → {escape(check.advice)}", highlight=False, soft_wrap=True
            )
    if report.ok:
        console.print("\nThe lab can run.")
    else:
        console.print("\nThe lab cannot run yet: mend the lines with ✗.")
