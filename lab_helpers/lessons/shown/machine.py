"""The machine check of lesson 00: what `lab doctor` says, in the page."""

from __future__ import annotations

import dataclasses

from lab_helpers.doctor import Report, examine
from lab_helpers.lessons.shown.page import Bundle, Table

__all__ = ["MachineCheck", "check_machine"]

_WORDS = {"ok": "✓", "note": "! note", "missing": "✗ missing"}


@dataclasses.dataclass(frozen=True, slots=True)
class MachineCheck:
    """What is there of what the lab uses, to be shown.

    Attributes:
        report: What `lab doctor` found.
    """

    report: Report

    @property
    def ok(self) -> bool:
        """Return whether the lab can run."""
        return self.report.ok

    def table(self) -> Table:
        """Return it as a table: a row for each thing."""
        rows = [
            (
                one.name,
                _WORDS[one.state],
                f"{one.found}\n→ {one.advice}" if one.advice else one.found,
            )
            for one in self.report.checks
        ]
        verdict = "The lab can run." if self.ok else "The lab cannot run yet: see the lines with ✗."
        return Table(verdict, ("what", "is there", "found"), rows)

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.table().bundle()


def check_machine() -> MachineCheck:
    """Look at everything that the lab uses; it never raises, and changes nothing."""
    return MachineCheck(examine())
