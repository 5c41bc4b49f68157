"""Set the tools up from a bundle, once the packages are there.

The packages are `bootstrap.sh`'s: it runs before there is any.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from lab_helpers.bundle.manifest import Host
from lab_helpers.bundle.opening import IMAGE, MODULES, TINYGO, Bundle
from lab_helpers.bundle.unpacking import unpack_tar
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.disk import made_folder
from lab_helpers.errors import LaunchError
from lab_helpers.folders import cache_folder, repository_folder
from lab_helpers.go_helper import helper_modules, prepare_go_helper
from lab_helpers.toolchain.install import (
    SCRATCH,
    InstallProgress,
    clear_scratch,
    install_go_modules,
    install_tinygo,
    only_one,
)

__all__ = ["load_image", "unbundle", "unbundle_tools"]


def unbundle(file: Path, console: Console) -> int:
    """Set the lab up from a bundle: its packages where `make` put them, and its tools.

    Args:
        file: The bundle.
        console: Where to show progress.

    Returns:
        The exit code: not 0 where `bootstrap.sh` could not do it, and has said why.

    Raises:
        BundleError: It is not for this machine or this lab, or it is damaged.
        ToolchainError: Something in it does not work here.
    """
    repository = repository_folder()
    shell = shutil.which("sh")
    if Path(sys.prefix) != repository / ".venv" or shell is None:
        unbundle_tools(file, console)  # the packages are somebody else's: conda's, a container's
        return 0
    environment = os.environ | {"BUNDLE": str(file.resolve()), "MAKE_GOAL": "lab"}
    return subprocess.run(  # noqa: S603  # a list of words; no shell reads them
        [shell, str(repository / "bootstrap.sh")], env=environment, check=False
    ).returncode


def unbundle_tools(file: Path, console: Console) -> None:
    """Set up TinyGo, the Go modules and Envoy's image; what is there already stays.

    Args:
        file: The bundle.
        console: Where to show progress.

    Raises:
        BundleError: It is not for this machine or this lab, or it is damaged.
        ToolchainError: Something in it does not work here.
    """
    repository = repository_folder()
    with Bundle(file) as bundle:
        bundle.manifest.check_host(Host.this())
        bundle.manifest.check_repository(repository)
        with InstallProgress(console) as progress:

            def put(root: Path) -> None:
                progress.step(f"Unpacking TinyGo {bundle.manifest.tinygo}")
                archive = bundle.extract(TINYGO, root.with_name(TINYGO))
                unpack_tar(archive, root)
                archive.unlink()

            tinygo = install_tinygo(progress, put=put)
            console.print(f"  ✓ TinyGo {tinygo.version} ({tinygo.source})", highlight=False)
            with only_one(progress):
                clear_scratch(cache_folder())
                _install_modules(bundle, progress)
                console.print("  ✓ the filters' Go modules", highlight=False)
                if bundle.manifest.image:
                    console.print(load_image(bundle), highlight=False)
    prepare_go_helper(lambda text: console.print(f"  · {text}", highlight=False))
    console.print("  ✓ the lab's Go helper", highlight=False)
    began = time.monotonic()
    console.print("  · Compiling the token filter, which shows that all is there (5 to 30 s)")
    compile_filter(repository / "filter" / "token", reuse=True)
    seconds = time.monotonic() - began
    console.print(f"  ✓ the token filter, in {seconds:.0f} s", highlight=False)


def _install_modules(bundle: Bundle, progress: InstallProgress) -> None:
    """Let Go take the modules from the bundle; it holds each against go.sum."""
    with made_folder(cache_folder(), SCRATCH) as scratch:
        archive = bundle.extract(MODULES, Path(scratch) / MODULES)
        unpack_tar(archive, Path(scratch) / "modules")
        proxy = (Path(scratch) / "modules").as_uri()
        install_go_modules(progress.step, proxy=proxy)
        install_go_modules(progress.step, helper_modules(), proxy=proxy)


def load_image(bundle: Bundle) -> str:
    """Give Envoy's image to the Docker daemon, if one answers.

    Args:
        bundle: A bundle that has an image in it.

    Returns:
        What to say about it.

    Raises:
        BundleError: The image is not what the bundle's list says.
    """
    # A quarter of a second, which most people need not spend.
    from lab_helpers.docker_engine.daemon import connected  # noqa: PLC0415
    from lab_helpers.docker_engine.images import has_image  # noqa: PLC0415

    name = bundle.manifest.image
    try:
        with connected() as client:
            if has_image(client, name):
                return f"  ✓ the image {name} is there"
            with made_folder(cache_folder(), SCRATCH) as scratch:
                archive = bundle.extract(IMAGE, Path(scratch) / IMAGE)
                with archive.open("rb") as file:
                    client.images.load(file)
    except LaunchError as error:
        return f"  - the image {name} stays in the bundle: {error.what}"
    return f"  ✓ the image {name}"
