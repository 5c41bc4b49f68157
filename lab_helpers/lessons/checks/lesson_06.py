"""Lesson 06, Guard the door: each check sends requests through the learner's filter `guard`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus

from lab_helpers.compiling.source_code import code_alone, filter_sources
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.checks.doors import Doors, status_of, what_became
from lab_helpers.lessons.emulator import Reply, Request, Response, Step
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found

_KEY = {"x-key": "open-sesame"}
_ASKED = (Request(headers=_KEY), "reply")
_TEXT = {"content-type": "text/plain"}
_COUNTERS = ("guard.orders.refused", "guard.rest.refused")


@exercise(
    "06-door",
    hints=(
        "One call answers in the upstream's place: SendHttpResponse. It wants four things.",
        'The status, the headers, the body, and -1. No headers: `nil`. As a body: `[]byte("…")`.',
        'The line is: `proxywasm.SendHttpResponse(403, nil, []byte("This door needs a key."), -1)`',
    ),
    quick=True,
)
def door() -> Findings:
    """Look for a request without a key that is answered, and one with a key that passes."""
    none, wrong = Request("/orders/1"), Request(headers={"x-key": "let-me-in"})
    seen = Doors.play(none, wrong, *_ASKED, "response")
    yield seen.runs()
    refused, guessed, good = (seen.last(number) for number in (1, 2, 3))
    yield found(
        refused.own, "a request without a key is answered by the filter", what_became(refused)
    )
    yield found(
        status_of(refused) == HTTPStatus.FORBIDDEN,
        "the status is 403",
        f"It is {status_of(refused)}.",
    )
    yield found(refused.body, "the answer says why", "Its body is empty.")
    yield found(
        status_of(guessed) == HTTPStatus.FORBIDDEN,
        "a wrong key is refused as well",
        what_became(guessed),
    )
    yield found(not good.own and good.headers, "a request with the key passes", what_became(good))


@exercise(
    "06-count",
    hints=(
        "The name of the counter is one text. `+` puts texts together.",
        "The route's name is there, in `route`; as a text it is `string(route)`.",
        'The line is: `counter("guard." + string(route) + ".refused").Increment(1)`',
    ),
)
def count() -> Findings:
    """Look for a counter for each route, which counts what is refused and nothing else."""
    orders, rest = Request("/orders/1", route="orders"), Request("/", route="rest")
    good = Request("/orders/2", headers=_KEY, route="orders")
    refused = (orders, orders, rest)
    seen = Doors.play(*refused, good, "reply", "response")
    yield seen.runs()
    yield found(
        seen.last(1).own,
        "a request without a key is answered by the filter",
        what_became(seen.last(1)),
    )
    yield found(
        any("refused on the route" in text for text in seen.run.log),
        "it is refused by `ctx.refuse`",
        "Run the cell that writes `guard/request.go` and calls it.",
    )
    metrics = seen.run.metrics
    known = ", ".join(f"`{name}`" for name in metrics) or "none"
    for name, times in zip(_COUNTERS, (2, 1), strict=True):
        yield found(name in metrics, f"there is a counter `{name}`", f"There is: {known}.")
        yield found(
            metrics[name] == times,
            f"it is at {times} when {times} of that route were refused",
            f"It is at {metrics[name]}: one refused request adds 1, and no other adds any.",
        )
    # What a filter counts of other requests is its own affair.
    then = seen.run.steps[len(refused)].metrics
    more = [f"`{name}`" for name, value in then.items() if value and name not in _COUNTERS]
    yield found(
        not more,
        "a refused request is counted once",
        f"It is counted by {', '.join(more)} as well: leave one call of `counter`, for its route.",
    )


@exercise(
    "06-resume",
    hints=(
        "A paused request waits for one of two calls: ResumeHttpRequest, or SendHttpResponse.",
        "`yes` is true or false: `if yes { … } else { … }`. `ctx.refuse` answers, and counts.",
        'Then: `proxywasm.ResumeHttpRequest()`. Else: `ctx.refuse(503, "The service said no.")`',
    ),
    quick=True,
)
def resume() -> Findings:
    """Look for a pause that every reply ends, and that only a 200 ends well."""
    asks = Request(headers=_KEY)
    refusals = (Reply(503, token=None), Reply(403, token=None))
    seen = Doors.play(*_ASKED, "response", *(step for no in refusals for step in (asks, no)))
    yield seen.runs()
    yield found(
        seen.run.callouts,
        "a request with the key makes the filter ask the service",
        "Run the cells that write `guard/ask.go` and `guard/request.go`.",
    )
    yield found(
        not seen.last(1).waits and not seen.last(1).own,
        "a reply with status 200 lets it go on",
        what_became(seen.last(1)),
    )
    for number, no in enumerate(refusals, start=2):
        other = seen.last(number)
        yield found(other.own, f"a reply with status {no.status} refuses it", what_became(other))
        yield found(
            status_of(other) == HTTPStatus.SERVICE_UNAVAILABLE,
            "the client gets a 503",
            f"It gets {status_of(other)}.",
        )
        yield found(
            not other.resumed,
            "a refused request does not go on as well",
            "It is answered, and then ResumeHttpRequest is called for it, too. The client reads the"
            " 503, but the upstream may get the request all the same: a real Envoy sent it on."
            " Call one of the two: ResumeHttpRequest in the `if`, the answer in the `else`.",
        )


@exercise(
    "06-length",
    hints=(
        "The response says its old length in the `content-length`. Who reads it believes it.",
        "A call takes a header out: RemoveHttpResponseHeader. It wants the header's name.",
        'The line is: `proxywasm.RemoveHttpResponseHeader("content-length")`',
    ),
    quick=True,
    gives_away=("content-length",),
)
def length() -> Findings:
    """Look for a body that was rewritten, and for headers that say nothing of the old one."""
    bodies = ("Hello you", "Hello, hello, Hello")
    seen = Doors.play(*_each(Response(_TEXT, body=body) for body in bodies))
    yield seen.runs()
    for number, body in enumerate(bodies, start=1):
        got, wanted = seen.last(number), body.replace("Hello", "Welcome")
        yield found(got.headers and not got.held, "the response goes on", what_became(got))
        yield found(
            got.body == wanted,
            f"in `{body}` each `Hello` becomes `Welcome`",
            f"`{body}` became `{got.body}`. Run the cell that writes `guard/body.go`.",
        )
        said = got.headers.get("content-length")
        yield found(
            said in (None, str(len(wanted))),
            "it does not say the old length",
            f"`content-length` says {said}, and the body has {len(wanted)} bytes."
            f" {_why_length_stays()}",
        )


@exercise(
    "06-whole",
    hints=(
        "`endOfStream` is true with the last piece. What should Envoy do with those before it?",
        "`if !endOfStream { … }` is for all but the last. ActionPause lets Envoy gather them.",
        "In the `if` stands: `return types.ActionPause`",
    ),
    quick=True,
    gives_away=("end-of-stream",),
)
def whole() -> Findings:
    """Look for a word that lies across two pieces, and for pieces neither lost nor kept."""
    bodies = (("Hel", "lo you"), ("Hello", " you", ""), ("Hello you",))
    seen = Doors.play(*_each(Response(_TEXT, body=pieces) for pieces in bodies))
    yield seen.runs()
    for number, pieces in enumerate(bodies, start=1):
        got = seen.last(number)
        came = " | ".join(pieces)
        yield found(
            not got.held,
            "the last piece goes on",
            "It is held back, and what was gathered with it: return ActionPause only while"
            " `endOfStream` is false.",
        )
        yield found(
            got.body == "Welcome you",
            f"`{came}` becomes `Welcome you`",
            f"It became `{got.body}`. Look for the word when the last piece is there:"
            " GetHttpResponseBody gives all that was gathered.",
        )


def _each(responses: Iterable[Response]) -> Iterator[Step | str]:
    """Yield the steps of a request with the key for each response."""
    for response in responses:
        yield from (*_ASKED, response)


def _why_length_stays() -> str:
    code = {
        file: code_alone(source)
        for file, source in filter_sources(filter_folder(Doors.FILTER)).items()
    }
    if "RemoveHttpResponseHeader" in code.get("body.go", ""):
        return "When the body comes, the headers have gone on: take it out in `response.go`."
    if any("RemoveHttpRequestHeader" in source for source in code.values()):
        return "RemoveHttpRequestHeader is for the request; the response has a call of its own."
    return "Take the header out in `guard/response.go`."
