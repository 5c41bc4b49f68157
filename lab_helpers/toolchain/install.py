"""Install what is missing, once, with progress, safely beside another process that does so."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from lab_helpers.disk import made_folder, writing_to
from lab_helpers.errors import ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.late import late
from lab_helpers.toolchain.envoy_binary import find_envoy
from lab_helpers.toolchain.go import find_go, go_environment
from lab_helpers.toolchain.go_flags import go_hint
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.tinygo import (
    TINYGO_VERSION,
    TinyGo,
    find_tinygo,
    installed_damage,
    installed_folder,
    is_there,
    note_source,
    tools_folder,
)
from lab_helpers.toolchain.tinygo_archive import download_tinygo
from lab_helpers.toolchain.tinygo_source import NEEDED_FILES, build_tinygo
from lab_helpers.toolchain.wholeness import note_files

if TYPE_CHECKING:
    import filelock
    import rich.progress as rich_progress
    from rich.console import Console

    from lab_helpers import terminal
else:
    terminal = late("lab_helpers.terminal")
    rich_progress = late("rich.progress")
    filelock = late("filelock")

__all__ = [
    "SCRATCH",
    "InstallProgress",
    "clear_scratch",
    "install_go_modules",
    "install_tinygo",
    "install_toolchain",
    "only_one",
]

SCRATCH = ".installing-"


class InstallProgress:
    """A spinner with a text, and a bar while something is downloaded."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = rich_progress.Progress(
            rich_progress.SpinnerColumn(),
            rich_progress.TextColumn("{task.description}"),
            rich_progress.BarColumn(),
            rich_progress.DownloadColumn(),
            rich_progress.TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> InstallProgress:
        self._progress.start()
        return self

    def __exit__(self, *_exit: object) -> None:
        self._progress.stop()

    def step(self, text: str) -> None:
        """Begin a step; the line stays, so that a log without a terminal has it too."""
        self._console.print(f"  · {escape(text)}", highlight=False)
        self._progress.reset(self._task, total=None, description=text)

    def bytes_came(self, done: int, total: int) -> None:
        """Move the bar of a download."""
        self._progress.update(self._task, completed=done, total=total or None)


def install_toolchain(console: Console | None = None) -> None:
    """Install what is missing of Go, TinyGo and Envoy, and the filter's Go modules.

    Args:
        console: Where to show progress; standard output by default.

    Raises:
        ToolchainError: Something cannot be installed; what was there stays as it was.
    """
    console = console or terminal.terminal()
    go = find_go()
    console.print(f"  ✓ Go {go.version} ({go.source})", highlight=False)
    with InstallProgress(console) as progress:
        tinygo = install_tinygo(progress)
        console.print(f"  ✓ TinyGo {tinygo.version} ({tinygo.source})", highlight=False)
        install_go_modules(progress.step)
    console.print("  ✓ the filters' Go modules", highlight=False)
    with contextlib.suppress(ToolchainError):  # no binary for this system: `lab doctor` tells more
        envoy = find_envoy()
        console.print(f"  ✓ Envoy {envoy.version} ({envoy.source})", highlight=False)


def install_tinygo(
    progress: InstallProgress,
    *,
    download: Callable[[Path, Callable[[int, int], None]], None] = download_tinygo,
    put: Callable[[Path], None] | None = None,
) -> TinyGo:
    """Return a TinyGo, after installing one if there is none.

    Args:
        progress: Is told what goes on.
        download: Gets the release archive; another one in tests.
        put: Makes a whole TINYGOROOT in place of the download, as from a bundle.

    Raises:
        LabError: The disk is full, or may not be written to.
        ToolchainError: Neither the download nor the build from source was possible.
    """
    if os.environ.get("LAB_TINYGO"):
        return find_tinygo()  # a person's own: where it will not do, nothing is installed beside it
    found = _found()
    if found is not None:
        return found
    with writing_to(tools_folder(), "name another folder with LAB_CACHE"), only_one(progress):
        found = _found()  # another process may have installed it while this one waited
        if found is not None:
            return found
        if is_there():
            progress.step(f"{installed_damage(thorough=True)}: it is installed anew")
        clear_scratch(tools_folder())
        with made_folder(tools_folder(), SCRATCH) as scratch:
            root = Path(scratch) / "tinygo"
            if put is not None:
                put(root)
                note_files(root)
            else:
                _fetch_or_build(root, progress, download)
            if installed_folder().exists():  # one that is damaged, or lacks something of the system
                installed_folder().replace(Path(scratch) / "replaced")
            # Renamed when it is whole: an interrupted install leaves nothing that looks like one.
            root.replace(installed_folder())
    return find_tinygo()


def install_go_modules(
    step: Callable[[str], None], filters: Path | None = None, *, proxy: str = ""
) -> None:
    """Download the Go modules that the filters import, so that compiling needs no network.

    Args:
        step: Is told that the download begins.
        filters: The filters' Go module; the repository's by default.
        proxy: The address of the only module proxy to ask, as a bundle is one; "" for Go's own.

    Raises:
        ToolchainError: They cannot be downloaded, or are not those that go.sum pins.
    """
    filters = filters or repository_folder() / "filter"
    # Nothing remembers that this was done: where all is there, Go says so in a tenth of a second.
    step(f"{'Unpacking' if proxy else 'Downloading'} the filters' Go modules")
    go = find_go()
    # go.sum pins each module, so the checksum database need not be asked.
    alone = {"GOPROXY": proxy, "GOSUMDB": "off", "GOPRIVATE": "", "GONOPROXY": ""} if proxy else {}
    environment = go_environment(go.path) | alone
    result = run_tool([str(go.path), "mod", "download"], environment, folder=filters)
    if result.returncode != 0 and proxy:
        raise ToolchainError(
            "The filters' Go modules cannot be taken from the bundle.",
            quote=result.stderr[-1000:],
            hint="do not use this bundle: make another with `lab bundle`",
        )
    if result.returncode != 0:
        raise ToolchainError(
            "The filters' Go modules cannot be downloaded.",
            quote=result.stderr[-1000:],
            hint=go_hint(
                result.stderr,
                "check the network and its proxy (GOPROXY), then run `lab setup` again",
            ),
        )


def clear_scratch(folder: Path) -> None:
    """Remove what an interrupted install left.

    Args:
        folder: Where it was at work.
    """
    for leftover in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(leftover)


def _found() -> TinyGo | None:
    """Return a TinyGo that will do; one of the lab's own is read from end to end."""
    try:
        tinygo = find_tinygo()
    except ToolchainError:
        return None
    own = tinygo.path.is_relative_to(installed_folder())
    return None if own and installed_damage(thorough=True) else tinygo


@contextlib.contextmanager
def only_one(progress: InstallProgress) -> Iterator[None]:
    """Let one process install at a time; the others wait, and say so.

    Args:
        progress: Is told of the wait.
    """
    lock = filelock.FileLock(tools_folder() / "install.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress.step("Waiting for another process that installs")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch_or_build(
    root: Path,
    progress: InstallProgress,
    download: Callable[[Path, Callable[[int, int], None]], None],
) -> None:
    progress.step(f"Downloading TinyGo {TINYGO_VERSION}")
    try:
        download(root, progress.bytes_came)
    except ToolchainError as refused:
        progress.step(f"That did not work ({_first_words(refused)}), so it is built here")
        log = tools_folder() / "tinygo-build.log"
        log.write_text("", encoding="utf-8")
        try:
            build_tinygo(root, find_go(), log, progress.step)
        except ToolchainError as failed:
            raise ToolchainError(
                f"{refused.what} {failed.what}",
                quote=f"{refused.quote}\n{failed.quote}",
                hint=failed.hint,
            ) from failed
        note_source(root, "source", NEEDED_FILES)
    else:
        note_source(root, "archive")


def _first_words(error: ToolchainError) -> str:
    words = (error.quote or error.what).splitlines()[0]
    most = 100
    return words if len(words) <= most else f"{words[:most]}…"
