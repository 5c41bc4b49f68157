"""What a filter did in the emulator, step by step."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from lab_helpers.lessons.shown.page import Table

__all__ = ["Callout", "Emulation", "Seen"]

_LONGEST = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Callout:
    """A request that the filter asked Envoy to send.

    Attributes:
        cluster: The cluster that it goes to.
        headers: Its headers.
        timeout_ms: How long Envoy waits for the reply.
    """

    cluster: str
    headers: Mapping[str, str]
    timeout_ms: int


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one step.

    Attributes:
        step: The step, in a word or two.
        log: What the filter logged: level and text.
        tick_ms: The timer's period after the step; 0 where no timer is set.
        callouts: What it sent.
        headers: The response's headers after the filter; empty where the step is no response.
        request: The headers of the request that it answers, after the filter.
        held: Whether the filter held the response back, by returning `ActionPause`.
        note: What the emulator has to say; "" where all went its way.
        panic: The message of a panic; "" where there was none.
    """

    step: str
    log: tuple[tuple[str, str], ...]
    tick_ms: int
    callouts: tuple[Callout, ...]
    headers: Mapping[str, str]
    request: Mapping[str, str]
    held: bool
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
                Callout(sent["cluster"], dict(sent["headers"]), sent["timeout_ms"])
                for sent in record["callouts"] or ()
            ),
            headers=dict(record["headers"] or ()),
            request=dict(record["request"] or ()),
            held=record["held"],
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
        lines += [f"{name}: {_short(value)}" for name, value in self.headers.items()]
        if self.held:
            lines.append("! held back by ActionPause: nobody gets this response")
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
    def responses(self) -> tuple[Mapping[str, str], ...]:
        """Return the headers of each response after the filter."""
        return tuple(seen.headers for seen in self.steps if seen.headers)

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers of the last response; empty where there was none."""
        return self.responses[-1] if self.responses else {}

    @property
    def request(self) -> Mapping[str, str]:
        """Return the headers of the last request after the filter; empty where there was none."""
        return next((seen.request for seen in reversed(self.steps) if seen.request), {})

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the emulator had to say of the steps that did not go their way."""
        return tuple(seen.note for seen in self.steps if seen.note)

    @property
    def held(self) -> bool:
        """Return whether it held a response back."""
        return any(seen.held for seen in self.steps)

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
        title = f"{self.name} in the emulator, {self.seconds:.1f} s with compiling"
        return Table(title, ("what happens", "what the filter does"), rows)

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return self.table().bundle()


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 20]}…{value[-8:]}"
