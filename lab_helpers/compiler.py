"""Compile a filter's Go source to Wasm, with TinyGo or with standard Go.

The commands and what their flags are for were measured; see the README's table of sources:

- `-target=wasi -buildmode=c-shared`: a reactor, which has `_initialize` and no `main` to run.
- `-scheduler=none`: no goroutines; Envoy calls in, one callback at a time.
- `-opt=2 -no-debug`: a smaller and quicker module.
- `-tags=custommalloc`: TinyGo's `malloc` is not exported. Envoy would take buffers from it that
  nothing frees (tetratelabs/proxy-wasm-go-sdk, issues 349, 375 and 450).
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol, cast, get_args

from rich.console import Console

from lab_helpers.build_cache import build_key, recall, remember
from lab_helpers.compile_failures import compile_failure
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.modules import Module, read_module
from lab_helpers.toolchain import find_go, find_tinygo, go_environment

__all__ = [
    "Compiler",
    "Toolchain",
    "chosen_toolchain",
    "compile_failure",
    "compile_filter",
    "prepare_toolchain",
]

Compiler = Literal["tinygo", "go"]
Toolchain = Literal["native", "docker"]

_TINYGO_FLAGS = (
    "-target=wasi",
    "-buildmode=c-shared",
    "-scheduler=none",
    "-opt=2",
    "-no-debug",
    "-tags=custommalloc",
)
# Without `-buildvcs=false` Go writes the commit into the module: the same source would make another
# module after each commit.
_GO_FLAGS = ("-buildmode=c-shared", "-buildvcs=false")


@dataclasses.dataclass(frozen=True, slots=True)
class _NativeCommand:
    """What to run, and what a person needs in the environment to run it too."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    version: str

    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
        """Compile, as a process of this machine."""
        return subprocess.run(  # noqa: S603  # the words are ours; no shell reads them
            self.typed(target),
            cwd=folder,
            env=os.environ | go_environment() | dict(self.environment),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def typed(self, target: Path) -> tuple[str, ...]:
        """Return what a person types to do the same."""
        return (*self.words, "-o", str(target), ".")

    def before(self, _target: Path) -> tuple[str, ...]:
        """Return what a person types first: nothing."""
        return ()


class _Command(Protocol):
    """A compiler for one filter: a program of this machine, or an image."""

    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def environment(self) -> Mapping[str, str]: ...
    @property
    def version(self) -> str: ...
    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]: ...
    def typed(self, target: Path) -> tuple[str, ...]: ...
    def before(self, target: Path) -> tuple[str, ...]: ...


def compile_filter(
    filter_dir: Path | str,
    output: Path | str | None = None,
    *,
    compiler: Compiler = "tinygo",
    reuse: bool = False,
    toolchain: Toolchain | None = None,
    image: str | None = None,
) -> Module:
    """Compile a filter.

    Args:
        filter_dir: The folder of the filter's `main` package; a module's own folder, or below one.
            From anywhere, `filter/token` is the lab's, and `mine` the learner's own of that name.
        output: The file to write; by default `build/<folder>.wasm` in the work folder.
        compiler: `tinygo` or `go`.
        reuse: Take the module of an earlier compilation if nothing that goes into it has changed.
        toolchain: `native` for this machine's TinyGo, `docker` for TinyGo's image; `LAB_TOOLCHAIN`
            names it else, and else it is `native`.
        image: The image for `docker`; `LAB_TINYGO_IMAGE` names it else, and else it is TinyGo's
            own.

    Returns:
        The module, with the exact command that made it.

    Raises:
        CompileError: The source does not compile; `problems` says where.
        ConfigurationError: There is no such folder, no such compiler or no such toolchain.
        LaunchError: There is no Docker to ask, or the image cannot be had.
        ToolchainError: The compiler is missing.
    """
    folder = _source_folder(filter_dir)
    target = Path(output).expanduser() if output else _default_output(folder, compiler)
    target = target.resolve()
    command = _command(compiler, folder, chosen_toolchain(toolchain), image)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside its place and renamed: two compilations, or one that is interrupted, never
    # leave half a module where Envoy would read it.
    with tempfile.TemporaryDirectory(prefix=".build-", dir=target.parent) as scratch:
        fresh = Path(scratch) / target.name
        began = time.monotonic()
        key = build_key(folder, command.words, command.version)
        reused = reuse and key is not None and recall(key, fresh)
        if not reused:
            _run(command, folder, fresh, compiler)
        seconds = time.monotonic() - began
        if key is not None and not reused:
            remember(key, fresh)
        fresh.chmod(0o644)  # Envoy in a container reads it as another user
        fresh.replace(target)
    return dataclasses.replace(
        read_module(target),
        compiler=compiler,
        seconds=seconds,
        reused=reused,
        folder=folder,
        before=command.before(target),
        command=command.typed(target),
        environment=command.environment,
    )


def _source_folder(filter_dir: Path | str) -> Path:
    named = Path(filter_dir).expanduser()
    # A notebook need not know where it lies: the lab's own filters and the learner's are found too.
    places = (Path(), repository_folder(), work_folder() / "filters")
    folder = next((at for place in places if (at := (place / named).resolve()).is_dir()), named)
    if not folder.is_dir():
        raise ConfigurationError(
            f"There is no folder {filter_dir}.", hint="name a filter's folder, such as filter/token"
        )
    if not any(folder.glob("*.go")):
        raise ConfigurationError(
            f"The folder {filter_dir} holds no .go file.",
            hint="name the folder that holds main.go, such as filter/token",
        )
    return folder


def _default_output(folder: Path, compiler: Compiler) -> Path:
    suffix = "" if compiler == "tinygo" else f"-{compiler}"
    return work_folder() / "build" / f"{folder.name}{suffix}.wasm"


def prepare_toolchain(
    console: Console | None = None, toolchain: str | None = None, image: str | None = None
) -> Toolchain:
    """Fetch TinyGo's image unless it is there, with a progress bar, if it is to compile.

    Args:
        console: Where to show progress; standard output by default.
        toolchain: As for `compile_filter`.
        image: As for `compile_filter`.

    Returns:
        The toolchain that is to compile.

    Raises:
        ConfigurationError: There is no such toolchain.
        LaunchError: There is no Docker to ask, or the image cannot be had.
    """
    chosen = chosen_toolchain(toolchain)
    if chosen == "docker":
        # Loaded here: docker-py takes a quarter of a second, which most people need not spend.
        from lab_helpers.toolchain.tinygo_docker import fetch_image  # noqa: PLC0415

        fetch_image(image, console)
    return chosen


def chosen_toolchain(asked: str | None = None) -> Toolchain:
    """Return where the compiler comes from: as asked, else `LAB_TOOLCHAIN`, else this machine.

    Args:
        asked: `native` or `docker`; None or "" for none.

    Raises:
        ConfigurationError: It is another word.
    """
    named = asked or os.environ.get("LAB_TOOLCHAIN") or "native"
    for toolchain in get_args(Toolchain):
        if toolchain == named:
            return cast("Toolchain", toolchain)
    raise ConfigurationError(
        f"There is no toolchain {named!r} in the lab.",
        hint=f"one of: {', '.join(get_args(Toolchain))}",
    )


def _command(compiler: Compiler, folder: Path, toolchain: Toolchain, image: str | None) -> _Command:
    if compiler not in get_args(Compiler):
        raise ConfigurationError(
            f"There is no compiler {compiler!r} in the lab.",
            hint=f"one of: {', '.join(get_args(Compiler))}",
        )
    if toolchain == "native":
        return _native_command(compiler, folder)
    if compiler != "tinygo":
        raise ConfigurationError(
            f"In Docker the lab compiles with TinyGo, not with {compiler}.",
            hint=f"take this machine's {compiler} (--toolchain native), or --compiler tinygo",
        )
    from lab_helpers.toolchain.tinygo_docker import image_command  # noqa: PLC0415  # as above

    return image_command(("build", *_TINYGO_FLAGS), folder, image)


def _native_command(compiler: Compiler, folder: Path) -> _NativeCommand:
    go = find_go()
    environment: dict[str, str] = {}
    if any((above / "go.work").exists() for above in (folder, *folder.parents)):
        environment["GOWORK"] = "off"  # a workspace above would hide the filter's own go.mod
    if shutil.which("go") != str(go.path):
        environment["PATH"] = os.pathsep.join((str(go.path.parent), os.environ.get("PATH", "")))
    if compiler == "tinygo":
        tinygo = find_tinygo()
        version = f"tinygo {tinygo.version} go {go.version}"
        return _NativeCommand((_typed(tinygo.path), "build", *_TINYGO_FLAGS), environment, version)
    environment |= {"GOOS": "wasip1", "GOARCH": "wasm"}
    return _NativeCommand((_typed(go.path), "build", *_GO_FLAGS), environment, f"go {go.version}")


def _typed(tool: Path) -> str:
    """Return the bare name where a person's shell finds this very tool by it."""
    return tool.name if shutil.which(tool.name) == str(tool) else str(tool)


def _run(command: _Command, folder: Path, target: Path, compiler: Compiler) -> None:
    result = command.run(folder, target)
    if result.returncode != 0 or not target.exists():
        raise compile_failure(result, folder, compiler)
