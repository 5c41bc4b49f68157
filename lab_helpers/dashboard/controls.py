"""The controls: buttons and fields that do the real thing, and say what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import ipywidgets
import traitlets

from lab_helpers.arguments import checked
from lab_helpers.dashboard import commands
from lab_helpers.dashboard.actions import Action, Actions, Progress
from lab_helpers.dashboard.joining import joined
from lab_helpers.dashboard.look import tick_of
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.journey import Journey
from lab_helpers.token_api import Fault

__all__ = ["Controls"]

_LONGEST_TICK_MS = 3_600_000
_MOST_WORKERS = 256
_LAUNCHERS = ("native", "docker")


class _ProgressLine(anywidget.AnyWidget):
    """The line under the controls: what is being done, what came of it, why it failed."""

    _esm = joined("elements.js", "progress.js")
    _css = joined("progress.css")
    progress = traitlets.Dict().tag(sync=True)


class Controls(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types of its own
    """Buttons and fields for an Envoy.

    A click is only put into a queue; a thread does it, by the same calls that a notebook makes.

    Args:
        envoy: Any Envoy, running or not.
        shows_journey: Whether `journey` is among them; a dashboard has it at its own end.

    Attributes:
        journey: The picture of the request that was followed last.
    """

    @checked
    def __init__(self, envoy: Envoy, *, shows_journey: bool = True) -> None:
        self._line = _ProgressLine()
        self.journey = ipywidgets.HTML()
        self._actions = Actions(self._show)
        # Not before, for it may refuse what it is given; Python then calls `close`.
        self._envoy = envoy
        self._workers = _number("Workers", envoy.workers, _MOST_WORKERS)
        self._tick_ms = _number("Tick, ms", tick_of(envoy), _LONGEST_TICK_MS)
        self._launcher = _choice("Launcher", _launchers(envoy.launcher.name), envoy.launcher.name)
        self._fault = _choice(
            "Token API's fault", [(fault.value, fault) for fault in Fault], envoy.token_api.fault
        )
        self._fault.observe(self._choose_fault, names="value")
        send = self._button(
            "Send to every worker", "one request each", lambda: commands.ask_once(envoy)
        )
        follow = self._button(
            "Follow a request",
            "one request to worker_0, and all that crosses between Envoy and the filter",
            lambda: commands.follow(envoy, self._show_journey),
        )
        stream = self._button(
            f"Stream for {commands.STREAM_S:.0f} s",
            "five requests a second to each worker; Cancel ends it",
            lambda: commands.stream(envoy),
        )
        cancel = self._button("Cancel", "end what is under way", None)
        start = self._button(
            "Start Envoy",
            "start it with these values",
            lambda: commands.start(envoy, *self._fields()),
        )
        restart = self._button(
            "Restart Envoy",
            "start it anew with these values",
            lambda: commands.restart(envoy, *self._fields()),
        )
        stop = self._button("Stop Envoy", "end it", lambda: commands.stop(envoy))
        rows = (
            (send, follow, stream, cancel, self._fault),
            (self._workers, self._tick_ms, self._launcher, start, restart, stop),
        )
        wrapping = {"flex_flow": "row wrap", "align_items": "center", "grid_gap": "2px 8px"}
        # The line last: its place is where people look for what came of a click.
        shown = (self.journey, self._line) if shows_journey else (self._line,)
        boxes = (ipywidgets.Box(row, layout=wrapping) for row in rows)
        super().__init__(children=[*boxes, *shown])
        self.add_class("lab-controls")

    @property
    def progress(self) -> Progress:
        """Return what is being done, or was done last."""
        return self._actions.progress

    def stop(self) -> None:
        """Drop what waits, end what is being done, and wait for that; Envoy is left as it is.

        Raises:
            LabError: A control had failed in a way that is a bug of the lab.
        """
        self._actions.stop()

    def close(self) -> None:
        """Stop, and take the controls off the page."""
        # Python closes a widget that it collects, also one whose arguments were refused.
        if (actions := getattr(self, "_actions", None)) is not None:
            actions.cancel()
        super().close()

    @checked
    def follow(self, fault: Fault) -> None:
        """Show a fault that was set elsewhere, in a cell for example.

        Args:
            fault: The fault that is on.
        """
        if self._actions.busy or self._fault.value is fault:
            return
        # Shown, not chosen: a look that comes late must not undo what a person chose meanwhile.
        self._fault.unobserve(self._choose_fault, names="value")
        try:
            self._fault.value = fault
        finally:
            self._fault.observe(self._choose_fault, names="value")

    def _fields(self) -> tuple[int, int, str]:
        return self._workers.value, self._tick_ms.value, self._launcher.value

    def _choose_fault(self, change: dict[str, Any]) -> None:
        self._actions.submit(commands.set_fault(self._envoy, change["new"]))

    def _button(
        self, text: str, tooltip: str, action: Callable[[], Action] | None
    ) -> ipywidgets.Button:
        """Make a button that puts an action into the queue; without one, it cancels."""
        button = ipywidgets.Button(description=text, tooltip=tooltip, layout={"width": "auto"})
        if action is None:
            button.on_click(lambda _button: self._actions.cancel())
        else:
            button.on_click(lambda _button: self._actions.submit(action()))
        return button

    def _show_journey(self, journey: Journey) -> None:
        """Show a journey's picture; of several the newest."""
        self.journey.value = journey.html

    def _show(self, progress: Progress) -> None:
        self._line.progress = dataclasses.asdict(progress)


def _number(text: str, value: int, most: int) -> ipywidgets.BoundedIntText:
    return ipywidgets.BoundedIntText(
        value=value,
        min=1,
        max=most,
        description=text,
        style={"description_width": "initial"},
        layout={"width": "140px"},
    )


def _choice(text: str, options: Sequence[Any], value: object) -> ipywidgets.Dropdown:
    return ipywidgets.Dropdown(
        options=options,
        value=value,
        description=text,
        style={"description_width": "initial"},
        layout={"width": "max-content"},
    )


def _launchers(present: str) -> list[str]:
    """Return all launchers: one that cannot work here says why when it is asked to."""
    return list(dict.fromkeys((*_LAUNCHERS, present)))
