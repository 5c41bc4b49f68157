"""TinyGo from its image, where neither its release nor a build from source will do.

Its container has no network where this machine's Go has fetched the modules already.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lab_helpers.docker_engine.daemon import ask_engine, connected
from lab_helpers.docker_engine.images import ensure_image
from lab_helpers.errors import ToolchainError
from lab_helpers.folders import cache_folder
from lab_helpers.toolchain.go import find_go, go_environment
from lab_helpers.toolchain.go_flags import go_flags, go_hint
from lab_helpers.toolchain.image_command import ImageCommand, writable_in_the_container
from lab_helpers.toolchain.install import install_go_modules
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.source_mounts import Bind, source_mounts
from lab_helpers.toolchain.tinygo import TINYGO_VERSION

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["TINYGO_IMAGE", "fetch_image", "image_command", "tinygo_image"]

TINYGO_IMAGE = f"tinygo/tinygo:{TINYGO_VERSION}"
_VARIABLE = "LAB_TINYGO_IMAGE"
_CACHE = "/cache"
_MODULES = "/modules"
# A person's own words on where modules come from, for the Go in the image.
_WHERE_FROM = ("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOINSECURE", "GOVCS")


def tinygo_image(asked: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Return the name of TinyGo's image: as asked, else `LAB_TINYGO_IMAGE`, else TinyGo's own.

    Args:
        asked: A name with its tag; None or "" for none.
        environment: The variables; those of this process by default.
    """
    variables = os.environ if environment is None else environment
    return asked or variables.get(_VARIABLE) or TINYGO_IMAGE


def fetch_image(image: str | None = None, console: Console | None = None) -> str:
    """Fetch TinyGo's image unless it is there, with a progress bar.

    Args:
        image: Its name; `LAB_TINYGO_IMAGE` names it else, and else it is TinyGo's own.
        console: Where to show progress; standard output by default.

    Returns:
        Its name.

    Raises:
        LaunchError: There is no Docker to ask, or the image cannot be had.
    """
    name = tinygo_image(image)
    with connected() as client:
        ask_engine(client)
        ensure_image(client, name, variable=_VARIABLE, console=console)
    return name


def image_command(words: Sequence[str], folder: Path, image: str | None = None) -> ImageCommand:
    """Prepare to compile a filter with TinyGo's image, which is fetched if it is absent.

    Args:
        words: What TinyGo is told, without the output.
        folder: The filter's folder, a Go module or below one.
        image: The image; `LAB_TINYGO_IMAGE` names it else, and else it is TinyGo's own.

    Raises:
        LaunchError: There is no Docker to ask, or the image cannot be had.
        ToolchainError: The filter's Go modules cannot be fetched.
    """
    name = fetch_image(image)
    with connected() as client:
        engine = ask_engine(client)
        image_id = str(client.images.get(name).id)
    workdir, sources = source_mounts(folder)
    modules = _module_cache(folder)
    variables = {
        "HOME": _CACHE,
        "GOFLAGS": go_flags(in_a_container=True),
        "GO111MODULE": "on",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOMODCACHE": _MODULES,
    }
    if modules is not None:
        variables["GOPROXY"] = "off"
        mounts = [*sources, Bind(modules, _MODULES)]
    else:
        variables |= {"GOFLAGS": f"{variables['GOFLAGS']} -modcacherw"}
        variables |= {key: os.environ[key] for key in _WHERE_FROM if key in os.environ}
        mounts = [*sources, Bind(_own_folder("modules"), _MODULES, writable=True)]
    return ImageCommand(
        image=name,
        version=f"image {image_id}",
        words=tuple(words),
        workdir=workdir,
        mounts=(*mounts, Bind(_own_folder("home"), _CACHE, writable=True)),
        variables=variables,
        network="none" if modules is not None else "bridge",
        engine=engine,
    )


def _module_cache(folder: Path) -> Path | None:
    """Return this machine's Go module cache, with the filter's modules in it; None without a Go."""
    try:
        go = find_go()
    except ToolchainError:
        return None  # then the Go in TinyGo's image fetches them
    module = next((at for at in (folder, *folder.parents) if (at / "go.mod").is_file()), None)
    if module is not None:
        install_go_modules(lambda _text: None, module)
    asked = run_tool([str(go.path), "env", "GOMODCACHE"], go_environment(go.path))
    if asked.returncode != 0:
        raise ToolchainError(
            "Go does not say where it keeps modules.",
            quote=asked.stderr,
            hint=go_hint(asked.stderr, "see what `go env` says"),
        )
    cache = Path(asked.stdout.strip())
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _own_folder(name: str) -> Path:
    """Return a folder that the container may write to, and that is kept: it makes it quicker."""
    return writable_in_the_container(cache_folder() / "tinygo-image" / name)
