"""Read where a module's code was inlined: which calls stand at an instruction, the innermost first.

DWARF 4, chapters 2, 3 and 7. A compiler puts a called function's code into its caller. The line
table then names the called function's line alone; the debug information also has the caller's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from lab_helpers.compiling.dwarf_lines import LineTable, read_line_table
from lab_helpers.compiling.wasm_sections import Cursor

__all__ = ["Unit", "read_units"]

_VERSIONS = (2, 3, 4)
_SUBPROGRAM, _INLINED = 0x2E, 0x1D
_LOW_PC, _HIGH_PC, _STMT_LIST, _RANGES = 0x11, 0x12, 0x10, 0x55
_CALL_FILE, _CALL_LINE = 0x58, 0x59
_ADDRESS = 0x01
_INDIRECT = 0x16
_BASE = 0xFFFFFFFF

# How a value of each form is read (section 7.5.4). A reference is read and not followed.
_FORMS: Mapping[int, Callable[[Cursor], int]] = {
    _ADDRESS: lambda at: at.fixed(4),
    0x03: lambda at: len(at.take(at.fixed(2))),
    0x04: lambda at: len(at.take(at.fixed(4))),
    0x05: lambda at: at.fixed(2),
    0x06: lambda at: at.fixed(4),
    0x07: lambda at: at.fixed(8),
    0x08: lambda at: len(at.terminated()),
    0x09: lambda at: len(at.take(at.unsigned())),
    0x0A: lambda at: len(at.take(at.fixed(1))),
    0x0B: lambda at: at.fixed(1),
    0x0C: lambda at: at.fixed(1),
    0x0D: lambda at: at.signed(),
    0x0E: lambda at: at.fixed(4),
    0x0F: lambda at: at.unsigned(),
    0x10: lambda at: at.fixed(4),
    0x11: lambda at: at.fixed(1),
    0x12: lambda at: at.fixed(2),
    0x13: lambda at: at.fixed(4),
    0x14: lambda at: at.fixed(8),
    0x15: lambda at: at.unsigned(),
    0x17: lambda at: at.fixed(4),
    0x18: lambda at: len(at.take(at.unsigned())),
    0x19: lambda _at: 1,
    0x20: lambda at: at.fixed(8),
}


@dataclasses.dataclass(frozen=True, slots=True)
class _Code:
    """A function's code, or that of one inlined: the ranges of it, and where it was called."""

    ranges: tuple[tuple[int, int], ...]
    call: tuple[int, int]
    inlined: list[_Code]

    def calls(self, address: int) -> list[tuple[int, int]] | None:
        """Return the calls that an instruction is inlined from, the innermost first.

        What is inlined lies within its caller: an optimizer that runs after the compiler leaves
        ranges of code that has gone, and these may lie anywhere.
        """
        if not any(begin <= address < end for begin, end in self.ranges):
            return None
        for each in self.inlined:
            inner = each.calls(address)
            if inner is not None:
                return [*inner, each.call]
        return []

    @property
    def size(self) -> int:
        return sum(end - begin for begin, end in self.ranges)


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """One compilation unit.

    Attributes:
        lines: Its line table.
        functions: Its functions, with what was inlined into each.
    """

    lines: LineTable
    functions: tuple[_Code, ...]

    def places(self, address: int) -> list[tuple[str, int]]:
        """Return the file and the line of an instruction, and of each call that it is inlined from.

        Args:
            address: The instruction.

        Returns:
            The innermost first; nothing where the unit has no such code.
        """
        found = [
            (function.size, calls)
            for function in self.functions
            if (calls := function.calls(address)) is not None
        ]
        if not found:
            return []
        _, calls = min(found)
        return [self.lines.place(address), *(self.lines.named(*call) for call in calls)]


def read_units(parts: Mapping[str, bytes]) -> list[Unit]:
    """Read the compilation units of a module.

    Args:
        parts: Its sections `.debug_info`, `.debug_abbrev`, `.debug_line` and `.debug_ranges`.

    Raises:
        ValueError: They are of another version, or cut off.
    """
    cursor = Cursor(parts.get(".debug_info", b""))
    units = []
    while not cursor.ended:
        length = cursor.fixed(4)
        unit = Cursor(cursor.content[: cursor.at + length], cursor.at)
        cursor.at += length
        version = unit.fixed(2)
        if version not in _VERSIONS:
            raise ValueError(f"debug information of DWARF {version}")
        shapes = _shapes(Cursor(parts.get(".debug_abbrev", b""), unit.fixed(4)))
        unit.fixed(1)
        units.append(_unit(unit, shapes, parts))
    return units


_Pairs = tuple[tuple[int, int], ...]
_Shape = tuple[int, bool, _Pairs]


def _shapes(cursor: Cursor) -> dict[int, _Shape]:
    """Return what entries look like: tag, whether there are children, attributes and forms."""
    found: dict[int, _Shape] = {}
    while number := cursor.unsigned():
        tag, children = cursor.unsigned(), bool(cursor.fixed(1))
        pairs = []
        while (pair := (cursor.unsigned(), cursor.unsigned())) != (0, 0):
            pairs.append(pair)
        found[number] = (tag, children, tuple(pairs))
    return found


def _unit(cursor: Cursor, shapes: Mapping[int, _Shape], parts: Mapping[str, bytes]) -> Unit:
    functions: list[_Code] = []
    lines = LineTable((), (), ())
    base = 0
    # Where the code within each open entry belongs to; what is within a block is its function's.
    homes: list[list[_Code]] = []
    while not cursor.ended:
        number = cursor.unsigned()
        if not number:
            if homes:
                homes.pop()
            continue
        tag, children, pairs = shapes[number]
        values = _values(cursor, pairs)
        home = homes[-1] if homes else functions
        if not homes:  # the unit itself
            base = values.get(_LOW_PC, 0)
            if _STMT_LIST in values:
                lines = read_line_table(parts.get(".debug_line", b""), values[_STMT_LIST])
        elif tag in (_SUBPROGRAM, _INLINED):
            ranges = tuple(_ranges(values, base, parts.get(".debug_ranges", b"")))
            code = _Code(ranges, (values.get(_CALL_FILE, 0), values.get(_CALL_LINE, 0)), [])
            (functions if tag == _SUBPROGRAM else home).append(code)
            home = code.inlined
        if children:
            homes.append(home)
    return Unit(lines, tuple(functions))


def _values(cursor: Cursor, pairs: _Pairs) -> dict[int, int]:
    """Read an entry's attributes."""
    values: dict[int, int] = {}
    for attribute, given in pairs:
        form = cursor.unsigned() if given == _INDIRECT else given
        if form not in _FORMS:
            raise ValueError(f"debug information of an unknown form: {form:#x}")
        values[attribute] = _FORMS[form](cursor)
        if attribute == _HIGH_PC and form != _ADDRESS:
            values[attribute] += values.get(_LOW_PC, 0)  # said as a length
    return values


def _ranges(values: Mapping[int, int], base: int, content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where an entry's code is; what the linker has left out lies at 0."""
    if _RANGES not in values:
        begin = values.get(_LOW_PC, 0)
        if begin:
            yield begin, values.get(_HIGH_PC, begin)
        return
    cursor = Cursor(content, values[_RANGES])
    while (pair := (cursor.fixed(4), cursor.fixed(4))) != (0, 0):
        if pair[0] == _BASE:
            base = pair[1]
        elif pair[0] + base:
            yield pair[0] + base, pair[1] + base
