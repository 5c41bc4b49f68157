"""A filter written for the SDK's former home, of which TinyGo compiles the last version alone."""

from __future__ import annotations

import re
from pathlib import Path

from lab_helpers.compiling.problems import source_line
from lab_helpers.compiling.source_code import code_alone, filter_sources, imports_of
from lab_helpers.errors import CompileError, CompileProblem

__all__ = ["OLD_SDK", "old_sdk_failure"]

OLD_SDK = "github.com/tetratelabs/proxy-wasm-go-sdk"
_NEW_SDK = "github.com/proxy-wasm/proxy-wasm-go-sdk"
_REQUIRED = re.compile(
    rf"^\s*(?:require\s+)?{re.escape(OLD_SDK)}\s+v(?P<major>\d+)\.(?P<minor>\d+)\S*[ \t]*$",
    re.MULTILINE,
)
# Measured: TinyGo 0.41.1 compiles 0.24, and none of 0.14, 0.16, 0.18, 0.20, 0.22 and 0.23.
_COMPILES = (0, 24)
_IN_MAIN = re.compile(r"^func\s+main\s*\(\s*\)\s*\{[^}]*\bSetVMContext\b", re.MULTILINE)


def old_sdk_failure(folder: Path) -> CompileError | None:
    """Return why a filter cannot be compiled as it is, where it is written for the old SDK.

    Args:
        folder: The filter's folder.

    Returns:
        The error; None for another filter, and for one that can run as it is: its SDK is the last
        of the old ones, and it registers in `init()`.
    """
    places = [one for one in imports_of(folder) if one.path.startswith(OLD_SDK)]
    module = next((at for at in (folder, *folder.parents) if (at / "go.mod").is_file()), None)
    go_mod = (module / "go.mod").read_text(encoding="utf-8", errors="replace") if module else ""
    required = _REQUIRED.search(go_mod)
    if not places and (required is None or _NEW_SDK in go_mod):
        return None
    version = (int(required["major"]), int(required["minor"])) if required else None
    sources = filter_sources(folder).values()
    in_main = any(_IN_MAIN.search(code_alone(source)) for source in sources)
    if version is not None and version >= _COMPILES and not in_main:
        return None
    named = (
        f"{OLD_SDK.removeprefix('github.com/')}{f' {version[0]}.{version[1]}' if version else ''}"
    )
    problems = [
        CompileProblem(
            one.file,
            one.line,
            one.column,
            f'import of the old SDK; today it is "{one.path.replace(OLD_SDK, _NEW_SDK)}"',
            source_line(folder / one.file, one.line),
        )
        for one in places
    ]
    return CompileError(
        f"The filter {folder.name} is written for the old SDK ({named}).",
        problems=problems,
        quote="" if problems or required is None else required[0].strip(),
        hint="`lab adopt` brings it over"
        if required
        else "write the path that is shown there; `lab adopt` brings a whole filter over",
    )
