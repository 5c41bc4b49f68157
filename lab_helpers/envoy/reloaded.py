"""What a reload came to: what was exchanged, and how long each stage took."""

from __future__ import annotations

import dataclasses

__all__ = ["Reloaded"]


@dataclasses.dataclass(frozen=True, slots=True)
class Reloaded:
    """A reload that Envoy has taken.

    Attributes:
        filters: What the plugins that were exchanged are called.
        written_s: How long it took to lay out the module and the filter's configuration.
        loaded_s: From then until Envoy's own counter said that it is applied: a VM was made that
            tries it, then one for each thread.
        old_gone_s: From then until no VM was more than before: the old ones are gone.
        answered_s: From then until each worker had answered once; 0 where no listener speaks HTTP.
        vms_before: The Wasm VMs before.
        vms: The Wasm VMs after. More than before where requests are still under way in old ones.
        crossings_missed: Why the new VMs were not looked at as they started; "" where they were.
    """

    filters: tuple[str, ...]
    written_s: float
    loaded_s: float
    old_gone_s: float
    answered_s: float
    vms_before: int
    vms: int
    crossings_missed: str = ""

    @property
    def seconds(self) -> float:
        """Return how long it took in all."""
        return self.written_s + self.loaded_s + self.old_gone_s + self.answered_s

    def __str__(self) -> str:
        stages = (
            ("written", self.written_s),
            ("loaded by Envoy", self.loaded_s),
            ("old VMs gone", self.old_gone_s),
            ("each worker answered", self.answered_s),
        )
        told = " → ".join(f"{what} {1000 * took:.0f} ms" for what, took in stages if took)
        vms = f"{self.vms} VMs, as before"
        if self.vms != self.vms_before:
            vms = f"{self.vms} VMs, {self.vms_before} before"
        said = f"{', '.join(self.filters)} reloaded in {self.seconds:.2f} s: {told}; {vms}"
        if self.vms > self.vms_before:
            said += " (an old VM stays while a request is under way in it)"
        if self.crossings_missed:
            said += f"; the crossings of their start were not seen: {self.crossings_missed}"
        return said

    __repr__ = __str__
