"""A module without the exports that lead to no code of its filter.

Envoy calls every callback that a module exports, and the SDK for Go exports all of its callbacks
whether or not a filter has them. Each of those calls is an entry into the VM for nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from lab_helpers.compiling.wasm_names import export_entries
from lab_helpers.compiling.wasm_sections import CUSTOM, EXPORT, sections, unsigned
from lab_helpers.errors import ConfigurationError

__all__ = ["EXPORT_LIST", "listed_exports", "noted", "read_note", "removable", "without_exports"]

EXPORT_LIST = "exports.txt"
"""The file in a filter's folder that lists the callbacks which it has."""

_CALLBACK = "proxy_on_"
# Envoy starts VMs and contexts by these. By proxy_on_delete the SDK forgets a context: without it
# all works, and memory grows with each request.
_ALWAYS = frozenset(
    {
        "proxy_on_configure",
        "proxy_on_context_create",
        "proxy_on_delete",
        "proxy_on_memory_allocate",
        "proxy_on_vm_start",
    }
)
# What answers a call of the module: the SDK hands it to a function that no method names.
_ANSWERS = {
    "proxy_on_foreign_function": ("env.proxy_call_foreign_function",),
    "proxy_on_grpc_close": ("env.proxy_grpc_call", "env.proxy_grpc_stream"),
    "proxy_on_grpc_receive": ("env.proxy_grpc_call", "env.proxy_grpc_stream"),
    "proxy_on_grpc_receive_initial_metadata": ("env.proxy_grpc_call", "env.proxy_grpc_stream"),
    "proxy_on_grpc_receive_trailing_metadata": ("env.proxy_grpc_call", "env.proxy_grpc_stream"),
    "proxy_on_http_call_response": ("env.proxy_http_call",),
}
_OF_THE_SDK_FOR_GO = "proxy_on_http_call_response"
_HEADER = 8
_NOTE = "lab.exports"


def removable(
    exports: Iterable[str], imports: Collection[str], unused: Collection[str]
) -> tuple[str, ...]:
    """Return the exports of a module of the SDK for Go that it can do without.

    Args:
        exports: What the module exports.
        imports: What it imports, as `module.name`.
        unused: The callbacks behind which there is no code of the filter.

    Returns:
        Some of `unused`, and what would answer a callout where none is sent; in the order of
        `exports`.
    """
    unneeded = set(unused) - _ALWAYS
    if not any(name in imports for name in _ANSWERS[_OF_THE_SDK_FOR_GO]):
        unneeded.add(_OF_THE_SDK_FOR_GO)
    return tuple(name for name in exports if name in unneeded)


def listed_exports(
    folder: Path, exports: Collection[str], imports: Collection[str]
) -> tuple[str, ...] | None:
    """Return the exports that a filter's own list leaves out.

    The list has a name a line; what follows a `#` is a remark. What no filter can do without, and
    what answers the module's own calls, need not be in it.

    Args:
        folder: The filter's folder.
        exports: What its module exports.
        imports: What it imports, as `module.name`.

    Returns:
        Those that may go; None where there is no list.

    Raises:
        ConfigurationError: The list names what the module does not export, or cannot be read.
    """
    file = folder / EXPORT_LIST
    if not file.is_file():
        return None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The list of callbacks {file} cannot be read.",
            quote=str(error),
            hint="write one name a line, such as proxy_on_tick",
        ) from error
    wanted = [name for line in lines if (name := line.partition("#")[0].strip())]
    callbacks = [name for name in exports if name.startswith(_CALLBACK)]
    for name in wanted:
        if name not in exports:
            close = difflib.get_close_matches(name, callbacks, n=1)
            raise ConfigurationError(
                f"{file} lists {name}, which the module does not export.",
                quote=f"it exports {', '.join(callbacks)}",
                hint=f"did you mean {close[0]}?" if close else "take that line out",
            )
    needed = {
        answer for answer, calls in _ANSWERS.items() if any(call in imports for call in calls)
    }
    stay = _ALWAYS | needed | set(wanted)
    return tuple(name for name in callbacks if name not in stay)


def without_exports(module: bytes, gone: Collection[str]) -> bytes:
    """Return a module without some of its exports.

    Args:
        module: The file's content.
        gone: The names to leave out.

    Raises:
        ValueError: It is cut off.
    """
    made = bytearray(module[:_HEADER])
    at = len(made)
    for section in sections(module):
        end = section.offset + len(section.content)
        if section.kind == EXPORT:
            kept = [entry for name, entry in export_entries(module) if name not in gone]
            content = unsigned(len(kept)) + b"".join(kept)
            made += bytes([EXPORT]) + unsigned(len(content)) + content
        else:
            made += module[at:end]
        at = end
    return bytes(made)


def noted(module: bytes, removed: Sequence[str], full_bytes: int) -> bytes:
    """Return a module with a note, which its file keeps, of what was left out of it.

    Args:
        module: The file's content.
        removed: The names of the exports.
        full_bytes: Its size before.
    """
    # Short: it must not weigh more than what was left out.
    told = " ".join([str(full_bytes), *(name.removeprefix(_CALLBACK) for name in removed)])
    name = _NOTE.encode()
    note = unsigned(len(name)) + name + told.encode()
    return module + bytes([CUSTOM]) + unsigned(len(note)) + note


def read_note(module: bytes) -> tuple[tuple[str, ...], int]:
    """Return what was left out of a module, and its size before.

    Args:
        module: The file's content.

    Returns:
        The names of the exports, and bytes; nothing and 0 where it has all.

    Raises:
        ValueError: It is cut off.
    """
    for section in sections(module):
        if section.kind == CUSTOM and section.name == _NOTE:
            full_bytes, *names = section.content.decode().split()
            return tuple(f"{_CALLBACK}{name}" for name in names), int(full_bytes)
    return (), 0
