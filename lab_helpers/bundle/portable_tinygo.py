"""Make a TinyGo that runs from its own folder, so that the machine that gets it needs no packages.

TinyGo's release is one already. One that was built here uses the distribution's LLVM: its shared
libraries, `clang`, `wasm-ld`, `wasm-opt` and the C library for WASI. They are copied beside it,
into `system/`. What is left to the machine is the C library, glibc.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from lab_helpers.errors import BundleError
from lab_helpers.toolchain.tinygo import TinyGo, note_source
from lab_helpers.toolchain.tinygo_source import BUILTINS, LLVM, WASI_HEADERS, WASI_LIBC

__all__ = ["copy_tinygo", "relocated"]

_PROGRAMS = ("clang-19", "wasm-ld-19", "wasm-opt")
# Parts of glibc: they must be of one piece with the machine's own, and every Linux has them.
_GLIBC = re.compile(
    r"(?:ld-linux[\w-]*|libc|libm|libdl|libpthread|librt|libresolv|libutil|libanl)\.so\.\d+"
)
_LIBRARY = re.compile(r"(?P<name>\S+) => (?P<path>/\S+) \(0x|(?P<gone>\S+) => not found")
# In place of each program, with the program itself in a `libexec` folder beside it: TinyGo starts
# its tools without LD_LIBRARY_PATH, so each must set it for itself. TinyGo and clang look for their
# own files beside the folder that they are in, which is the same one for `libexec` as for `bin`.
_WRAPPER = """\
#!/bin/sh
# Runs with the libraries beside it, wherever this folder was put.
here=${{0%/*}}
export LD_LIBRARY_PATH="$here/{library}"
export PATH="$here/{programs}:$PATH"
exec "$here/../libexec/${{0##*/}}" "$@"
"""


def copy_tinygo(tinygo: TinyGo, target: Path) -> None:
    """Copy the lab's own TinyGo so that the copy runs wherever it is put.

    Args:
        tinygo: What `find_tinygo` found.
        target: The folder to make.

    Raises:
        BundleError: It is not the lab's own, or a library that it needs is missing.
    """
    if tinygo.source not in ("archive", "source"):
        raise BundleError(
            f"A bundle takes the lab's own TinyGo with it, and the one in use is from"
            f" {tinygo.source}.",
            quote=str(tinygo.path),
            hint="take it off PATH and unset LAB_TINYGO, run `lab setup`, then `lab bundle` again",
        )
    root = tinygo.path.parent.parent
    shutil.copytree(root, target, symlinks=True)
    if tinygo.source == "archive" or (root / "system").is_dir():
        return  # it is whole already: a release, or from a bundle itself
    _bring_programs(target)
    _bring_wasi(target)
    note_source(target, "source")


def relocated(target: Mapping[str, object]) -> dict[str, object]:
    """Let TinyGo's WASI target name the copies beside it; TinyGo puts its folder for `{root}`.

    Args:
        target: The parsed `targets/wasip1.json`, as the build from source wrote it.

    Returns:
        A changed copy.
    """
    places = {
        str(WASI_HEADERS): "{root}/system/wasi/include",
        str(WASI_LIBC): "{root}/system/wasi/libc.a",
        str(BUILTINS): "{root}/system/wasi/builtins.a",
    }
    changed = dict(target)
    for key in ("cflags", "ldflags"):
        words = target.get(key, [])
        if isinstance(words, list):
            changed[key] = [places.get(word, word) for word in words]
    return changed


def _bring_programs(root: Path) -> None:
    system = root / "system"
    library, real = system / "lib", system / "libexec"
    for folder in (library, real, system / "bin", root / "libexec"):
        folder.mkdir(parents=True)
    (root / "bin" / "tinygo").rename(root / "libexec" / "tinygo")
    _wrap(root / "bin" / "tinygo", "../system/lib", "../system/bin")
    for name in _PROGRAMS:
        shutil.copy(_program(name), real / name)
        _wrap(system / "bin" / name, "../lib", ".")
    for path in _libraries([root / "libexec" / "tinygo", *real.iterdir()]):
        shutil.copy(path, library / path.name)
    # clang's own headers: clang looks for them beside itself, libclang where TinyGo says.
    headers = LLVM / "lib" / "clang" / "19" / "include"
    shutil.copytree(headers, library / "clang" / "19" / "include")
    (root / "lib" / "clang").symlink_to("../system/lib/clang/19")


def _wrap(program: Path, library: str, programs: str) -> None:
    program.write_text(_WRAPPER.format(library=library, programs=programs), encoding="utf-8")
    program.chmod(0o755)


def _bring_wasi(root: Path) -> None:
    wasi = root / "system" / "wasi"
    shutil.copytree(WASI_HEADERS, wasi / "include")
    shutil.copy(WASI_LIBC, wasi / "libc.a")
    # The linker allows what is listed beside libc.a to be imported.
    shutil.copy(WASI_LIBC.with_name("libc.imports"), wasi / "libc.imports")
    shutil.copy(BUILTINS, wasi / "builtins.a")
    file = root / "targets" / "wasip1.json"
    described = relocated(json.loads(file.read_text(encoding="utf-8")))
    file.write_text(json.dumps(described, indent="\t"), encoding="utf-8")


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found is None:
        raise BundleError(
            f"TinyGo needs {name}, which is gone from this system.",
            hint="run `lab setup` again, then `lab bundle`",
        )
    return Path(found).resolve()


def _libraries(programs: Iterable[Path]) -> list[Path]:
    """Return the shared libraries of programs, without glibc's, by the names they are asked for."""
    found: dict[str, Path] = {}
    for program in programs:
        result = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
            ["ldd", str(program)],  # noqa: S607  # glibc's own, wherever it is
            capture_output=True,
            text=True,
            check=False,
        )
        for match in _LIBRARY.finditer(result.stdout):
            if match["gone"]:
                raise BundleError(
                    f"{program.name} needs {match['gone']}, which is gone from this system.",
                    hint="run `lab setup` again, then `lab bundle`",
                )
            path = Path(match["path"])
            if not _GLIBC.fullmatch(path.name):
                found[path.name] = path
    return list(found.values())
