"""Which language a filter is written in: by what its folder holds."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from lab_helpers.errors import ConfigurationError
from lab_helpers.special_files import special_file

__all__ = [
    "LANGUAGES",
    "Language",
    "Tongue",
    "holds_source",
    "language_of",
    "source_files",
]

Language = Literal["go", "rust", "c", "native"]


@dataclasses.dataclass(frozen=True, slots=True)
class Tongue:
    """What is to know of a language, apart from how it is compiled.

    Attributes:
        name: As people call it.
        files: What its source files are called, as a pattern of one folder.
        sources: The same, of the folder and those below it that are part of it.
    """

    name: str
    files: str
    sources: tuple[str, ...]


LANGUAGES: Mapping[Language, Tongue] = {
    "go": Tongue("Go", "*.go", ("*.go",)),
    "rust": Tongue("Rust", "Cargo.toml", ("Cargo.toml", "Cargo.lock", "build.rs", "src/**/*.rs")),
    "c": Tongue("C", "*.c", ("*.c", "*.h")),
    "native": Tongue("Go, as a dynamic module", "*.go", ("*.go", "*.c", "*.h")),
}
# Go that is compiled together with C: `import "C"` alone, or within a list of imports.
_CGO = re.compile(r'^(?:import\s+|\s+)"C"\s*(?://.*)?$', re.MULTILINE)


def source_files(folder: Path) -> tuple[Path, ...]:
    """Return the files of a filter's source, its tests among them.

    Args:
        folder: The filter's folder.

    Raises:
        ConfigurationError: It holds no source, or source of several languages.
    """
    patterns = LANGUAGES[language_of(folder)].sources
    return tuple(sorted({file for pattern in patterns for file in folder.glob(pattern)}))


def language_of(folder: Path) -> Language:
    """Return the language of a filter.

    Args:
        folder: Its folder.

    Raises:
        ConfigurationError: It holds no source, or source of several languages.
    """
    found = list(_languages_in(folder))
    if not found:
        raise ConfigurationError(
            f"The folder {folder} holds no source of a filter: no .go file, no Cargo.toml, no .c"
            " file.",
            hint="name the folder that holds main.go, such as filter/token",
        )
    if len(found) > 1:
        names = " and ".join(f"{LANGUAGES[one].name} ({_example(folder, one)})" for one in found)
        raise ConfigurationError(
            f"The folder {folder} holds {names}; which of them is the filter?",
            hint="keep each filter in a folder of its own",
        )
    return found[0]


def holds_source(folder: Path) -> bool:
    """Return whether a folder holds source of some language.

    Args:
        folder: The folder; it need not be there.
    """
    return any(True for _ in _languages_in(folder))


def _languages_in(folder: Path) -> Iterator[Language]:
    """Yield each language that a folder holds.

    C beside Go is Go's to judge: cgo compiles it, and Go says so where it does not. C beside a
    Cargo.toml is what a build script compiles.
    """
    is_go = any(folder.glob("*.go"))
    is_rust = (folder / "Cargo.toml").is_file()
    if is_go:
        yield "native" if _calls_c(folder) else "go"
    if is_rust:
        yield "rust"
    if not (is_go or is_rust) and any(folder.glob("*.c")):
        yield "c"


def _calls_c(folder: Path) -> bool:
    return any(
        _CGO.search(file.read_text(encoding="utf-8", errors="replace"))
        for file in folder.glob("*.go")
        if not special_file(file) and file.is_file() and not file.name.endswith("_test.go")
    )


def _example(folder: Path, language: Language) -> str:
    return min(file.name for file in folder.glob(LANGUAGES[language].files))
