"""Build the Go program once, and keep it as TinyGo is kept: whole, or not at all."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lab_helpers.disk import made_folder, writing_to
from lab_helpers.errors import ToolchainError
from lab_helpers.late import late
from lab_helpers.toolchain import Go, find_go, go_environment
from lab_helpers.toolchain.go import for_this_machine
from lab_helpers.toolchain.go_flags import go_hint
from lab_helpers.toolchain.install import SCRATCH, clear_scratch
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.tinygo import tools_folder

if TYPE_CHECKING:
    import filelock
else:
    filelock = late("filelock")

__all__ = ["build_go_helper", "built_go_helper", "helper_modules"]

_NAME = "gohelper"
_KEPT = 4
_SOURCES = ("*.go", "go.mod", "go.sum")
# Its checkout may be another user's, whose version control Go must not ask; a path of this machine
# has no place in it; and no C compiler is needed.
_FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")


def helper_modules() -> Path:
    """Return the folder of the program's Go module."""
    return Path(__file__).parent / "program"


def build_go_helper(step: Callable[[str], None] | None = None) -> Path:
    """Return the program, after building it if it is not there, or not whole.

    Args:
        step: Is told that the build begins.

    Raises:
        ToolchainError: It cannot be built; Go's own words are quoted.
    """
    go = find_go()
    program = _place(go)
    if _is_whole(program):
        return program
    # The lock of every install: what one of them has begun, another must not clear away.
    with (
        writing_to(tools_folder(), "name another folder with LAB_CACHE"),
        filelock.FileLock(tools_folder() / "install.lock"),
    ):
        if not _is_whole(program):  # another process may have built it while this one waited
            if step is not None:
                step("Building the lab's Go helper (10 to 40 s)")
            _build(go, program)
    return program


def built_go_helper() -> Path:
    """Return the program where it is there already, for whom a build would take too long.

    Raises:
        ToolchainError: There is no Go, or the program is not built, or not whole.
    """
    program = _place(find_go())
    if not _is_whole(program):
        raise ToolchainError("The lab's Go helper is not built.", hint="run `lab setup`")
    return program


def _place(go: Go) -> Path:
    """Return where it is kept, named after what goes into it."""
    here = f"{platform.system()} {platform.machine()}"  # a home folder may be shared
    digest = hashlib.sha256(f"{go.version}\n{here}\n{_FLAGS}\n".encode())
    for pattern in _SOURCES:
        for file in sorted(helper_modules().rglob(pattern)):
            if not file.name.endswith("_test.go"):
                name = file.relative_to(helper_modules()).as_posix()
                digest.update(f"{name}\n".encode() + file.read_bytes())
    suffix = ".exe" if os.name == "nt" else ""
    return tools_folder() / f"{_NAME}-{digest.hexdigest()[:12]}{suffix}"


def _is_whole(program: Path) -> bool:
    """Return whether it is there, as it was built, and may be run."""
    try:
        digest = hashlib.sha256(program.read_bytes()).hexdigest()
        return os.access(program, os.X_OK) and _note(program).read_text("utf-8") == digest
    except OSError:
        return False


def _note(program: Path) -> Path:
    return program.with_name(f"{program.name}.sha256")


def _build(go: Go, program: Path) -> None:
    clear_scratch(tools_folder())
    with made_folder(tools_folder(), SCRATCH) as scratch:
        built = Path(scratch) / program.name
        result = run_tool(
            [str(go.path), "build", *_FLAGS, "-o", str(built), "."],
            go_environment(go.path) | for_this_machine() | {"CGO_ENABLED": "0"},
            folder=helper_modules(),
        )
        if result.returncode != 0:
            raise ToolchainError(
                "The lab's Go helper cannot be built.",
                quote=result.stderr[-1000:],
                hint=go_hint(
                    result.stderr,
                    "check the network and its proxy (GOPROXY), then run `lab setup` again",
                ),
            )
        digest = hashlib.sha256(built.read_bytes()).hexdigest()
        # Each is renamed when it is whole; the note is last, so that it never speaks of another.
        built.replace(program)
        note = Path(scratch) / "note"
        note.write_text(digest, encoding="utf-8")
        note.replace(_note(program))
    _forget_old()


def _forget_old() -> None:
    """Keep a few: checkouts of several versions may share the cache."""
    notes = sorted(tools_folder().glob(f"{_NAME}-*.sha256"), key=lambda note: note.stat().st_mtime)
    for note in notes[:-_KEPT]:
        note.unlink(missing_ok=True)
        note.with_suffix("").unlink(missing_ok=True)
