"""Turn looks into frames: plain values for the page, whole once and then only what changed.

A frame is a JSON object. Its sections:

| section   | holds                                                                              |
|-----------|------------------------------------------------------------------------------------|
| `seq`     | the frame's number; a page that misses one asks for a whole frame                    |
| `whole`   | true where nothing that went before counts any more                                  |
| `now`     | the moment, in seconds after `origin` (as are all times)                             |
| `watching`| is the view live, how long still, why not                                            |
| `scene`   | does Envoy run, why not, the fault, the tick period, the window                      |
| `threads` | a row for each thread; in a change only the fields that changed, and `tid`           |
| `ticks`   | `[tid, vm, n, time, sent, ended, outcome, status]`: new ones, and those that went on |
| `answers` | the last response of each worker, its token taken apart                              |
| `crossed` | what else crossed between Envoy and the filter, by thread                           |
| `tallies` | calls a period and Envoy's own figures                                               |
| `lines`   | what filters said: `total`, `rows` of [number, ms, tid, level, text, serious]      |
| `words`   | what the lanes show, in words                                                        |
| `news`    | what a person who does not look should hear                                          |

A change is applied by putting it over what is there, so applying one twice does no harm. `complete`
gives all that was sent so far in one frame: a page that opens later starts from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import Snapshot, Thread, Tick
from lab_helpers.dashboard.log_lines import SentLines
from lab_helpers.dashboard.look import Look
from lab_helpers.dashboard.news import news
from lab_helpers.dashboard.sections import Frame, answer, crossed, scene, tallies, thread_row
from lab_helpers.figures.words import describe_lanes, window_of
from lab_helpers.token_api import Verdict

__all__ = ["PARTS", "Frames"]

PARTS = ("status", "tallies", "lanes", "threads", "headers")
"""The parts of the dashboard, in their order on the page; `log` is a part of its own."""

# The words and the news are for people who hear the page: not ten times a second.
_WORDS_EVERY_S = 2.0
_NEWS_EVERY_S = 1.0
# A stream of requests changes every worker's headers faster than anyone reads them.
_ANSWERS_EVERY_S = 0.25
# Nor what crosses: numbers that change faster than twice a second are not read.
_CROSSED_EVERY_S = 0.5
_LINES_EVERY_S = 0.25
# Without news a frame comes this often, so that a page can tell a quiet Envoy from a dead kernel.
_HEARTBEAT_S = 1.0


class Frames:
    """Make frames. Not safe for several threads: whoever shares it guards it.

    Args:
        parts: The parts that the page shows, of `PARTS`; sections that none of them needs are
            left out.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.
    """

    def __init__(self, parts: Collection[str] = PARTS, window_s: float | None = None) -> None:
        self._parts = frozenset(parts)
        self._window_s = window_s
        self._seq = 0
        self._origin = 0.0
        self._before: Look | None = None
        self._heard: Look | None = None
        self._ticks: dict[int, _SentTicks] = {}
        self._rows: dict[int, Frame] = {}
        self._answers: dict[str, _SentAnswer] = {}
        self._lines = SentLines()
        self._sections: Frame = {}
        self._sent_at = 0.0
        self._due = {"words": 0.0, "news": 0.0, "answers": 0.0, "lines": 0.0, "crossed": 0.0}

    def next(self, look: Look, watching: Frame | None = None) -> Frame | None:
        """Make a frame of what changed since the last one.

        Args:
            look: What to show.
            watching: How the view itself is doing.

        Returns:
            The changes; a whole frame where the threads are other ones than before; None where
            there is no news.
        """
        if self._before is None or not _same_threads(self._before.picture, look.picture):
            return self.whole(look, watching)
        frame = self._changes(look, watching)
        self._before = look
        now = look.picture.time
        if not frame and 0 <= now - self._sent_at < _HEARTBEAT_S:
            return None
        self._seq += 1
        self._sent_at = now
        return {"seq": self._seq, "now": self._time(now)} | frame

    def whole(self, look: Look, watching: Frame | None = None) -> Frame:
        """Make a frame of everything; the changes that follow start from it.

        Args:
            look: What to show.
            watching: How the view itself is doing.
        """
        # Times after a near origin are half as long as times since 1970.
        self._origin = float(int(look.picture.time))
        self._ticks, self._rows, self._answers, self._sections = {}, {}, {}, {}
        self._lines = SentLines()
        self._due = dict.fromkeys(self._due, 0.0)
        changes = self._changes(look, watching)
        self._before = look
        self._seq += 1
        self._sent_at = look.picture.time
        return self.complete() | {key: changes[key] for key in ("news",) if key in changes}

    def complete(self) -> Frame:
        """Return all that was sent so far as one frame; empty before the first.

        It changes nothing: the next changes follow on it as they do on the last frame.
        """
        if self._before is None:
            return {}
        look, picture = self._before, self._before.picture
        frame: Frame = {
            "seq": self._seq,
            "whole": True,
            "origin": self._origin,
            "now": self._time(picture.time),
            **self._sections,
        }
        if self._rows:
            frame["threads"] = list(self._rows.values())
        if self._answers:
            frame["answers"] = [answer.frame for answer in self._answers.values()]
        if "log" in self._parts:
            frame["lines"] = self._lines.all(picture)
        if "lanes" in self._parts:
            since = picture.time - self._window(look)
            frame["ticks"] = [
                self._tick(thread, tick)
                for thread in picture.threads
                for tick in thread.recent
                if tick.time >= since
            ]
        return frame

    def _changes(self, look: Look, watching: Frame | None) -> Frame:
        picture = look.picture
        frame: Frame = {}
        self._add(frame, "watching", watching or {})
        self._add(frame, "scene", scene(look, self._window(look)))
        if "lanes" in self._parts:
            self._add_ticks(frame, look)
            # Where the picture comes to stand still, the last words are of that moment.
            stands = not look.running or bool((watching or {}).get("rests"))
            if self._falls_due("words", picture.time, _WORDS_EVERY_S) or stands:
                words = describe_lanes(picture, window_s=self._window(look))
                self._add(frame, "words", words)
        self._add_rows(frame, look)
        if "threads" in self._parts and self._falls_due("crossed", picture.time, _CROSSED_EVERY_S):
            self._add(frame, "crossed", crossed(picture))
        if "tallies" in self._parts:
            self._add(frame, "tallies", tallies(look))
        if "headers" in self._parts and self._falls_due("answers", picture.time, _ANSWERS_EVERY_S):
            self._add_answers(frame, look)
        if "log" in self._parts and self._falls_due("lines", picture.time, _LINES_EVERY_S):
            lines = self._lines.fresh(picture)
            if lines is not None:
                frame["lines"] = lines
        if self._falls_due("news", picture.time, _NEWS_EVERY_S):
            heard = news(self._heard, look)
            self._heard = look
            if heard:
                frame["news"] = list(heard)
        return frame

    def _window(self, look: Look) -> float:
        return self._window_s or window_of(look.tick_ms)

    def _add(self, frame: Frame, section: str, value: object) -> None:
        """Put a section in if it is not what was sent last."""
        if self._sections.get(section) != value:
            self._sections[section] = frame[section] = value

    def _falls_due(self, section: str, now: float, every_s: float) -> bool:
        if 0 <= now - self._due[section] < every_s:
            return False
        self._due[section] = now
        return True

    def _add_ticks(self, frame: Frame, look: Look) -> None:
        picture = look.picture
        since = picture.time - self._window(look)
        ticks = [
            self._tick(thread, tick)
            for thread in picture.threads
            for tick in self._ticks.setdefault(thread.tid, _SentTicks()).fresh(thread, since)
        ]
        if ticks:
            frame["ticks"] = ticks

    def _tick(self, thread: Thread, tick: Tick) -> list[object]:
        times = (self._time(tick.time), self._time(tick.sent), self._time(tick.ended))
        return [thread.tid, tick.vm, tick.n, *times, tick.outcome, tick.status]

    def _add_rows(self, frame: Frame, look: Look) -> None:
        rows = []
        connections = look.figures.connections if look.figures else {}
        for thread in look.picture.threads:
            row = thread_row(look.picture, thread, connections.get(thread.name), self._time)
            sent = self._rows.get(thread.tid, {})
            changed = {key: value for key, value in row.items() if sent.get(key) != value}
            if changed:
                rows.append({"tid": thread.tid} | changed)
                self._rows[thread.tid] = row
        if rows:
            frame["threads"] = rows

    def _add_answers(self, frame: Frame, look: Look) -> None:
        fresh = []
        for thread in look.picture.workers:
            response, verdict = thread.last_response, look.verdicts.get(thread.name)
            sent = self._answers.get(thread.name)
            if response is None or (sent and (sent.response, sent.verdict) == (response, verdict)):
                continue
            plain = answer(response, verdict, self._time)
            self._answers[thread.name] = _SentAnswer(response, verdict, plain)
            fresh.append(plain)
        if fresh:
            frame["answers"] = fresh

    def _time(self, time: float | None) -> float | None:
        """Return a time in seconds after the origin, to a tenth of a millisecond."""
        return None if time is None else round(time - self._origin, 4)


@dataclasses.dataclass(frozen=True, slots=True)
class _SentAnswer:
    """A worker's last response as the page has it."""

    response: RequestAnswered
    verdict: Verdict | None
    frame: Frame


class _SentTicks:
    """What a page has of one thread's ticks."""

    def __init__(self) -> None:
        self._since = float("-inf")
        self._sent: dict[tuple[str, int], Tick] = {}

    def fresh(self, thread: Thread, since: float) -> list[Tick]:
        """Return the ticks that the page does not have as they are now, oldest first.

        Args:
            thread: The thread.
            since: What was before is not shown.
        """
        since = max(since, self._since)
        looked_at: dict[tuple[str, int], Tick] = {}
        fresh = []
        for tick in reversed(thread.recent):
            if tick.time < since:
                break
            looked_at[tick.vm, tick.n] = tick
            # The board replaces a tick that goes on, so the same object is the same tick.
            if self._sent.get((tick.vm, tick.n)) is not tick:
                fresh.append(tick)
        self._sent = looked_at
        # What has ended stays as it is: next time, look back no further than to the oldest tick
        # whose callout is under way.
        open_since = [tick.time for tick in looked_at.values() if tick.ended is None]
        newest = [tick.time for tick in looked_at.values()]
        self._since = min(open_since, default=max(newest, default=since))
        return fresh[::-1]


def _same_threads(before: Snapshot, after: Snapshot) -> bool:
    """Return whether one picture goes on where the other was; a new run has a new board."""
    return after.events >= before.events and [
        (thread.tid, thread.name) for thread in before.threads
    ] == [(thread.tid, thread.name) for thread in after.threads]
