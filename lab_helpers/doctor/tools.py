"""Look for the tools that the lab uses, and run those that it cannot do without."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence

from lab_helpers.doctor.report import Check
from lab_helpers.errors import LabError, LaunchError, ToolchainError
from lab_helpers.toolchain import (
    EnvoyBinary,
    Go,
    TinyGo,
    find_envoy,
    find_go,
    find_tinygo,
    go_environment,
)
from lab_helpers.toolchain.cgo import find_cgo_compiler
from lab_helpers.toolchain.clang import find_c_compiler
from lab_helpers.toolchain.rust import find_rust
from lab_helpers.toolchain.versions import ask_version

__all__ = [
    "check_c",
    "check_c_compiler",
    "check_chromium",
    "check_docker",
    "check_envoy",
    "check_go",
    "check_rust",
    "check_tinygo",
    "check_wasm_opt",
    "find_chromium",
    "look",
    "without_docker",
]

_DOCKER_S = 5
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


def check_go() -> Check:
    """Look for Go, and run it."""
    return _tool("Go", find_go, ["version"], go_environment())


def check_tinygo(docker: Check) -> Check:
    """Look for TinyGo, and run it; with Docker, its image may compile instead.

    Args:
        docker: What was found of Docker.
    """
    tinygo = _tool("TinyGo", find_tinygo, ["version"], go_environment())
    asked = os.environ.get("LAB_TOOLCHAIN")
    if tinygo.state == "missing" and docker.state == "ok" and asked == "docker":
        return Check("TinyGo", "note", "none here", "its image compiles, for LAB_TOOLCHAIN=docker")
    return tinygo


def check_c_compiler() -> Check:
    """Look for the C compiler that a dynamic module needs; without one the rest of the lab runs."""
    try:
        found = find_cgo_compiler()
    except ToolchainError as error:
        return Check(
            "C compiler", "note", error.what, f"only a dynamic module needs it: {error.hint}"
        )
    return Check("C compiler", "ok", f"{found}, for a dynamic module (lab build native)")


def check_c() -> Check:
    """Look for a compiler of C that makes Wasm, which only filters in C need."""
    try:
        found = find_c_compiler()
    except ToolchainError as error:
        advice = f"the lab's own filters in C run prebuilt; for yours, {error.hint}"
        return Check("C to Wasm", "note", error.what, advice)
    where = "PyPI" if found.source == "ziglang" else f"{found.source}: {found.words[0]}"
    return Check("C to Wasm", "ok", f"{found.name} {found.version} ({where})")


def check_rust() -> Check:
    """Look for a Rust that makes Wasm, which only filters in Rust need."""
    try:
        found = find_rust()
    except ToolchainError as error:
        advice = f"the lab's own filters in Rust run prebuilt; for yours, {error.hint}"
        return Check("Rust to Wasm", "note", error.what, advice)
    std = ", with a standard library that is compiled once, in minutes" if found.builds_std else ""
    return Check("Rust to Wasm", "ok", f"{found.version} ({found.cargo}) for {found.target}{std}")


def check_envoy(docker: Check) -> Check:
    """Look for an Envoy; without a binary, Docker may run one.

    Args:
        docker: What was found of Docker.
    """
    envoy = _tool("Envoy", find_envoy, ["--version"])
    if envoy.state == "missing" and docker.state == "ok":
        return Check("Envoy", "note", "no binary for this system", "the lab runs it in Docker")
    return envoy


def check_docker(system: str = sys.platform) -> Check:
    """Ask whether a Docker daemon answers; on Linux the lab can run without one.

    Args:
        system: This machine's `sys.platform`.
    """
    # A quarter of a second, for this line alone.
    from lab_helpers.docker_engine.daemon import ask_engine, connected  # noqa: PLC0415
    from lab_helpers.docker_engine.images import has_image  # noqa: PLC0415
    from lab_helpers.launch.docker.options import envoy_image  # noqa: PLC0415

    image = envoy_image()
    try:
        with connected(timeout_s=_DOCKER_S) as client:
            version = ask_engine(client).version
            here = has_image(client, image)
    except LaunchError as error:
        words = error.quote.splitlines()[0][:120] if error.quote else ""
        found = f"{error.what.rstrip('.')}{f' ({words})' if words else ''}"
        return without_docker(found, error.hint, system)
    fetched = "is here" if here else "is fetched when it is first used"
    return Check("Docker", "ok", f"{version}, its daemon answers; the image {image} {fetched}")


def without_docker(found: str, hint: str, system: str) -> Check:
    """Judge that no Docker daemon can be used.

    Args:
        found: Why.
        hint: What mends that.
        system: This machine's `sys.platform`.
    """
    if system == "linux":
        return Check("Docker", "note", found, f"needed only for --launcher docker: {hint}")
    return Check("Docker", "missing", found, f"Envoy runs in Docker on this system: {hint}")


def check_wasm_opt(path: str | None, tinygo: Check) -> Check:
    """Judge whether wasm-opt is there, without which a TinyGo of this machine compiles nothing.

    Args:
        path: Where it is; None where it is not.
        tinygo: What was found of TinyGo.
    """
    if path:
        return Check("wasm-opt", "ok", path)
    advice = "sudo apt-get install binaryen, or name one with the variable WASMOPT"
    return Check("wasm-opt", "missing" if tinygo.state == "ok" else "note", "not on PATH", advice)


def find_chromium() -> str | None:
    """Return where a Chromium is, under one of the names that it has; None where there is none."""
    return next(filter(None, map(shutil.which, _CHROMIUMS)), None)


def check_chromium(path: str | None) -> Check:
    """Judge whether a Chromium is there, which only the browser tests use.

    Args:
        path: Where it is; None where it is not.
    """
    if path:
        return Check("Chromium", "ok", path)
    return Check("Chromium", "note", "not there", "only the browser tests use it")


def look(name: str, check: Callable[[], Check]) -> Check:
    """Make a check; what it raises is the line's text.

    Args:
        name: What is looked at.
        check: Looks, and judges.
    """
    try:
        return check()
    except LabError as error:
        found = error.what if not error.quote else f"{error.what} {error.quote}"
        return Check(name, "missing", found, error.hint or "run `make lab` again")
    except OSError as error:
        advice = "see whether the lab's cache folder is yours; LAB_CACHE names another one"
        return Check(name, "missing", str(error), advice)


def _tool(
    name: str,
    find: Callable[[], Go | TinyGo | EnvoyBinary],
    words: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Check:
    """Look for a tool and run it: one that is there may still lack a library of the system."""

    def found() -> Check:
        tool = find()
        ask_version(tool.path, words, environment)
        return Check(name, "ok", f"{tool.version} ({tool.source}: {tool.path})")

    return look(name, found)
