"""A process by a name that is never used twice: who owns what may outlive it, and what it left."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from typing import TYPE_CHECKING

from lab_helpers.late import late

if TYPE_CHECKING:
    import psutil
else:
    psutil = late("psutil")

__all__ = ["Owner"]

# A process's start is reckoned from the clock's idea of when the system booted, which moves when
# the clock is set. No process id comes round again within so short a time.
_CLOCK_SLACK_S = 2.0


@dataclasses.dataclass(frozen=True, slots=True)
class Owner:
    """A process of a person on a machine.

    Attributes:
        pid: Its process id.
        started: When it started, in seconds since the epoch.
        host: The machine's name; a container has one of its own.
        user: The person's login.
    """

    pid: int
    started: float
    host: str
    user: str

    @classmethod
    def this_process(cls) -> Owner:
        """Return the process that asks."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Owner:
        """Return a process of this machine.

        Args:
            pid: Its process id.

        Raises:
            psutil.NoSuchProcess: There is none, or no longer.
        """
        process = psutil.Process(pid)
        # The person by what the system says, not the environment; a user without a name, as in
        # containers, is their number.
        return cls(process.pid, process.create_time(), platform.node(), process.username())

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """Read what `str` wrote; None where it is something else.

        Args:
            text: The text.
        """
        try:
            pid, started, host, user = json.loads(text)
            read = cls(int(pid), float(started), str(host), str(user))
        except (TypeError, ValueError, OverflowError, RecursionError):
            return None
        return read if read.pid > 0 else None

    def __str__(self) -> str:
        return json.dumps([self.pid, self.started, self.host, self.user])

    def same(self, other: Owner) -> bool:
        """Return whether both are one process."""
        return (self.pid, self.host, self.user) == (other.pid, other.host, other.user) and abs(
            self.started - other.started
        ) < _CLOCK_SLACK_S

    def gone(self, asking: Owner) -> bool:
        """Return whether it has ended, as far as the one who asks can tell.

        Of a process on another machine, in another container or of another person nothing is
        known, so it counts as alive.

        Args:
            asking: The process that asks.
        """
        if (self.host, self.user) != (asking.host, asking.user):
            return False
        try:
            started = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return True
        return abs(started - self.started) >= _CLOCK_SLACK_S
