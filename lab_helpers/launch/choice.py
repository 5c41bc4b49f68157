"""Choose how Envoy runs: as asked, else as a process where there is a binary, else in Docker."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from lab_helpers.errors import ConfigurationError, LaunchError, ToolchainError
from lab_helpers.launch.interface import Launcher

__all__ = ["choose_launcher", "clear_all_leftovers"]


def choose_launcher(
    asked: Launcher | str | None = None, *, platform: str = sys.platform
) -> Launcher:
    """Return the launcher to use.

    Args:
        asked: A launcher, its name, or None for whichever is there: `native` comes first.
        platform: This machine's `sys.platform`.

    Raises:
        ConfigurationError: There is no launcher of that name for this system.
        ToolchainError: There is no Envoy binary, though one was asked for, or nothing at all.
        LaunchError: There is no Docker daemon, though Docker was asked for.
    """
    if asked is None:
        return _whichever_is_there(platform)
    if not isinstance(asked, str):
        return asked
    if asked not in _LAUNCHERS:
        raise ConfigurationError(
            f"There is no launcher {asked!r}.", hint=f"one of: {', '.join(_LAUNCHERS)}"
        )
    return _LAUNCHERS[asked](platform)


def clear_all_leftovers() -> int:
    """End what an earlier crash of the lab left behind, whichever launcher started it.

    Returns:
        How many Envoys, keepers and containers were ended.

    Raises:
        LaunchError: Docker would not remove a container.
    """
    from lab_helpers.launch.runs import clear_leftovers  # noqa: PLC0415  # kept from slowing `lab`

    ended = clear_leftovers()
    try:
        docker = _docker(sys.platform)
    except LaunchError:
        return ended  # no Docker for this user: then no container of theirs either
    return ended + docker.clear_leftovers()


def _whichever_is_there(platform: str) -> Launcher:
    try:
        return _native(platform)
    except (ToolchainError, ConfigurationError) as no_binary:
        if os.environ.get("LAB_ENVOY"):
            raise  # a person names a binary: to take another Envoy would hide their mistake
        try:
            return _docker(platform)
        except LaunchError as no_docker:
            raise ToolchainError(
                f"There is no Envoy to run: {_lower(no_binary.what)} {no_docker.what}",
                quote=no_docker.quote,
                hint=no_docker.hint,
            ) from no_docker


def _native(platform: str) -> Launcher:
    # PyPI has no Envoy for macOS; and its keeper (`prctl`, `pidfd`) and the names of its threads
    # (`/proc`) are Linux's.
    if platform != "linux":
        raise ConfigurationError(
            "The native launcher needs Linux.", hint="use Docker (--launcher docker)"
        )
    # Loaded here, for it needs modules that Python has on Linux only.
    from lab_helpers.launch.native import NativeLauncher  # noqa: PLC0415
    from lab_helpers.toolchain import find_envoy  # noqa: PLC0415

    find_envoy()
    return NativeLauncher()


def _docker(_platform: str) -> Launcher:
    # Loaded here: it takes a quarter of a second, which most people need not spend.
    from lab_helpers.launch.docker import DockerLauncher  # noqa: PLC0415

    launcher = DockerLauncher()
    launcher.upstream_hosts()  # says so if there is no daemon
    return launcher


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


_LAUNCHERS: dict[str, Callable[[str], Launcher]] = {"native": _native, "docker": _docker}
