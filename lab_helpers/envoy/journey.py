"""What `Envoy.follow` gives: one request's way through the module, to be shown and asked about."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab_helpers.arguments import checked
from lab_helpers.board.journey import Entry, Trip
from lab_helpers.envoy.answers import Answer
from lab_helpers.errors import ConfigurationError
from lab_helpers.journeys.layout import lay_out
from lab_helpers.journeys.page import journey_html
from lab_helpers.journeys.shapes import Layout
from lab_helpers.journeys.svg import svg
from lab_helpers.journeys.table import TripTable, trip_table
from lab_helpers.journeys.telling import Literal, Teller
from lab_helpers.journeys.words import Frame, counted, describe, describe_end

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Journey"]

# In which of a format's own fields the words go: programs show and search them.
_WORDS_IN = {".svg": "Description", ".png": "Description", ".pdf": "Subject"}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Journey:
    """One request's way through the module, as it crossed between Envoy and the filter.

    ```python
    journey = envoy.follow("worker_0", "/")
    journey              # the picture, in a notebook
    journey.table        # a row for each crossing
    print(journey.words)
    ```

    Attributes:
        trip: The crossings as a tree, and what cannot be told of them.
        answer: What the client got; None where no answer came.
        frame: The worker, the request and the module, in words.
        literal: Reads the filter's constants.
    """

    trip: Trip
    answer: Answer | None
    frame: Frame
    literal: Literal

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return each time that Envoy entered the module, in order."""
        return self.trip.entries

    @property
    def failure(self) -> str:
        """Return why the VM failed on the way; "" where it did not."""
        return self.trip.failure

    @property
    def summary(self) -> str:
        """Return it in a line."""
        return f"{self.frame.request}: {counted(self._teller)}; {self.frame.answer}"

    @property
    def words(self) -> str:
        """Return it in words, a line for each thing."""
        return describe(self._teller, self.frame)

    @property
    def after(self) -> str:
        """Return what a table does not tell: how it ended, and what cannot be told."""
        return describe_end(self._teller, self.frame)

    @property
    def table(self) -> TripTable:
        """Return it as a table, with a row for each crossing."""
        return trip_table(self._teller, f"What crossed: {self.summary}")

    @property
    def svg(self) -> str:
        """Return its picture as SVG, in the colour of the text around it."""
        return svg(self._layout, self._title, self.words)

    @property
    def html(self) -> str:
        """Return its picture for a page, with its words and its table folded below it."""
        return journey_html(self.svg, self.words, self.table.html)

    def draw(self) -> Figure:
        """Draw its picture with matplotlib."""
        # Loaded here: matplotlib takes a second, and a page needs none.
        from lab_helpers.journeys.png import draw  # noqa: PLC0415

        return draw(self._layout)

    @checked
    def save(self, file: Path | str) -> Path:
        """Save its picture, with the words that say what it shows.

        Args:
            file: Where to; `.svg` and `.pdf` stay sharp at any size, `.png` goes everywhere.

        Returns:
            The file's path.

        Raises:
            ConfigurationError: There is no such format, or the file cannot be written.
        """
        target = Path(file).expanduser().resolve()
        kept_in = _WORDS_IN.get(target.suffix.lower())
        if kept_in is None:
            raise ConfigurationError(
                f"A picture cannot be saved as {target.name}.",
                hint="a name that ends in .svg, .png or .pdf",
            )
        try:
            self.draw().savefig(target, metadata={kept_in: self.words})
        except OSError as error:
            raise ConfigurationError(
                f"The picture cannot be written to {target}.",
                quote=str(error.strerror or error),
                hint="name a file in a folder that exists and is yours",
            ) from error
        return target

    def __repr__(self) -> str:
        """Return it in a line that may be kept in a notebook."""
        return f"<Journey {self.summary}>"

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, Any], dict[str, Any]]:
        from lab_helpers.journeys.png import png  # noqa: PLC0415  # as above

        words = self.words
        bundle = {"text/plain": words, "text/html": self.html, "image/png": png(self._layout)}
        return bundle, {"image/png": {"alt": words}}

    @property
    def _title(self) -> str:
        return f"The journey of {self.frame.request} through {self.frame.module}"

    @functools.cached_property
    def _teller(self) -> Teller:
        return Teller(self.trip, self.literal)

    @functools.cached_property
    def _layout(self) -> Layout:
        return lay_out(self._teller, self.frame)
