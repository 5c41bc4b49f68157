"""The whole thing once: compile, start, watch, ask every worker, verify, stop."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.compiling.commands import Compiler, chosen_compiler
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.configuration_files import filter_of
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch import Launcher
from lab_helpers.token_api import Verdict
from lab_helpers.tokens import shown_header

__all__ = ["DemoReport", "run_demo"]

# The article waits 15 s for a tick; a demo need not.
_ASK_EVERY_S = 1.0
# More looks than an eye can follow would only keep the token API, which runs beside, from its work.
_LOOK_EVERY_S = 0.1
_SETTLE_S = 0.5
_OK = 200
_GREETING_HEADER = "x-wasm-filter"
_GREETING = "hello from wasm"


@dataclasses.dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """One answer of a worker, what its token is worth, and what it is to be greeted with."""

    response: Answer
    verdict: Verdict | None
    greeting: str = _GREETING

    @property
    def fault(self) -> str:
        """Return what it falls short of, in words that follow `answered`.

        Empty where it is a 200 with both headers and a valid signature.
        """
        name, greeting = _GREETING_HEADER, self.greeting
        got = self.response.headers.get(name)
        if self.response.status != _OK:
            return f"{self.response.status}, not {_OK}"
        if got != greeting:
            is_there = "it carries none" if got is None else f"it is {got!r}"
            return f"{_OK}, but {name} should be {greeting!r}, and {is_there}"
        if self.verdict is None:
            return f"{_OK}, but it carries no x-auth"
        return "" if self.verdict.valid else f"{_OK}, but {self.verdict.reason}"


@dataclasses.dataclass(frozen=True, slots=True)
class DemoReport:
    """What the demo saw.

    Attributes:
        compiler: `tinygo` or `go`.
        module: The compiled filter.
        envoy_version: Envoy's version.
        first_tick_s: From the launch to the first tick, in seconds; infinite if none came.
        first_token_s: From the launch to the first token that a worker held, in seconds;
            infinite if none came.
        snapshot: The picture at the end.
        answers: The answers by worker, oldest first.
    """

    compiler: str
    module: Module
    envoy_version: str
    first_tick_s: float
    first_token_s: float
    snapshot: Snapshot
    answers: dict[str, tuple[JudgedAnswer, ...]]

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """Return what was missing, in words; empty when all is as it should be."""
        return tuple(
            problem for thread in self.snapshot.workers if (problem := self._shortcoming(thread))
        )

    @property
    def remedy(self) -> str:
        """Return one thing to try where something was missing."""
        failed = {
            outcome
            for thread in self.snapshot.workers
            for outcome in thread.fetches
            if outcome not in ("ok", "answered")  # of what only crossed, nobody knows how it ended
        }
        if failed:
            ended = ", ".join(sorted(failed))
            return f"look at the token API: of the fetches some ended with {ended}"
        if all(map(self.snapshot.has_token, self.snapshot.workers)):
            return "git diff filter/token envoy, to see what differs from the article's filter"
        return "a longer --seconds, so that every worker gets a token"

    @property
    def jwt_verified(self) -> bool:
        """Return whether every worker answered, and each answer carried a valid token."""
        workers = self.snapshot.workers
        return bool(workers) and all(
            (answers := self.answers.get(thread.name))
            and all(answer.verdict is not None and answer.verdict.valid for answer in answers)
            for thread in workers
        )

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values for `json.dumps`."""
        return {
            "compiler": self.compiler,
            "module": {"bytes": self.module.bytes, "sha256": self.module.sha256},
            "envoy_version": self.envoy_version,
            "first_tick_s": _plain_seconds(self.first_tick_s),
            "first_token_s": _plain_seconds(self.first_token_s),
            "jwt_verified": self.jwt_verified,
            "calls_per_period": self.snapshot.calls_per_period,
            "threads": [self._thread_as_json(thread) for thread in self.snapshot.threads],
        }

    def _thread_as_json(self, thread: Thread) -> dict[str, object]:
        return {
            "name": thread.name,
            "tid": thread.tid,
            "ticks": thread.ticks,
            "fetches": sum(thread.fetches.values()),
            "outcomes": dict(thread.fetches),
            "vm": thread.vm,
            "responses": [
                {"status": answer.response.status, "headers": _shown(answer.response.headers)}
                for answer in self.answers.get(thread.name, ())
            ],
        }

    def _shortcoming(self, thread: Thread) -> str:
        answers = self.answers.get(thread.name, ())
        if not thread.ticks and not thread.reads and not thread.library:
            return f"{thread.name} never ticked"
        if not answers:
            return f"{thread.name} never answered"
        faults = [answer.fault for answer in answers if answer.fault]
        if not faults:
            return ""
        often = "" if len(answers) == 1 else f" (in {len(faults)} of {len(answers)} answers)"
        return f"{thread.name} answered {faults[-1]}{often}"


def run_demo(
    *,
    workers: int = 2,
    tick_ms: int = 1000,
    seconds: float = 8.0,
    compiler: Compiler | None = None,
    configuration: Path | str | None = None,
    launcher: Launcher | str | None = None,
    say: Callable[[str], None] = lambda _text: None,
    watching: Callable[[Snapshot, float], None] = lambda _picture, _share: None,
) -> DemoReport:
    """Compile a filter that fetches tokens, run it, watch it, and ask every worker.

    Args:
        workers: How many workers Envoy has.
        tick_ms: The tick period, in milliseconds.
        seconds: How long to watch, from when Envoy serves traffic: a container takes a while.
        compiler: `tinygo` or `go`; the usual one of the filter's language by default.
        configuration: Somebody's own Envoy configuration, for the token filter; None for the
            article's. One of the lab's with a filter of its own name runs that.
        launcher: `native`, `docker`, a launcher, or None for whichever is there.
        say: Is told of each step as it begins.
        watching: Is given a snapshot and the share of the time that has passed, 0 to 1.

    Returns:
        What was seen, good or bad; `shortcomings` says which.

    Raises:
        LabError: A step could not be taken.
    """
    if seconds * 1000 <= tick_ms:
        raise ConfigurationError(
            f"In {seconds:g} s a timer of {tick_ms} ms never fires, so there would be no token.",
            hint=f"--seconds {tick_ms * 3 // 1000 + 2}, or a shorter --tick-ms",
        )
    folder = filter_of(configuration)
    compiler = chosen_compiler(compiler, folder)
    say(f"Compiling filter/{folder.name} with {compiler}")
    module = compile_filter(folder, compiler=compiler, reuse=True)
    settings = {"tick_ms": tick_ms, "vm_header": "x-wasm-vm"}
    envoy = Envoy(
        module,
        workers=workers,
        settings=settings,
        configuration=configuration,
        launcher=launcher,
    )
    version = envoy.launcher.version()
    plural = "" if workers == 1 else "s"
    say(f"Starting Envoy {version} with {workers} worker{plural}, and the token API")
    began = time.time()
    with envoy:
        say(f"Watching for {seconds:g} s: a tick every {tick_ms / 1000:g} s on each timer")
        answers = _watch(envoy, time.time(), seconds, watching)
        snapshot = _between_ticks(envoy, tick_ms)
    return DemoReport(
        compiler=compiler,
        module=module,
        envoy_version=version,
        first_tick_s=_first([thread.first_tick for thread in snapshot.threads], began),
        first_token_s=_first([thread.first_token for thread in snapshot.workers], began),
        snapshot=snapshot,
        answers=answers,
    )


def _watch(
    envoy: Envoy,
    began: float,
    seconds: float,
    watching: Callable[[Snapshot, float], None],
) -> dict[str, tuple[JudgedAnswer, ...]]:
    """Ask every worker each second once all hold a token, and at the end in any case."""
    answers: dict[str, tuple[JudgedAnswer, ...]] = {}
    end = began + seconds
    ask_at = began
    greeting = str(envoy.configuration.settings.get("greeting", _GREETING))
    picture = envoy.snapshot()
    while True:
        watching(picture, min((picture.time - began) / seconds, 1.0))
        over = picture.time >= end
        all_hold = len(picture.workers) > 0 and all(map(picture.has_token, picture.workers))
        if over or (all_hold and picture.time >= ask_at):
            for response in envoy.ask_every_worker():
                # Somebody's upstream may send a megabyte: what is kept for the report is the head.
                head = dataclasses.replace(response, body=b"")
                answer = JudgedAnswer(head, _verdict(envoy, response), greeting)
                answers[response.worker] = (*answers.get(response.worker, ()), answer)
            ask_at = picture.time + _ASK_EVERY_S
        if over:
            return answers
        # Before all hold a token there is nothing to ask, however late it is.
        due = _news_since(picture, min(end, ask_at) if all_hold else end)
        picture = envoy.wait_until(due, "something happens", seconds + 1)


def _between_ticks(envoy: Envoy, tick_ms: int) -> Snapshot:
    """Return the picture when a tick that some threads have told of is told by all, with its reply.

    Taken a moment earlier, it would make the others seem slower.
    """
    by = time.time() + min(_SETTLE_S, tick_ms / 2000)

    def settled(picture: Snapshot) -> bool:
        level = len({thread.ticks for thread in picture.threads}) <= 1
        ended = all(tick.ended for thread in picture.threads if (tick := thread.last_tick))
        return picture.time >= by or (level and ended)

    return envoy.wait_until(settled, "the threads' ticks are level", _SETTLE_S + 1)


def _news_since(picture: Snapshot, by: float) -> Callable[[Snapshot], bool]:
    """Return a condition: something happened since the picture, or the time has come."""
    soonest = picture.time + _LOOK_EVERY_S
    return lambda now: now.time >= by or (now.time >= soonest and now.events > picture.events)


def _verdict(envoy: Envoy, response: Answer) -> Verdict | None:
    token = response.headers.get("x-auth")
    return None if token is None else envoy.token_api.verify(token)


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers for a report that is kept and sent on: no token whole."""
    return {name: shown_header(name, value) for name, value in headers.items()}


def _first(moments: Iterable[float | None], began: float) -> float:
    """Return the earliest moment, in seconds after the launch; infinite where there is none."""
    return min((moment for moment in moments if moment is not None), default=math.inf) - began


def _plain_seconds(seconds: float) -> float | None:
    """Return seconds as JSON can hold them: it knows no infinity."""
    return round(seconds, 3) if math.isfinite(seconds) else None
