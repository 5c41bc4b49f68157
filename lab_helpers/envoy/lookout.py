"""Switch Envoy's trace of the crossings on and off while it runs, and tell the board."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from lab_helpers.board.events import SeeingChanged
from lab_helpers.envoy.admin import Admin
from lab_helpers.errors import ConfigurationError, TrafficError

__all__ = ["BUDGET_LINES_S", "NO_WASM", "SEE", "Lookout", "checked_see"]

SEE = ("auto", "crossings", "log")
NO_WASM = "no wasm"
# Lines a second that are read without falling behind, on one of two cores that Envoy wants as well:
# some 500 requests a second through a filter (`make bench`, report "crossings").
BUDGET_LINES_S = 10_000
# A container's log comes through Docker, which is slower than Envoy: it shows as lateness.
_MOST_LAG_S = 2.0
_RETRY_S = 1.0
_JOIN_S = 5.0
_TRACE = "trace"
_UNTIL = "until every VM has told of itself, or too much crosses"


class Lookout:
    """What of the crossings is looked at, and why.

    Args:
        see: `auto`: from the start until every VM has spoken the lab's own lines, or too much
            crosses; `crossings`: always; `log`: never, but while a request is followed; `NO_WASM`:
            likewise, for there is nothing to see.
        quiet: Envoy's level for Wasm while nobody looks: `info`, or finer where a person asked.
        record: Takes what the board is told.
    """

    def __init__(self, see: str, quiet: str, record: Callable[[SeeingChanged], None]) -> None:
        self._see = see
        self.quiet = quiet
        self._record = record
        # Why it is as it is while nobody follows a request, and what for they follow it.
        self._why = {
            "auto": _UNTIL,
            "crossings": 'see="crossings" asks for them',
            "log": 'see="log" asks for the filter\'s own lines alone',
            NO_WASM: "this configuration runs no Wasm, so nothing crosses",
        }[see]
        self._base = self.on = see in ("auto", "crossings")
        self._followers = 0
        self._followed = ""
        self._admin: Admin | None = None
        self._settled = False
        self._too_much = False
        self._stopping = False
        # Whoever switches waits for the one before.
        self._switching = threading.RLock()
        self._wish = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="envoy-lookout", daemon=True)

    @property
    def level(self) -> str:
        """Return Envoy's level for Wasm as it is now."""
        return _TRACE if self.on else self.quiet

    def begin(self) -> None:
        """Tell the board how it is at the start."""
        self._tell()

    def attach(self, admin: Admin) -> None:
        """Begin to switch.

        Args:
            admin: The running Envoy's.
        """
        self._admin = admin
        self._thread.start()

    def close(self) -> None:
        """Switch no more; Envoy ends."""
        with self._wish:
            self._stopping = True
            self._wish.notify_all()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)

    def hear_everybody(self) -> None:
        """Take in that every VM has spoken the lab's own lines; called in any thread."""
        if self._see == "auto":
            self._stop_looking("every VM speaks the lab's own log lines")

    def hasten(self, lines_s: float) -> None:
        """Take in how fast the log comes; called in the thread that drains it.

        Args:
            lines_s: Lines a second, over the last half second.
        """
        if self._admin is None:
            return  # VMs that start write much, and not for long
        if not self._settled:
            self._settled = True  # this half second began before Envoy was ready
            return
        if self._see == "auto" and lines_s > BUDGET_LINES_S:
            self._too_much = True
            self._stop_looking(
                f"{lines_s:,.0f} lines of the log a second are more than {BUDGET_LINES_S:,}"
            )

    def fall_behind(self, lag_s: float) -> None:
        """Take in how late the log is read; called in the thread that reads it.

        Args:
            lag_s: From when a line was written until it was read, in seconds.
        """
        if self._see == "auto" and lag_s > _MOST_LAG_S:
            self._too_much = True
            self._stop_looking(f"the log was read {lag_s:.1f} s late")

    @contextlib.contextmanager
    def looking(self, why: str) -> Iterator[None]:
        """Look at the crossings for as long as the block takes.

        Args:
            why: For what.

        Raises:
            TrafficError: The admin port does not answer.
        """
        with self._switching:
            self._followers += 1
            self._followed = why
        try:
            with self._switching:
                self._switch()
            yield
        except BaseException:
            self._look_less(1, said=True)
            raise
        else:
            self._look_less(1, said=False)

    @property
    def missed(self) -> str:
        """Return why nobody looks at VMs that start while Envoy runs; "" where somebody does."""
        return self._why if self._see == "auto" and self._too_much else ""

    @contextlib.contextmanager
    def looking_anew(self) -> Iterator[None]:
        """Look at VMs that are made in the block as at those of a start.

        With `auto` that goes on behind the block until they, too, have told of themselves. Nobody
        looks where too much crossed already, nor with `log`.

        Raises:
            TrafficError: The admin port does not answer.
        """
        if self._see != "auto" or self._too_much:
            yield
            return
        self._settled = False  # VMs that start write much, and not for long
        with self._wish:
            before = self._base, self._why
            self._base, self._why = True, _UNTIL
        try:
            with self.looking("new VMs start"):
                yield
        except BaseException:
            with self._wish:
                self._base, self._why = before
            self._look_less(0, said=True)
            raise

    def _look_less(self, less: int, *, said: bool) -> None:
        """Let fewer look, and switch; where something else is said already, it is not hidden."""
        try:
            with self._switching:
                self._followers -= less
                self._switch()
        except TrafficError:
            with self._wish:
                self._wish.notify_all()  # the thread tries it again
            if not said:
                raise

    def _stop_looking(self, why: str) -> None:
        """Only note the wish: whoever reads or drains the log must not wait for Envoy."""
        with self._wish:
            if self._base:
                self._base, self._why = False, why
                self._wish.notify_all()

    def _serve(self) -> None:
        while True:
            with self._wish:
                self._wish.wait_for(lambda: self._stopping or self._wanted != self.on)
                if self._stopping:
                    return
            try:
                with self._switching:
                    self._switch()
            except TrafficError:
                # Envoy has ended, which `check` tells, or the port is busy: then once more.
                with self._wish:
                    self._wish.wait_for(lambda: self._stopping, _RETRY_S)

    @property
    def _wanted(self) -> bool:
        return self._base or self._followers > 0

    def _switch(self) -> None:
        if self._admin is None or self._wanted == self.on:
            return
        self._admin.set_wasm_level(_TRACE if self._wanted else self.quiet)
        self.on = self._wanted
        self._tell()

    def _tell(self) -> None:
        why = self._followed if self._followers and not self._base else self._why
        self._record(SeeingChanged(time.time(), self.on, why))


def checked_see(see: str) -> str:
    """Return what is to be looked at.

    Args:
        see: As it was given.

    Raises:
        ConfigurationError: It is none of the ways.
    """
    if see not in SEE:
        raise ConfigurationError(
            f"An Envoy cannot be seen by {see!r}.", hint=f"one of: {', '.join(SEE)}"
        )
    return see
