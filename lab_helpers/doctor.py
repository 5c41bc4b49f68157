"""Say what is there, what is missing, and what to do about it."""

from __future__ import annotations

import dataclasses
import os
import platform
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape

from lab_helpers.errors import LabError, LaunchError
from lab_helpers.folders import cache_folder
from lab_helpers.memory import available_bytes
from lab_helpers.ports import port_is_free
from lab_helpers.toolchain import (
    EnvoyBinary,
    Go,
    TinyGo,
    find_envoy,
    find_go,
    find_tinygo,
    go_environment,
)
from lab_helpers.toolchain.tinygo import installed_folder
from lab_helpers.toolchain.versions import ask_version

__all__ = ["Check", "Report", "examine", "render"]

State = Literal["ok", "note", "missing"]

_MARKS: dict[State, str] = {"ok": "[green]✓[/]", "note": "[yellow]![/]", "missing": "[red]✗[/]"}
# Whoever cannot tell the marks apart reads the word.
_WORDS: dict[State, str] = {"ok": "", "note": "note: ", "missing": "missing: "}
_OLDEST_PYTHON = (3, 11)
_ARTICLE_PORTS = (10_000, 9_901)
# Kernel, Envoy with two workers and the token API together stay under 300 MB; TinyGo takes 512 MB.
_ENOUGH_MB = 900
_ENOUGH_DISK_MB = 1_000
_DOCKER_S = 5
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    Attributes:
        name: What was looked at.
        state: `ok`; `note` where something is worth knowing but the lab can run; `missing`.
        found: What is there, or is not.
        advice: What to do; "" where nothing is to be done.
    """

    name: str
    state: State
    found: str
    advice: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What is there."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Return whether the lab can run."""
        return all(check.state != "missing" for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for `json.dumps`."""
        return {"ok": self.ok, "checks": [dataclasses.asdict(check) for check in self.checks]}


def examine() -> Report:
    """Look at everything that the lab uses.

    Returns:
        One check for each, in the order in which a person would mend them. It never raises: what
        cannot be looked at is a line of the report.
    """
    docker = check_docker()
    return Report(
        (
            check_python(sys.version_info[:3]),
            check_go(),
            check_tinygo(docker),
            check_envoy(docker),
            docker,
            _look("wasm-opt", lambda: check_wasm_opt(find_wasm_opt())),
            check_ports([port for port in _ARTICLE_PORTS if not port_is_free(port)]),
            _look("Memory", lambda: check_memory(available_bytes() // 1_000_000)),
            _look("Disk", lambda: check_disk(shutil.disk_usage(cache_folder()).free // 1_000_000)),
            check_chromium(next(filter(None, map(shutil.which, _CHROMIUMS)), None)),
        )
    )


def render(report: Report, console: Console) -> None:
    """Print the report, a line for each check.

    Args:
        report: What `examine` returned.
        console: Where to print.
    """
    width = max(len(check.name) for check in report.checks)
    for check in report.checks:
        found = f"{_WORDS[check.state]}{escape(check.found)}"
        line = f"{_MARKS[check.state]} {check.name:<{width}}  {found}"
        console.print(line, highlight=False, soft_wrap=True)
        if check.advice:
            console.print(
                f"  {'':<{width}}  → {escape(check.advice)}", highlight=False, soft_wrap=True
            )
    if report.ok:
        console.print("\nThe lab can run.")
    else:
        console.print("\nThe lab cannot run yet: mend the lines with ✗.")


def check_python(version: Sequence[int]) -> Check:
    """Judge Python's version.

    Args:
        version: Its first numbers.
    """
    shown = ".".join(map(str, version))
    if tuple(version[:2]) >= _OLDEST_PYTHON:
        return Check("Python", "ok", f"{shown} on {platform.system()} {platform.machine()}")
    oldest = ".".join(map(str, _OLDEST_PYTHON))
    return Check("Python", "missing", f"{shown} is too old", f"use Python {oldest} or later")


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
    from lab_helpers.launch.docker.daemon import ask_engine, connected  # noqa: PLC0415
    from lab_helpers.launch.docker.images import envoy_image, has_image  # noqa: PLC0415

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


def find_wasm_opt() -> str | None:
    """Return the wasm-opt that TinyGo uses: its own, as a release's and a bundle's have, or PATH's.

    Raises:
        LabError: The folder of the lab's tools cannot be made.
    """
    root = installed_folder()
    own = (root / "bin", root / "system" / "bin")
    return shutil.which("wasm-opt", path=os.pathsep.join((*map(str, own), os.environ["PATH"])))


def check_wasm_opt(path: str | None) -> Check:
    """Judge whether wasm-opt is there.

    Args:
        path: Where it is; None where it is not.
    """
    if path:
        return Check("wasm-opt", "ok", path)
    return Check(
        "wasm-opt",
        "note",
        "not on PATH",
        "TinyGo's release brings its own; one built from source uses the package binaryen",
    )


def check_ports(taken: Sequence[int]) -> Check:
    """Judge the article's ports, which only `lab up` uses.

    Args:
        taken: Those that are not free.
    """
    if not taken:
        return Check("Ports", "ok", f"{' and '.join(map(str, _ARTICLE_PORTS))} are free")
    return Check(
        "Ports",
        "note",
        f"taken: {', '.join(map(str, taken))}",
        "only `lab up` uses these: give it --port and --admin-port; all else takes free ones",
    )


def check_memory(available_mb: int) -> Check:
    """Judge the free memory.

    Args:
        available_mb: What is available, in MB.
    """
    if available_mb >= _ENOUGH_MB:
        return Check("Memory", "ok", f"{available_mb:,} MB available")
    return Check(
        "Memory",
        "note",
        f"{available_mb:,} MB available",
        f"{_ENOUGH_MB} MB are comfortable: close other programs before you compile",
    )


def check_disk(free_mb: int) -> Check:
    """Judge the free space where tools are kept.

    Args:
        free_mb: What is free, in MB.
    """
    if free_mb >= _ENOUGH_DISK_MB:
        return Check("Disk", "ok", f"{free_mb:,} MB free for tools")
    return Check("Disk", "note", f"{free_mb:,} MB free for tools", "free some space")


def check_chromium(path: str | None) -> Check:
    """Judge whether a Chromium is there, which only the browser tests use.

    Args:
        path: Where it is; None where it is not.
    """
    if path:
        return Check("Chromium", "ok", path)
    return Check("Chromium", "note", "not there", "only the browser tests use it")


def _tool(
    name: str,
    find: Callable[[], Go | TinyGo | EnvoyBinary],
    words: Sequence[str],
    environment: Mapping[str, str] | None = None,
) -> Check:
    """Look for a tool and run it: one that is there may still lack a library of the system."""

    def look() -> Check:
        tool = find()
        ask_version(tool.path, words, environment)
        return Check(name, "ok", f"{tool.version} ({tool.source}: {tool.path})")

    return _look(name, look)


def _look(name: str, look: Callable[[], Check]) -> Check:
    """Make a check; what it raises is the line's text."""
    try:
        return look()
    except LabError as error:
        found = error.what if not error.quote else f"{error.what} {error.quote}"
        return Check(name, "missing", found, error.hint or "run `make lab` again")
    except OSError as error:
        advice = "see whether the lab's cache folder is yours; LAB_CACHE names another one"
        return Check(name, "missing", str(error), advice)
