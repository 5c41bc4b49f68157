"""Find a Rust that makes Wasm: one whose standard library for it is there, or can be compiled."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.on_path import programs_called
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.versions import version_in

__all__ = ["Rust", "fetch_crates", "find_rust"]

# The one that the SDK recommends, and the one that a distribution may have instead.
_TARGETS = ("wasm32-wasip1", "wasm32-unknown-unknown")
_BARE = "wasm32-unknown-unknown"
_ASK_S = 30.0
_GET = (
    "`rustup target add wasm32-wasip1`; without rustup, Debian 13 and Ubuntu 24.04 have it as"
    " `apt install cargo libstd-rust-dev-wasm32 lld`, Debian 12 as `apt install cargo-web rustc-web"
    " rust-web-src lld-19`"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Rust:
    """A Rust toolchain that makes Wasm.

    Attributes:
        cargo: The `cargo` program.
        rustc: The `rustc` beside it.
        version: Such as `1.96.0`.
        root: Its sysroot.
        target: What it compiles for.
        builds_std: Whether the standard library is compiled, too: once, some minutes.
        linker: The linker to name; "" where rustc has its own.
    """

    cargo: Path
    rustc: Path
    version: str
    root: Path
    target: str
    builds_std: bool = False
    linker: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        """Return what Cargo is told, whatever it is to do."""
        std = ("-Z", "build-std=std,panic_abort") if self.builds_std else ()
        return ("--target", self.target, *std)

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what Cargo needs in its environment."""
        names = {}
        if shutil.which("rustc") != str(self.rustc):
            names["RUSTC"] = str(self.rustc)
        if self.builds_std:
            names["RUSTC_BOOTSTRAP"] = "1"  # what `-Z` is for a stable Rust
        if self.linker:
            upper = self.target.upper().replace("-", "_")
            names[f"CARGO_TARGET_{upper}_LINKER"] = self.linker
        return names


def find_rust() -> Rust:
    """Return the Rust to use: the cargo that `LAB_CARGO` names, else one on PATH.

    One that has the standard library for Wasm goes before one that has its source alone.

    Raises:
        ToolchainError: There is none that makes Wasm; what is there, and why not, is quoted.
    """
    refused: list[str] = []
    named = os.environ.get("LAB_CARGO")
    cargos = [Path(named).expanduser()] if named else _cargos_on_path()
    found = [rust for cargo in cargos if (rust := _rust(cargo, refused)) is not None]
    if found:
        return min(found, key=lambda rust: rust.builds_std)
    what = "LAB_CARGO names no Rust that makes Wasm." if named else "There is no Rust for Wasm."
    raise ToolchainError(what, quote="\n".join(refused), hint=_GET)


def fetch_crates(rust: Rust, folder: Path) -> str:
    """Fetch what a filter's Cargo.lock names, so that it compiles without a network from then on.

    Args:
        rust: The Rust.
        folder: The filter's folder.

    Returns:
        Why it cannot, in Cargo's own words; "" where all is there.
    """
    words = [str(rust.cargo), "fetch", "--locked", *rust.flags]
    done = run_tool(words, rust.environment, folder=folder)
    return done.stderr.strip() if done.returncode else ""


def _cargos_on_path() -> list[Path]:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    first: dict[Path, Path] = {}  # a folder may be named twice, or be a link to another
    for folder in filter(None, folders):
        if found := shutil.which("cargo", path=folder):
            first.setdefault(Path(found).parent.resolve(), Path(found))
    return list(first.values())


def _rust(cargo: Path, refused: list[str]) -> Rust | None:
    """Return what a cargo can do for Wasm; else note why it is refused."""
    rustc = cargo.with_name(cargo.name.replace("cargo", "rustc"))
    try:
        version = version_in(run_tool([str(cargo), "--version"], {}, timeout_s=_ASK_S).stdout)
        root = run_tool([str(rustc), "--print", "sysroot"], {}, timeout_s=_ASK_S).stdout.strip()
    except ToolchainError as error:
        refused.append(f"{cargo}: {error.quote}")
        return None
    if not version or not root:
        refused.append(f"{cargo} does not say its version, or {rustc} not where it lies")
        return None
    libraries = Path(root) / "lib" / "rustlib"
    linker = "" if any(libraries.glob("*/bin/rust-lld*")) else _linker()
    for target in _TARGETS:
        if any((libraries / target / "lib").glob("libstd-*.rlib")):
            return Rust(cargo, rustc, version, Path(root), target, linker=linker)
    if not (libraries / "src" / "rust" / "library" / "std" / "Cargo.toml").is_file():
        refused.append(
            f"{cargo} {version} has no standard library for {_TARGETS[0]}, nor its source"
        )
    elif not linker and not any(libraries.glob("*/bin/rust-lld*")):
        refused.append(f"{cargo} {version} has no linker for Wasm: there is no wasm-ld")
    else:
        return Rust(cargo, rustc, version, Path(root), _BARE, builds_std=True, linker=linker)
    return None


def _linker() -> str:
    """Return the name of the linker for Wasm on PATH; "" for none."""
    return next((program.name for program in programs_called("wasm-ld")), "")
