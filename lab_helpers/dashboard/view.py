"""The live view: a widget that shows an Envoy in the page, and its picture in a saved notebook."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import anywidget
import traitlets

from lab_helpers.arguments import Span, checked
from lab_helpers.dashboard.frames import PARTS, Frames
from lab_helpers.dashboard.joining import joined
from lab_helpers.dashboard.look import Look, Looker
from lab_helpers.dashboard.repeater import Repeater
from lab_helpers.dashboard.saving import Saving, describe_parts, draw_parts
from lab_helpers.dashboard.sections import Frame
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["View"]

# The parts that show what Envoy itself counts.
_WITH_FIGURES = frozenset({"tallies", "threads"})

_LOOK_EVERY_S = 0.1
_ASK_EVERY_S = 1.0


class View(Saving, anywidget.AnyWidget):
    """Show an Envoy live, for a limited time.

    A thread looks at the Envoy ten times a second and sends the page what changed. Nothing flows
    back but the person's clicks, and these are only put down for the thread to see.

    Args:
        envoy: Any Envoy, running or not.
        parts: What to show, of `PARTS`, or `log`.
        minutes: How long it stays live before it rests until somebody asks for more.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.

    Attributes:
        on_look: Given each look, in the thread that looks.
        on_rest: Called when it comes to rest; it leaves the last picture in the notebook.
    """

    _esm = joined(
        "elements.js", "store.js", "lanes.js", "tables.js", "headers.js", "log.js", "view.js"
    )
    _css = joined("view.css")

    picture = traitlets.Dict(help="What a page starts from; made when a page asks for it.").tag(
        sync=True, to_json=lambda _value, view: view.complete()
    )
    key = traitlets.Unicode(help="Names this view's state on the page.").tag(sync=True)
    parts = traitlets.List(traitlets.Unicode()).tag(sync=True)

    @checked
    def __init__(
        self,
        envoy: Envoy,
        *,
        parts: Sequence[str] = PARTS,
        minutes: Span = 10.0,
        window_s: Span | None = None,
    ) -> None:
        self._minutes = minutes
        self._window_s = window_s
        self._frames = Frames(parts, window_s)
        # One at a time makes a frame and sends it, so that frames leave in their order.
        self._sending = threading.Lock()
        self._whole_wanted = False
        self._rests = "stopped"
        self.on_look: Callable[[Look], None] = lambda _look: None
        self.on_rest: Callable[[], None] = self.refresh_output
        self._problem: BaseException | None = None
        self._looking = Repeater(
            self._show,
            _LOOK_EVERY_S,
            name="dashboard-look",
            lasting_s=minutes * 60,
            on_end=self._looking_ended,
        )
        # Apart from the looking: an admin port that is slow to answer must not hold up the lanes.
        self._asking = Repeater(
            self._ask,
            _ASK_EVERY_S,
            name="dashboard-figures",
            on_end=self._asking_ended,
        )
        self._looker = Looker(envoy)
        super().__init__(key=uuid.uuid4().hex, parts=list(parts))
        self.on_msg(lambda _view, content, _buffers: self.hear(content))

    @property
    def live(self) -> bool:
        """Return whether it follows the Envoy at this moment."""
        return self._looking.running

    @property
    def stopped(self) -> bool:
        """Return whether it was stopped; where only its time is over, the page can resume it."""
        return self._rests == "stopped"

    def look(self) -> Look:
        """Return what there is to see now."""
        return self._looker.look()

    @checked
    def draw(self, look: Look) -> Figure:
        """Draw the parts that this view shows.

        Args:
            look: What to draw.
        """
        return draw_parts(self.parts, look, self._window_s)

    @checked
    def describe(self, look: Look | None = None) -> str:
        """Say in words what this view shows.

        Args:
            look: What to describe; this moment, where None.
        """
        return describe_parts(self.parts, look or self.look(), self._window_s)

    @checked
    def drawable(self, look: Look) -> bool:
        """Return whether there is anything to draw: lanes need a mark, a table its rows."""
        threads = look.picture.threads
        if "lanes" not in self.parts:
            return bool(threads)
        return bool(look.picture.ticking or any(each.request_callouts for each in threads))

    def start(self) -> Self:
        """Follow the Envoy, for the full time from now on; displaying it does this too."""
        if not self.live:
            self._looking.stop()  # it may still be leaving its last picture
            self._problem, self._rests = None, ""
        self._looking.start()
        if not _WITH_FIGURES.isdisjoint(self.parts):
            self._asking.start()
        return self

    def stop(self) -> None:
        """Follow the Envoy no longer; the last picture stays, in the saved notebook too.

        Twice is fine. The Envoy is left as it is.

        Raises:
            LabError: A thread of the view had failed.
        """
        self._looking.stop()
        self._asking.stop()
        if not self.stopped:
            self._rest("stopped")
        problem, self._problem = self._problem, None
        if problem is not None:
            raise LabError(
                "The live view had failed, so its last picture may be old.",
                quote=f"{type(problem).__name__}: {problem}",
                hint="show the dashboard again, and report this as a bug of the lab",
            ) from problem

    def close(self) -> None:
        """Stop, and take the view off the page."""
        # Python closes a widget that it collects, also one whose arguments were refused.
        for repeater in (getattr(self, "_looking", None), getattr(self, "_asking", None)):
            if repeater is not None:
                repeater.stop()
        super().close()

    def complete(self) -> Frame:
        """Return all that a page needs to begin with, as one frame."""
        with self._sending:
            frame = self._frames.complete() or self._frames.whole(self._looker.look())
            return frame | {"watching": self._watching()}

    def _ask(self) -> None:
        """Ask Envoy for what it counts."""
        self._looker.ask_figures()

    def _show(self) -> None:
        """Take a look, and send the page what changed."""
        with self._sending:
            look = self._looker.look()
            self.on_look(look)
            wanted, self._whole_wanted = self._whole_wanted, False
            make = self._frames.whole if wanted else self._frames.next
            frame = make(look, self._watching())
            if frame is not None:
                self.send(frame)

    def _watching(self) -> Frame:
        problem = self._problem
        return {
            "rests": self._rests,
            "minutes": self._minutes,
            # In tens of seconds, so that it is news only now and then.
            "leftS": round(self._looking.left_s, -1),
            "problem": f"{type(problem).__name__}: {problem}" if problem else "",
        }

    @checked
    def hear(self, content: Mapping[str, Any]) -> None:
        """Take what the page says; in the kernel's main thread, so it is only noted down.

        Args:
            content: `{"do": "whole"}` asks for a whole frame, `{"do": "resume"}` for more time.
        """
        match content.get("do"):
            case "whole":
                self._whole_wanted = True
                if not self.live:
                    self._show()
            case "resume":
                self.start()
            case _:
                pass

    def _looking_ended(self, problem: BaseException | None) -> None:
        self._problem = self._problem or problem
        self._asking.stop()
        self._rest("failed" if problem else "over")

    def _asking_ended(self, problem: BaseException | None) -> None:
        """End the looking too: a picture that is half old would mislead."""
        self._problem = self._problem or problem
        self._looking.stop()
        self._rest("failed")

    def _rest(self, why: str) -> None:
        """Tell the page that nothing follows, and leave the last picture in the notebook.

        Args:
            why: `stopped`, `over` or `failed`.
        """
        self._rests = why
        if self._problem is None:
            self._show()
            self.on_rest()
        else:
            self.send({"watching": self._watching()})
