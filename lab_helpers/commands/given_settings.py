"""Settings as a person gives them on the command line: JSON, or a file that holds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab_helpers.errors import ConfigurationError
from lab_helpers.special_files import special_file

__all__ = ["read_settings"]

_EXAMPLE = """--settings '{"tick_ms": 1000}', or --settings @settings.json"""


def read_settings(given: str | None) -> dict[str, Any] | None:
    """Return settings that were given as text.

    Args:
        given: A JSON object, or `@` and the path of a file that holds one; None for none.

    Returns:
        The settings; None where none were given.

    Raises:
        ConfigurationError: The file cannot be read, or it is no JSON object.
    """
    if given is None:
        return None
    text = _content(Path(given[1:]).expanduser()) if given.startswith("@") else given
    try:
        settings = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        said = lines[error.lineno - 1] if error.lineno <= len(lines) else "it ends too early"
        raise ConfigurationError(
            f"The settings are not valid JSON at line {error.lineno}, column {error.colno}.",
            quote=f"{error.msg}: {said}",
            hint=f"write {_EXAMPLE}",
        ) from error
    except (RecursionError, ValueError) as error:
        # Python reads neither a thousand lists in each other, nor a number of 5,000 digits.
        raise ConfigurationError(
            "The settings are JSON that is too deep, or holds too long a number.",
            quote=str(error),
            hint=f"write {_EXAMPLE}",
        ) from error
    if not isinstance(settings, dict):
        raise ConfigurationError(
            "The settings are JSON, but no object.", quote=text.strip(), hint=f"write {_EXAMPLE}"
        )
    return settings


def _content(file: Path) -> str:
    if special := special_file(file, once=True):
        raise ConfigurationError(
            f"The settings {file} are in {special}, not in a file.",
            hint=f"name a file, or {_EXAMPLE}",
        )
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The settings in {file} cannot be read.",
            quote=str(error),
            hint=f"check the path; {_EXAMPLE}",
        ) from error
