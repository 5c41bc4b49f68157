"""Show an Envoy configuration in a notebook, and change a part of a copy: `%%envoy mine.yaml`."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from lab_helpers.compiler import compile_filter
from lab_helpers.configuration import Configuration, find_configuration, learner_configurations
from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError, LabError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.page import Note
from lab_helpers.lessons.regions import excerpt, region_names
from lab_helpers.lessons.source import Source

__all__ = ["register", "save_configuration", "show_configuration", "start_configuration"]

_NAME = re.compile(r"[a-z][a-z0-9_]*\.yaml")
_PLACE = re.compile(rf"(?P<name>{_NAME.pattern})\s+(?P<part>[a-z][a-z0-9_]*)")
# The words that Envoy quotes: a field it does not know, a cluster that is not there.
_QUOTED = re.compile(r"'([^'\n]+)'")


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
    return Source(_shown(file), lines, marked.first, link=_link(file), language="yaml")


def start_configuration(name: str = "mine.yaml", like: str = "envoy.yaml") -> Note:
    """Make a configuration of your own, which begins as a copy of one of the lab's.

    One that is there already is begun anew; what it held is kept beside it.

    Args:
        name: Its name, such as `mine.yaml`.
        like: The lab's configuration to copy.

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
    if not (ours / like).is_file():
        there = ", ".join(sorted(file.name for file in ours.glob("*.yaml")))
        raise ConfigurationError(f"The lab has no {like!r}.", hint=f"one of: {there}")
    file = learner_configurations() / name
    lines = []
    if file.is_file() and file.read_bytes() != (ours / like).read_bytes():
        kept = file.with_suffix(".yaml.before")
        file.replace(kept)
        lines.append(("·", f"what it held before is kept in `{_shown(kept)}`"))
    shutil.copyfile(ours / like, file)
    return Note([("✓", f"`{_shown(file)}` begins as envoy/{like}"), *lines])


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
            hint=f'make it first: start_configuration("{match["name"]}")',
        )
    file.write_text(_with_part(file, match["part"], text), encoding="utf-8")
    try:
        _validate(file)
    except ConfigurationError as error:
        return _refused(error, file, match["part"], text)
    return Note([("✓", f"saved as the part {match['part']} of `{file.name}`; Envoy takes it")])


def register(shell: InteractiveShell) -> None:
    """Teach a notebook the cell magic `%%envoy`.

    Args:
        shell: The notebook's.
    """

    def envoy(line: str, cell: str) -> None:
        """Put the cell's YAML into a configuration of your own, and let Envoy check it."""
        display(save_configuration(line, cell))  # type: ignore[no-untyped-call]  # IPython's

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


def _with_part(file: Path, part: str, text: str) -> str:
    """Return the file's text with other lines in the part's place, indented as the part was."""
    whole = file.read_text(encoding="utf-8")
    lines = whole.splitlines()
    begin = next((at for at, line in enumerate(lines) if line.strip() == _mark(part)), None)
    if begin is None:
        raise ConfigurationError(
            f"{file.name} has no part {part!r}.",
            hint=f"one of: {', '.join(region_names(whole))}",
        )
    end = next(at for at in range(begin, len(lines)) if lines[at].strip() == _mark("end"))
    indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
    fresh = textwrap.indent(textwrap.dedent(text).strip("\n"), indent).splitlines()
    return "\n".join([*lines[: begin + 1], *fresh, *lines[end:]]) + "\n"


def _mark(part: str) -> str:
    return f"# lesson: {part}"


def _validate(file: Path) -> None:
    configuration = Configuration.read(file)
    module = compile_filter("filter/token", reuse=True) if configuration.has_wasm else None
    Envoy(module, configuration=configuration).validate()


def _refused(error: LabError, file: Path, part: str, text: str) -> Note | Source:
    lines = textwrap.dedent(text).strip("\n").splitlines()
    problems = _places(error.quote, lines)
    said = f"{error.what} Try: {error.hint}"
    if not problems:
        head = f"saved in `{file.name}`, but it does not hold:"
        return Note((("✗", head), ("", str(error))))
    title = f"✗ the part {part} of {file.name} is saved, but {_lowered(said)}"
    return Source(title, lines, problems=problems, link=_link(file), language="yaml")


def _places(quote: str, lines: Sequence[str]) -> Mapping[int, str]:
    """Return the line that holds the last word which Envoy quotes, with the end of its reason."""
    for word in reversed(_QUOTED.findall(quote)):
        whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        found = [number for number, line in enumerate(lines, start=1) if whole.search(line)]
        if len(found) == 1:
            reason = quote.rpartition(": ")[0].rpartition(": ")[2] or quote
            return {found[0]: f"Envoy says: {_lowered(reason.strip())}: '{word}'"}
    return {}


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("Envoy") else text


def _shown(file: Path) -> str:
    root = repository_folder()
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else str(file)


def _link(file: Path) -> str:
    """Return the way from a notebook to a file, which JupyterLab opens in its editor."""
    root = repository_folder()
    return f"../{file.relative_to(root).as_posix()}" if file.is_relative_to(root) else ""
