"""A dynamic module on the board: one for the whole Envoy, where of Wasm each thread has a VM."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lab_helpers.board.events import EnvoyEnded, VmStarted
from lab_helpers.board.snapshot import Thread

__all__ = ["SharedLibrary", "ended_with_envoy", "has_no_vm"]

_ENDED = "Envoy ended"


def has_no_vm(thread: Thread) -> bool:
    """Return whether a thread runs a dynamic module, and no Wasm that tells of itself.

    Args:
        thread: The thread.
    """
    return bool(thread.library) and thread.vm == thread.library


def ended_with_envoy(thread: Thread) -> bool:
    """Return whether a thread is gone with the whole Envoy, which a dynamic module has ended.

    Args:
        thread: The thread.
    """
    return bool(thread.library) and thread.failure.startswith(_ENDED)


class SharedLibrary:
    """What is known of the dynamic module that the lab's own lines come from; none at first."""

    def __init__(self) -> None:
        self._tag = ""
        self._tid = 0
        self._ended = ""

    def start(self, event: VmStarted) -> None:
        """Take in that a plugin started, which may be a dynamic module.

        Args:
            event: What it said.
        """
        if event.library:
            self._tag, self._tid, self._ended = event.vm, event.tid, ""

    def end(self, event: EnvoyEnded) -> None:
        """Take in that Envoy ended by itself: where it ran a dynamic module, with all its threads.

        Args:
            event: Why.
        """
        self._ended = f"{_ENDED}: {event.why}"

    def spread(self, threads: Sequence[Thread]) -> tuple[Thread, ...]:
        """Return the threads, each with the module that it shares with all the others.

        One thread was heard of it, the one that its start was said on. All run it, and the token
        that this one got is everybody's from that moment on.

        Args:
            threads: As they were heard of.
        """
        source = next((thread for thread in threads if thread.tid == self._tid), None)
        if source is None:
            return tuple(threads)
        changes = () if source.vm == self._tag else source.changes  # they are those of VMs
        failure = self._ended or source.failure
        shared = dataclasses.replace(source, library=self._tag, changes=changes, failure=failure)
        return tuple(shared if one is source else self._with(one, shared) for one in threads)

    def _with(self, thread: Thread, source: Thread) -> Thread:
        if thread.vm:  # it has a Wasm VM as well, which tells of itself
            failure = self._ended or thread.failure
            return dataclasses.replace(thread, library=self._tag, failure=failure)
        return dataclasses.replace(
            thread,
            vm=self._tag,
            library=self._tag,
            token=thread.token if source.token is None else source.token,
            first_token=source.first_token,
            told_timer_ms=0,
            failure=self._ended or thread.failure,
        )
