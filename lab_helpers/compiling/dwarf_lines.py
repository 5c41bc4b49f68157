"""Read the line tables of a module's debug information: which instruction is of which line.

DWARF 4, section 6.2 (https://dwarfstd.org/doc/DWARF4.pdf). In a Wasm module an address counts from
the begin of the code section's content (https://yurydelendik.github.io/webassembly-dwarf/).
"""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterator

from lab_helpers.compiling.wasm_sections import Cursor

__all__ = ["LineTable", "read_line_table"]

_VERSIONS = (2, 3, 4)
_EXTENDED = 0
_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE = 1, 2, 3, 4
_CONST_ADD_PC, _FIXED_ADVANCE_PC = 8, 9
_END_SEQUENCE, _SET_ADDRESS = 1, 2
_LAST_OPCODE = 255


@dataclasses.dataclass(frozen=True, slots=True)
class LineTable:
    """The lines of one compilation unit.

    Attributes:
        files: Paths, by the number that the unit uses; 0 is none.
        addresses: Where each row begins, ascending.
        places: The file's number and the line of each row; line 0 for code of no line.
    """

    files: tuple[str, ...]
    addresses: tuple[int, ...]
    places: tuple[tuple[int, int], ...]

    def place(self, address: int) -> tuple[str, int]:
        """Return the file and the line of an instruction; "" and 0 where there is none.

        Args:
            address: The instruction.
        """
        row = bisect.bisect_right(self.addresses, address) - 1
        return self.named(*self.places[row]) if row >= 0 else ("", 0)

    def named(self, file: int, line: int) -> tuple[str, int]:
        """Return a file's path and the line.

        Args:
            file: The file's number.
            line: The line.
        """
        return (self.files[file], line) if 0 < file < len(self.files) and line else ("", 0)


@dataclasses.dataclass(slots=True)
class _Header:
    least_length: int
    line_base: int
    line_range: int
    opcode_base: int
    lengths: tuple[int, ...]
    files: tuple[str, ...]


def read_line_table(content: bytes, offset: int) -> LineTable:
    """Read one unit's table.

    Args:
        content: The section `.debug_line`.
        offset: Where the unit's table begins.

    Raises:
        ValueError: It is of another version, or cut off.
    """
    cursor = Cursor(content, offset)
    length = cursor.fixed(4)
    cursor = Cursor(cursor.content[: cursor.at + length], cursor.at)
    header = _header(cursor)
    rows: dict[int, tuple[int, int]] = {}
    for address, file, line in _rows(cursor, header):
        # Of several rows at one address the last counts; an end is none where the next begins.
        if line or address not in rows:
            rows[address] = (file, line)
    ordered = sorted(rows.items())
    return LineTable(
        header.files, tuple(row[0] for row in ordered), tuple(row[1] for row in ordered)
    )


def _header(cursor: Cursor) -> _Header:
    version = cursor.fixed(2)
    if version not in _VERSIONS:
        raise ValueError(f"line tables of DWARF {version}")
    length = cursor.fixed(4)
    program = cursor.at + length
    least_length = cursor.fixed(1)
    if version >= 4:  # noqa: PLR2004  # DWARF 4 has one field more, of use to other machines
        cursor.fixed(1)
    cursor.fixed(1)
    line_base = int.from_bytes(cursor.take(1), "little", signed=True)
    line_range, opcode_base = cursor.fixed(1), cursor.fixed(1)
    lengths = tuple(cursor.fixed(1) for _ in range(opcode_base - 1))
    folders = ["", *_texts(cursor)]
    files = [""]
    while name := cursor.terminated():
        folder = folders[cursor.unsigned()]
        cursor.unsigned()
        cursor.unsigned()
        files.append(f"{folder}/{name}" if folder and not name.startswith("/") else name)
    cursor.at = program
    return _Header(least_length, line_base, line_range, opcode_base, lengths, tuple(files))


def _texts(cursor: Cursor) -> Iterator[str]:
    while text := cursor.terminated():
        yield text


def _rows(cursor: Cursor, header: _Header) -> Iterator[tuple[int, int, int]]:
    """Run the table's program; yield address, file and line, and line 0 where a sequence ends."""
    state = _State(header)
    while not cursor.ended:
        opcode = cursor.fixed(1)
        if opcode >= header.opcode_base:
            state.advance(opcode)
            state.line += header.line_base + (opcode - header.opcode_base) % header.line_range
            yield state.address, state.file, state.line
        elif opcode == _COPY:
            yield state.address, state.file, state.line
        elif opcode != _EXTENDED:
            state.step(opcode, cursor)
        elif state.extended(Cursor(cursor.take(cursor.unsigned()))):
            yield state.address, state.file, 0
            state = _State(header)


@dataclasses.dataclass(slots=True)
class _State:
    """The registers of a table's program, as far as they are of use here."""

    header: _Header
    address: int = 0
    file: int = 1
    line: int = 1

    def advance(self, opcode: int) -> None:
        """Go on by what an opcode stands for."""
        skipped = (opcode - self.header.opcode_base) // self.header.line_range
        self.address += skipped * self.header.least_length

    def extended(self, part: Cursor) -> bool:
        """Run an extended opcode; return whether it ends the sequence."""
        kind = part.fixed(1)
        if kind == _SET_ADDRESS:
            self.address = part.fixed(len(part.content) - 1)
        return kind == _END_SEQUENCE

    def step(self, opcode: int, cursor: Cursor) -> None:
        """Run an opcode that makes no row."""
        if opcode == _ADVANCE_PC:
            self.address += cursor.unsigned() * self.header.least_length
        elif opcode == _ADVANCE_LINE:
            self.line += cursor.signed()
        elif opcode == _SET_FILE:
            self.file = cursor.unsigned()
        elif opcode == _CONST_ADD_PC:
            self.advance(_LAST_OPCODE)
        elif opcode == _FIXED_ADVANCE_PC:
            self.address += cursor.fixed(2)
        else:  # about columns, statements and what a later version brings
            for _ in range(self.header.lengths[opcode - 1]):
                cursor.unsigned()
