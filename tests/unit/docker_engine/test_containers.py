"""The start of a container, with a stand-in for the daemon."""

from __future__ import annotations

import _thread
import sys
import threading
import time
import traceback
from types import SimpleNamespace
from typing import Any

import pytest

from lab_helpers.docker_engine import containers
from lab_helpers.docker_engine.containers import start_container


def waits() -> bool:
    """Return whether the main thread waits for an answer."""
    frame = sys._current_frames()[threading.main_thread().ident or 0]  # noqa: SLF001  # the only way
    names = [entry.name for entry in traceback.extract_stack(frame)]
    return names[-2:] == ["result", "wait"]


def test_ctrl_c_while_the_daemon_makes_a_container_leaves_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    removed: list[str] = []

    def create(name: str, **_options: object) -> SimpleNamespace:
        """Make it, with Ctrl-C before the answer is there."""
        made.append(name)
        while threading.current_thread() is not threading.main_thread() and not waits():
            time.sleep(0.001)
        _thread.interrupt_main()
        return SimpleNamespace(name=name, start=lambda: None, reload=lambda: None)

    client: Any = SimpleNamespace(containers=SimpleNamespace(create=create))
    monkeypatch.setattr(containers, "knock", lambda: None)
    monkeypatch.setattr(containers, "remove_container", lambda one: removed.append(one.name))
    with pytest.raises(KeyboardInterrupt), start_container(client, "test", {"image": "any"}):
        pytest.fail("it was not interrupted")
    assert len(made) == 1
    assert removed == made
