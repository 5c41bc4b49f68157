"""The VMs that Envoy made on one thread: which are alive, which only tried a load, which failed.

Envoy logs `Thread-Local Wasm created` and `~Wasm`, but never which VM it means. The order tells:

- The thread that loads modules, main, tries each configuration in a VM that it takes away at once;
  the next one that it makes is the one that stays.
- A VM that failed is taken away right after the one that takes its place was made.
- In a reload each thread makes a VM, and then its old one goes. The last thread takes the old base
  VM away, too, which never ran: an end that no thread's VM is left for.
"""

from __future__ import annotations

import dataclasses

__all__ = ["VmLives"]


@dataclasses.dataclass(slots=True)
class _Vm:
    """A VM that Envoy made on this thread; `spoke` once it logged the lab's own start line."""

    time: float
    spoke: bool = False


class VmLives:
    """Follow the VMs of one thread."""

    def __init__(self) -> None:
        self._vms: list[_Vm] = []
        # The newest VM, until it does something that only a VM does that stays.
        self._fresh: _Vm | None = None
        # One that failed as it was tried.
        self._fell: _Vm | None = None
        self._loads = False
        self._tried = False
        self._failed = 0
        # Whether new VMs take the places of old ones; how many have an old one that still goes.
        self.reloading = False
        self._replaced = 0

    @property
    def alive(self) -> int:
        """Return how many VMs the thread has, the failed ones that are still there left out."""
        return max(len(self._vms) - self._failed, 0)

    @property
    def expects_end(self) -> bool:
        """Return whether one of its VMs is about to go: it was only tried, failed, or is old."""
        return bool(self._fresh or self._fell or self._failed or self._replaced)

    @property
    def all_spoke(self) -> bool:
        """Return whether it has VMs, and each logged the lab's own start line."""
        return bool(self._vms) and all(vm.spoke for vm in self._vms)

    @property
    def silent(self) -> int:
        """Return how many of its VMs never logged the lab's own start line."""
        return sum(not vm.spoke for vm in self._vms)

    @property
    def newest_time(self) -> float:
        """Return when the newest VM was made, in seconds since the epoch; 0 before the first."""
        return self._vms[-1].time if self._vms else 0.0

    def load(self) -> None:
        """Take in that Envoy loads a module on this thread."""
        self._loads, self._tried = True, False

    def create(self, time: float) -> None:
        """Take in that Envoy made a VM.

        Args:
            time: When, in seconds since the epoch.
        """
        self._replaced += self.reloading
        vm = _Vm(time)
        self._vms.append(vm)
        self._fresh = vm if self._loads and not self._tried and not self._failed else None
        self._tried = False

    def end(self) -> bool:
        """Take in that Envoy took a VM away; answer whether it was one that only tried a load."""
        if not self._vms:
            return False
        self._replaced = max(self._replaced - 1, 0)
        if self._fell is not None:
            self._vms.remove(self._fell)
            self._fell = None
            self._failed = max(self._failed - 1, 0)
            return True
        if self._failed:
            self._failed -= 1
        elif self._fresh is not None:
            self._vms.remove(self._fresh)
            self._fresh, self._tried = None, True
            return True
        del self._vms[0]
        return False

    def hear_start(self) -> None:
        """Take in that the newest VM logged the lab's own start line."""
        if self._vms:
            self._vms[-1].spoke = True

    def cross(self) -> None:
        """Take in that Envoy called a VM: whatever it tried is over."""
        self._tried = False

    def run(self) -> None:
        """Take in that a VM did what only one does that stays."""
        self._fresh = None

    def fail(self) -> None:
        """Take in that a VM runs no more code."""
        self._fell, self._fresh = self._fresh or self._fell, None
        self._failed = min(self._failed + 1, len(self._vms))
