"""Modules that the lab brings, for machines without a compiler of their language.

Beside the source of each of the lab's filters in Rust and C lies its module, compiled as the lab
compiles it, with a note of what it was made from. It serves where the source is the very same, the
lab's own or a copy of it, and the compiler is missing.

    python -m lab_helpers.compiling.prebuilt

makes them anew, with the compilers of this machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from lab_helpers.folders import repository_folder
from lab_helpers.languages import holds_source, language_of, source_files

__all__ = ["Prebuilt", "note_prebuilt", "prebuilt_filters", "prebuilt_for", "source_digest"]

_FOLDER = "prebuilt"
_LANGUAGES = ("rust", "c")


@dataclasses.dataclass(frozen=True, slots=True)
class Prebuilt:
    """A module that the lab brings.

    Attributes:
        path: The `.wasm` file.
        source: The digest of the source that it was made from.
        sha256: The module's own.
        made_by: The compiler, with its version and target.
    """

    path: Path
    source: str
    sha256: str
    made_by: str


def prebuilt_for(folder: Path) -> Prebuilt | None:
    """Return the module that the lab brings for a filter's source.

    Args:
        folder: The filter's folder: the lab's own, or a copy.

    Returns:
        The module; None where the source is another, or the module is not as it was made.
    """
    if language_of(folder) not in _LANGUAGES:
        return None
    digest = source_digest(folder)
    for brought in _all():
        if brought.source == digest and _sha256(brought.path.read_bytes()) == brought.sha256:
            return brought
    return None


def source_digest(folder: Path) -> str:
    """Return the digest of a filter's source, wherever it lies.

    Args:
        folder: The filter's folder.
    """
    digest = hashlib.sha256()
    for file in source_files(folder):
        # As Git may check it out on Windows, its lines end otherwise; the source is the same.
        text = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{file.relative_to(folder).as_posix()}\n{_sha256(text)}\n".encode())
    return digest.hexdigest()


def prebuilt_filters() -> tuple[Path, ...]:
    """Return the folders of the lab's filters whose modules it brings."""
    folders = sorted((repository_folder() / "filter").glob("*/"))
    return tuple(at for at in folders if holds_source(at) and language_of(at) in _LANGUAGES)


def note_prebuilt(folder: Path, module: bytes, made_by: str) -> None:
    """Keep a module beside its source, with a note of what it was made from.

    Args:
        folder: The filter's folder, one of the lab's.
        module: The module.
        made_by: The compiler, with its version and target.
    """
    place = folder / _FOLDER
    place.mkdir(exist_ok=True)
    (place / f"{folder.name}.wasm").write_bytes(module)
    note = {"source": source_digest(folder), "sha256": _sha256(module), "made_by": made_by}
    (place / "note.json").write_text(f"{json.dumps(note, indent=2)}\n", encoding="utf-8")


def _all() -> Iterator[Prebuilt]:
    for note in sorted((repository_folder() / "filter").glob(f"*/{_FOLDER}/note.json")):
        told = json.loads(note.read_text(encoding="utf-8"))
        module = note.with_name(f"{note.parent.parent.name}.wasm")
        if module.is_file():
            yield Prebuilt(module, told["source"], told["sha256"], told["made_by"])


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    """Make each of them anew, with the compilers of this machine."""
    # The compiler takes what is brought where it is missing itself.
    from lab_helpers.compiling.commands import chosen_compiler, command_for  # noqa: PLC0415
    from lab_helpers.compiling.compiler import compile_filter  # noqa: PLC0415

    for folder in prebuilt_filters():
        compiler = chosen_compiler(None, folder)
        command = command_for(compiler, folder, "native", None)
        module = compile_filter(folder, compiler=compiler, toolchain="native", keep_exports=True)
        note_prebuilt(folder, module.path.read_bytes(), command.version)


if __name__ == "__main__":
    main()
