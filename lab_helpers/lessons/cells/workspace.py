"""The learner's own filters: a Go module in the work folder, beside the lab's."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError
from lab_helpers.filter_names import filter_called, own_name, source_folder
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.languages import holds_source, source_files
from lab_helpers.lessons.cells.begun import note_begun
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
def start_filter(
    name: Path | str = "mine", like: Path | str = "hello", *, anew: bool = False
) -> Note:
    """Make a filter of your own, which begins as a copy of another.

    One that is there already stays as it is, unless you say `anew`.

    Args:
        name: Its name, of lower-case letters, digits and underscores; or where its folder is to be.
        like: The filter to copy: one of the lab's, or another of your own.
        anew: Whether to begin anew where it is there already; what it held is kept beside it.

    Returns:
        What was made, to be shown.

    Raises:
        ConfigurationError: The name cannot be a filter's, or there is no such filter to copy.
    """
    name = own_name(name)
    if not _NAME.fullmatch(name) or (repository_folder() / "filter" / name).exists():
        raise ConfigurationError(
            f"A filter of your own cannot be called {name!r}.",
            hint="use lower-case letters, and no name of the lab's own filters",
        )
    source = _to_copy(like, name)
    folder = learner_filters() / name
    if holds_source(folder) and not anew:
        return Note(
            [
                ("✓", f"`{_shown(folder)}` is there already, and stays as it is"),
                ("→", f'To begin anew: `start_filter("{name}", like="{like}", anew=True)`.'),
            ]
        )
    contents = _contents_to_copy(source, name)
    kept = _put_aside(folder, fresh=contents)
    folder.mkdir()
    for inside, content in contents.items():
        (folder / inside).parent.mkdir(parents=True, exist_ok=True)
        (folder / inside).write_bytes(content)
        note_saved(folder / inside, content)
        note_begun(folder / inside, content)
    lines = [("✓", f"`{_shown(folder)}` begins as {_called(source)}: {', '.join(contents)}")]
    if kept is not None:
        lines.append(("·", f"what it held before is kept in `{_shown(kept)}`"))
    return Note(lines)


def _to_copy(like: Path | str, name: str) -> Path:
    """Return the folder of the filter to copy: the lab's, else one of the person's own."""
    ours, own = repository_folder() / "filter", learner_filters()
    if own_name(like) == name and holds_source(own / name):
        raise ConfigurationError(
            f"A filter cannot begin as a copy of itself: {name!r}.",
            hint=f'give the copy another name: start_filter("{name}_2", like="{name}")',
        )
    found = filter_called(like)
    if found is not None and _fits(found):
        for home in (ours, own):
            if found.parent == home.resolve():
                return home / found.name
    names = [at.name for place in (ours, own) for at in sorted(place.glob("*/")) if _fits(at)]
    raise ConfigurationError(
        f"There is no filter {str(like)!r} to copy.", hint=f"one of: {', '.join(names)}"
    )


def _fits(folder: Path) -> bool:
    return _NAME.fullmatch(folder.name) is not None and holds_source(folder)


def _contents_to_copy(source: Path, name: str) -> dict[str, bytes]:
    """Return what a copy of a filter begins with, by the file's name in its folder."""
    if not source.is_relative_to(learner_filters()):
        # The lab's tests need what stands beside the filter in its Go module.
        files = [file for file in source_files(source) if not _is_test(file)]
        return {file.relative_to(source).as_posix(): file.read_bytes() for file in files}
    # A package within a filter is imported by the filter's name.
    before, after = f'"filters/{source.name}/'.encode(), f'"filters/{name}/'.encode()
    return {
        at: content.replace(before, after) if at.endswith(".go") else content
        for at, content in _content(source).items()
        if not at.startswith("target/")  # what Cargo made
    }


def _called(source: Path) -> str:
    ours = repository_folder() / "filter"
    return f"filter/{source.name}" if source.parent == ours else f"your {source.name}"


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
