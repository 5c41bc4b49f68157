"""Say what a person waits for, for as long as they do."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time
from collections.abc import Iterator

from lab_helpers.waits.lasted import lasted, note_lasted
from lab_helpers.waits.tellers import Teller, Told, teller_here

__all__ = ["told_elsewhere", "waiting"]


@contextlib.contextmanager
def waiting(what: str, key: str = "", usual: str = "") -> Iterator[None]:
    """Say what is being done while the block runs, and how long it took last time.

    It is said below the cell that runs, or in the terminal; it is gone when the block ends. What is
    waited for inside of another wait is told behind it. Of what other threads do nobody is told
    here: they have their own ways.

    Args:
        what: What is being done: `Compiling token by TinyGo`.
        key: By what its length is remembered, where the block ends well; "" for not at all.
        usual: How long it takes where nobody knows better: `2 to 10 s`.
    """
    began = time.monotonic()
    here = threading.current_thread() is threading.main_thread()
    with _told(what, key, usual) if here else contextlib.nullcontext():
        yield
    if key:
        note_lasted(key, time.monotonic() - began)


@contextlib.contextmanager
def told_elsewhere() -> Iterator[None]:
    """Say nothing while the block runs: it has a progress bar of its own."""
    _now.silent += 1
    try:
        yield
    finally:
        _now.silent -= 1


@dataclasses.dataclass(slots=True)
class _Now:
    """What the main thread waits for at this moment, the outermost first."""

    waits: list[str] = dataclasses.field(default_factory=list)
    before: str = ""
    teller: Teller | None = None
    silent: int = 0


_now = _Now()


@contextlib.contextmanager
def _told(what: str, key: str, usual: str) -> Iterator[None]:
    depth = len(_now.waits)
    if not depth:
        known = lasted(key) if key else None
        _now.before = f"usually {usual}" if usual else ""
        if known is not None:
            _now.before = f"{known:.1f} s last time"
        _now.teller = None if _now.silent else teller_here()
    try:  # Ctrl-C may come at any line
        _now.waits.append(what)
        _tell()
        yield
    finally:
        del _now.waits[depth:]
        if depth:
            _tell()
        elif _now.teller is not None:
            _now.teller.end()
            _now.teller = None


def _tell() -> None:
    if _now.teller is not None:
        _now.teller.tell(Told(": ".join(_now.waits), _now.before))
