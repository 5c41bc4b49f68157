"""What a filter did in the emulator, step by step."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from lab_helpers.lessons.emulator.passing import Passing
from lab_helpers.lessons.shown.page import Table

__all__ = ["Callout", "Emulation", "Seen"]

# So many at 0 are named; the lab's own filters have more, and the rest would be lost in them.
_NAMED_AT_0 = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Callout:
    """A request that the filter asked Envoy to send.

    Attributes:
        cluster: The cluster that it goes to.
        headers: Its headers.
        body: Its body.
        timeout_ms: How long Envoy waits for the reply.
    """

    cluster: str
    headers: Mapping[str, str]
    body: str
    timeout_ms: int


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one step.

    Attributes:
        step: The step, in a word or two.
        log: What the filter logged: level and text.
        tick_ms: The timer's period after the step; 0 where no timer is set.
        callouts: What it sent.
        passings: What became of the requests that it concerns.
        metrics: What the filter's counters and gauges are at after it.
        note: What the emulator has to say; "" where all went its way.
        panic: The message of a panic; "" where there was none.
    """

    step: str
    log: tuple[tuple[str, str], ...]
    tick_ms: int
    callouts: tuple[Callout, ...]
    passings: tuple[Passing, ...]
    metrics: Mapping[str, int]
    note: str
    panic: str

    @classmethod
    def read(cls, step: str, record: Mapping[str, Any]) -> Seen:
        """Read what the driver wrote of one step."""
        return cls(
            step=step,
            log=tuple((level, text) for level, text in record["log"] or ()),
            tick_ms=record["tick_ms"],
            callouts=tuple(
                Callout(sent["cluster"], dict(sent["headers"]), sent["body"], sent["timeout_ms"])
                for sent in record["callouts"] or ()
            ),
            passings=tuple(Passing.read(part) for part in record["passings"] or ()),
            metrics=record["metrics"] or {},
            note=record["note"],
            panic=record["panic"],
        )

    @property
    def words(self) -> tuple[str, ...]:
        """Return what happened, a line each."""
        lines = [f"! {self.note}"] if self.note else []
        lines += [f"log {level}: {text}" for level, text in self.log]
        for sent in self.callouts:
            method, path = sent.headers.get(":method", "?"), sent.headers.get(":path", "?")
            lines.append(
                f"callout: {method} {path} to {sent.cluster}, {sent.timeout_ms} ms at most"
            )
        lines += [line for passing in self.passings for line in passing.words]
        if self.panic:
            lines.append(f"✗ panic: {self.panic}")
        return tuple(lines) or ("nothing to see",)


@dataclasses.dataclass(frozen=True, slots=True)
class Emulation:
    """What a filter did, from its start on.

    Attributes:
        name: The filter's.
        steps: The start, and one for each step that was asked for.
        seconds: How long it took, with Go's compiler.
    """

    name: str
    steps: tuple[Seen, ...]
    seconds: float

    @property
    def tick_ms(self) -> int:
        """Return the timer's period at the end; 0 where none is set."""
        return self.steps[-1].tick_ms

    @property
    def callouts(self) -> tuple[Callout, ...]:
        """Return everything that it sent."""
        return tuple(sent for seen in self.steps for sent in seen.callouts)

    @property
    def passings(self) -> tuple[Passing, ...]:
        """Return what became of each request, step by step."""
        return tuple(passing for seen in self.steps for passing in seen.passings)

    @property
    def answered(self) -> tuple[Passing, ...]:
        """Return the requests that have a response, the upstream's or the filter's own."""
        return tuple(passing for passing in self.passings if passing.headers)

    @property
    def responses(self) -> tuple[Mapping[str, str], ...]:
        """Return the headers of each response after the filter."""
        return tuple(passing.headers for passing in self.answered)

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of the last response; empty where there was none."""
        return self.responses[-1] if self.responses else {}

    @property
    def status(self) -> int:
        """Return the status of the last response; 0 where there was none."""
        return int(self.headers.get(":status", 0))

    @property
    def body(self) -> str:
        """Return the body of the last response; "" where there was none."""
        return self.answered[-1].body if self.answered else ""

    @property
    def request(self) -> Mapping[str, str]:
        """Return the headers of the last request after the filter; empty where there was none."""
        return self.passings[-1].request if self.passings else {}

    @property
    def lost_request(self) -> Mapping[str, str]:
        """Return the headers that were set on the last request when it had gone on."""
        return self.passings[-1].lost_request if self.passings else {}

    @property
    def request_body(self) -> str:
        """Return the body of the last request after the filter; "" where there was none."""
        return self.passings[-1].request_body if self.passings else ""

    @property
    def waiting(self) -> tuple[int, ...]:
        """Return the numbers of the requests that the filter still keeps at the end."""
        last = {passing.number: passing for passing in self.passings}
        return tuple(number for number, passing in last.items() if passing.waits)

    @property
    def metrics(self) -> Mapping[str, int]:
        """Return what the filter's counters and gauges are at, by their names."""
        return self.steps[-1].metrics

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the emulator had to say of the steps that did not go their way."""
        return tuple(seen.note for seen in self.steps if seen.note)

    @property
    def held(self) -> bool:
        """Return whether it held a response back."""
        return any(passing.held for passing in self.passings)

    @property
    def log(self) -> tuple[str, ...]:
        """Return what it logged, without the levels."""
        return tuple(text for seen in self.steps for _, text in seen.log)

    @property
    def panic(self) -> str:
        """Return the message of the panic that ended it; "" where there was none."""
        return self.steps[-1].panic

    def table(self) -> Table:
        """Return it as a table: a row for each step."""
        rows: list[Sequence[str]] = []
        for number, seen in enumerate(self.steps):
            step = f"{number}. {seen.step}" if number else seen.step
            words = seen.words
            if number == 0 and not seen.note and not seen.panic:
                timer = f"a tick every {seen.tick_ms} ms" if seen.tick_ms else "no timer"
                words = (*(line for line in words if line != "nothing to see"), timer)
            rows.append((step, "\n".join(words)))
        if self.waiting and not self.panic:
            still = [f"! request {number} still waits" for number in self.waiting]
            rows.append(("at the end", "\n".join(still)))
        if self.metrics:
            rows.append(("metrics at the end", "\n".join(_counted(self.metrics))))
        title = f"{self.name} in the emulator, {self.seconds:.1f} s with compiling"
        return Table(title, ("what happens", "what the filter does"), rows)

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return self.table().bundle()


def _counted(metrics: Mapping[str, int]) -> list[str]:
    """Return a line for each metric; of many at 0, only how many there are."""
    idle = [name for name, value in metrics.items() if not value]
    named = metrics if len(idle) <= _NAMED_AT_0 else metrics.keys() - set(idle)
    lines = [f"{name}: {metrics[name]}" for name in sorted(named)]
    return lines if len(named) == len(metrics) else [*lines, f"{len(idle)} more are at 0"]
