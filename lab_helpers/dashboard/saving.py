"""What stays of a live view: a picture and words, in the saved notebook and in files."""

from __future__ import annotations

import base64
import io
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from lab_helpers.arguments import checked
from lab_helpers.dashboard.look import Look
from lab_helpers.figures import (
    describe_dashboard,
    describe_headers,
    describe_lanes,
    describe_log,
    describe_threads,
)
from lab_helpers.figures.files import save_figure
from lab_helpers.figures.page import figure_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Saving", "describe_parts", "draw_parts"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_DPI = 100


class Saving:
    """A widget that leaves a picture of what it showed; mixed in before the widget's class."""

    _display_id = ""

    def look(self) -> Look:
        """Return what there is to see now."""
        raise NotImplementedError

    @checked
    def draw(self, look: Look) -> Figure:
        """Draw it with matplotlib."""
        raise NotImplementedError

    @checked
    def describe(self, look: Look | None = None) -> str:
        """Say in words what it shows; now, unless another moment is given."""
        raise NotImplementedError

    def start(self) -> object:
        """Begin to follow what it shows."""
        raise NotImplementedError

    @property
    def stopped(self) -> bool:
        """Return whether it was stopped, so that nobody will make it go on from the page."""
        raise NotImplementedError

    @checked
    def save(self, file: Path | str) -> Path:
        """Save a picture of this moment, with the words that say what it shows.

        Args:
            file: Where to; its suffix says how: `.svg` and `.pdf` stay sharp at any size, `.png`
                goes everywhere.

        Returns:
            The file's path.

        Raises:
            ConfigurationError: There is no such format, or the file cannot be written.
        """
        look = self.look()
        return save_figure(self.draw(look), file, self.describe(look))

    def refresh_output(self) -> None:
        """Put the picture of this moment into the notebook's output, where it is displayed.

        The page draws the output anew then, so this is for when a view comes to rest.
        """
        if self._display_id and get_ipython() is not None:
            self._publish(update=True)

    def _ipython_display_(self) -> None:
        """Display the live view, with its picture and its words for where it cannot live."""
        self.start()
        self._display_id = uuid.uuid4().hex
        self._publish(update=False)

    def _publish(self, *, update: bool) -> None:
        data, metadata = self._repr_mimebundle_()
        if update and self.stopped:
            # JupyterLab shows a widget before a picture, and a widget without its kernel, as in a
            # notebook that is opened again tomorrow, as an error.
            data.pop(_WIDGET)
            if "image/png" in data:
                png = base64.b64encode(data["image/png"]).decode()
                data["text/html"] = figure_html(png, data["text/plain"])
        publish_display_data(
            data, metadata, transient={"display_id": self._display_id}, update=update
        )

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, Any], dict[str, Any]]:
        look = self.look()
        words = self.describe(look)
        bundle: dict[str, Any] = {
            "text/plain": words,
            _WIDGET: {
                "version_major": 2,
                "version_minor": 0,
                "model_id": getattr(self, "model_id"),  # noqa: B009  # the widget's class has it
            },
        }
        still, metadata = self.still(look, words)
        return bundle | still, metadata

    @checked
    def drawable(self, look: Look) -> bool:
        """Return whether there is anything to draw."""
        picture = look.picture
        return bool(picture.ticking or any(thread.responses for thread in picture.threads))

    @checked
    def still(self, look: Look, words: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what shows it where it cannot live: a picture, where there is one.

        Args:
            look: What to show.
            words: The same in words.

        Returns:
            By MIME type what is shown, and what is told of it.
        """
        if not self.drawable(look):
            return {}, {}
        drawn = io.BytesIO()
        self.draw(look).savefig(drawn, format="png", dpi=_DPI)
        # For those who do not see it; nbconvert's classic template makes it the image's `alt`.
        return {"image/png": drawn.getvalue()}, {"image/png": {"alt": words}}


def draw_parts(parts: Collection[str], look: Look, window_s: float | None) -> Figure:
    """Draw what a view with these parts shows.

    Args:
        parts: Of `PARTS`.
        look: What to draw.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.
    """
    # Loaded here: matplotlib takes a second, and a live view does not need it.
    from lab_helpers import figures  # noqa: PLC0415

    picture = look.picture
    if "lanes" in parts and "headers" in parts:
        return figures.draw_dashboard(
            picture, verdicts=look.verdicts, figures=look.figures, window_s=window_s
        )
    if "lanes" in parts:
        return figures.draw_lanes(picture, window_s=window_s)
    if "headers" in parts:
        return figures.draw_headers(picture, look.verdicts)
    return figures.draw_log(picture) if "log" in parts else figures.draw_threads(picture)


def describe_parts(parts: Collection[str], look: Look, window_s: float | None) -> str:
    """Say in words what `draw_parts` draws.

    Args:
        parts: Of `PARTS`.
        look: What to describe.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.
    """
    picture = look.picture
    if "lanes" in parts and "headers" in parts:
        return describe_dashboard(picture, look.verdicts, window_s=window_s)
    if "lanes" in parts:
        return describe_lanes(picture, window_s=window_s)
    if "headers" in parts:
        return describe_headers(picture, look.verdicts)
    return describe_log(picture) if "log" in parts else describe_threads(picture)
