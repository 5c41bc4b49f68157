"""One look at an Envoy: everything that the dashboard's parts show of one moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from lab_helpers.board.answered_tokens import AUTH_HEADER
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.admin import Figures
from lab_helpers.errors import LabError, LaunchError
from lab_helpers.token_api import Fault, Verdict

__all__ = ["Look", "Looker", "tick_of"]

_ARTICLES_TICK_MS = 15_000

# A signature takes 0.3 ms to verify. A stream of requests to 65 workers would bring more of them
# than a look may cost; what is left over has its turn at the next look.
_VERDICTS_A_LOOK = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What there is to see at one moment.

    Attributes:
        picture: The board.
        workers: How many workers Envoy has, or will have when it is started.
        running: Whether it runs.
        problem: Why it has ended by itself; "" while it runs, or when it was stopped.
        tick_ms: The tick period, as the VMs asked for it; while nothing runs, as it is set. 0
            where the filter was not seen to set a timer.
        fault: How the token API fails.
        figures: What Envoy itself counts; None while it is not known.
        verdicts: What the token in each worker's last response is worth, by worker; a worker
            without one, or whose token has not been checked yet, is left out.
    """

    picture: Snapshot
    workers: int
    running: bool = True
    problem: str = ""
    tick_ms: int = 0
    fault: Fault = Fault.NONE
    figures: Figures | None = None
    verdicts: Mapping[str, Verdict] = dataclasses.field(default_factory=dict)


def tick_of(envoy: Envoy) -> int:
    """Return the tick period that an Envoy is set to, in milliseconds; the article's by default.

    Args:
        envoy: The Envoy.
    """
    tick_ms = envoy.settings.get("tick_ms")
    return tick_ms if isinstance(tick_ms, int) else _ARTICLES_TICK_MS


class Looker:
    """Look at an Envoy; it is only read, never changed.

    Args:
        envoy: Any Envoy, running or not.
    """

    def __init__(self, envoy: Envoy) -> None:
        self._envoy = envoy
        self._figures: Figures | None = None
        self._judged: dict[str, tuple[str, Verdict]] = {}

    def look(self) -> Look:
        """Return what there is to see now."""
        envoy = self._envoy
        running, problem = envoy.running, ""
        if not running:
            self._figures = None
            problem = self._why_it_ended()
        picture = envoy.snapshot()
        return Look(
            picture=picture,
            workers=envoy.workers,
            running=running,
            problem=problem,
            tick_ms=picture.tick_ms if running else picture.tick_ms or tick_of(envoy),
            fault=envoy.token_api.fault,
            figures=self._figures,
            verdicts=self._verdicts(picture),
        )

    def ask_figures(self) -> None:
        """Ask Envoy for its own figures, for the next looks.

        It is a call over the network: whoever looks ten times a second does not make it.
        """
        try:
            self._figures = self._envoy.figures()
        except LabError:
            # It does not run, or is being replaced at this moment; `problem` says so.
            self._figures = None

    def _why_it_ended(self) -> str:
        try:
            self._envoy.check()
        except LaunchError as error:
            # Without a log it was never started, or was stopped, and that is no problem.
            return str(error) if error.log_tail else ""
        except LabError as error:
            return str(error)
        return ""

    def _verdicts(self, picture: Snapshot) -> Mapping[str, Verdict]:
        """Judge the tokens that came since the last look, a few at a time."""
        left = _VERDICTS_A_LOOK
        found: dict[str, Verdict] = {}
        for thread in picture.workers:
            if thread.last_response is None:
                continue
            value = dict(thread.last_response.headers).get(AUTH_HEADER, "")
            judged = self._judged.get(thread.name)
            if value and left and (judged is None or judged[0] != value):
                left -= 1
                judged = self._judged[thread.name] = (value, self._envoy.token_api.verify(value))
            if judged is not None and judged[0] == value:
                found[thread.name] = judged[1]
        return MappingProxyType(found)
