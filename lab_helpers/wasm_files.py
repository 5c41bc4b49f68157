"""A `.wasm` file as its bytes show it: what it is instead of a module, and how one is made.

Envoy says of an empty file nothing, and of a page of HTML that it is a "corrupted Wasm module". The
file itself tells more.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.languages import holds_source
from lab_helpers.special_files import special_file

__all__ = ["how_to_make", "module_fault"]

_MAGIC = b"\0asm"
_HEADER = 8
_VERSION = b"\1\0\0\0"
# What a component of WASI 0.2 has in the version's place: version 13, layer 1.
_COMPONENT = b"\x0d\0\1\0"
_OTHERS = (
    (b"\x1f\x8b", "packed with gzip"),
    (b"PK\3\4", "a zip archive"),
    (b"\x7fELF", "a program for this machine"),
    (b"MZ", "a program for Windows"),
    (b"<", "a page of HTML or XML"),
    (b"(module", "WebAssembly's text format"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
    (b"package ", "Go source"),
    (b"{", "JSON"),
)
_SHOWN = 12
_MOST_OTHERS = 3
_LONGEST_NUMBER = 5
_LAST_SECTION = 13


def module_fault(path: Path, source: Path | None = None) -> ConfigurationError | None:
    """Return what is wrong with a file that is to be a Wasm module.

    Args:
        path: The file.
        source: The folder that it was compiled from; None where that is not known.

    Returns:
        The error; None where the file begins, and ends, as a module does.
    """
    hint = how_to_make(path, source)
    if path.is_dir():
        return ConfigurationError(f"{path} is a folder, not a Wasm module.", hint=hint)
    if special := special_file(path):
        # Envoy reads it by itself, and more than once.
        return ConfigurationError(f"{path} is {special}, not a Wasm module.", hint=hint)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ConfigurationError(f"There is no file {path}.", hint=hint)
    except OSError as error:
        return ConfigurationError(
            f"The Wasm module {path} cannot be read.",
            quote=str(error.strerror or error),
            hint=f"chmod a+r {shlex.quote(str(path))}",
        )
    what, quote = _fault_in(content)
    if not what:
        return None
    if content[4:_HEADER] == _COMPONENT:
        hint = "build a plain module: -target=wasi for TinyGo, wasm32-wasip1 for Rust"
    return ConfigurationError(f"{path} {what}.", quote=quote, hint=hint)


def how_to_make(path: Path, source: Path | None = None) -> str:
    """Return what a person types to get a module at a path.

    Args:
        path: Where it is to be.
        source: The folder that it was compiled from; None where that is not known.
    """
    named = path.name.removesuffix(".wasm").removesuffix("-go")
    built_here = path.parent == work_folder() / "build"
    if built_here and (source is None or source.name == named) and _has_source(named):
        other = " --compiler go" if path.name.endswith("-go.wasm") else ""
        return f"compile it: lab build {named}{other}"
    output = f"--output {shlex.quote(str(path))}"
    if source is not None:
        return f"compile it: lab build {shlex.quote(str(source))} {output}"
    if _has_source(named):
        return f"compile it: lab build {named} {output}"
    beside = sorted(file for file in path.parent.glob("*.wasm") if file != path)
    others = [file.name for file in beside if _begins_as_wasm(file)]
    there = f"; or name another that is there: {', '.join(others[:_MOST_OTHERS])}" if others else ""
    return f"compile it: lab build FOLDER {output}, with the folder of its source{there}"


def _has_source(name: str) -> bool:
    places = (work_folder() / "filters" / name, repository_folder() / "filter" / name)
    return bool(name) and any(holds_source(place) for place in places)


def _begins_as_wasm(file: Path) -> bool:
    if not file.is_file() or not os.access(file, os.R_OK):
        return False
    with file.open("rb") as opened:
        return opened.read(_HEADER) == _MAGIC + _VERSION


def _fault_in(content: bytes) -> tuple[str, str]:
    """Return what is wrong with a module's bytes, and a quote that shows it; "" for nothing."""
    if not content:
        return "is empty: it has 0 bytes", ""
    if not content.startswith(_MAGIC[: len(content)]):
        is_other = next((what for begin, what in _OTHERS if content.lstrip().startswith(begin)), "")
        what = f"is no Wasm module, but {is_other}" if is_other else "is no Wasm module"
        return what, f"it begins with {content[:_SHOWN]!r}, a module with {_MAGIC!r}"
    if len(content) < _HEADER:
        return f"is cut short: it has {len(content)} bytes", ""
    if content[4:_HEADER] == _COMPONENT:
        return "is a component of WASI 0.2, which Envoy does not run", ""
    if content[4:_HEADER] != _VERSION:
        return "has a version of Wasm that Envoy does not know", f"{content[4:_HEADER]!r}"
    missing = _missing_bytes(content)
    return (f"is cut short: {missing}", "") if missing else ("", "")


def _missing_bytes(content: bytes) -> str:
    """Follow the sections, each a number, a length and that many bytes, to the file's end."""
    at = _HEADER
    while at < len(content):
        if content[at] > _LAST_SECTION:
            return ""  # no section of Wasm: broken in another way, which its reader will tell
        length, at = _number(content, at + 1)
        if length is None:
            return "it ends within a section's length" if at == len(content) else ""
        at += length
    if at > len(content):
        return f"its last section should end at byte {at}, and the file has {len(content)}"
    return ""


def _number(content: bytes, at: int) -> tuple[int | None, int]:
    """Read a number in LEB128, seven bits a byte; None where it does not end."""
    value = 0
    for index, byte in enumerate(content[at : at + _LONGEST_NUMBER]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004  # the eighth bit says that there is more
            return value, at + index + 1
    return None, min(at + _LONGEST_NUMBER, len(content))
