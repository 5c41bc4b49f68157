"""A shared library as its bytes show it: for which machine it is, what it offers, what it wants.

Envoy loads a dynamic module with `dlopen`, which says of a library for another processor that there
is "no such file", and of a text that it is "too short". The file itself tells more (ELF, as
`man 5 elf` has it). What a page of HTML or an empty file is, `wasm_files` tells of a module alike.
"""

from __future__ import annotations

import dataclasses
import itertools
import platform
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path

from lab_helpers.errors import ConfigurationError
from lab_helpers.special_files import special_file

__all__ = ["ENTRY", "Library", "is_library", "library_fault", "read_library"]

ENTRY = "envoy_dynamic_module_on_program_init"
"""What Envoy calls first in a dynamic module, and what makes a library one."""

_MAGIC = b"\x7fELF"
_SUFFIX = ".so"
_64_BITS = 2
_LITTLE_ENDIAN = 1
_SHARED = 3
_DYNAMIC_SYMBOLS = 11
_UNDEFINED = 0
_HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
# By the number in the file, as `platform.machine()` calls them.
_MACHINES = {62: "x86_64", 183: "aarch64", 3: "i386", 40: "arm", 243: "riscv64", 21: "ppc64le"}
_CALLED = {"amd64": "x86_64", "arm64": "aarch64"}
_OTHERS = (
    (b"\0asm", "a Wasm module"),
    (b"MZ", "a library for Windows"),
    (b"\xcf\xfa\xed\xfe", "a library for macOS"),
    (b"!<arch>", "an archive of objects, as `ar` makes it"),
    (b"<", "a page of HTML or XML"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)
_SHOWN = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Library:
    """What stands in a shared library's table of names.

    Attributes:
        offers: The functions and variables that it has, in the file's order.
        wants: Those that it takes from whoever loads it.
    """

    offers: tuple[str, ...]
    wants: tuple[str, ...]


def is_library(path: Path) -> bool:
    """Return whether a file is to be loaded as a library, by its name or its first bytes.

    Args:
        path: The file, which may be missing.
    """
    if path.suffix == _SUFFIX:
        return True
    if not path.is_file() or special_file(path):
        return False
    with path.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC


def library_fault(path: Path) -> ConfigurationError | None:
    """Return what is wrong with a file that is to be a dynamic module.

    Args:
        path: The file.

    Returns:
        The error; None where Envoy can load it as far as the file shows.
    """
    how = f"build it: lab build native --output {shlex.quote(str(path))}"
    kind = "a folder" if path.is_dir() else special_file(path)
    if kind:
        return ConfigurationError(f"{path} is {kind}, not a dynamic module.", hint=how)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ConfigurationError(f"There is no file {path}.", hint=how)
    except OSError as error:
        return ConfigurationError(
            f"The dynamic module {path} cannot be read.",
            quote=str(error.strerror or error),
            hint=f"chmod a+r {shlex.quote(str(path))}",
        )
    what, quote = _fault_in(content)
    if what:
        return ConfigurationError(f"{path} {what}.", quote=quote, hint=how)
    if ENTRY in read_library(path).offers:
        return None
    return ConfigurationError(
        f"{path} is a shared library, but no dynamic module of Envoy's.",
        quote=f"it has no {ENTRY}",
        hint="export that function, as filter/native/abi.go does; in C without `static`, and in"
        ' C++ and Rust with `extern "C"`',
    )


def read_library(path: Path) -> Library:
    """Read a library's table of names.

    Args:
        path: The file.

    Raises:
        ConfigurationError: It cannot be read as one.
    """
    try:
        symbols = list(_symbols(path.read_bytes()))
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise ConfigurationError(
            f"The dynamic module {path} is damaged: its table of names cannot be read.",
            quote=str(error),
            hint="build it again",
        ) from error
    return Library(
        tuple(name for name, defined in symbols if defined),
        tuple(name for name, defined in symbols if not defined),
    )


def _fault_in(content: bytes) -> tuple[str, str]:
    """Return what is wrong with a library's bytes, and a quote that shows it; "" for nothing."""
    if not content:
        return "is empty: it has 0 bytes", ""
    if not content.startswith(_MAGIC):
        is_other = next((what for begin, what in _OTHERS if content.startswith(begin)), "")
        what = f"is no shared library, but {is_other}" if is_other else "is no shared library"
        return what, f"it begins with {content[:_SHOWN]!r}, a library with {_MAGIC!r}"
    if len(content) < _HEADER.size:
        return f"is cut short: it has {len(content)} bytes", ""
    return _fault_of_its_kind(content)


def _fault_of_its_kind(content: bytes) -> tuple[str, str]:
    """Return what is wrong with an ELF file, which has all of its header."""
    machine = _machine_of(content)
    if machine != _here():
        return f"is for another machine: {machine}, and this one is {_here()}", ""
    kind, *_ = _HEADER.unpack_from(content)
    if kind != _SHARED:
        return "is a program or an object, not a shared library", f"its ELF type is {kind}"
    begin, size, count = _section_table(content)
    whole = begin + size * count
    if whole > len(content):
        return "is cut short", f"it should have {whole} bytes, and has {len(content)}"
    return "", ""


def _machine_of(content: bytes) -> str:
    if content[4] != _64_BITS or content[5] != _LITTLE_ENDIAN:
        order = ("<" if content[5] == _LITTLE_ENDIAN else ">") + "H"
        number = int(struct.unpack_from(order, content, 18)[0])
        bits = "64" if content[4] == _64_BITS else "32"
        return f"{_MACHINES.get(number, f'machine {number}')} ({bits} bits)"
    number = int(struct.unpack_from("<H", content, 18)[0])
    return _MACHINES.get(number, f"machine {number}")


def _here() -> str:
    machine = platform.machine().lower()
    return _CALLED.get(machine, machine)


def _section_table(content: bytes) -> tuple[int, int, int]:
    """Return where the table of sections begins, the size of an entry, and how many there are."""
    fields = _HEADER.unpack_from(content)
    return int(fields[5]), int(fields[10]), int(fields[11])


def _symbols(content: bytes) -> Iterator[tuple[str, bool]]:
    """Yield the names, and whether each is defined in the library."""
    begin, size, count = _section_table(content)
    sections = [_SECTION.unpack_from(content, begin + number * size) for number in range(count)]
    for _, kind, _, _, at, length, link, *_ in sections:
        if kind != _DYNAMIC_SYMBOLS:
            continue
        names_at, names_size = sections[link][4], sections[link][5]
        names = content[names_at : names_at + names_size]
        for place in itertools.count(at, _SYMBOL.size):
            if place + _SYMBOL.size > at + length:
                break
            name, _, _, section, _, _ = _SYMBOL.unpack_from(content, place)
            if name:
                yield names[name : names.index(b"\0", name)].decode(), section != _UNDEFINED
