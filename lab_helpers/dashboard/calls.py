"""`show_calls`: those of the SDK about a word; or when those for a token came, as a picture."""

from __future__ import annotations

import base64
import dataclasses
import io
from typing import overload

from lab_helpers.arguments import Span, checked
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError
from lab_helpers.figures import describe_calls
from lab_helpers.figures.page import figure_html
from lab_helpers.lessons.shown.functions import table_of_functions
from lab_helpers.lessons.shown.page import Table

__all__ = ["Calls", "show_calls"]

_DPI = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Calls:
    """When the calls of the last periods came, at one moment; `show_calls` makes one.

    Attributes:
        picture: The picture's moment.
        period_s: The period, in seconds; None for the tick that the filter announced.
    """

    picture: Snapshot = dataclasses.field(repr=False)
    period_s: float | None = None

    def describe(self) -> str:
        """Say in words what it shows."""
        return describe_calls(self.picture, period_s=self.period_s)

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        # Loaded here: matplotlib takes a second.
        from lab_helpers.figures import draw_calls  # noqa: PLC0415

        drawn = io.BytesIO()
        draw_calls(self.picture, period_s=self.period_s).savefig(drawn, format="png", dpi=_DPI)
        words = self.describe()
        png = base64.b64encode(drawn.getvalue()).decode()
        return {"text/plain": words, "text/html": figure_html(png, words)}


@overload
def show_calls(what: str) -> Table: ...


@overload
def show_calls(what: Envoy, *, period_s: Span | None = None) -> Calls: ...


@checked
def show_calls(what: Envoy | str, *, period_s: Span | None = None) -> Calls | Table:
    """Show which calls the SDK has about a word; or when an Envoy's calls for a token came.

    ```python
    show_calls("header")  # each callback and call that is about headers, and where it may be used
    show_calls(envoy)     # a herd: each period's calls stand at one place
    ```

    Args:
        what: A part of a name, or a word of what the SDK says, "" for all; or any Envoy whose
            filter asks the token API, running or not.
        period_s: For an Envoy: the period that the calls are laid over, in seconds; None for the
            tick that the filter announced.

    Returns:
        The calls that were found; or the picture of this moment. As a cell's last line it shows
        itself.

    Raises:
        ConfigurationError: It is neither, or a period cannot be so long, or is given for a word.
    """
    if isinstance(what, Envoy):
        return Calls(what.snapshot(), period_s)
    if period_s is not None:
        raise ConfigurationError(
            "show_calls(): period_s is given, and a word has no period.",
            hint=f"leave it out: show_calls({what!r}), or name an Envoy",
        )
    return table_of_functions(what)
