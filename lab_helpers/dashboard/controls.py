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
from lab_helpers.dashboard.actions import Action, Actions, Progress, Turn
from lab_helpers.dashboard.joining import joined
from lab_helpers.dashboard.look import tick_of
from lab_helpers.dashboard.number_field import NumberField
from lab_helpers.dashboard.repeater import Repeater
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.journey import Journey
from lab_helpers.errors import LabError
from lab_helpers.token_api import Fault

__all__ = ["Controls"]

_LONGEST_TICK_MS = 86_400_000  # as the filter has it: a day
_MOST_WORKERS = 256
_LAUNCHERS = ("native", "docker")
_LOOK_EVERY_S = 0.25


class _ProgressLine(anywidget.AnyWidget):
    """The line under the controls: what is being done, what came of it, why it failed."""

    _esm = joined("elements.js", "progress.js")
    _css = joined("progress.css")
    progress = traitlets.Dict().tag(sync=True)
    refused = traitlets.List(traitlets.Unicode(), help="Why fields cannot be so.").tag(sync=True)


class Controls(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types of its own
    """Buttons and fields for an Envoy.

    A click is only put into a queue; a thread does it, by the same calls that a notebook makes.
    What cannot be done now cannot be clicked: a thread looks whether Envoy runs.

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
        self._workers = NumberField(
            "Workers", envoy.workers, _MOST_WORKERS, "without one, nobody answers requests"
        )
        self._tick_ms = NumberField(
            "Tick, ms", tick_of(envoy), _LONGEST_TICK_MS, "it would switch the timer off"
        )
        for field in (self._workers, self._tick_ms):
            field.observe(lambda _change: self._refresh(), names="value")
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
            lambda: self._with_fields("start", commands.start),
        )
        restart = self._button(
            "Restart Envoy",
            "start it anew with these values",
            lambda: self._with_fields("restart", commands.restart),
        )
        stop = self._button("Stop Envoy", "end it", lambda: commands.stop(envoy))
        self._asking, self._starting, self._restarting = (send, follow, stream), start, restart
        self._stopping, self._cancelling = stop, cancel
        self._looking = Repeater(
            self._refresh, _LOOK_EVERY_S, name="dashboard-controls", on_end=self._actions.fail
        )
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
        self._refresh()

    @property
    def progress(self) -> Progress:
        """Return what is being done, or was done last."""
        return self._actions.progress

    def start(self) -> None:
        """Follow whether Envoy runs, until `stop`; displaying them does this too."""
        self._looking.start()

    def stop(self) -> None:
        """Drop what waits, end what is being done, and wait for that; Envoy is left as it is.

        Raises:
            LabError: A control had failed in a way that is a bug of the lab.
        """
        self._looking.stop()
        self._actions.stop()

    def close(self) -> None:
        """Stop, and take the controls off the page."""
        # Python closes a widget that it collects, also one whose arguments were refused.
        if (looking := getattr(self, "_looking", None)) is not None:
            looking.stop()
        if (actions := getattr(self, "_actions", None)) is not None:
            actions.cancel()
        super().close()

    def _repr_mimebundle_(self, **options: object) -> object:
        self.start()
        return super()._repr_mimebundle_(**options)

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

    def _with_fields(self, name: str, command: Callable[[Envoy, int, int, str], Action]) -> Action:
        """Return a command with the fields' values, or one that says why they cannot be."""
        workers, tick_ms = self._workers.number, self._tick_ms.number
        if workers is not None and tick_ms is not None:
            return command(self._envoy, workers, tick_ms, self._launcher.value)
        refusals = " ".join(self._refusals())

        def refuse(_turn: Turn) -> str:
            raise LabError(f"{refusals} Envoy is as it was.")

        return Action(f"envoy.{name}()", refuse)

    def _refusals(self) -> list[str]:
        return [field.refusal for field in (self._workers, self._tick_ms) if field.refusal]

    def _refresh(self) -> None:
        """Let only that be clicked which can be done, and say what keeps the rest from it."""
        running, refusals = self._envoy.running, self._refusals()
        for button in self._asking:
            button.disabled = not running
        self._starting.disabled = running or bool(refusals)
        self._restarting.disabled = not running or bool(refusals)
        self._stopping.disabled = not (running or self._actions.busy)
        progress = self._actions.progress
        ends_early = progress.state == "working" and progress.ends_early
        self._cancelling.disabled = not (ends_early or progress.waiting)
        self._line.refused = refusals

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
        self._refresh()


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
