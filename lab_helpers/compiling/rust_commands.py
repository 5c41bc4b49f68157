"""The command that compiles a filter written in Rust: Cargo, and a copy of what it made."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_helpers.compiling.command import Command, typed_tool
from lab_helpers.folders import cache_folder
from lab_helpers.late import late
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.rust import Rust, find_rust

if TYPE_CHECKING:
    import filelock
else:
    filelock = late("filelock")

__all__ = ["build_place", "rust_command"]


@dataclasses.dataclass(frozen=True, slots=True)
class _RustCommand:
    """Cargo, and where it builds: one place for all filters, for it keeps what they share."""

    rust: Rust
    folder: Path
    place: Path

    @property
    def words(self) -> tuple[str, ...]:
        """Return what Cargo is told, but for where it builds."""
        flags = (*self.rust.flags, *_without_paths(self.rust))
        return (typed_tool(self.rust.cargo), "build", "--release", *flags)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what the last command needs, which is a copy: nothing."""
        return {}

    @property
    def version(self) -> str:
        """Return what the result depends on besides the source."""
        return f"rust {self.rust.version} {self.rust.target} {self.rust.linker}"

    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
        """Compile, as a process of this machine, and copy the module to its place."""
        # What is fetched has its place then, which is not to stand in the module.
        fetch = [str(self.rust.cargo), "fetch", *self.rust.flags]
        fetched = run_tool(fetch, self.rust.environment, folder=folder)
        if fetched.returncode != 0:
            return fetched
        words = [*self.words, "--target-dir", str(self.place)]
        self.place.mkdir(parents=True, exist_ok=True)
        # Two filters may have one name for Cargo, as a copy has its original's.
        with filelock.FileLock(self.place / "lab.lock"):
            # Cargo takes for made what another filter of the same name left there.
            for left in (self.place / self.rust.target / "release").glob("**/*.wasm"):
                left.unlink()
            done = run_tool(
                [*words, "--message-format=json-diagnostic-short"],
                self.rust.environment,
                folder=folder,
            )
            told = list(_told(done.stdout))
            made = [file for one in told for file in _modules_in(one)]
            if done.returncode == 0 and made:
                shutil.copyfile(made[-1], target)
        said = "\n".join(_problem(one) for one in told if _is_error(one))
        rest = done.stderr if not said else ""
        if done.returncode == 0 and not made:
            rest = 'Cargo made no module: Cargo.toml lacks crate-type = ["cdylib"] under [lib]'
        return subprocess.CompletedProcess(words, done.returncode or int(not made), said, rest)

    def typed(self, target: Path) -> tuple[str, ...]:
        """Return what a person types after `before`, to have the module in its place."""
        name = f"{_library_name(self.folder)}.wasm"
        return ("cp", str(self.place / self.rust.target / "release" / name), str(target))

    def before(self, _target: Path) -> tuple[str, ...]:
        """Return what a person types first: Cargo itself."""
        names = [f"{name}={value}" for name, value in self.rust.environment.items()]
        return (*(["env", *names] if names else []), *self.words, "--target-dir", str(self.place))


def rust_command(folder: Path) -> Command:
    """Return the command that compiles a filter written in Rust.

    A panic of Rust's names its own line, so nothing more is asked for where lines are to be told.

    Args:
        folder: The filter's folder.

    Raises:
        ToolchainError: There is no Rust that makes Wasm.
    """
    rust = find_rust()
    return _RustCommand(rust, folder, build_place(rust))


def _without_paths(rust: Rust) -> tuple[str, ...]:
    """Return what keeps this machine's paths out of the module, so that it is the same on any.

    A panic names the file that it is of, and those of crates and of the standard library are told
    by where they lie.
    """
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    places = {str(place): "crates" for place in sorted((home / "registry" / "src").glob("*"))}
    places[str(rust.root / "lib" / "rustlib" / "src" / "rust")] = "rust"
    flags = [f"--remap-path-prefix={place}={short}" for place, short in places.items()]
    return ("--config", f"build.rustflags={json.dumps(flags)}")


def build_place(rust: Rust) -> Path:
    """Return where Cargo builds: in the lab's cache, one place for each Rust.

    Args:
        rust: Which.
    """
    return cache_folder() / "rust" / f"{rust.version}-{rust.target}"


def _library_name(folder: Path) -> str:
    told = tomllib.loads((folder / "Cargo.toml").read_text(encoding="utf-8"))
    name: str = told.get("lib", {}).get("name") or told["package"]["name"]
    return name.replace("-", "_")


def _told(output: str) -> Iterator[dict[str, Any]]:
    """Yield what Cargo tells of, a line of JSON each."""
    for line in output.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def _modules_in(told: Mapping[str, Any]) -> list[str]:
    names = told.get("filenames", []) if told["reason"] == "compiler-artifact" else []
    return [name for name in names if name.endswith(".wasm")]


def _is_error(told: Mapping[str, Any]) -> bool:
    """Return whether it is a problem; a warning is none, nor is the count at the end."""
    if told["reason"] != "compiler-message":
        return False
    return told["message"]["level"].startswith("error") and bool(told["message"]["spans"])


def _problem(told: Mapping[str, Any]) -> str:
    """Return a problem in a line, and what rustc proposes below it."""
    message = told["message"]
    more = [f"    {one['level']}: {one['message']}{_written(one)}" for one in message["children"]]
    return "\n".join([message["rendered"].strip(), *more])


def _written(help_: Mapping[str, Any]) -> str:
    """Return what rustc would write there itself, where it says so in a line."""
    proposed = [(one.get("suggested_replacement") or "").strip() for one in help_["spans"]]
    lines = [text for text in proposed if text and "\n" not in text]
    return f": `{lines[0]}`" if lines else ""
