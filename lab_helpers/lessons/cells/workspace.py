"""The learner's own filters: a Go module in the work folder, beside the lab's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.languages import holds_source, source_files
from lab_helpers.lessons.cells.go_module import keep_module
from lab_helpers.lessons.cells.keeping import note_saved
from lab_helpers.lessons.shown.page import Note

__all__ = ["filter_folder", "learner_filters", "start_filter"]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def learner_filters() -> Path:
    """Return the learner's Go module, `work/filters`; make it when missing.

    It takes the lab's go.mod but for the name, so the same modules are there, with or without a
    network. It is written anew when the lab's has changed; what `go get` added there is kept.
    """
    folder = work_folder() / "filters"
    folder.mkdir(exist_ok=True)
    ours = repository_folder() / "filter"
    keep_module(folder, (ours / "go.mod").read_text("utf-8"), (ours / "go.sum").read_text("utf-8"))
    return folder


def filter_folder(named: Path | str) -> Path:
    """Return a filter's folder, by whatever it is called; one of your own has its go.mod then.

    Args:
        named: The filter: its name, such as `mine` or `token`, or its folder.

    Raises:
        ConfigurationError: There is no such filter.
    """
    learner_filters()
    return source_folder(named)


@checked
def start_filter(name: str = "mine", like: str = "hello") -> Note:
    """Make a filter of your own, which begins as a copy of one of the lab's.

    One that is there already is begun anew; what it held is kept beside it.

    Args:
        name: Its name; lower-case letters, digits and underscores.
        like: The lab's filter to copy, a folder in `filter/`.

    Returns:
        What was made, to be shown.

    Raises:
        ConfigurationError: The name cannot be a filter's, or there is no such filter to copy.
    """
    if not _NAME.fullmatch(name) or (repository_folder() / "filter" / name).exists():
        raise ConfigurationError(
            f"A filter of your own cannot be called {name!r}.",
            hint="use lower-case letters, and no name of the lab's own filters",
        )
    source = repository_folder() / "filter" / like
    found = source_files(source) if _NAME.fullmatch(like) and holds_source(source) else ()
    files = [file for file in found if not _is_test(file)]
    if not files:
        ours = sorted(at.name for at in repository_folder().glob("filter/*/") if holds_source(at))
        raise ConfigurationError(
            f"The lab has no filter {like!r} to copy.", hint=f"one of: {', '.join(ours)}"
        )
    folder = learner_filters() / name
    names = [file.relative_to(source).as_posix() for file in files]
    contents = [file.read_bytes() for file in files]
    kept = _put_aside(folder, fresh=dict(zip(names, contents, strict=True)))
    folder.mkdir()
    for inside, content in zip(names, contents, strict=True):
        (folder / inside).parent.mkdir(parents=True, exist_ok=True)
        (folder / inside).write_bytes(content)
        note_saved(folder / inside, content.decode())
    lines = [("✓", f"`{_shown(folder)}` begins as filter/{like}: {', '.join(names)}")]
    if kept is not None:
        lines.append(("·", f"what it held before is kept in `{_shown(kept)}`"))
    return Note(lines)


def _put_aside(folder: Path, fresh: dict[str, bytes]) -> Path | None:
    """Move a folder out of the way, unless a copy of the same content is there already."""
    if not folder.exists():
        return None
    content = _content(folder)
    if content == fresh:
        shutil.rmtree(folder)
        return None
    number = 1
    while (kept := folder.with_name(f"{folder.name}-before-{number}")).exists():
        if _content(kept) == content:
            shutil.rmtree(folder)
            return kept
        number += 1
    folder.rename(kept)
    return kept


def _content(folder: Path) -> dict[str, bytes]:
    """Return what is in a folder, and in those below it, but for the notes beside the files."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in files
        if not file.name.startswith(".saved-")
    }


def _is_test(file: Path) -> bool:
    return file.name.endswith("_test.go")


def _shown(path: Path) -> str:
    """Return a path as it is seen from the repository."""
    root = repository_folder()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
