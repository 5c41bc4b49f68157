"""Wait until a launched Envoy serves traffic, and its threads have their names."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from lab_helpers.envoy.admin import Admin
from lab_helpers.launch import EnvoyProcess
from lab_helpers.launch.threads import Standing

__all__ = ["await_ready", "await_thread_names"]

_READY_S = 60.0
_POLL_S = 0.02
# Docker takes a connection on its published port before Envoy listens in the container, and such a
# one may never be handed on (of 8 starts 4 hung so). So the first answers are not waited for long.
_FIRST_ANSWER_S = 0.25
_ANSWER_S = 5.0
_LOOK_S = 1.0
_HELD = (Standing.STOPPED, Standing.PAUSED)


def await_ready(process: EnvoyProcess, ended: threading.Event) -> Admin | None:
    """Ask the admin port, as soon as it is known, until it says that Envoy is ready.

    Args:
        process: The Envoy.
        ended: Set once its log has ended.

    Returns:
        A client of the port; None where Envoy ended, was stopped or paused for a second, or was not
        ready in time.
    """
    deadline = time.monotonic() + _READY_S
    admin: Admin | None = None
    patience = _FIRST_ANSWER_S
    look, held = time.monotonic() + _LOOK_S, False
    while time.monotonic() < deadline:
        if time.monotonic() > look:
            before, held = held, process.standing() in _HELD
            if held and before:
                break
            look = time.monotonic() + _LOOK_S
        address = process.admin_address()
        if admin is None and address is not None:
            admin = Admin(address)
        if admin is not None:
            asked = time.monotonic()
            if admin.ready(patience):
                return admin
            if time.monotonic() - asked >= patience:
                patience = min(2 * patience, _ANSWER_S)
        if ended.wait(_POLL_S):
            break
    if admin is not None:
        admin.close()
    return None


def await_thread_names(
    process: EnvoyProcess, workers: int, ended: threading.Event
) -> Mapping[int, str] | None:
    """Ask for the threads' names until all workers have one: they name themselves.

    Args:
        process: The Envoy.
        workers: How many workers it has.
        ended: Set once its log has ended.

    Returns:
        The names by thread id; None where Envoy ended, or they did not come in time.
    """
    deadline = time.monotonic() + _READY_S
    wanted = {f"worker_{number}" for number in range(workers)}
    while True:
        names = dict(process.thread_names())
        if wanted <= set(names.values()):
            return names
        if ended.wait(_POLL_S) or time.monotonic() > deadline:
            return None
