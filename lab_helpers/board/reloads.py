"""What a reload changes on the board: which VM each thread runs, and which base VMs still go."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from lab_helpers.board.snapshot import VmChange
from lab_helpers.board.threads import ThreadState
from lab_helpers.board.vm_lives import VmLives

__all__ = ["Reloads"]


@dataclasses.dataclass(frozen=True, slots=True)
class _Running:
    """What a thread ran at a moment."""

    vm: str
    vms: int
    token: tuple[str, float, str] | None
    failure: str
    changes: tuple[VmChange, ...]

    @classmethod
    def on(cls, state: ThreadState) -> _Running:
        return cls(state.vm, state.vms, state.token, state.failure, tuple(state.changes))


class Reloads:
    """Follow the reloads of one Envoy."""

    def __init__(self) -> None:
        self._before: dict[int, _Running] = {}
        # Base VMs that a reload put others beside; each goes, on whichever thread.
        self._old_bases = 0
        self.any = False

    def begin(self, states: Mapping[int, ThreadState]) -> None:
        """Take in that one begins.

        Args:
            states: The threads.
        """
        self.any = True
        self._before = {tid: _Running.on(state) for tid, state in states.items()}
        for state in states.values():
            state.crossings.lives.reloading = True

    def end(self, time: float, states: Mapping[int, ThreadState], heard: int) -> None:
        """Let no thread run a VM that is gone, whether or not anything was heard of the new one.

        Args:
            time: When, in seconds since the epoch.
            states: The threads.
            heard: How many VMs were heard of so far.
        """
        for tid, before in self._before.items():
            state = states[tid]
            if _Running.on(state).changes != before.changes or not state.vms:
                continue  # the new one has told of itself
            state.vms += state.ran or bool(state.failure)
            state.vm, state.token, state.failure = "", None, ""
            # What it said last may be read only now.
            state.gone = heard
            state.changes.append(VmChange(time, ""))

    def refuse(self, state: ThreadState) -> None:
        """Forget the VM that Envoy tried: the thread goes on with the one that it had.

        Args:
            state: The thread.
        """
        before = self._before.get(state.tid)
        if before is not None:
            state.vm, state.vms = before.vm, before.vms
            state.token, state.failure = before.token, before.failure
            state.changes.clear()
            state.changes.extend(before.changes)

    def load(self) -> None:
        """Take in that Envoy loads a module: the base VM of the one before is old."""
        self._old_bases += self.any

    def ends_a_base(self, lives: VmLives) -> bool:
        """Return whether a VM that went was an old base VM, and none of the thread's.

        Args:
            lives: The thread's.
        """
        if not self._old_bases or lives.expects_end:
            return False
        self._old_bases -= 1
        return True
