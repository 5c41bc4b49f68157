"""Show an Envoy configuration in a notebook, and change a part of a copy: `%%envoy mine.yaml`."""

from __future__ import annotations

import difflib
import re
import textwrap
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from lab_helpers.arguments import checked
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.disk import replace_file
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration, learner_configurations
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.begun import note_begun, note_written
from lab_helpers.lessons.cells.cluster_names import unknown_cluster
from lab_helpers.lessons.cells.configuration_marks import is_yaml_error, marks
from lab_helpers.lessons.cells.keeping import keep_beside, note_saved, saved_note
from lab_helpers.lessons.cells.regions import excerpt, marked_lines, region_names
from lab_helpers.lessons.cells.saved import Saved, announce
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.shown.links import link_to
from lab_helpers.lessons.shown.page import Note

__all__ = ["register", "save_configuration", "show_configuration", "start_configuration"]

_NAME = re.compile(r"[a-z][a-z0-9_]*\.yaml")
_PLACE = re.compile(rf"(?P<name>{_NAME.pattern})\s+(?P<part>[a-z][a-z0-9_]*)")


@checked
def show_configuration(name: str, part: str | None = None) -> Source:
    """Show an Envoy configuration, or a marked part of it.

    Args:
        name: One of the lab's, such as `envoy.yaml`, or your own `mine.yaml`.
        part: A part that the file marks with `# lesson: NAME`; all of it else.

    Returns:
        The YAML, to be shown.

    Raises:
        ConfigurationError: There is no such file or part.
    """
    file = _found(name)
    marked = excerpt(file, part)
    lines = textwrap.dedent(marked.text).splitlines()
    return Source(_shown(file), lines, marked.first, link=link_to(file), language="yaml")


@checked
def start_configuration(
    name: str = "mine.yaml", like: str = "envoy.yaml", *, anew: bool = False
) -> Note:
    """Make a configuration of your own, which begins as a copy of another.

    One that is there already stays as it is, unless you say `anew`.

    Args:
        name: Its name, such as `mine.yaml`.
        like: The configuration to copy: one of the lab's, or another of your own.
        anew: Whether to begin anew where it is there already; what it held is kept beside it.

    Returns:
        What was made, to be shown.

    Raises:
        ConfigurationError: The name cannot be one, or there is no such configuration to copy.
    """
    ours = repository_folder() / "envoy"
    if not _NAME.fullmatch(name) or (ours / name).exists():
        raise ConfigurationError(
            f"A configuration of your own cannot be called {name!r}.",
            hint="use lower-case letters and .yaml, and no name of the lab's own: mine.yaml",
        )
    file = learner_configurations() / name
    source = _to_copy(like, file)
    if file.is_file() and not anew:
        return Note(
            [
                ("✓", f"`{_shown(file)}` is there already, and stays as it is"),
                ("→", f'To begin anew: `start_configuration("{name}", like="{like}", anew=True)`.'),
            ]
        )
    lines = []
    if file.is_file() and file.read_bytes() != source.read_bytes():
        kept = keep_beside(file, "before")
        lines.append(("·", f"what it held before is kept in `{_shown(kept)}`"))
    replace_file(file, source.read_bytes())
    note_saved(file, source.read_bytes())
    note_begun(file, source.read_bytes())
    called = f"envoy/{like}" if source.parent == ours else f"your {like}"
    return Note([("✓", f"`{_shown(file)}` begins as {called}"), *lines])


def _to_copy(like: str, file: Path) -> Path:
    """Return the configuration to copy: the lab's, else one of the person's own."""
    ours = repository_folder() / "envoy"
    if file.name == like and file.is_file():
        raise ConfigurationError(
            f"A configuration cannot begin as a copy of itself: {like!r}.",
            hint=f'give the copy another name: start_configuration("second.yaml", like="{like}")',
        )
    if _NAME.fullmatch(like):
        for source in (ours / like, file.with_name(like)):
            if source.is_file():
                return source
    there = [found.name for at in (ours, file.parent) for found in sorted(at.glob("*.yaml"))]
    raise ConfigurationError(
        f"There is no configuration {like!r} to copy.", hint=f"one of: {', '.join(there)}"
    )


def save_configuration(place: str, text: str) -> Note | Source:
    """Put YAML in place of a marked part of one of your own configurations, and let Envoy check it.

    Args:
        place: The configuration and the part: `mine.yaml routes`.
        text: The YAML; how far it is indented does not matter.

    Returns:
        That Envoy takes it; or what Envoy says against it, with a mark on the line if it names one.

    Raises:
        LabError: There is no such configuration or part, or no Envoy to check it.
    """
    match = _PLACE.fullmatch(place.strip())
    if not match:
        raise ConfigurationError(
            f"{place!r} is no place for YAML.",
            hint="name a configuration and a part: %%envoy mine.yaml routes",
        )
    file = learner_configurations() / match["name"]
    if not file.is_file():
        raise ConfigurationError(
            f"There is no {match['name']} of your own yet.",
            hint=_how_to_have_it(file, match["part"]),
        )
    part = match["part"]
    try:
        changed = _with_part(file.read_text(encoding="utf-8"), part, text, file.name)
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{file.name} is no text in UTF-8, so no part of it can be found.",
            quote=str(error),
            hint=f'begin it anew: start_configuration("{file.name}", anew=True); what it held is'
            " kept",
        ) from error
    edited = _keep_if_edited(file, part, text)
    replace_file(file, changed)
    note_written(file, part)
    try:
        _validate(file)
    except ConfigurationError as error:
        return _refused(error, file, part, edited)
    done = ("✓", f"saved as the part {part} of `{file.name}`; Envoy takes it")
    return Note([done, ("!", edited)] if edited else [done])


def _how_to_have_it(file: Path, part: str) -> str:
    """Return which configuration of the person's own is meant, or what makes one."""
    own = sorted(each.stem for each in file.parent.glob("*.yaml"))
    near = difflib.get_close_matches(file.stem, own, n=1)
    if not near and (repository_folder() / "envoy" / file.name).is_file():
        near = own  # the lab's own stays as it is, so no cell makes one of that name
    if len(near) == 1:
        return f"did you mean {near[0]}.yaml? Let the first line be: %%envoy {near[0]}.yaml {part}"
    if near:
        return f"name one of your own: {', '.join(f'{name}.yaml' for name in near)}"
    return "run the lesson's cell that makes it: it calls start_configuration"


def register(shell: InteractiveShell) -> None:
    """Teach a notebook the cell magic `%%envoy`.

    Args:
        shell: The notebook's.
    """

    def envoy(line: str, cell: str) -> None:
        """Put the cell's YAML into a configuration of your own, and let Envoy check it."""
        result = save_configuration(line, cell)
        display(result)
        words = line.split()
        good = isinstance(result, Note) and result.lines[0][0] == "✓"
        head = " ".join(("%%envoy", *words))
        announce(Saved(head, cell, learner_configurations() / words[0], ok=good))

    shell.register_magic_function(envoy, magic_kind="cell", magic_name="envoy")  # type: ignore[call-arg, arg-type]  # wrapped


def _found(name: str) -> Path:
    file = find_configuration(name)
    if not file.is_file():
        folders = (learner_configurations(), repository_folder() / "envoy")
        there = sorted(found.name for folder in folders for found in folder.glob("*.yaml"))
        raise ConfigurationError(
            f"There is no configuration {name!r}.", hint=f"one of: {', '.join(there)}"
        )
    return file


def _with_part(whole: str, part: str, text: str, name: str) -> str:
    """Return a text with other lines in the part's place, indented as its mark is."""
    lines = whole.splitlines()
    at = marked_lines(whole, part, name)
    mark = lines[at.start - 1]
    indent = mark[: len(mark) - len(mark.lstrip())]
    fresh = textwrap.indent(textwrap.dedent(text).strip("\n"), indent).splitlines()
    return "\n".join([*lines[: at.start], *fresh, *lines[at.stop :]]) + "\n"


def _keep_if_edited(file: Path, part: str, text: str) -> str:
    """Keep the file if its part was written by another hand since it was saved; say where.

    A file without a note was never saved by a cell: another hand wrote all of it.
    """
    now, note = file.read_text(encoding="utf-8"), saved_note(file)
    noted = note.read_text(encoding="utf-8") if note.is_file() else ""
    fresh = _with_part(now, part, text, file.name)
    known = {_part(fresh, part)}
    # Noted is this part alone: what another hand wrote elsewhere is for the cell of that part.
    if part in region_names(noted):
        known.add(_part(noted, part))
        note_saved(file, _with_part(noted, part, text, file.name))
    else:
        note_saved(file, noted + _marked_part(fresh, part))
    if _part(now, part) in known:
        return ""
    return f"you had edited this part outside; that is in `{keep_beside(file, 'edited').name}`"


def _part(whole: str, part: str) -> str:
    at = marked_lines(whole, part, "")
    return "\n".join(whole.splitlines()[at.start : at.stop])


def _marked_part(whole: str, part: str) -> str:
    """Return a part with its marks."""
    at = marked_lines(whole, part, "")
    return "\n".join(whole.splitlines()[at.start - 1 : at.stop + 1]) + "\n"


def _validate(file: Path) -> None:
    configuration = Configuration.read(file)
    module = compile_filter("filter/token", reuse=True) if configuration.has_wasm else None
    Envoy(module, configuration=configuration).validate()


def _refused(error: ConfigurationError, file: Path, part: str, edited: str) -> Note | Source:
    shown = excerpt(file, part)
    lines = textwrap.dedent(shown.text).splitlines()
    unknown = unknown_cluster(error.quote, file)
    problems = marks(error, shown, lines, unknown)
    if not problems:
        told = f"{error}\n{unknown.sentence}" if unknown else str(error)
        said = [("✗", f"saved in `{file.name}`, but it does not hold:"), ("", told)]
        return Note([*said, ("!", edited)] if edited else said)
    what = "it is not valid YAML." if is_yaml_error(error) else _lowered(error.what)
    title = f"✗ the part {part} of {file.name} is saved, but {what}"
    title += f" {unknown.sentence}" if unknown else ""
    title += f" Try: {error.hint}" if error.hint else ""
    title += f"\n! {edited}" if edited else ""
    return Source(title, lines, problems=problems, link=link_to(file), language="yaml")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("Envoy") else text


def _shown(file: Path) -> str:
    root = repository_folder()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)
