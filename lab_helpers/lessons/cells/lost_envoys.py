"""Stop an Envoy that a notebook has lost: a start cell run twice would leave the first one running.

Nobody could stop it any more, and it would take memory until the kernel ends.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError
from lab_helpers.lessons.shown.page import Note

__all__ = ["register"]


def register(shell: InteractiveShell) -> None:
    """After each cell, stop the Envoys that lost their name in it, and say so.

    Args:
        shell: The notebook's.
    """
    named: weakref.WeakSet[Envoy] = weakref.WeakSet()

    def stop_the_lost(*_result: object) -> None:
        held = set(_envoys(shell.user_ns))
        # One that never had a name is not lost: a view may hold it.
        for envoy in set(named) - held:
            if note := _stop(envoy):
                display(note)
        named.clear()
        named.update(held)

    shell.events.register("post_run_cell", stop_the_lost)


def _stop(envoy: Envoy) -> Note | None:
    """Stop it, and return what there is to say: nothing of one that ran no more."""
    ran = envoy.running
    try:
        envoy.stop()
    except LabError as error:
        return Note([("✗", str(error))])
    if not ran:
        return None
    said = "The Envoy that ran before was stopped: no name is left for it."
    return Note([("·", f"{said} To keep two, give each a name of its own.")])


def _envoys(names: Mapping[str, object]) -> Iterator[Envoy]:
    """Return the Envoys that a notebook's own names refer to, also those in a list or the like."""
    for name, value in names.items():
        # Such names are IPython's: what cells showed. Nobody types them.
        if name.startswith("_") or name in ("In", "Out"):
            continue
        if isinstance(value, dict):
            yield from (each for each in value.values() if isinstance(each, Envoy))
        elif isinstance(value, list | tuple | set):
            yield from (each for each in value if isinstance(each, Envoy))
        elif isinstance(value, Envoy):
            yield value
