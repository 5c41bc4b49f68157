"""The lab's diagrams, drawn as SVG, each with the same in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.diagrams.drawing import Diagram
from lab_helpers.lessons.diagrams.envoy import envoy_alone
from lab_helpers.lessons.diagrams.request import life_of_a_request
from lab_helpers.lessons.diagrams.threads import threads_and_vms
from lab_helpers.lessons.diagrams.token import life_of_a_token

__all__ = ["DIAGRAMS", "Diagram", "diagram"]

DIAGRAMS: Mapping[str, Callable[..., Diagram]] = {
    "envoy": envoy_alone,
    "request": life_of_a_request,
    "threads": threads_and_vms,
    "token": life_of_a_token,
}
"""Each diagram by its name."""


@checked
def diagram(name: str, **options: int) -> Diagram:
    """Draw one of the lab's diagrams.

    Args:
        name: `envoy`, `request`, `threads` or `token`.
        **options: What the diagram takes, such as `workers=4` for `threads`.

    Returns:
        The diagram, to be shown.

    Raises:
        ConfigurationError: There is no such diagram, or it cannot be drawn so.
    """
    if name not in DIAGRAMS:
        raise ConfigurationError(
            f"There is no diagram {name!r}.", hint=f"one of: {', '.join(DIAGRAMS)}"
        )
    takes = inspect.signature(DIAGRAMS[name]).parameters
    if unknown := sorted(set(options) - set(takes)):
        raise ConfigurationError(
            f"The diagram {name!r} takes no {', '.join(unknown)}.",
            hint=f"it takes: {', '.join(takes) or 'its name alone'}",
        )
    return DIAGRAMS[name](**options)
