"""Turn a compiler's words into problems with a place, and a hint."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from lab_helpers.errors import CompileError, CompileProblem

__all__ = ["compile_failure"]

# `main.go:12:5: undefined: foo`; the column may be missing, and Windows paths hold a colon.
_PROBLEM = re.compile(
    r"^(?P<file>(?:[A-Za-z]:)?[^:\n]+\.go):(?P<line>\d+)(?::(?P<column>\d+))?: (?P<message>.+)$",
    re.MULTILINE,
)
_KILLED = 9


def compile_failure(
    result: subprocess.CompletedProcess[str], folder: Path, compiler: str
) -> CompileError:
    """Return the error for a compilation that failed.

    Args:
        result: The compiler's end, and what it said.
        folder: Where it ran.
        compiler: Its name.
    """
    said = f"{result.stdout}\n{result.stderr}".strip()
    what = f"{compiler} cannot compile {folder.name}."
    problems = tuple(_problem(match, folder) for match in _PROBLEM.finditer(said))
    if problems:
        return CompileError(what, problems=problems, hint=_hint_for(said))
    if result.returncode == -_KILLED:
        return CompileError(
            f"{compiler} was killed while it compiled {folder.name}.",
            quote=said,
            hint="it needs up to 512 MB of memory; stop other programs and run it again",
        )
    return CompileError(what, quote=said or f"exit code {result.returncode}", hint=_hint_for(said))


_HINTS = (
    ("no required module provides package", "write the import as it stands in filter/go.mod"),
    ("cannot find module providing package", "write the import as it stands in filter/go.mod"),
    ("exactly one main package", "begin each file of a filter with `package main`"),
    ("could not find wasm-opt", "sudo apt-get install binaryen, or name one with WASMOPT"),
    ("is not in std", "check the spelling of the import's path"),
    ("imported and not used", "remove the import, or use it"),
    ("declared and not used", "remove the variable, or use it"),
    ("found packages", "begin each file of a filter with `package main`"),
    ("more than one character in rune literal", 'put a text into double quotes: "x-auth"'),
    ("unexpected name and", "Go writes && for and, || for or, ! for not"),
    ("unexpected name or", "Go writes && for and, || for or, ! for not"),
    ("unexpected name not", "Go writes && for and, || for or, ! for not"),
    ("unexpected :, expected {", "put what belongs to it into { }, and leave the colon out"),
    ("unexpected newline, expected {", "let the line end with {, and put a } behind the last one"),
    ("non-boolean condition", 'compare the value with something, as in `if x != "" {`'),
    ("mismatched types string and untyped int", 'a text is compared with a text: "200", in quotes'),
    ("unexpected ++", "write the ++ behind the name: `x++` is a line of its own"),
    ("missing return", "let the function end with a return"),
    ("assignment mismatch", "give each value of the call a name; _ is for one that is not needed"),
    ("undefined:", "check the spelling, and that the name is declared or its package imported"),
    ("dial tcp", "the Go modules are not there yet: run `lab setup` once with a network"),
    ("module lookup disabled", "the Go modules are not there yet: run `lab setup` once"),
    ("cannot find main module", "keep the filter in a folder that has a go.mod, or below one"),
    ("function main is undeclared", "leave an empty main there: `func main() {}`"),
    ("go.mod file not found", "keep the filter in a folder that has a go.mod, or below one"),
    ("no space left", "free some disk space"),
)


def _hint_for(said: str) -> str:
    for words, hint in _HINTS:
        if words in said:
            return hint
    return "mend the first problem, then compile again"


def _problem(match: re.Match[str], folder: Path) -> CompileProblem:
    line, column = int(match["line"]), int(match["column"] or 0)
    file = (folder / match["file"]).resolve()
    shown = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
    return CompileProblem(shown, line, column, match["message"], _source_line(file, line))


def _source_line(file: Path, line: int) -> str:
    if not file.is_file():
        return ""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""
