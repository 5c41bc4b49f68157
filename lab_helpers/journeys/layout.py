"""Lay a trip out as a picture: two lines, Envoy and the module, and a stroke for each crossing.

Time goes down, from crossing to crossing and not by a scale: within a millisecond lie a few strokes
of some microseconds, and long waits between them. Each stroke has its time beside it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from lab_helpers.board.journey import Call, Ending, Entry, Kind
from lab_helpers.journeys.shapes import Bar, Layout, Shape, Stroke, Text
from lab_helpers.journeys.telling import Said, Teller, us
from lab_helpers.journeys.words import COST, Frame, counted

__all__ = ["lay_out"]

WIDTH = 900
_TIME_X = 92
_ENVOY_X = 112
_MODULE_X = 640
_NOTE_X = 662
_MIDDLE_X = (_ENVOY_X + _MODULE_X) / 2
_BAR = 10
_TOP = 118
_THIN, _THICK = 0.8, 2.2
_IDLE_ROW, _CALL_ROW, _BEGIN_ROW, _END_ROW, _GAP_ROW = 22, 27, 30, 24, 34
_FEWEST_TOGETHER = 3
_CALLS_SHOWN = 16
_ENTRIES_SHOWN = 60
_GAP_US = 150
_GAP_SHARE = 0.12
_MOST_LETTERS = 66
_MOST_NOTE = 34
_FOOT_LETTERS = 128


def lay_out(teller: Teller, frame: Frame) -> Layout:
    """Lay a trip out.

    Args:
        teller: Says what crossed.
        frame: What surrounds the trip.
    """
    picture = _Picture(teller, frame)
    picture.draw()
    lines = [
        Stroke(x, _TOP - 44, x, picture.ends, _THIN, head=False) for x in (_ENVOY_X, _MODULE_X)
    ]
    return Layout(WIDTH, picture.y + 14, (*lines, *picture.shapes))


class _Picture:
    """Rows of shapes, from the top down."""

    def __init__(self, teller: Teller, frame: Frame) -> None:
        self._teller = teller
        self._trip = teller.trip
        self._frame = frame
        self.shapes: list[Shape] = []
        self.y: float = _TOP
        self.ends: float = _TOP
        self._last_us = 0
        self._told_answer = frame.answered_us is None

    def draw(self) -> None:
        self._head()
        self._event(0, f"{self._frame.request} is sent")
        shown = self._trip.entries[:_ENTRIES_SHOWN]
        for group in _groups(self._teller, shown):
            self._answer_before(group[0].begin_us)
            self._gap(group[0].begin_us)
            if len(group) > 1 or not group[0].did_something:
                self._idle(group)
            else:
                self._acting(group[0])
            self._last_us = group[-1].end_us or group[-1].begin_us
        more = len(self._trip.entries) - len(shown)
        if more > 0:
            self._middle(f"and {more} more entries: see the table", _GAP_ROW)
        self._answer_before(None)
        if self._trip.ending is Ending.NOT_SEEN:
            self._middle(str(self._trip.ending), _GAP_ROW)
        self.ends = self.y
        self._foot()

    def _foot(self) -> None:
        """Say below the picture what it leaves open."""
        self.y += _IDLE_ROW + 4
        for said in (*self._trip.doubts, *self._frame.notes, COST):
            for line in textwrap.wrap(said, _FOOT_LETTERS):
                self.shapes.append(Text(_TIME_X - 62, self.y, line, size=11))
                self.y += 15
        self.y -= 15

    def _head(self) -> None:
        frame = self._frame
        self.shapes += [
            Text(_MIDDLE_X, 18, f"{frame.request}: {counted(self._teller)}", "middle", 15, True),
            Bar(_ENVOY_X - 62, 32, 124, 42),
            Text(_ENVOY_X, 49, "Envoy", "middle", 13, True),
            Text(_ENVOY_X, 66, frame.worker, "middle"),
            Bar(_MODULE_X - 90, 32, 180, 42),
            Text(_MODULE_X, 49, "the module", "middle", 13, True),
            Text(_MODULE_X, 66, _fit(frame.module, 26), "middle", whole=frame.module),
        ]
        self.y = _TOP - 14

    def _event(self, time_us: int, text: str) -> None:
        """Tell of something on Envoy's own side."""
        self.shapes += [
            Text(_TIME_X, self.y, us(time_us), "end", 11),
            Stroke(_ENVOY_X - 8, self.y - 4, _ENVOY_X + 8, self.y - 4, _THICK, head=False),
            Text(_ENVOY_X + 16, self.y, text, whole=text),
        ]
        self.y += _IDLE_ROW

    def _answer_before(self, time_us: int | None) -> None:
        answered = self._frame.answered_us
        if self._told_answer or answered is None or (time_us is not None and time_us < answered):
            return
        self._told_answer = True
        self._gap(answered)
        self._event(answered, f"the client has the answer: {self._frame.answer}")
        self._last_us = answered

    def _gap(self, until_us: int) -> None:
        """Say how long nothing crossed, where that is a good part of the whole."""
        waited = until_us - self._last_us
        ends = [entry.end_us or entry.begin_us for entry in self._trip.entries]
        if waited > max(_GAP_US, _GAP_SHARE * max([*ends, 0])):
            self._middle(f"{us(waited)} in which nothing crossed", _GAP_ROW)

    def _middle(self, text: str, height: float) -> None:
        self.shapes.append(Text(_MIDDLE_X, self.y, text, "middle", 12, italic=True))
        self.y += height

    def _idle(self, group: Sequence[Entry]) -> None:
        """Draw entries that did nothing: one thin stroke."""
        entry = group[0]
        said = self._teller.entry(entry)
        times = f" × {len(group)}" if len(group) > 1 else ""
        asked = f"{said.name}{times} {said.details if len(group) == 1 else ''}".strip()
        took = sum((each.end_us or each.begin_us) - each.begin_us for each in group)
        self._stroke(entry.begin_us, asked, _THIN, aside=f"did nothing, {us(took)}")
        self.y += _IDLE_ROW

    def _acting(self, entry: Entry) -> None:
        """Draw an entry that did something: a thick stroke, its calls, and the way back."""
        said = self._teller.entry(entry)
        foreign = not self._trip.concerns_request(entry)
        aside = str(self._trip.kind(entry)) if foreign else ""
        took = "" if entry.end_us is None else f"in it for {us(entry.end_us - entry.begin_us)}"
        self._stroke(
            entry.begin_us,
            f"{said.name} {said.details}".strip(),
            _THICK,
            bold=True,
            dashed=foreign,
            aside=", ".join(part for part in (aside, took) if part),
        )
        begin = self.y - 4
        self.y += _BEGIN_ROW
        calls = list(self._teller.calls(entry.work))
        for together, told in calls[:_CALLS_SHOWN]:
            self._call(together[0], told)
        more = len(calls) - _CALLS_SHOWN
        if more > 0:
            self._middle(f"and {more} more calls: see the table", _CALL_ROW)
        self.shapes.append(Bar(_MODULE_X - _BAR / 2, begin, _BAR, self.y - 4 - begin))
        if entry.end_us is None or entry.failure:
            self._broken(said)
        else:
            self._back(entry.end_us, said.outcome)

    def _call(self, call: Call, said: Said) -> None:
        told = f"{said.name} {said.details}".strip()
        outcome = said.outcome if not call.failed else f"✗ {said.outcome}"
        # The answer comes back at once, so that it is said beside and not drawn.
        text = f"{told} → {outcome}" if outcome else told
        self.shapes += [
            Text(_TIME_X, self.y, us(call.begin_us), "end", 11),
            Text(_MIDDLE_X, self.y - 8, _fit(text, _MOST_LETTERS), "middle", 12, whole=text),
            Stroke(_MODULE_X - _BAR / 2, self.y - 3, _ENVOY_X, self.y - 3),
        ]
        self.y += _CALL_ROW

    def _back(self, end_us: int, outcome: str) -> None:
        self.shapes += [
            Text(_TIME_X, self.y, us(end_us), "end", 11),
            Stroke(_MODULE_X - _BAR / 2, self.y - 4, _ENVOY_X, self.y - 4, 1.4, dashed=True),
        ]
        if outcome:
            self.shapes.append(Text(_MIDDLE_X, self.y - 8, outcome, "middle", 12))
        self.y += _END_ROW + 4

    def _broken(self, said: Said) -> None:
        text = f"✗ {said.outcome}"
        self.shapes += [
            Stroke(_MODULE_X - 9, self.y - 13, _MODULE_X + 9, self.y + 5, _THICK, head=False),
            Stroke(_MODULE_X - 9, self.y + 5, _MODULE_X + 9, self.y - 13, _THICK, head=False),
            Text(
                _MODULE_X - 18, self.y, _fit(text, _MOST_LETTERS), "end", 12, bold=True, whole=text
            ),
            Text(_NOTE_X, self.y, "the VM runs no more code", "start", 11),
        ]
        self.y += _END_ROW + 8

    def _stroke(
        self,
        time_us: int,
        text: str,
        width: float,
        *,
        bold: bool = False,
        dashed: bool = False,
        aside: str = "",
    ) -> None:
        self.shapes += [
            Text(_TIME_X, self.y, us(time_us), "end", 11),
            Text(_MIDDLE_X, self.y - 8, _fit(text, _MOST_LETTERS), "middle", 12, bold, whole=text),
            Stroke(_ENVOY_X, self.y - 4, _MODULE_X - _BAR / 2, self.y - 4, width, dashed),
        ]
        if aside:
            self.shapes.append(Text(_NOTE_X, self.y, _fit(aside, _MOST_NOTE), size=11, whole=aside))


def _groups(teller: Teller, entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield entries one by one, but those of one kind that did nothing together."""
    waiting: list[Entry] = []

    def flush() -> Iterator[list[Entry]]:
        together = len(waiting) >= _FEWEST_TOGETHER
        yield from [list(waiting)] if together else ([each] for each in waiting)
        waiting.clear()

    for entry in entries:
        idle = not entry.did_something and teller.trip.kind(entry) is Kind.REQUEST
        same = bool(waiting) and waiting[0].function == entry.function
        if waiting and not (idle and same):
            yield from flush()
        if idle:
            waiting.append(entry)
        else:
            yield [entry]
    yield from flush()


def _fit(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
