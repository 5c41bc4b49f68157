"""What a Wasm module imports and exports, by name, as its sections tell it.

wasmtime would make machine code of the whole module first, which takes a second for standard Go's.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_helpers.compiling.wasm_sections import EXPORT, IMPORT, Cursor, sections

__all__ = ["export_entries", "imported_names"]

_TABLE, _MEMORY, _GLOBAL, _TAG = 1, 2, 3, 4
_TYPED_REFERENCES = (0x63, 0x64)
_HAS_MOST, _HAS_PAGE_SIZE = 1, 8


def imported_names(module: bytes) -> tuple[str, ...]:
    """Return what a valid module imports, as `module.name`, in the file's order.

    Args:
        module: The file's content.
    """
    names = []
    for section in sections(module):
        if section.kind == IMPORT:
            cursor = Cursor(section.content)
            for _ in range(cursor.unsigned()):
                names.append(f"{cursor.text()}.{cursor.text()}")
                _skip_type(cursor)
    return tuple(names)


def export_entries(module: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each export of a module, and its entry as it stands in the file.

    Args:
        module: The file's content.

    Raises:
        ValueError: It is cut off.
    """
    for section in sections(module):
        if section.kind == EXPORT:
            cursor = Cursor(section.content)
            for _ in range(cursor.unsigned()):
                begin = cursor.at
                name = cursor.text()
                cursor.fixed(1)
                cursor.unsigned()
                yield name, section.content[begin : cursor.at]


def _skip_type(cursor: Cursor) -> None:
    kind = cursor.fixed(1)
    if kind == _TAG:
        cursor.fixed(1)
    if kind in (_TABLE, _GLOBAL) and cursor.fixed(1) in _TYPED_REFERENCES:
        cursor.signed()
    if kind in (_TABLE, _MEMORY):
        flags = cursor.fixed(1)
        numbers = 1 + bool(flags & _HAS_MOST) + bool(flags & _HAS_PAGE_SIZE)
        for _ in range(numbers):
            cursor.unsigned()
    elif kind == _GLOBAL:
        cursor.fixed(1)
    else:
        cursor.unsigned()
