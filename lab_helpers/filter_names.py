"""How a filter is named: alike in every call and every command.

`mine` is one of your own and `token` one of the lab's. Where its folder lies does as well, from
here, from the repository or as a whole path: `filter/token`, `work/filters/mine`, `/home/ada/gate`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.languages import LANGUAGES, holds_source, language_of, source_files
from lab_helpers.special_files import special_file

__all__ = [
    "filter_and_file",
    "filter_called",
    "filter_names",
    "own_name",
    "own_place",
    "source_folder",
]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MODULES = (".wasm", ".so")


def source_folder(named: Path | str) -> Path:
    """Return the folder that a filter's source is in.

    A folder that holds source goes before one that holds none: so a filter of your own may be
    called as some other folder is.

    Args:
        named: The filter: its name, or its folder.

    Raises:
        ConfigurationError: There is no such filter, or no source in it that the lab can compile.
    """
    folder = filter_called(named)
    if folder is None:
        raise _unknown(named)
    language = language_of(folder)
    for file in source_files(folder):
        if special := special_file(file):
            raise ConfigurationError(
                f"{file} is {special}, not a file of {LANGUAGES[language].name}.",
                hint="take it out of the filter's folder",
            )
    return folder


def filter_called(named: Path | str) -> Path | None:
    """Return the folder of a filter, by whatever it is called; None where there is none.

    Args:
        named: The filter: its name, or its folder.
    """
    if not str(named).strip():
        return None
    folders = [at for place in _places(Path(named)) if (at := _folder_at(place)) is not None]
    return next(filter(holds_source, folders), folders[0] if folders else None)


def filter_names() -> tuple[str, ...]:
    """Return the names of all filters: your own, then the lab's."""
    homes = (work_folder() / "filters", repository_folder() / "filter")
    found = (at.name for home in homes for at in sorted(home.glob("*/")) if holds_source(at))
    return tuple(name for name in dict.fromkeys(found) if _NAME.fullmatch(name))


def filter_and_file(place: str) -> tuple[str, str]:
    """Return the two parts of a place in a filter's source: how the filter is named, and the file.

    Args:
        place: Such as `hello/main.go`, `work/filters/mine/tick.go`, or a filter alone.

    Returns:
        The filter, and the file; "" for none.
    """
    filter_part, slash, file = place.rstrip("/").rpartition("/")
    return (filter_part, file) if slash and "." in file else (place, "")


def own_name(named: Path | str) -> str:
    """Return the name of a filter of your own, there or not, however it is named.

    Args:
        named: Such as `mine` or `work/filters/mine`.

    Returns:
        The same where it lies in no folder of your own filters.
    """
    plain = str(named).rstrip("/")
    return own_place(f"{plain}/main.go").removesuffix("/main.go") if plain else plain


def own_place(place: str) -> str:
    """Return a place in a filter of your own as `mine/tick.go`, however the filter is named.

    Args:
        place: Such as `mine/tick.go`, `./work/filters/mine/tick.go` or a whole path.

    Returns:
        The same where it lies in no filter of your own.
    """
    named, file = filter_and_file(place)
    home = (work_folder() / "filters").resolve()
    for at in _places(Path(named)) if "/" in named and file else ():
        folder = _resolved(at)
        if folder is not None and folder.parent == home:
            return f"{folder.name}/{file}"
    return place


def _places(named: Path) -> Iterator[Path]:
    """Yield where a filter may lie, in the order in which they are looked at."""
    yield named
    if named.parts[:1] in ((), ("~",)) or named.is_absolute():
        return
    if len(named.parts) == 1:
        yield work_folder() / "filters" / named
        yield repository_folder() / "filter" / named
    yield repository_folder() / named
    # The work folder may lie elsewhere, and is called `work` all the same.
    if named.parts[0] == "work":
        yield work_folder().joinpath(*named.parts[1:])
    yield work_folder() / named


def _folder_at(place: Path) -> Path | None:
    """Return a folder; None for what is none, or cannot be a path here at all."""
    folder = _resolved(place)
    return folder if folder is not None and folder.is_dir() else None


def _resolved(place: Path) -> Path | None:
    """Return a whole path; None for what cannot be one here."""
    try:
        whole = place.expanduser().resolve()
        whole.exists()
    except (OSError, RuntimeError, ValueError):  # too long, a loop of links, no such user
        return None
    return whole


def _unknown(named: Path | str) -> ConfigurationError:
    text = str(named)
    ways = _places(Path(text)) if text else ()
    file = next((at for way in ways if (at := _resolved(way)) is not None and at.is_file()), None)
    if file is not None and file.suffix in _MODULES:
        return ConfigurationError(
            f"{text} is a compiled module, and not a filter's source.",
            hint=f'give it to Envoy as it is: Envoy("{text}")',
        )
    if file is not None:
        return ConfigurationError(
            f"{text} is a file, and not a filter.", hint=f"name its folder: {file.parent}"
        )
    there = filter_names()
    close = difflib.get_close_matches(Path(text).name.lower(), there, n=1, cutoff=0.6)
    own = f'make it first, in a notebook: start_filter("{text}")' if _NAME.fullmatch(text) else ""
    if close:
        hint = f'did you mean "{close[0]}"?' + (f" Or {own}" if own else "")
    elif own:
        hint = f"{own}; or name one of the lab's, such as token"
    else:
        hint = f"name one that is there: {', '.join(there)}; or the folder of its source"
    return ConfigurationError(f"There is no filter {text!r}.", hint=hint)
