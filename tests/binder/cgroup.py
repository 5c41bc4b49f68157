"""A control group with a hard limit of memory, of version 1 or 2, whichever the machine has."""

from __future__ import annotations

import dataclasses
from pathlib import Path

MIB = 2**20
_ROOT = Path("/sys/fs/cgroup")


@dataclasses.dataclass(frozen=True, slots=True)
class Use:
    """What the processes of a group use at a moment, in bytes.

    Attributes:
        own: Their own memory, which cannot be given back: anonymous pages and shared memory.
        working: What Kubernetes counts and evicts by: all but the file pages that can go.
    """

    own: int
    working: int


class Group:
    """A control group; swap counts as memory, so that the limit is hard."""

    def __init__(self, name: str, limit_mib: int) -> None:
        self._second = (_ROOT / "cgroup.controllers").is_file()
        self._folder = (_ROOT if self._second else _ROOT / "memory") / name
        self._folder.mkdir()
        limit = str(limit_mib * MIB)
        if self._second:
            self._write("memory.max", limit)
            if (self._folder / "memory.swap.max").exists():
                self._write("memory.swap.max", "0")
        else:
            self._write("memory.limit_in_bytes", limit)
            if (self._folder / "memory.memsw.limit_in_bytes").exists():
                self._write("memory.memsw.limit_in_bytes", limit)

    @property
    def processes(self) -> Path:
        """Return the file that a process writes 0 to, to join."""
        return self._folder / "cgroup.procs"

    def use(self) -> Use:
        """Return what is used now."""
        stat = self._numbers("memory.stat")
        if self._second:
            total = int((self._folder / "memory.current").read_text())
            return Use(stat["anon"] + stat["shmem"], total - stat["inactive_file"])
        total = int((self._folder / "memory.usage_in_bytes").read_text())
        own = stat["total_rss"] + stat["total_shmem"]
        return Use(own, total - stat["total_inactive_file"])

    def killed(self) -> int:
        """Return how many processes were killed for lack of memory."""
        name = "memory.events" if self._second else "memory.oom_control"
        return self._numbers(name)["oom_kill"]

    def remove(self) -> None:
        """Remove it; nothing may run in it any more."""
        self._folder.rmdir()

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text)

    def _numbers(self, name: str) -> dict[str, int]:
        lines = (self._folder / name).read_text().splitlines()
        return {key: int(number) for key, _, number in (line.partition(" ") for line in lines)}
