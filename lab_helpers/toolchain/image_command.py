"""What TinyGo's container may do, said twice: to the engine, and as the line that a person types.

It reads the filter's Go module and the Go module cache, it writes one file and a cache of its own,
and it has no rights. A test holds the two against each other.
"""

from __future__ import annotations

import csv
import dataclasses
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from docker.types import Mount

from lab_helpers.docker_engine.containers import Ended, bounds, exit_code_of, run_once
from lab_helpers.docker_engine.daemon import connected
from lab_helpers.docker_engine.engine import Engine
from lab_helpers.docker_engine.leftovers import clear_containers
from lab_helpers.errors import CompileError
from lab_helpers.toolchain.source_mounts import Bind

__all__ = ["ImageCommand", "writable_in_the_container"]

# The compiler takes 512 MB at most; the rest is for its temporary files, which are in memory.
_MEMORY_MB = 2_048
_THREADS = 512
_COMPILE_S = 600.0
_OUTPUT = "/out"
_TMP = "/tmp"  # noqa: S108  # in the container, where it is a file system of its own
# For root, who has no need to be root in there; and for Windows, where Docker Desktop lets any user
# of a container read and write what it mounts.
_NOBODY = 65_534


@dataclasses.dataclass(frozen=True, slots=True)
class ImageCommand:
    """How TinyGo's image compiles one filter.

    Attributes:
        image: The image's name.
        version: What the result depends on besides the source: the image's id.
        words: What TinyGo is told, without the output.
        workdir: The filter's folder in the container.
        mounts: What the container sees of this machine, but for the output.
        variables: Its environment.
        network: `none`, or `bridge` where TinyGo's Go has to fetch modules.
        engine: The engine that runs it.
        environment: What a person needs in the environment besides: nothing.
    """

    image: str
    version: str
    words: tuple[str, ...]
    workdir: str
    mounts: tuple[Bind, ...]
    variables: Mapping[str, str]
    network: str
    engine: Engine
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
        """Compile in a container, which is removed at its end.

        Args:
            folder: The filter's folder.
            target: The file to write.

        Returns:
            TinyGo's end, and its words with this machine's names of the files.

        Raises:
            CompileError: It takes too long, or more memory than it may have.
            LaunchError: Docker cannot run it, or went away.
        """
        # The file is made here and handed over alone, so that nothing else can be written.
        target.touch()
        target.chmod(_output_mode())
        try:
            with connected() as client:
                clear_containers(client)
                ended = run_once(client, "tinygo", self._options(target), _COMPILE_S)
        except TimeoutError as error:
            raise CompileError(
                f"TinyGo did not compile {folder.name} within {_COMPILE_S:.0f} s.",
                hint="see with `docker stats` what else takes this machine's time, then try again",
            ) from error
        if ended.code != 0 or target.stat().st_size == 0:
            target.unlink()
        if ended.out_of_memory:
            raise CompileError(
                f"TinyGo used more memory for {folder.name} than its container may have:"
                f" {_MEMORY_MB} MB.",
                quote=ended.said[-500:],
                hint="look for very large tables or embedded files in the filter",
            )
        return self._finished(ended)

    def typed(self, target: Path) -> tuple[str, ...]:
        """Return the `docker run` line that does the same, word by word.

        Args:
            target: The file to write, which `before` makes.
        """
        mounts = (*self.mounts, _output(target))
        limit = f"{_MEMORY_MB}m"
        return (
            *("docker", "run", "--rm", "--network", self.network, "--read-only", "--tmpfs", _TMP),
            *("--cap-drop", "ALL"),
            *_each("--security-opt", self.engine.security()),
            *("--memory", limit, "--memory-swap", limit, "--pids-limit", str(_THREADS)),
            *("--user", _user()),
            *_each("--env", [f"{name}={value}" for name, value in self.variables.items()]),
            *_each("--mount", [_mount_words(mount) for mount in mounts]),
            *("--workdir", self.workdir, "--entrypoint", "tinygo", self.image),
            *self._tinygo_words(target),
        )

    def before(self, target: Path) -> tuple[str, ...]:
        """Return what a person types first: it makes the file, so that TinyGo may write it.

        Args:
            target: The file to write.
        """
        return ("install", "-m", f"{_output_mode():o}", os.devnull, str(target))

    def _tinygo_words(self, target: Path) -> tuple[str, ...]:
        return (*self.words, "-o", f"{_OUTPUT}/{target.name}", ".")

    def _options(self, target: Path) -> dict[str, Any]:
        """Return the same as docker-py names it."""
        memory = _MEMORY_MB << 20
        return bounds(self.engine) | {
            "image": self.image,
            "entrypoint": ["tinygo"],
            "command": list(self._tinygo_words(target)),
            "working_dir": self.workdir,
            "user": _user(),
            "network_mode": self.network,
            "use_config_proxy": True,  # as the docker command does
            "environment": dict(self.variables),
            "tmpfs": {_TMP: ""},
            "mem_limit": memory,
            "memswap_limit": memory,
            "pids_limit": _THREADS,
            "mounts": [
                Mount(mount.target, str(mount.source), type="bind", read_only=not mount.writable)
                for mount in (*self.mounts, _output(target))
            ],
        }

    def _finished(self, ended: Ended) -> subprocess.CompletedProcess[str]:
        said = ended.said
        for mount in self.mounts:
            # Where a path begins: Go's own library is in a folder that ends in /src, too.
            place = rf"(?<![^\s:\"'(]){re.escape(mount.target)}/"
            here = f"{mount.source}{os.sep}".replace("\\", r"\\")
            said = re.sub(place, here, said)
        return subprocess.CompletedProcess(self.words, exit_code_of(ended.code), "", said)


def writable_in_the_container(folder: Path) -> Path:
    """Make a folder that the container's user may write to.

    Args:
        folder: The folder.

    Returns:
        The same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if _is_root():
        os.chown(folder, _NOBODY, _NOBODY)
    return folder


def _is_root() -> bool:
    return sys.platform != "win32" and os.getuid() == 0


def _user() -> str:
    if sys.platform == "win32" or _is_root():
        return f"{_NOBODY}:{_NOBODY}"
    return f"{os.getuid()}:{os.getgid()}"


def _output_mode() -> int:
    """Return the output's mode while it is written: root's file is written by another user."""
    return 0o666 if _is_root() else 0o644


def _output(target: Path) -> Bind:
    return Bind(target, f"{_OUTPUT}/{target.name}", writable=True)


def _each(option: str, values: Sequence[str]) -> Iterator[str]:
    for value in values:
        yield from (option, value)


def _mount_words(mount: Bind) -> str:
    """Return what `--mount` takes: it is read as a line of CSV, for a path may hold a comma."""
    line = io.StringIO()
    fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
    csv.writer(line, lineterminator="").writerow(
        fields if mount.writable else [*fields, "readonly"]
    )
    return line.getvalue()
