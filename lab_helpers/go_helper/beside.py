"""Ask the Go helper while something else is done, such as compiling."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from lab_helpers.errors import LabError

__all__ = ["Beside"]

Answer = TypeVar("Answer")


class Beside(Generic[Answer]):
    """A question that is asked in a thread of its own."""

    def __init__(self, ask: Callable[[], Answer], name: str) -> None:
        """Begin.

        Args:
            ask: Asks, and returns the answer.
            name: The thread's name.
        """
        self._found: concurrent.futures.Future[Answer] = concurrent.futures.Future()
        # A daemon: nobody waits for an answer when the kernel ends.
        threading.Thread(target=self._look, args=(ask,), name=name, daemon=True).start()

    def _look(self, ask: Callable[[], Answer]) -> None:
        try:
            self._found.set_result(ask())
        except BaseException as error:  # noqa: BLE001  # who asks for the result is told
            self._found.set_exception(error)

    def ready(self, patience_s: float) -> bool:
        """Return whether the answer is there, or is within a short time.

        Args:
            patience_s: That time, in seconds.
        """
        return bool(concurrent.futures.wait([self._found], patience_s).done)

    def wait(self, patience_s: float) -> Answer | str:
        """Return the answer, or in words why there is none.

        Args:
            patience_s: How long to wait for it at most, in seconds.
        """
        try:
            return self._found.result(patience_s)
        except TimeoutError:
            return f"it took longer than {patience_s:.0f} s"
        except LabError as error:
            # Its own words tell the cause; where there are none, ours and the remedy do.
            said = error.quote.splitlines()
            return said[-1] if said else f"{error.what} Try: {error.hint}"
        except (OSError, ValueError) as error:
            return str(error)
