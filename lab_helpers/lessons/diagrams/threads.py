"""Threads and VMs: each thread runs the filter in a VM of its own."""

from __future__ import annotations

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.diagrams.drawing import Diagram, arrow, box, label

__all__ = ["threads_and_vms"]

_MOST = 4
_COLUMN = 170
_LEFT = 30
_MARGIN = 20


def threads_and_vms(workers: int = 2) -> Diagram:
    """Draw Envoy's threads, the VM in each, and who talks to whom.

    Args:
        workers: How many workers to draw, 1 to 4.

    Raises:
        ConfigurationError: So many cannot be drawn.
    """
    if not 1 <= workers <= _MOST:
        raise ConfigurationError(
            f"This diagram cannot show {workers} workers.", hint=f"a number from 1 to {_MOST}"
        )
    inner = (workers + 1) * _COLUMN - _MARGIN
    width = inner + 2 * _LEFT
    shapes = [
        label(_LEFT + (workers * _COLUMN - _MARGIN) / 2, 18, "clients"),
        box(_LEFT - 10, 58, inner + 20, 182),
        # Above the main thread, where no arrow crosses it.
        label(_LEFT + inner, 78, "Envoy: one process", anchor="end", bold=True),
        box(
            _LEFT,
            276,
            inner,
            52,
            f"JWT service\neach timer asks it once a period: {workers + 1} calls",
        ),
    ]
    names = [*(f"worker_{number}" for number in range(workers)), "main"]
    for number, name in enumerate(names):
        left = _LEFT + number * _COLUMN
        middle = left + (_COLUMN - _MARGIN) / 2
        main = name == "main"
        shapes += [
            box(left, 92, _COLUMN - _MARGIN, 138, f"{name}\n(a thread)", dashed=main),
            box(
                left + 12,
                140,
                _COLUMN - _MARGIN - 24,
                78,
                "Wasm VM\na timer of its own\na token of its own",
            ),
            arrow(middle, 218, middle, 276, dashed=True),
        ]
        if main:
            shapes.append(label(middle, 48, "no traffic"))
        else:
            shapes.append(arrow(middle, 26, middle, 92))
    words = (
        f"Envoy is one process with {_counted(workers)} and a main thread. Clients' requests"
        f" reach the workers only. Each of these {workers + 1} threads runs the filter in a Wasm VM"
        " of its own, with its own timer and its own token. Each VM calls the JWT service once a"
        f" period, so the service gets {workers + 1} calls a period."
    )
    return Diagram("Threads and VMs", words, width, 340, shapes)


def _counted(workers: int) -> str:
    return "1 worker thread" if workers == 1 else f"{workers} worker threads"
