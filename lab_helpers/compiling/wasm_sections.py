"""Take a Wasm file apart into its sections, as far as the lab reads them itself.

https://webassembly.github.io/spec/core/binary/modules.html
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

__all__ = [
    "CODE",
    "CUSTOM",
    "DATA",
    "EXPORT",
    "IMPORT",
    "Cursor",
    "Section",
    "sections",
    "unsigned",
]

CUSTOM = 0
IMPORT = 2
EXPORT = 7
CODE = 10
DATA = 11
_HEADER = 8
_MORE = 0x80
_SIGN = 0x40


@dataclasses.dataclass(frozen=True, slots=True)
class Section:
    """A section of a module.

    Attributes:
        kind: Its number; 0 for a custom one.
        name: The name of a custom section; "" for any other.
        offset: Where its content begins in the file.
        content: Its content, without the name.
    """

    kind: int
    name: str
    offset: int
    content: bytes


class Cursor:
    """Read numbers and texts of bytes, one after another.

    Args:
        content: The bytes.
        at: Where to begin.
    """

    def __init__(self, content: bytes, at: int = 0) -> None:
        self.content = content
        self.at = at

    def take(self, length: int) -> bytes:
        """Return the next bytes.

        Args:
            length: How many.

        Raises:
            ValueError: There are fewer.
        """
        end = self.at + length
        if length < 0 or end > len(self.content):
            raise ValueError("the file ends too early")
        taken = self.content[self.at : end]
        self.at = end
        return taken

    def fixed(self, length: int) -> int:
        """Return the next number of a fixed length, its lowest byte first.

        Args:
            length: How many bytes it takes.
        """
        return int.from_bytes(self.take(length), "little")

    def unsigned(self) -> int:
        """Return the next number in LEB128, without a sign."""
        return self._leb()[0]

    def signed(self) -> int:
        """Return the next number in LEB128, with a sign."""
        value, shift, last = self._leb()
        return value - (1 << shift) if last & _SIGN else value

    def text(self) -> str:
        """Return the next text that has its length before it."""
        return self.take(self.unsigned()).decode(errors="replace")

    def terminated(self) -> str:
        """Return the next text that a zero ends."""
        end = self.content.find(b"\0", self.at)
        if end < 0:
            raise ValueError("a text has no end")
        taken = self.content[self.at : end].decode(errors="replace")
        self.at = end + 1
        return taken

    @property
    def ended(self) -> bool:
        """Return whether nothing is left."""
        return self.at >= len(self.content)

    def _leb(self) -> tuple[int, int, int]:
        value = shift = 0
        while True:
            byte = self.fixed(1)
            value |= (byte & ~_MORE) << shift
            shift += 7
            if byte < _MORE:
                return value, shift, byte


def unsigned(value: int) -> bytes:
    """Return a number in LEB128, without a sign: seven bits a byte, the lowest first.

    Args:
        value: The number, not below 0.
    """
    made = bytearray()
    while value >= _MORE:
        made.append(value & (_MORE - 1) | _MORE)
        value >>= 7
    return bytes([*made, value])


def sections(module: bytes) -> Iterator[Section]:
    """Yield a module's sections in the file's order.

    Args:
        module: The file's content.

    Raises:
        ValueError: It is cut off.
    """
    cursor = Cursor(module, _HEADER)
    while not cursor.ended:
        kind = cursor.fixed(1)
        length = cursor.unsigned()
        begin = cursor.at
        content = cursor.take(length)
        if kind != CUSTOM:
            yield Section(kind, "", begin, content)
            continue
        inner = Cursor(content)
        name = inner.text()
        yield Section(kind, name, begin + inner.at, content[inner.at :])
