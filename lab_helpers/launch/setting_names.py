"""Which setting of the lab's filter is meant by a name that it does not know."""

from __future__ import annotations

import difflib
import re

from lab_helpers.folders import repository_folder

__all__ = ["hint_for_setting"]

_UNKNOWN = re.compile(r'unknown setting "(?P<name>[^"]*)"')
# `case "tick_ms":` of the one filter, `"tick_ms": setNumber(…)` of the other.
_KNOWN = re.compile(r'^\s*(?:case\s+)?"(?P<name>[a-z_]+)":', re.MULTILINE)


def hint_for_setting(home: str, reason: str) -> str:
    """Return what to try where a filter refused a setting.

    Args:
        home: The filter's folder: `token`.
        reason: Why, in the filter's words.
    """
    place = f"filter/{home}/settings.go"
    general = f"mend that setting; {place} names them all"
    unknown, file = _UNKNOWN.search(reason), repository_folder() / place
    if unknown is None or not file.is_file():
        return general
    known = [each["name"] for each in _KNOWN.finditer(file.read_text(encoding="utf-8"))]
    near = difflib.get_close_matches(unknown["name"].lower(), known, n=1)
    return f"did you mean {near[0]}? {place} names all settings" if near else general
