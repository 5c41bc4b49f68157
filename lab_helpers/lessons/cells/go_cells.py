"""Show Go in a notebook, and write it there: `show_go` and the cell magic `%%go`."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from lab_helpers.arguments import checked
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.failures import compile_failure
from lab_helpers.compiling.hints import hint_for
from lab_helpers.compiling.limits import beyond_a_filter, doubtful_imports
from lab_helpers.compiling.old_sdk import old_sdk_failure
from lab_helpers.disk import replace_file, scratch_folder
from lab_helpers.errors import CompileError, ConfigurationError
from lab_helpers.filter_names import filter_and_file, own_place
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import AdviceBeside
from lab_helpers.lessons.cells.advice_notes import advice_lines
from lab_helpers.lessons.cells.begun import note_written
from lab_helpers.lessons.cells.go_places import declaring_cell, fitting_place
from lab_helpers.lessons.cells.keeping import keep_if_edited, note_saved
from lab_helpers.lessons.cells.regions import excerpt, region_names
from lab_helpers.lessons.cells.saved import Saved, announce
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.cells.workspace import filter_folder, learner_filters
from lab_helpers.lessons.shown.links import link_to
from lab_helpers.lessons.shown.page import Note
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.running import run_tool
from lab_helpers.waits import waiting

__all__ = ["compile_problem", "register", "save_go", "show_go"]

# Advice that is there as soon as this is shown with the result; else it comes after it.
_TOGETHER_S = 0.5
_PLACE = re.compile(r"(?P<filter>[a-z][a-z0-9_]*)/(?P<file>[a-z][a-z0-9_]*\.go)")
# `undefined: counter`, or `plugin.onReply undefined (type …`.
_LACKS = re.compile(r"undefined: (?P<name>\w+)$|[\w.]+\.(?P<member>\w+) undefined \(type ")

# Go compiles a file only for tests, for a system or for a processor that its name ends in
# (https://pkg.go.dev/cmd/go#hdr-Build_constraints; the names: go/build/syslist.go).
_LEFT_OUT = re.compile(
    r".*_(test|aix|android|darwin|dragonfly|freebsd|illumos|ios|js|linux|netbsd|openbsd|plan9|solaris"
    r"|wasip1|windows|386|amd64|arm|arm64|loong64|mips|mips64|mips64le|mipsle|ppc64|ppc64le|riscv64"
    r"|s390x|wasm)\.go"
)


@checked
def show_go(place: str, region: str | None = None) -> Source:
    """Show a filter's Go.

    Args:
        place: A filter and a file, such as `hello/main.go` or your own `mine/tick.go`; with a
            region, the filter alone will do.
        region: A part that the file marks with `// lesson: NAME`.

    Returns:
        The Go, to be shown.

    Raises:
        ConfigurationError: There is no such file or part.
    """
    file = _find(place, region)
    part = excerpt(file, region)
    root = repository_folder()
    shown = file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
    return Source(shown, part.lines, part.first, link=link_to(file))


def save_go(place: str, source: str) -> Note | Source:
    """Save Go as a file of one of your own filters, and compile that filter.

    Args:
        place: The filter and the file: `mine/tick.go`.
        source: The Go.

    Returns:
        That it compiles, and what does not do there what it seems to; or the source with a mark on
        the line that does not compile.

    Raises:
        ConfigurationError: The place cannot be one of a filter of your own.
        ToolchainError: There is no Go.
    """
    result, *later = _saved(place, source)
    notes = [note for note in (result, *later) if isinstance(note, Note)]
    return Note([line for note in notes for line in note.lines]) if notes else result


def _saved(place: str, source: str) -> Iterator[Note | Source]:
    """Yield whether the filter compiles, and then the advice, if there is any: it may be later."""
    match = _PLACE.fullmatch(own_place(place))
    if not match:
        raise ConfigurationError(
            f"{place!r} is no place for Go.",
            hint=f"name a filter and a file: %%go {fitting_place(source, place)}",
        )
    if _LEFT_OUT.fullmatch(match["file"]):
        raise ConfigurationError(
            f"Go would leave {match['file']} out of the filter: its name says that it is a test, or"
            " for one system alone.",
            hint="give it another name, such as tick.go",
        )
    if (repository_folder() / "filter" / match["filter"]).exists():
        raise ConfigurationError(
            f"{match['filter']!r} is a filter of the lab, which stays as it is.",
            hint=f'make a copy of your own: start_filter("mine", like="{match["filter"]}")',
        )
    folder = learner_filters() / match["filter"]
    if not (folder / "main.go").is_file() and match["file"] != "main.go":
        raise ConfigurationError(
            f"There is no filter {match['filter']!r} yet.",
            hint=f'make it first: start_filter("{match["filter"]}")',
        )
    folder.mkdir(exist_ok=True)
    file = folder / match["file"]
    kept = keep_if_edited(file, source)
    replace_file(file, source)
    note_saved(file, source)
    note_written(file)
    edited = f"you had edited it outside this cell; that is in `{kept.name}`" if kept else ""
    beside = AdviceBeside(folder)
    began = time.monotonic()
    with waiting(f"Go compiles {folder.name}", f"go build {folder}"):
        problem = compile_problem(folder, file.name)
    if problem is not None:
        problem.hint = _other_cell_first(problem, place) or problem.hint
        yield _marked(problem, file, place, edited)
        return
    seconds = time.monotonic() - began
    lines = [("✓", f"saved as `{place}`; the filter compiles ({seconds:.1f} s)")]
    if edited:
        lines.append(("!", edited))
    if not beside.ready(_TOGETHER_S):
        yield Note(lines)
        lines = []
    lines += advice_lines(beside.wait(), folder)
    if lines:
        yield Note(lines)


def _other_cell_first(problem: CompileError, place: str) -> str:
    """Return that another cell declares what the first problem lacks; "" where none does."""
    lacks = _LACKS.match(problem.problems[0].message) if problem.problems else None
    if lacks is None:
        return ""
    name = lacks["name"] or lacks["member"]
    cell = declaring_cell(name)
    if not cell or cell.endswith(f"/{place.partition('/')[2]}"):
        return ""
    return f"run the cell that begins with `{cell}` first: it has `{name}`"


def register(shell: InteractiveShell) -> None:
    """Teach a notebook the cell magic `%%go`.

    Args:
        shell: The notebook's.
    """

    def go(line: str, cell: str) -> None:
        """Save the cell's Go in a filter of your own, and compile it."""
        results = []
        for result in _saved(line.strip(), cell):
            display(result)
            results.append(result)
        place = own_place(line.strip())
        announce(Saved(f"%%go {place}", cell, learner_filters() / place, ok=_is_good(results[0])))

    shell.register_magic_function(go, magic_kind="cell", magic_name="go")  # type: ignore[call-arg, arg-type]  # wrapped


def _is_good(result: Note | Source) -> bool:
    return isinstance(result, Note) and result.lines[0][0] == "✓"


def _find(place: str, region: str | None) -> Path:
    name, wanted = filter_and_file(place)
    folder = filter_folder(name)
    files = sorted(file for file in folder.glob("*.go") if not file.name.endswith("_test.go"))
    for file in files:
        if wanted == file.name:
            return file
        if not wanted and region in region_names(file.read_text(encoding="utf-8")):
            return file
    raise ConfigurationError(
        f"There is no {place}{f' with a part {region!r}' if region else ''}.",
        hint=f"one of: {', '.join(f'{name}/{file.name}' for file in files)}",
    )


def compile_problem(folder: Path, written: str = "") -> CompileError | None:
    """Say whether a filter compiles: Go does it in a tenth of TinyGo's time.

    TinyGo is asked as well where the filter imports what TinyGo may not have.

    Args:
        folder: The filter's folder.
        written: The file that was just written, whose problems come first; "" for none.

    Returns:
        Why it does not compile, or cannot be a filter; None where it can.

    Raises:
        ToolchainError: There is no Go, or no TinyGo where it is asked.
    """
    if old := old_sdk_failure(folder):
        return old
    go = find_go()
    words = [str(go.path), "build", "-o", os.devnull, "."]
    result = run_tool(words, go_environment(go.path), folder=folder)
    if result.returncode:
        return compile_failure(result, folder, "Go", written)
    if beyond := beyond_a_filter(folder):
        return CompileError(
            f"Go compiles {folder.name}, but a filter cannot have all that is in it.",
            problems=beyond,
            hint=hint_for(beyond, "", folder),
        )
    return _tinygos_problem(folder) if doubtful_imports(folder) else None


def _tinygos_problem(folder: Path) -> CompileError | None:
    with scratch_folder("lab-tinygo-") as scratch:
        try:
            compile_filter(folder, scratch / "filter.wasm", reuse=True)
        except CompileError as error:
            return error
    return None


def _marked(error: CompileError, file: Path, place: str, edited: str) -> Source | Note:
    # A problem at the end of the file, such as a brace that is missing, has a line past the last.
    lines = file.read_text(encoding="utf-8").splitlines() or [""]
    here: dict[int, str] = {}
    for problem in error.problems:
        if problem.file == file.name and problem.line:
            line = min(problem.line, len(lines))
            here[line] = "\n".join(filter(None, (here.get(line, ""), problem.message)))
    if not here:
        said = [("✗", f"saved as `{place}`, but the filter does not compile:"), ("", str(error))]
        return Note([*said, ("!", edited)] if edited else said)
    title = f"✗ {place} is saved. {error.what} Try: {error.hint}"
    elsewhere = [str(problem) for problem in error.problems if problem.file != file.name]
    title = "\n".join([title, *elsewhere, error.rest]).rstrip()
    if edited:
        title += f"\n! {edited}"
    return Source(title, lines, problems=here, link=link_to(file))
