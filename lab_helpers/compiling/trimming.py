"""Leave out of a fresh module the exports that its filter has no use for."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from lab_helpers.compiling.commands import Compiler
from lab_helpers.compiling.exports import (
    EXPORT_LIST,
    listed_exports,
    noted,
    removable,
    without_exports,
)
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.errors import LabError
from lab_helpers.go_helper import ExportUse, ExportUseBeside, built_go_helper
from lab_helpers.languages import Language
from lab_helpers.toolchain.wasm_opt import drop_dead_code, find_wasm_opt

__all__ = ["TINYGO_TAGS", "Trimming", "trimming_for"]

# What TinyGo 0.41.1 reads a filter with: `tinygo info -target=wasi -scheduler=none`.
TINYGO_TAGS = (
    "tinygo.wasm",
    "tinygo",
    "purego",
    "osusergo",
    "math_big_pure_go",
    "gc.precise",
    "scheduler.none",
    "serial.none",
    "tinygo.unicore",
    "custommalloc",
)
_ONLY_GO = (
    "which of them a filter uses, the lab reads in Go alone;"
    f" a file {EXPORT_LIST} beside the source may list them, one a line"
)


@dataclasses.dataclass(slots=True)
class Trimming:
    """What is to become of one module's exports.

    Attributes:
        why_all: Why all of them stay; "" where those that are not used go.
        words: What the result depends on besides the source; empty where all stay.
        listed: Whether the filter's own list says which stay; else the Go helper does.
        slim: Whether the code that nobody calls any more goes as well.
    """

    folder: Path
    compiler: Compiler
    why_all: str = ""
    words: tuple[str, ...] = ()
    listed: bool = False
    slim: bool = False
    _use: ExportUseBeside | None = dataclasses.field(default=None, init=False)

    def begin(self) -> None:
        """Look for what the filter uses, while the compiler is busy."""
        if self.words and not self.listed:
            tags = ",".join(TINYGO_TAGS) if self.compiler == "tinygo" else ""
            self._use = ExportUseBeside(self.folder, tags)

    def key(self, key: str) -> str:
        """Return the key of what becomes of a module.

        Args:
            key: That of the module with all exports, as `build_key` returns it.
        """
        told = "\0".join((key, *self.words)).encode()
        return hashlib.sha256(told).hexdigest() if self.words else key

    def trim(self, file: Path, *, steady: bool) -> bool:
        """Take out of a fresh module what its filter has no use for.

        Args:
            file: The module; it is written anew.
            steady: Whether the source is the one that was there as the compiler began.

        Returns:
            Whether the answer will be the same the next time.

        Raises:
            ConfigurationError: The filter's own list names what the module does not export.
            ToolchainError: wasm-opt fails.
        """
        if not self.words:
            return True
        if not steady:
            self.why_all = "its source was changed while it was compiled"
            return False
        module = read_module(file)
        settled, removed = True, tuple[str, ...]()
        if self.listed:
            removed = listed_exports(self.folder, module.exports, module.imports) or ()
        else:
            use = self.used()
            settled, self.why_all = use.settled, use.unknown
            if not use.unknown:
                removed = removable(module.exports, module.imports, use.unused)
        if removed:
            self._write(file, module, removed)
        return settled

    def used(self) -> ExportUse:
        """Return what the filter uses; this waits for the answer."""
        if self._use is None:
            self.begin()
        return self._use.wait() if self._use else ExportUse()

    def _write(self, file: Path, module: Module, removed: tuple[str, ...]) -> None:
        file.write_bytes(without_exports(file.read_bytes(), removed))
        wasm_opt = find_wasm_opt() if self.slim else None
        if wasm_opt is not None:
            drop_dead_code(file, wasm_opt)
        file.write_bytes(noted(file.read_bytes(), removed, module.bytes))


def trimming_for(
    folder: Path, language: Language, compiler: Compiler, *, keep_exports: bool, debug_info: bool
) -> Trimming:
    """Return what is to become of a filter's exports.

    Args:
        folder: The filter's folder.
        language: Its language.
        compiler: What compiles it.
        keep_exports: Whether all of them are asked for.
        debug_info: Whether the module is to tell lines: then no code of it is moved.
    """
    plan = Trimming(folder, compiler, slim=compiler == "tinygo" and not debug_info)
    if keep_exports:
        plan.why_all = "as asked"
    elif language == "native":
        plan.why_all = "Envoy asks a dynamic module for each of them"
    elif (folder / EXPORT_LIST).is_file():
        plan.words, plan.listed = ("exports of the list",), True
    elif language == "c":
        plan.why_all = "a filter in C exports what it has"
    elif language != "go":
        plan.why_all = _ONLY_GO
    else:
        try:
            helper = built_go_helper()
        except LabError as error:  # no Go, no helper, or no folder to keep one: it is said
            plan.why_all = f"{error.what} Try: {error.hint}"
        else:
            plan.words = ("exports that are used", helper.name)
    return plan
