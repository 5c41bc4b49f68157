"""Build TinyGo from its Go module against LLVM 19, where its release cannot be reached.

The module proxy serves TinyGo's sources but for what is a git submodule of it. So the C library and
the compiler's runtime for Wasm are the distribution's, and the target file is told so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.go import Go, for_this_machine, go_environment
from lab_helpers.toolchain.go_flags import go_hint
from lab_helpers.toolchain.running import how_to_get_another
from lab_helpers.toolchain.tinygo import TINYGO_VERSION

__all__ = [
    "BUILTINS",
    "LLVM",
    "NEEDED_FILES",
    "PACKAGES",
    "WASI_HEADERS",
    "WASI_LIBC",
    "build_tinygo",
    "missing_files",
    "retarget",
]

PACKAGES = (
    "binaryen",
    "ca-certificates",
    "clang-19",
    "libclang-19-dev",
    "libclang-rt-19-dev-wasm32",
    "liblld-19-dev",
    "lld-19",
    "llvm-19-dev",
    "wasi-libc",
)
LLVM = Path("/usr/lib/llvm-19")
WASI_HEADERS = Path("/usr/include/wasm32-wasi")
WASI_LIBC = Path("/usr/lib/wasm32-wasi/libc.a")
BUILTINS = LLVM / "lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a"
# What the build uses, and what compiling a filter uses later on.
NEEDED_FILES = (
    Path("/usr/lib/llvm-19/include/llvm-c/Core.h"),
    Path("/usr/lib/llvm-19/include/clang-c/Index.h"),
    Path("/usr/lib/llvm-19/include/lld/Common/Driver.h"),
    Path("/usr/lib/llvm-19/bin/clang++"),
    Path("/usr/bin/clang-19"),
    Path("/usr/bin/wasm-ld-19"),
    Path("/usr/bin/wasm-opt"),
    WASI_HEADERS,
    WASI_LIBC,
    BUILTINS,
)
# LLVM 20's names for parts of what LLVM 19 calls bulk memory and reference types.
_LLVM_20_FEATURES = {"+bulk-memory-opt", "+call-indirect-overlong"}
_MODULE = "github.com/tinygo-org/tinygo"
_PARTS = ("src", "targets", "lib")
_WORDS_KEPT = 8


def build_tinygo(root: Path, go: Go, log: Path, step: Callable[[str], None]) -> None:
    """Build TinyGo.

    Args:
        root: The folder that becomes the TINYGOROOT; it must not exist yet.
        go: The Go to build it with.
        log: Where the tools' words are kept.
        step: Is told of each step as it begins.

    Raises:
        ToolchainError: A package is missing and may not be installed, or a step failed.
    """
    if missing_files():
        step(f"Installing {len(PACKAGES)} system packages for it (about 30 s)")
        _install_packages(log)
    scratch = root.parent / "module"
    shutil.copytree(Path(__file__).parent / "tinygo_module", scratch)
    environment = (
        go_environment(go.path)
        | for_this_machine()
        | {
            "CC": "/usr/lib/llvm-19/bin/clang",
            "CXX": "/usr/lib/llvm-19/bin/clang++",
            "CGO_ENABLED": "1",
        }
    )
    step("Building TinyGo from source (1 to 3 minutes)")
    program = root / "bin" / "tinygo"
    words = [str(go.path), "build", "-tags", "llvm19", "-o", str(program), _MODULE]
    _run(words, log, environment, scratch)
    step("Laying out its library")
    sources = _run(
        [str(go.path), "list", "-m", "-f", "{{.Dir}}", _MODULE], log, environment, scratch
    )
    for part in _PARTS:
        shutil.copytree(Path(sources.strip()) / part, root / part)
    _make_writable(root)
    (root / "src" / "net").mkdir(exist_ok=True)  # a submodule, so absent; the SDK does not need it
    target = root / "targets" / "wasip1.json"
    described = retarget(json.loads(target.read_text(encoding="utf-8")))
    target.write_text(json.dumps(described, indent="\t"), encoding="utf-8")


def missing_files() -> tuple[Path, ...]:
    """Return which of the files that the build needs are not on this system."""
    return tuple(path for path in NEEDED_FILES if not path.exists())


def retarget(target: dict[str, object]) -> dict[str, object]:
    """Make TinyGo's WASI target use the distribution's C library and compiler runtime.

    Args:
        target: The parsed `targets/wasip1.json`.

    Returns:
        A changed copy; `targets/wasi.json` inherits it.
    """
    changed = {key: value for key, value in target.items() if key not in ("libc", "rtlib")}
    features = str(target["features"]).split(",")
    changed["features"] = ",".join(name for name in features if name not in _LLVM_20_FEATURES)
    changed["extra-files"] = [name for name in _words(target, "extra-files") if "boehm" not in name]
    changed["cflags"] = [*_words(target, "cflags"), "-isystem", str(WASI_HEADERS)]
    changed["ldflags"] = [*_words(target, "ldflags"), str(WASI_LIBC), str(BUILTINS)]
    return changed


def _words(target: dict[str, object], key: str) -> list[str]:
    words = target.get(key, [])
    return [str(word) for word in words] if isinstance(words, list) else []


def _install_packages(log: Path) -> None:
    command = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]
    by_hand = f"sudo apt-get update && sudo {' '.join(command)}"
    if shutil.which("apt-get") is None:
        raise ToolchainError(
            "TinyGo cannot be built here: that needs LLVM 19, and this is no Debian or Ubuntu.",
            hint=f"install TinyGo {TINYGO_VERSION} by your system's means and put it on PATH, or"
            " take its Docker image: export LAB_TOOLCHAIN=docker",
        )
    if os.geteuid() != 0:
        raise ToolchainError(
            "To build TinyGo, system packages are needed, and only root may install them.",
            hint=f"run this, then run the setup again:\n  {by_hand}\n"
            "or, with Docker: export LAB_TOOLCHAIN=docker",
        )
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["dpkg", "--configure", "-a"], log, environment)  # after an install that was interrupted
    _run(["apt-get", "update"], log, environment)
    # Ubuntu updates itself in the background: wait for it, rather than fail.
    _run([*command, "-o", "DPkg::Lock::Timeout=300"], log, environment)
    gone = missing_files()
    if gone:
        raise ToolchainError(
            "The system packages for TinyGo's build came, but without what it needs.",
            quote="\n".join(map(str, gone)),
            hint=f"put TinyGo {TINYGO_VERSION} on PATH yourself",
        )


def _run(
    words: Sequence[str], log: Path, environment: dict[str, str], folder: Path | None = None
) -> str:
    """Run a step with its words kept in the log; return its standard output."""
    with log.open("a", encoding="utf-8") as notes:
        notes.write(f"\n$ {' '.join(words)}\n")
        notes.flush()
        try:
            result = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
                words,
                cwd=folder,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=notes,
                text=True,
                check=False,
            )
        except OSError as error:
            raise ToolchainError(
                f"{words[0]} cannot be run.",
                quote=str(error),
                hint=how_to_get_another(Path(words[0])),
            ) from error
        notes.write(result.stdout)
    if result.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()
        quote = "\n".join(said[-_WORDS_KEPT:])
        otherwise = f"the whole log is {log}; or put TinyGo {TINYGO_VERSION} on PATH yourself"
        raise ToolchainError(
            f"A step of TinyGo's build failed: {' '.join(words[:3])} …",
            quote=quote,
            hint=go_hint(quote, otherwise),
        )
    return result.stdout


def _make_writable(root: Path) -> None:
    """The module cache is read-only, and so are copies of it; the lab must be able to remove it."""
    for folder, _, names in os.walk(root):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            path.chmod(path.stat().st_mode | 0o200)
