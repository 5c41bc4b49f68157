"""Make a bundle: everything that a machine without a network needs, in one file."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import filelock
from rich.console import Console

import lab_helpers
from lab_helpers.bundle.manifest import GO_SUMS, Host, Manifest, sha256_of_text_file
from lab_helpers.bundle.opening import IMAGE, MODULES, REPOSITORY, TINYGO, WHEELS
from lab_helpers.bundle.parts import (
    collect_go_modules,
    collect_repository,
    commit_of,
    pack_folder,
    save_image,
    uncommitted,
)
from lab_helpers.bundle.portable_tinygo import copy_tinygo
from lab_helpers.bundle.wheels import download_wheels
from lab_helpers.bundle.writing import write_bundle
from lab_helpers.disk import made_folder
from lab_helpers.errors import BundleError, LaunchError
from lab_helpers.folders import cache_folder, repository_folder
from lab_helpers.go_helper import helper_modules
from lab_helpers.outputs import output_file
from lab_helpers.terminal import terminal
from lab_helpers.toolchain import TinyGo, find_tinygo

__all__ = ["CODE", "bundle_name", "make_bundle", "refuse_python"]

# What Python reads of the bundle before it has any packages.
CODE = (
    "errors.py",
    "plain_text.py",
    "tokens.py",
    "bundle/__init__.py",
    "bundle/__main__.py",
    "bundle/manifest.py",
    "bundle/opening.py",
    "bundle/unpacking.py",
)
_OLDEST_PYTHON_3 = 11
_BUNDLING = ".bundling-"


def bundle_name(host: Host, pythons: Sequence[str]) -> str:
    """Return the usual name of a bundle's file.

    Args:
        host: The machine that it is for.
        pythons: The Python versions that it is for.
    """
    return f"envoy-wasm-lab-{host.platform}-python{'-'.join(pythons)}.run"


def make_bundle(
    output: Path | None = None, *, pythons: Sequence[str] = (), console: Console | None = None
) -> Path:
    """Make a bundle of the last commit, for machines like this one.

    Args:
        output: The file to write; by default one in the current folder, named after its platform.
        pythons: The Python versions to bring wheels for, such as `3.12`; this one's by default.
        console: Where to show progress; standard output by default.

    Returns:
        The file.

    Raises:
        BundleError: A part cannot be had, or the file cannot be written.
        ConfigurationError: No file can be written there.
        ToolchainError: TinyGo or Go is missing.
    """
    console = console or terminal()
    host, repository, tinygo = Host.this(), repository_folder(), find_tinygo()
    pythons = tuple(dict.fromkeys(pythons)) or (host.python.rpartition(".")[0],)
    refuse_python(pythons)
    output = output_file(output or bundle_name(host, pythons))
    began = time.monotonic()
    manifest = Manifest(
        platform=host.platform,
        pythons=pythons,
        glibc=host.glibc,
        commit=commit_of(repository),
        lock=sha256_of_text_file(repository / "requirements.lock"),
        go_sum=sha256_of_text_file(*(repository / name for name in GO_SUMS)),
        tinygo=f"{tinygo.version} ({tinygo.source})",
        image="",
        members={},
    )
    if changed := uncommitted(repository):
        console.print(
            f"  ! {changed} changed files are not committed, and stay out", style="yellow"
        )
    with _scratch() as scratch:
        parts = scratch / "parts"
        image = _collect(console, manifest, tinygo, parts)
        with console.status(f"Writing {output.name}"):
            sha256 = write_bundle(output, parts, dataclasses.replace(manifest, image=image))
    _say_what_to_do(console, output, manifest, sha256)
    console.print(f"  made in {time.monotonic() - began:.0f} s", highlight=False)
    return output


def refuse_python(pythons: Sequence[str]) -> None:
    """Refuse what is no Python version that the lab runs with.

    Args:
        pythons: Such as `3.12`.

    Raises:
        BundleError: One is none.
    """
    for python in pythons:
        major, _, minor = python.partition(".")
        if major != "3" or not minor.isdigit() or int(minor) < _OLDEST_PYTHON_3:
            raise BundleError(
                f"{python} is no Python version that the lab runs with.",
                hint=f"such as --python 3.12: two numbers, from 3.{_OLDEST_PYTHON_3} up",
            )


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """Lend a folder to work in, and remove what one that was killed left: it may be a gigabyte."""
    lock = filelock.FileLock(cache_folder() / "bundle.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise BundleError(
            "Another `lab bundle` is at work.", hint="wait until it is done"
        ) from error
    try:
        for leftover in cache_folder().glob(f"{_BUNDLING}*"):
            shutil.rmtree(leftover)
        with made_folder(cache_folder(), _BUNDLING) as folder:
            yield Path(folder)
    finally:
        lock.release()


def _collect(console: Console, manifest: Manifest, tinygo: TinyGo, parts: Path) -> str:
    """Bring the parts together in a folder; return the name of Envoy's image, if it is there."""
    repository, scratch, pythons = repository_folder(), parts.parent, manifest.pythons
    (parts / WHEELS).mkdir(parents=True)
    with _step(console, f"the packages of the lock, for Python {' and '.join(pythons)}", parts):
        download_wheels(repository / "requirements.lock", pythons, parts / WHEELS)
    with _step(console, f"TinyGo {manifest.tinygo}", parts):
        copy_tinygo(tinygo, scratch / "tinygo")
        pack_folder(scratch / "tinygo", parts / TINYGO)
    with _step(console, "the filters' Go modules", parts):
        pack_folder(
            collect_go_modules([repository / "filter", helper_modules()], scratch), parts / MODULES
        )
    with _step(console, "Envoy's container image", parts) as note:
        try:
            image = save_image(parts / IMAGE)
            note("" if image else "left out: no Docker daemon answers here")
        except LaunchError as error:
            if not manifest.platform.startswith("linux"):
                raise  # there is no other Envoy on such a machine
            image = ""
            note(f"left out: {error.what}")
    with _step(console, f"the lab itself, commit {manifest.commit[:10]}", parts):
        collect_repository(repository, parts / REPOSITORY)
        _bring_code(parts)
    return image


@contextlib.contextmanager
def _step(console: Console, what: str, parts: Path) -> Iterator[Callable[[str], None]]:
    """Show a step as it goes, and leave a line with what it brought and how long it took.

    Args:
        console: Where to show it.
        what: What it brings.
        parts: The folder that grows by it.

    Yields:
        Takes a remark that stands in place of size and time.
    """
    began, before = time.monotonic(), _size(parts)
    remarks: list[str] = []
    with console.status(f"Collecting {what}"):
        yield remarks.append
    grown = (_size(parts) - before) / 1e6
    measured = f"{grown:.1f} MB in {time.monotonic() - began:.0f} s"
    remark = "".join(remarks)
    console.print(f"  {'-' if remark else '✓'} {what}: {remark or measured}", highlight=False)


def _say_what_to_do(console: Console, output: Path, manifest: Manifest, sha256: str) -> None:
    pythons = " and ".join(manifest.pythons)
    library = f", glibc {manifest.glibc} or later" if manifest.glibc else ""
    size = output.stat().st_size / 1e6
    console.print(f"[green]✓[/] {output}", highlight=False, soft_wrap=True)
    for line in (
        f"  {size:.0f} MB, for {manifest.platform}{library}, Python {pythons}",
        f"  SHA-256 {sha256}",
        f"  There, without a network:   sh {output.name}",
        f"  or, in a clone of the lab:  make lab BUNDLE={output.name}",
    ):
        console.print(line, highlight=False, soft_wrap=True)


def _bring_code(parts: Path) -> None:
    package = Path(lab_helpers.__file__).parent
    for name in CODE:
        target = parts / "lab_helpers" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((package / name).read_bytes())


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
