"""Read the texts that stand in a module's source as they are: its constants, by their address.

Envoy's trace gives a pointer and a length. Where these point into what the file lays into memory
before anything runs, and what nothing overwrites, the text is known. Anything else was computed,
and is not guessed at.
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Sequence
from pathlib import Path

from lab_helpers.compiling.wasm_sections import DATA, Cursor, sections

__all__ = ["Literals", "read_literals"]

_ACTIVE = 0
_PASSIVE = 1
_ACTIVE_WITH_MEMORY = 2
_I32_CONST = 0x41
_GLOBAL_GET = 0x23
_END = 0x0B
_ADDRESSES = 1 << 32
_SEGMENT_NAMES = 9
# What LLVM's linker calls the part that a program may write to: it may hold something else by now.
_CHANGING = (".data", ".tdata", ".bss")
_LONGEST = 256


@dataclasses.dataclass(frozen=True, slots=True)
class _Segment:
    begin: int
    content: bytes


class Literals:
    """A module's constants.

    Args:
        segments: Pairs of address and content.
    """

    def __init__(self, segments: Sequence[tuple[int, bytes]] = ()) -> None:
        self._segments = sorted((_Segment(*pair) for pair in segments), key=lambda each: each.begin)
        self._begins = [segment.begin for segment in self._segments]

    def at(self, pointer: int, length: int) -> str:
        """Return the text that a pointer and a length name.

        Args:
            pointer: Where it begins in the module's memory.
            length: How many bytes it has.

        Returns:
            The text; "" where it is no constant of the file, or nothing that can be printed.
        """
        if not 0 < length <= _LONGEST:
            return ""
        found = bisect.bisect_right(self._begins, pointer) - 1
        if found < 0:
            return ""
        segment = self._segments[found]
        offset = pointer - segment.begin
        if offset + length > len(segment.content):
            return ""
        raw = segment.content[offset : offset + length]
        text = raw.decode("ascii", errors="replace")
        return text if text.isascii() and text.isprintable() else ""


def read_literals(path: Path) -> Literals:
    """Read a module's constants.

    Args:
        path: The `.wasm` file.

    Returns:
        Its constants; none where the file has gone, or lays none at a fixed place.
    """
    try:
        module = path.read_bytes()
        parts = list(sections(module))
        segments = [each for part in parts if part.kind == DATA for each in _segments(part.content)]
        names = next((_names(part.content) for part in parts if part.name == "name"), {})
    except (OSError, ValueError):
        return Literals()  # a picture without these texts is still true
    kept = [
        (begin, content)
        for number, (begin, content) in enumerate(segments)
        if begin is not None and not names.get(number, "").startswith(_CHANGING)
    ]
    return Literals(kept)


def _segments(content: bytes) -> list[tuple[int | None, bytes]]:
    """Return each segment with its address; None where that is only known as it runs."""
    cursor = Cursor(content)
    found: list[tuple[int | None, bytes]] = []
    for _ in range(cursor.unsigned()):
        flag = cursor.unsigned()
        if flag not in (_ACTIVE, _PASSIVE, _ACTIVE_WITH_MEMORY):
            raise ValueError(f"a data segment of an unknown kind: {flag}")
        if flag == _ACTIVE_WITH_MEMORY:
            cursor.unsigned()
        begin = None if flag == _PASSIVE else _constant(cursor)
        found.append((begin, cursor.take(cursor.unsigned())))
    return found


def _constant(cursor: Cursor) -> int | None:
    """Return what an offset's expression says, if it is a constant alone."""
    kind = cursor.fixed(1)
    value: int | None = None
    if kind == _I32_CONST:
        value = cursor.signed() % _ADDRESSES
    elif kind == _GLOBAL_GET:  # in a module that may be loaded anywhere
        cursor.unsigned()
    if kind not in (_I32_CONST, _GLOBAL_GET) or cursor.fixed(1) != _END:
        raise ValueError("a data segment's offset is no single value")
    return value


def _names(content: bytes) -> dict[int, str]:
    """Return the segments' names, where the linker left them."""
    cursor = Cursor(content)
    while not cursor.ended:
        kind, length = cursor.fixed(1), cursor.unsigned()
        part = Cursor(cursor.take(length))
        if kind == _SEGMENT_NAMES:
            return {part.unsigned(): part.text() for _ in range(part.unsigned())}
    return {}
