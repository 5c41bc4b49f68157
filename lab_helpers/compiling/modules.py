"""A compiled filter: its file, its size and checksum, what it imports and exports.

Most are Wasm. A dynamic module is a shared library in its place, which Envoy loads into itself.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.exports import read_note
from lab_helpers.compiling.shell import shell_line
from lab_helpers.compiling.wasm_names import export_entries, imported_names
from lab_helpers.errors import ConfigurationError
from lab_helpers.library_files import is_library, library_fault, read_library
from lab_helpers.wasm_files import how_to_make, module_fault

__all__ = ["Module", "read_module"]


# What Envoy calls in a dynamic module, and what such a one calls in Envoy.
_CALLED = "envoy_dynamic_module_on_"
_OFFERED = "envoy_dynamic_module_callback_"


@dataclasses.dataclass(frozen=True, slots=True)
class Module:
    """A compiled filter and how it came to be: a Wasm module, or a dynamic module.

    Attributes:
        path: The `.wasm` file; of a dynamic module its `.so`.
        bytes: Its size.
        sha256: Its checksum, in hex.
        imports: What it calls in its host, as `module.name`, in the file's order; of a dynamic
            module the functions of Envoy's ABI.
        exports: What its host can call or read, in the file's order.
        compiler: Such as `tinygo`, `go` or `clang`; "" for a file that the lab did not compile.
        seconds: How long the compiler took; 0 for a file that the lab did not compile.
        reused: Whether nothing had changed, so that an earlier compilation's file was taken.
        prebuilt: Where the lab brought the module, for want of a compiler: what made it, and what
            is missing; "" else.
        folder: Where the command ran; None for a file that the lab did not compile.
        command: The compiler's command line, word by word.
        environment: What the command needs in its environment besides a person's own.
        before: A command that a person types first; empty where none is needed.
        library: Whether it is a dynamic module, a shared library without any Wasm.
        removed: The exports that the lab left out, for they lead to no code of the filter.
        full_bytes: Its size with those; 0 where it has all.
        why_all: Why it has all exports; "" where some were left out, and for a file that the lab
            did not compile.
    """

    path: Path
    bytes: int
    sha256: str
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    compiler: str = ""
    seconds: float = 0.0
    reused: bool = False
    prebuilt: str = ""
    folder: Path | None = None
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    before: tuple[str, ...] = ()
    library: bool = False
    removed: tuple[str, ...] = ()
    full_bytes: int = 0
    why_all: str = ""

    @property
    def name(self) -> str:
        """Return what the filter is called: its folder, or its file where the lab compiled none."""
        return self.path.stem if self.folder is None else self.folder.name

    @property
    def shell_line(self) -> str:
        """Return the command as a person could type it in a shell; "" if there was none."""
        if not self.command or self.folder is None:
            return ""
        return shell_line(
            self.command, self.environment, folder=str(self.folder), before=self.before
        )

    def as_json(self) -> dict[str, object]:
        """Return the module as plain values for `json.dumps`."""
        return {
            "path": str(self.path),
            "bytes": self.bytes,
            "sha256": self.sha256,
            "imports": list(self.imports),
            "exports": list(self.exports),
            "compiler": self.compiler,
            "seconds": round(self.seconds, 3),
            "command": self.shell_line,
            "removed_exports": list(self.removed),
            "bytes_with_all_exports": self.full_bytes or self.bytes,
            "why_all_exports": self.why_all,
        }


@checked
def read_module(path: Path | str) -> Module:
    """Read a module that is already there: a `.wasm` file, or a dynamic module's `.so`.

    Args:
        path: The file.

    Returns:
        The module, without a compiler.

    Raises:
        ConfigurationError: There is no such file, it is not a valid Wasm module, or it is a library
            that is no dynamic module, or one for another machine.
    """
    file = Path(path).expanduser().resolve()
    return _read_library(file) if is_library(file) else _read_wasm(file)


def _read_library(file: Path) -> Module:
    if fault := library_fault(file):
        raise fault
    names = read_library(file)
    content = file.read_bytes()
    return Module(
        path=file,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        imports=tuple(name for name in names.wants if name.startswith(_OFFERED)),
        exports=tuple(name for name in names.offers if name.startswith(_CALLED)),
        library=True,
    )


def _read_wasm(file: Path) -> Module:
    # Loaded here: it takes a tenth of a second, and most commands do not need it.
    import wasmtime  # noqa: PLC0415

    if fault := module_fault(file):
        raise fault
    content = file.read_bytes()
    try:
        wasmtime.Module.validate(wasmtime.Engine(), content)
    except wasmtime.WasmtimeError as error:
        raise ConfigurationError(
            f"{file} is not a valid Wasm module.", quote=str(error), hint=how_to_make(file)
        ) from error
    removed, full_bytes = read_note(content)
    return Module(
        path=file,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        imports=imported_names(content),
        exports=tuple(name for name, _ in export_entries(content)),
        removed=removed,
        full_bytes=full_bytes,
    )
