"""Build what is compared: the modules, the libraries and the ext_proc service."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
import tempfile
import time
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.exports import without_exports
from lab_helpers.compiling.modules import read_module
from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.cgo import find_cgo_compiler
from lab_helpers.toolchain.running import run_tool

__all__ = ["FILTERS", "SOURCES", "Built", "Exports", "build_bare", "build_library", "build_native"]
__all__ += ["build_apart", "build_service", "build_wasm", "give_each_a_context"]

FILTERS = repository_folder() / "filter"
SOURCES = Path(__file__).parent / "sources"

# All that a module in C needs, which keeps nothing for a request.
_NEEDED_IN_C = frozenset(
    {"proxy_on_configure", "proxy_on_memory_allocate", "proxy_on_response_headers"}
)
_SHARED, _APART = "return &plugin.response", "return &httpContext{plugin: plugin}"
# By this the SDK forgets a request's context.
_FORGETTING = "proxy_on_delete"

Exports = Literal["used", "all", "leaking"]


@dataclasses.dataclass(frozen=True, slots=True)
class Built:
    """A file that Envoy loads, or a service that it asks.

    Attributes:
        path: The file.
        bytes: Its size.
        compile_s: How long its compiler took, with all that it uses already compiled; None where an
            earlier compilation's file was taken.
    """

    path: Path
    bytes: int
    compile_s: float | None


def build_wasm(
    folder: Path,
    *,
    compiler: Literal["tinygo", "go"] | None = None,
    exports: Exports = "used",
    fresh: bool = False,
) -> Built:
    """Compile a filter to Wasm, by the lab's own rule.

    Args:
        folder: Its source.
        compiler: Which of Go's two; None for another language.
        exports: Which callbacks the module exports: those that it uses, as the lab builds it; all;
            or those that it uses without the one that frees a request's memory.
        fresh: Compile it even if nothing has changed, to see how long that takes.
    """
    target = _place() / f"{folder.name}-{compiler or 'wasm'}-{exports}.wasm"
    made = compile_filter(
        folder, target, compiler=compiler, reuse=not fresh, keep_exports=exports == "all"
    )
    if exports == "leaking":
        target.write_bytes(without_exports(target.read_bytes(), {_FORGETTING}))
    return Built(target, target.stat().st_size, None if made.reused else made.seconds)


def build_bare(
    source: str = "c_wasm", besides: Collection[str] = (), *, fresh: bool = False
) -> Built:
    """Compile a filter in C to Wasm, and leave out each callback that is empty.

    Args:
        source: Its folder in `sources`.
        besides: The empty callbacks that stay all the same.
        fresh: As for `build_wasm`.
    """
    full = build_wasm(SOURCES / source, exports="all", fresh=fresh)
    target = _place() / "-".join([source, "bare", *besides, ".wasm"])
    callbacks = {name for name in read_module(full.path).exports if name.startswith("proxy_on_")}
    idle = callbacks - _NEEDED_IN_C - set(besides)
    target.write_bytes(without_exports(full.path.read_bytes(), idle))
    return Built(target, target.stat().st_size, full.compile_s)


def build_apart() -> Built:
    """Compile the token filter with a context for each request, as filters commonly have them."""
    with tempfile.TemporaryDirectory(prefix="lab-cost-") as folder:
        copy = Path(folder) / "filter"
        shutil.copytree(FILTERS, copy)
        give_each_a_context(copy / "token")
        made = compile_filter(copy / "token", _place() / "apart.wasm", reuse=True)
    return Built(made.path, made.bytes, None)


def give_each_a_context(token: Path) -> None:
    """Change a copy of the token filter, so that each request has a context of its own.

    Args:
        token: The copy's folder.

    Raises:
        LabError: The filter is not what it was when this was written.
    """
    main = token / "main.go"
    source = main.read_text(encoding="utf-8")
    if source.count(_SHARED) != 1:
        raise LabError(
            f"filter/token/main.go has no longer one {_SHARED!r}.",
            hint="bring give_each_a_context in benchmarks/cost/building.py up to date",
        )
    main.write_text(source.replace(_SHARED, _APART), encoding="utf-8")


def build_native(*, fresh: bool = False) -> Built:
    """Compile the token filter as a dynamic module, by Go.

    Args:
        fresh: As for `build_wasm`.
    """
    made = compile_filter(FILTERS / "native", _place() / "libnative.so", reuse=not fresh)
    return Built(made.path, made.bytes, None if made.reused else made.seconds)


def build_library() -> Built:
    """Compile the two headers as a dynamic module, by C.

    Raises:
        LabError: There is no compiler of C for this machine, or it refuses.
    """
    native = FILTERS / "native"
    files = [SOURCES / "c_module" / "two_headers.c", native / "unused.c"]
    target = _place() / "libtwo_headers.so"
    words = [
        *shlex.split(find_cgo_compiler()),
        "-O2",
        "-shared",
        "-fPIC",
        f"-I{native}",
        "-o",
        str(target),
        *map(str, files),
    ]
    return _run(
        words, target, "The dynamic module in C does not compile.", "mend what the compiler names"
    )


def build_service() -> Built:
    """Compile the ext_proc service, by Go.

    Raises:
        LabError: It does not compile, or a Go module that it needs cannot be had.
    """
    target = _place() / "ext_proc"
    return _run(
        [str(find_go().path), "build", "-o", str(target), "."],
        target,
        "The ext_proc service cannot be built.",
        "where a module could not be downloaded, do it again with a network",
        folder=SOURCES / "ext_proc",
    )


def _run(
    words: Sequence[str], target: Path, what: str, hint: str, folder: Path | None = None
) -> Built:
    began = time.monotonic()
    done = run_tool(words, go_environment() if folder else {}, folder=folder)
    if done.returncode != 0:
        raise LabError(what, quote=done.stderr.strip()[-1500:], hint=hint)
    return Built(target, target.stat().st_size, time.monotonic() - began)


def _place() -> Path:
    place = work_folder() / "build" / "cost"
    place.mkdir(parents=True, exist_ok=True)
    return place
