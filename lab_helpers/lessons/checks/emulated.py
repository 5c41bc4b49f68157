"""What several checks look for in an emulation."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.source_code import filter_sources
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.emulator.record import Emulation
from lab_helpers.lessons.exercises.exercises import Finding, found

__all__ = [
    "every_response_goes_on",
    "its_headers",
    "sends_a_callout",
    "why_not_carried",
]

_COMMENT = re.compile(r"//.*")
# What Envoy and the upstream put there, whatever the filter does.
_NOT_A_FILTERS = frozenset(
    {
        ":status",
        "connection",
        "content-length",
        "content-type",
        "date",
        "server",
        "transfer-encoding",
        "x-envoy-upstream-service-time",
    }
)


def every_response_goes_on(seen: Emulation) -> Finding:
    """Return whether the filter let each response go on.

    Args:
        seen: What the filter did.
    """
    return found(
        not seen.held,
        "every response goes on",
        "`ActionPause` holds it back, and nothing here ever lets it go: return ActionContinue.",
    )


def sends_a_callout(seen: Emulation) -> Finding:
    """Return whether a tick made the filter ask for something.

    Args:
        seen: What the filter did.
    """
    timer = any("timer" in note for note in seen.notes)
    return found(
        seen.callouts,
        "a tick sends a callout",
        "No timer is set, so there is no tick: run the cell that writes `mine/start.go`."
        if timer
        else "Run the cell that writes `mine/tick.go` and calls askForToken.",
    )


def its_headers(headers: Mapping[str, str]) -> str:
    """Return what a response carries, in words.

    Args:
        headers: Its headers after the filter.
    """
    names = [f"`{name}`" for name in headers if name not in _NOT_A_FILTERS]
    told = ", ".join(names) or "no header of the filter's"
    return f"The response carries {told}."


def why_not_carried(name: str, seen: Emulation, headers: Mapping[str, str]) -> str:
    """Return what a response carries instead of a header, and what may have been meant.

    Args:
        name: The header that is not there.
        seen: What the filter did.
        headers: The response's headers after the filter.
    """
    told = [its_headers(headers)]
    near = [other for other in headers if _plain(other) == _plain(name)]
    if near:
        told.append(f"`{near[0]}` is another name than `{name}`.")
    elif name in seen.lost_request:
        told.append(
            f"`{name}` was set on the request instead: the call for a response is"
            " ReplaceHttpResponseHeader."
        )
    elif seen.lost_request:
        told.append(
            f"On the request there is `{next(iter(seen.lost_request))}`; a response has calls of"
            " its own."
        )
    elif file := _written_in(name, seen):
        told.append(
            f"The call is in `{file}`, but is not run for this response: look at the `if` around"
            " it, at a `return` above it, and at the function that it stands in."
        )
    else:
        told.append(
            "Is the call in `OnHttpResponseHeaders`, above its `return`, and does it name"
            f" `{name}`?"
        )
    return " ".join(told)


def _written_in(name: str, seen: Emulation) -> str:
    """Return the file that has a call for a header of the response; "" where none has."""
    call = re.compile(rf'\b(Add|Replace)HttpResponseHeader\(\s*"{re.escape(name)}"')
    sources = filter_sources(filter_folder(seen.name))
    return next((file for file, code in sources.items() if call.search(_COMMENT.sub("", code))), "")


def _plain(name: str) -> str:
    """Return a header's name without what is easily mistaken in it."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())
