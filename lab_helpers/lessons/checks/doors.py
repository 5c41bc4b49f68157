"""What the checks of lesson 06 see of the learner's filter `guard`."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from lab_helpers.go_helper import read_advice
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.emulator import Emulation, Passing, Step, emulate
from lab_helpers.lessons.exercises.exercises import Finding, found

__all__ = ["Doors", "status_of", "what_became"]

_ENDS_ENVOY = "resume"


@dataclasses.dataclass(frozen=True, slots=True)
class Doors:
    """A run of the filter in the emulator.

    Attributes:
        FILTER: The filter's name.
        run: What it did.
    """

    FILTER: ClassVar[str] = "guard"
    run: Emulation

    @classmethod
    def play(cls, *steps: Step | str) -> Doors:
        """Let things happen to the filter.

        Args:
            *steps: What happens.
        """
        return cls(emulate(cls.FILTER, *steps))

    def runs(self) -> Finding:
        """Return whether it came to the end without a panic, and would in Envoy.

        The emulator lets a request go on by either side's call; Envoy ends by the wrong one.
        """
        if self.run.panic:
            return found(ok=False, text="the filter runs", missing=self.run.panic)
        advice = read_advice(filter_folder(self.FILTER))
        deadly = next((str(one) for one in advice if one.kind == _ENDS_ENVOY), "")
        return found(not deadly, "the filter runs", deadly)

    def last(self, number: int) -> Passing:
        """Return what became of a request at last.

        Args:
            number: Which request, from 1 on.
        """
        return [passing for passing in self.run.passings if passing.number == number][-1]


def status_of(passing: Passing) -> int:
    """Return the status that the client gets; 0 where it gets none.

    Args:
        passing: What became of its request.
    """
    return int(passing.headers.get(":status", 0))


def what_became(passing: Passing) -> str:
    """Return what became of a request, in a sentence or two.

    Args:
        passing: What became of it at last.
    """
    if passing.waits:
        return (
            "It still waits: ActionPause holds it until ResumeHttpRequest or SendHttpResponse is"
            " called. In Envoy the client would wait in vain."
        )
    if passing.held:
        return "Its response is held back by ActionPause: return ActionContinue."
    if passing.own:
        return f"The filter itself answered it, with {status_of(passing)}."
    return "It went on to the upstream."
