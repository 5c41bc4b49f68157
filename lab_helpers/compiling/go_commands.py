"""The commands that compile a filter written in Go: of this machine's compilers, or TinyGo's image.

What the flags of TinyGo 0.41.1 are for:

- `-target=wasi -buildmode=c-shared`: a reactor, which has `_initialize` and no `main` to run.
- `-scheduler=none`: no goroutines; Envoy calls in, one callback at a time.
- `-opt=2 -no-debug`: a smaller and quicker module.
- `-tags=custommalloc`: TinyGo's `malloc` is not exported. Envoy would take buffers from it that
  nothing frees (tetratelabs/proxy-wasm-go-sdk, issues 349, 375 and 450).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lab_helpers.compiling.command import Command, ToolCommand, typed_tool
from lab_helpers.errors import ConfigurationError
from lab_helpers.toolchain import find_go, find_tinygo, go_environment
from lab_helpers.toolchain.go_flags import dropped_go_flags, go_flags

__all__ = ["go_command"]

_TINYGO_FLAGS = (
    "-target=wasi",
    "-buildmode=c-shared",
    "-scheduler=none",
    "-opt=2",
    "-no-debug",
    "-tags=custommalloc",
)
# With `-opt=2` the code of several lines is made one, and some panics are of none of them. With
# `-opt=z` each of those that were tried had its line (`tests/failing.py`).
_TELLING_LINES = (
    "-target=wasi",
    "-buildmode=c-shared",
    "-scheduler=none",
    "-opt=z",
    "-tags=custommalloc",
)
# Without `-buildvcs=false` Go writes the commit into the module: the same source would make another
# module after each commit.
_GO_FLAGS = ("-buildmode=c-shared", "-buildvcs=false")


def go_command(
    compiler: str, folder: Path, toolchain: str, image: str | None, *, debug_info: bool
) -> Command:
    """Return the command that compiles a filter written in Go.

    Args:
        compiler: `tinygo` or `go`.
        folder: The filter's folder.
        toolchain: `native` or `docker`.
        image: As for `compile_filter`.
        debug_info: As for `compile_filter`.

    Raises:
        ConfigurationError: The compiler is not to be had in that toolchain.
        LaunchError: There is no Docker to ask, or the image cannot be had.
        ToolchainError: The compiler is missing.
    """
    flags = _TELLING_LINES if debug_info else _TINYGO_FLAGS
    if toolchain == "native":
        return _native_command(compiler, folder, flags)
    if compiler != "tinygo":
        raise ConfigurationError(
            f"In Docker the lab compiles with TinyGo, not with {compiler}.",
            hint=f"take this machine's {compiler} (--toolchain native), or --compiler tinygo",
        )
    # Loaded here: docker-py takes a quarter of a second, which most people need not spend.
    from lab_helpers.toolchain.tinygo_docker import image_command  # noqa: PLC0415

    return image_command(("build", *flags), folder, image)


def _native_command(compiler: str, folder: Path, tinygo_flags: Sequence[str]) -> Command:
    go = find_go()
    environment: dict[str, str] = {}
    if any((above / "go.work").exists() for above in (folder, *folder.parents)):
        environment["GOWORK"] = "off"  # a workspace above would hide the filter's own go.mod
    if dropped_go_flags() or (compiler == "tinygo" and _is_anothers_checkout(folder)):
        environment["GOFLAGS"] = go_flags()
    if shutil.which("go") != str(go.path):
        environment["PATH"] = os.pathsep.join((str(go.path.parent), os.environ.get("PATH", "")))
    if compiler == "tinygo":
        tinygo = find_tinygo()
        version = f"tinygo {tinygo.version} go {go.version}"
        words = (typed_tool(tinygo.path), "build", *tinygo_flags)
        return ToolCommand(words, (".",), version, environment, go_environment())
    environment |= {"GOOS": "wasip1", "GOARCH": "wasm"}
    words = (typed_tool(go.path), "build", *_GO_FLAGS)
    return ToolCommand(words, (".",), f"go {go.version}", environment, go_environment())


def _is_anothers_checkout(folder: Path) -> bool:
    """Return whether Git refuses to tell of it: its folder is another user's."""
    user = os.getuid() if sys.platform != "win32" else None
    places = (above / ".git" for above in (folder, *folder.parents))
    repository = next((place for place in places if place.exists()), None)
    return repository is not None and user is not None and repository.stat().st_uid != user
