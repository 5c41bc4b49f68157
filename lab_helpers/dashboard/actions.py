"""Do what a person clicked: one thing after another, in a thread, with its end told in words."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections import deque
from collections.abc import Callable

from lab_helpers.errors import LabError

__all__ = ["Action", "Actions", "Progress", "Turn"]

# Somebody who clicks more often than this waits for an answer, and does not want ten restarts.
_MOST_WAITING = 8
_JOIN_S = 60.0


class Turn:
    """What an action is given while it is its turn.

    Args:
        cancelled: Set when it should end early.
        tell: Takes a word on how far it is.
        let_pass: Does the quick actions that wait.
    """

    def __init__(
        self,
        cancelled: threading.Event,
        tell: Callable[[str], None],
        let_pass: Callable[[], None],
    ) -> None:
        self._cancelled = cancelled
        self._let_pass = let_pass
        self.tell = tell

    def goes_on(self, after_s: float) -> bool:
        """Wait a while, and let quick actions pass; return whether to go on after that.

        Args:
            after_s: How long to wait, in seconds; it ends at once when the action should end.
        """
        cancelled = self._cancelled.wait(after_s)
        if not cancelled:
            self._let_pass()
        return not cancelled


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """Something to do.

    Attributes:
        call: The call that a notebook would make, as text.
        do: Does it, and returns what came of it in one sentence.
        quick: Whether it may be done in a pause of a longer one.
        urgent: Whether it ends what is being done and drops what waits, as a stop does.
        ends_early: Whether it can be ended before its time: it asks `Turn.goes_on`.
    """

    call: str
    do: Callable[[Turn], str]
    quick: bool = False
    urgent: bool = False
    ends_early: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How the actions stand.

    Attributes:
        call: What is being done, or was done last; "" before the first.
        state: `idle`, `working`, `done` or `failed`.
        said: What came of it, or how far it is.
        waiting: How many more wait for their turn.
        since: When it began, in seconds since the epoch.
        ends_early: Whether what is being done can be ended before its time.
    """

    call: str = ""
    state: str = "idle"
    said: str = ""
    waiting: int = 0
    since: float = 0.0
    ends_early: bool = False


class Actions:
    """A queue with a thread of its own, which lives only while there is something to do.

    Args:
        on_progress: Told of each change, in whichever thread it happens.
    """

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        self._lock = threading.RLock()
        self._queue: deque[Action] = deque()
        self._thread: threading.Thread | None = None
        self._cancelled = threading.Event()
        self._problem: BaseException | None = None
        self._progress = Progress()

    @property
    def progress(self) -> Progress:
        """Return how the actions stand."""
        return self._progress

    @property
    def busy(self) -> bool:
        """Return whether something is being done, or waits."""
        return self._thread is not None

    def submit(self, action: Action) -> None:
        """Put an action into the queue; this returns at once.

        Args:
            action: What to do.
        """
        with self._lock:
            if action.urgent:
                self._queue.clear()
                self._cancelled.set()
            elif len(self._queue) >= _MOST_WAITING:
                self._tell(said=f"Not done, for {_MOST_WAITING} more wait already: {action.call}")
                return
            self._queue.append(action)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="dashboard-do", daemon=True)
                self._thread.start()
            else:
                self._tell(waiting=len(self._queue))

    def cancel(self) -> None:
        """Drop what waits, and end what is being done as soon as it can be."""
        with self._lock:
            self._queue.clear()
            self._cancelled.set()
            if self._thread is not None:
                self._tell(waiting=0)

    def fail(self, problem: BaseException | None) -> None:
        """Keep what failed beside the actions, for `stop` to raise.

        Args:
            problem: What it raised; None where nothing did.
        """
        self._problem = self._problem or problem

    def stop(self) -> None:
        """Drop what waits, end what is being done as soon as it can be, and wait for that.

        Raises:
            LabError: An action, or whoever is told of it, had failed in a way that is a bug of the
                lab; or one does not end.
        """
        self.cancel()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_S)
            if thread.is_alive():
                raise LabError(
                    f"{self._progress.call} has not ended after {_JOIN_S:.0f} s.",
                    hint="wait a little more, or restart the kernel",
                )
        problem, self._problem = self._problem, None
        if problem is not None:
            raise LabError(
                "A control of the dashboard had failed.",
                quote=f"{type(problem).__name__}: {problem}",
                hint="report this as a bug of the lab",
            ) from problem

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._thread = None
                    return
                action = self._queue.popleft()
                self._cancelled.clear()
            self._take_turn(action)

    def _take_turn(self, action: Action) -> None:
        self._tell(
            call=action.call,
            state="working",
            said="",
            waiting=len(self._queue),
            since=time.time(),
            ends_early=action.ends_early,
        )
        turn = Turn(self._cancelled, lambda text: self._tell(said=text), self._let_pass)
        try:
            said = action.do(turn)
        except LabError as error:
            self._tell(state="failed", said=str(error), waiting=len(self._queue))
        except Exception as error:  # noqa: BLE001  # shown here, and raised by `stop`
            self._problem = self._problem or error
            said = f"{type(error).__name__}: {error}\nThis is a bug of the lab."
            self._tell(state="failed", said=said, waiting=len(self._queue))
        else:
            self._tell(state="done", said=said, waiting=len(self._queue))

    def _let_pass(self) -> None:
        """Do the quick actions at the queue's head, then go on telling of the longer one."""
        longer = self._progress
        while True:
            with self._lock:
                if not (self._queue and self._queue[0].quick):
                    break
                action = self._queue.popleft()
            self._take_turn(action)
        if self._progress is not longer:
            self._tell(**{**dataclasses.asdict(longer), "waiting": len(self._queue)})

    def _tell(self, **changes: str | float) -> None:
        with self._lock:
            self._progress = dataclasses.replace(self._progress, **changes)  # type: ignore[arg-type]
            progress = self._progress
        try:
            self._on_progress(progress)
        except Exception as error:  # noqa: BLE001  # raised by `stop`; what waits is done meanwhile
            self._problem = self._problem or error
