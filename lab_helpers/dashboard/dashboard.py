"""Everything in one: the controls, and the live view of what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import ipywidgets

from lab_helpers.arguments import Span, checked
from lab_helpers.dashboard.controls import Controls
from lab_helpers.dashboard.frames import PARTS
from lab_helpers.dashboard.look import Look
from lab_helpers.dashboard.saving import Saving
from lab_helpers.dashboard.view import View
from lab_helpers.envoy import Envoy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Dashboard", "Headers", "Lanes", "Threads"]


class Lanes(View):
    """Show the tick lanes of an Envoy live.

    Args:
        envoy: Any Envoy, running or not.
        minutes: How long it stays live before it rests until somebody asks for more.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.
    """

    @checked
    def __init__(self, envoy: Envoy, *, minutes: Span = 10.0, window_s: Span | None = None) -> None:
        super().__init__(envoy, parts=("status", "lanes"), minutes=minutes, window_s=window_s)


class Headers(View):
    """Show the last response of each worker live, with its headers and its token taken apart.

    Args:
        envoy: Any Envoy, running or not.
        minutes: How long it stays live before it rests until somebody asks for more.
    """

    @checked
    def __init__(self, envoy: Envoy, *, minutes: Span = 10.0) -> None:
        super().__init__(envoy, parts=("status", "headers"), minutes=minutes)


class Threads(View):
    """Show a row for each thread live: its VM, its ticks and fetches, its token, its connections.

    Args:
        envoy: Any Envoy, running or not.
        minutes: How long it stays live before it rests until somebody asks for more.
    """

    @checked
    def __init__(self, envoy: Envoy, *, minutes: Span = 10.0) -> None:
        super().__init__(envoy, parts=("status", "threads"), minutes=minutes)


class Dashboard(Saving, ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types of its own
    """See an Envoy live, and steer it.

    ```python
    dashboard = Dashboard(envoy)
    dashboard                 # the live view
    dashboard.save("run.svg")
    dashboard.stop()          # the last picture stays in the notebook
    ```

    Args:
        envoy: Any Envoy, running or not.
        minutes: How long it stays live before it rests until somebody asks for more.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.
    """

    @checked
    def __init__(self, envoy: Envoy, *, minutes: Span = 10.0, window_s: Span | None = None) -> None:
        self.controls = Controls(envoy, shows_journey=False)
        self.view = View(envoy, parts=PARTS, minutes=minutes, window_s=window_s)
        self.view.on_look = lambda look: self.controls.follow(look.fault)
        self.view.on_rest = self.refresh_output
        # At the end: it comes and grows, and the lanes must not jump.
        super().__init__(children=[self.controls, self.view, self.controls.journey])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def live(self) -> bool:
        """Return whether it follows the Envoy at this moment."""
        return self.view.live

    @property
    def stopped(self) -> bool:
        """Return whether it was stopped; where only its time is over, the page can resume it."""
        return self.view.stopped

    def start(self) -> Self:
        """Follow the Envoy, for the full time from now on; displaying it does this too."""
        self.controls.start()
        self.view.start()
        return self

    def stop(self) -> None:
        """Follow the Envoy no longer; the last picture stays, in the saved notebook too.

        Twice is fine. The Envoy is left as it is.

        Raises:
            LabError: A thread of the dashboard had failed.
        """
        try:
            self.controls.stop()
        finally:
            self.view.stop()

    def close(self) -> None:
        """Stop, and take the dashboard off the page."""
        # Widgets are closed as they are collected, too: one whose making failed has no parts yet.
        for part in (getattr(self, "controls", None), getattr(self, "view", None)):
            if part is not None:
                part.close()
        super().close()

    def look(self) -> Look:
        """Return what there is to see now."""
        return self.view.look()

    @checked
    def draw(self, look: Look) -> Figure:
        """Draw what it shows.

        Args:
            look: What to draw.
        """
        return self.view.draw(look)

    @checked
    def describe(self, look: Look | None = None) -> str:
        """Say in words what it shows.

        Args:
            look: What to describe; this moment, where None.
        """
        return self.view.describe(look)
