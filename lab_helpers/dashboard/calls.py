"""When the calls for a token came, as a cell shows it: a picture, and the same in words."""

from __future__ import annotations

import base64
import dataclasses
import io

from lab_helpers.arguments import Span, checked
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy import Envoy
from lab_helpers.figures import describe_calls
from lab_helpers.figures.page import figure_html

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


@checked
def show_calls(envoy: Envoy, *, period_s: Span | None = None) -> Calls:
    """Show when the calls for a token came in the last periods: all at once, or one after another.

    ```python
    show_calls(envoy)    # a herd: each period's calls stand at one place
    ```

    Args:
        envoy: Any Envoy whose filter asks the token API, running or not.
        period_s: The period that the calls are laid over, in seconds; None for the tick that the
            filter announced.

    Returns:
        The picture of this moment; as a cell's last line it shows itself.

    Raises:
        ConfigurationError: It is no Envoy, or a period cannot be so long.
    """
    return Calls(envoy.snapshot(), period_s)
