"""A filter's source as one writes it: has it changed, what does the emulator say, compile it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lab_helpers.compiling.commands import COMPILERS, Compiler, chosen_compiler
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.errors import LabError
from lab_helpers.languages import language_of, source_files
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.emulator.play import emulate

__all__ = ["FilterBench"]


class FilterBench:
    """One filter's source.

    Args:
        name: The filter, one of your own or of the lab's, or its folder.

    Raises:
        ConfigurationError: There is no such filter.
    """

    def __init__(self, name: Path | str) -> None:
        self.folder = filter_folder(name)
        self.name = self.folder.name
        language = language_of(self.folder)
        # Of C's compilers, the one that is there.
        both = language == "go"
        self.compilers = COMPILERS[language] if both else (chosen_compiler(None, self.folder),)
        self.emulated = language == "go"

    def state(self) -> dict[Path, tuple[int, int]]:
        """Return when each file that goes into it was written, in nanoseconds, and how long it is.

        One that is being written anew may be gone for an instant.
        """
        files = [
            *source_files(self.folder),
            self.folder.parent / "go.mod",
            self.folder / "go.mod",
        ]
        found = {}
        for file in files:
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue  # it is no part of it at this moment
            found[file] = (stat.st_mtime_ns, stat.st_size)
        return found

    def judge(self, settings: Mapping[str, object]) -> None:
        """Try it in the emulator: it starts, ticks, and a response passes.

        Args:
            settings: The filter's settings.

        Raises:
            CompileError: It does not compile.
            LabError: It panics, hangs, or ends the emulator.
        """
        played = emulate(self.folder, "tick", "response", settings=settings)
        if played.panic:
            raise LabError(
                f"The filter {self.name} panics in the emulator, at: {played.steps[-1].step}.",
                quote=played.panic,
                hint="mend it and save it again; watch(…, emulator=False) leaves the emulator out",
            )

    def compile(self, compiler: Compiler) -> Module:
        """Compile it; what has not changed is not compiled again.

        Args:
            compiler: One of `compilers`.

        Raises:
            CompileError: It does not compile.
        """
        # The usual one is not asked for: where it is missing, what the lab brings serves.
        usual = chosen_compiler(None, self.folder)
        asked = None if compiler == usual else compiler
        # What another one makes only runs until the usual one is done: nobody should wait until it
        # is known which exports it can do without.
        return compile_filter(
            self.folder, compiler=asked, reuse=True, keep_exports=asked is not None
        )
