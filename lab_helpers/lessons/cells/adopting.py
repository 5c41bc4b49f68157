"""Bring a filter that was written for the old SDK into a learner's work folder, with today's."""

from __future__ import annotations

import dataclasses
import difflib
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.disk import made_folder
from lab_helpers.errors import CompileError, ConfigurationError, LabError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import Change, GoAdoption, adopt_go
from lab_helpers.languages import LANGUAGES, holds_source, language_of
from lab_helpers.lessons.cells.adopting_yaml import with_types
from lab_helpers.lessons.cells.workspace import learner_filters
from lab_helpers.lessons.shown.page import Bundle, Note, escape
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.running import run_tool

__all__ = ["OLD_SDK", "Adoption", "adopt"]

OLD_SDK = "github.com/tetratelabs/proxy-wasm-go-sdk"
_SDK = "github.com/proxy-wasm/proxy-wasm-go-sdk"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PINNED = re.compile(rf"{re.escape(_SDK)} (?P<version>\S+)")
_PACKAGE_MAIN = re.compile(r"^package main\b", re.MULTILINE)
_NOT_TAKEN = ("*.wasm", ".git", "vendor", "go.work", "go.work.sum")
_CHANGE_KEPT = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Adoption:
    """What was brought over, to be shown.

    Attributes:
        name: The filter's name here, for `compile_filter`, `lab up` and the rest.
        folder: Where it lies now.
        changes: What was changed, a sentence each.
        left: What a person has to look at.
        diff: The changed files, old against new.
        problem: Why it does not compile; None where it does.
    """

    name: str
    folder: Path
    changes: tuple[Change, ...]
    left: tuple[Change, ...]
    diff: str
    problem: LabError | None

    @property
    def note(self) -> Note:
        """Return it as lines."""
        lines = [("✓", f"`{self.name}` is in `{self.folder}`; the original is as it was.")]
        lines += [("·", f"`{one.place}` {one.sentence}") for one in self.changes]
        lines += [("→", f"`{one.place}` Left for you: {one.sentence}") for one in self.left]
        if self.problem is not None:
            lines.append(("✗", str(self.problem)))
        else:
            lines.append(("✓", f"TinyGo compiles it. Try: `lab up {self.name}`"))
        return Note(lines)

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        bundle = self.note.bundle()
        if self.diff:
            bundle["text/plain"] += f"\n\n{self.diff}"
            diff = escape(self.diff).replace("<br>", "\n")
            bundle["text/html"] += (
                "<details><summary>What was changed, line by line</summary>"
                f'<pre tabindex="0" style="background:none;tab-size:4">{diff}</pre></details>'
            )
        return bundle


@checked
def adopt(folder: Path | str, name: str | None = None) -> Adoption:
    """Bring a filter over from the old SDK (tetratelabs/proxy-wasm-go-sdk, 0.14 and later).

    The original is not touched. What has no rule is left as it stands, and named by file and line.

    Args:
        folder: The filter's folder.
        name: What to call it here; the folder's name by default.

    Returns:
        What was changed and what is left, to be shown.

    Raises:
        ConfigurationError: The folder holds no filter that can be brought over, or the name cannot
            be had.
        ToolchainError: The Go helper is missing and cannot be built.
    """
    source = Path(folder).expanduser().resolve()
    go_mod = _go_mod_above(source)
    _refuse_what_is_no_filter(source, go_mod)
    target = _place_of(name if name is not None else _name_from(source))
    try:
        go = adopt_go(source, go_mod, _sdk_version())
    except ToolchainError as error:
        raise ConfigurationError(
            f"{source} cannot be brought over.",
            quote=error.quote,
            hint="mend what is named there, then try again",
        ) from error
    diff = "".join(_diffs(source, go_mod, go.files))
    with made_folder(target.parent, ".adopting-") as scratch:
        fresh = Path(scratch) / target.name
        shutil.copytree(source, fresh, ignore=shutil.ignore_patterns(*_NOT_TAKEN))
        for inside, text in go.files.items():
            (fresh / inside).write_text(text, encoding="utf-8")
        _write_sums(fresh, go_mod)
        types, more = _write_types(source, fresh)
        fresh.rename(target)  # whole, or not at all
    problem = _tidied(target) or _compiled(target)
    left = (*go.left, *_outside(source, go_mod, go))
    changes = (*go.changes, *types)
    return Adoption(target.name, target, changes, left, f"{diff}{more}", problem)


def _go_mod_above(folder: Path) -> Path:
    if not folder.is_dir():
        raise ConfigurationError(f"There is no folder {folder}.", hint="name the filter's folder")
    if holds_source(folder) and (language := language_of(folder)) != "go":
        raise ConfigurationError(
            f"{folder} is written in {LANGUAGES[language].name}, and `lab adopt` brings over Go.",
            hint=f"it needs no change: lab build {shlex.quote(str(folder))}",
        )
    for place in (folder, *folder.parents):
        if (place / "go.mod").is_file():
            return place / "go.mod"
    raise ConfigurationError(
        f"There is no go.mod in {folder}, nor above it, so its SDK is not known.",
        hint="name the folder of a Go module; `go mod init NAME` makes one",
    )


def _refuse_what_is_no_filter(source: Path, go_mod: Path) -> None:
    mains = sorted({file.parent for file in _go_files(source) if _is_main(file)})
    if not mains:
        raise ConfigurationError(
            f"{source} holds no package main, so it is no filter.",
            hint="name the folder that holds the filter's main.go",
        )
    if len(mains) > 1:
        names = ", ".join(str(place.relative_to(source)) for place in mains)
        raise ConfigurationError(
            f"{source} holds {len(mains)} filters: {names}.",
            hint=f"name one of them, as in: lab adopt {mains[-1]}",
        )
    if mains[0] != source:
        raise ConfigurationError(
            f"The filter is not in {source} itself, but in a folder of it.",
            hint=f"lab adopt {mains[0]}",
        )
    imported = "".join(file.read_text("utf-8", errors="replace") for file in _go_files(source))
    if OLD_SDK not in imported and _SDK not in imported:
        raise ConfigurationError(
            f"{source} does not import the proxy-wasm SDK, so it is no filter of its kind.",
            quote=go_mod.read_text(encoding="utf-8", errors="replace")[:500],
            hint="name the folder of a filter that is written with proxy-wasm-go-sdk",
        )


def _go_files(folder: Path) -> list[Path]:
    return [
        file
        for file in folder.rglob("*.go")
        if not {"vendor", "testdata"} & set(file.relative_to(folder).parts)
        and not any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    ]


def _is_main(file: Path) -> bool:
    return not file.name.endswith("_test.go") and bool(
        _PACKAGE_MAIN.search(file.read_text(encoding="utf-8", errors="replace"))
    )


def _name_from(folder: Path) -> str:
    """Return a name that a filter here may have, from a folder's."""
    return re.sub(r"[^a-z0-9_]+", "_", folder.name.lower()).strip("_0123456789") or "adopted"


def _place_of(name: str) -> Path:
    if not _NAME.fullmatch(name) or (repository_folder() / "filter" / name).exists():
        raise ConfigurationError(
            f"A filter of your own cannot be called {name!r}.",
            hint="give it another name, of lower-case letters, that none of the lab's own has:"
            " lab adopt FOLDER NAME",
        )
    target = learner_filters() / name
    if target.exists():
        raise ConfigurationError(
            f"You have a filter {name} already, in {target}.",
            hint="give this one another name: lab adopt FOLDER NAME",
        )
    return target


def _sdk_version() -> str:
    pinned = _PINNED.search((repository_folder() / "filter" / "go.mod").read_text(encoding="utf-8"))
    if pinned is None:
        raise LabError("The lab's own filter/go.mod does not name the SDK.")
    return pinned["version"]


def _write_sums(fresh: Path, go_mod: Path) -> None:
    """Let go.sum know what either knows: the filter's own modules, and today's SDK's."""
    theirs = go_mod.with_name("go.sum")
    ours = repository_folder() / "filter" / "go.sum"
    lines: dict[str, None] = {}
    for file in (theirs, ours):
        if file.is_file():
            lines |= dict.fromkeys(file.read_text(encoding="utf-8").splitlines(keepends=True))
    (fresh / "go.sum").write_text("".join(lines), encoding="utf-8")


def _write_types(source: Path, fresh: Path) -> tuple[list[Change], str]:
    """Let the configurations beside the filter say what today's Envoy wants to know."""
    changes: list[Change] = []
    diff = ""
    for file in sorted([*fresh.glob("*.yaml"), *fresh.glob("*.yml")]):
        old = (source / file.name).read_text(encoding="utf-8", errors="replace")
        text, found = with_types(old)
        if found:
            file.write_text(text, encoding="utf-8")
            changes += [Change(file.name, line, sentence) for line, sentence in found]
            diff += "".join(_diff(file.name, old, text))
    return changes, diff


def _tidied(target: Path) -> LabError | None:
    """Let Go complete go.mod; what it lacks is downloaded, where there is a network."""
    go = find_go()
    environment = go_environment(go.path, mod="mod")
    result = run_tool([str(go.path), "mod", "tidy"], environment, folder=target)
    if result.returncode == 0:
        return None
    return ConfigurationError(
        "The modules that it needs besides the SDK cannot be had.",
        quote=result.stderr.strip()[-1500:],
        hint=f"with a network: cd {target} && go mod tidy",
    )


def _compiled(target: Path) -> LabError | None:
    try:
        compile_filter(target, reuse=True)
    except CompileError as error:
        return error
    return None


def _outside(source: Path, go_mod: Path, go: GoAdoption) -> Iterator[Change]:
    """Yield the imports of the module's own packages that lie outside of the folder."""
    if go_mod.parent == source:
        return
    module = re.search(r"^module\s+(\S+)", go_mod.read_text(encoding="utf-8"), re.MULTILINE)
    if module is None:
        return
    prefix = f'"{module[1]}/'
    for file in _go_files(source):
        text = go.files.get(file.relative_to(source).as_posix(), file.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), start=1):
            if prefix in line:
                path = line.partition(prefix)[2].partition('"')[0]
                yield Change(
                    file.relative_to(source).as_posix(),
                    number,
                    f"it imports {path}, which lies outside of the folder: copy that as well, and"
                    " change the import",
                )


def _diffs(source: Path, go_mod: Path, files: Mapping[str, str]) -> Iterator[str]:
    for inside, text in sorted(files.items()):
        old = go_mod if inside == "go.mod" else source / inside
        yield from _diff(inside, old.read_text(encoding="utf-8"), text)


def _diff(name: str, old: str, new: str) -> Iterator[str]:
    lines = difflib.unified_diff(
        old.splitlines(),
        new.splitlines(),
        f"{name} (as it was)",
        f"{name} (here)",
        n=_CHANGE_KEPT,
        lineterm="",
    )
    yield from (f"{line}\n" for line in lines)
