"""Lesson 02, Write the filter: each check plays Envoy for the learner's own filter, `mine`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.source_code import filter_sources
from lab_helpers.lessons.cells.workspace import filter_folder
from lab_helpers.lessons.checks.emulated import (
    every_response_goes_on,
    sends_a_callout,
    why_not_carried,
)
from lab_helpers.lessons.checks.ticks import why_miscounted, why_not_logged
from lab_helpers.lessons.emulator import Emulation, Reply, Response, emulate
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found

_MINE = "mine"
_TIMEOUT_MS = 5000
_OK = 200
_FIRST = "Bearer Zmlyc3Q.dG9rZW4.MQ"
_SECOND = "Bearer c2Vjb25k.dG9rZW4.Mg"
# A question the wrong way round, where the token is kept on a yes to it; and how it is meant.
_ASKS = r"\bif\b[^{{\n]*\[\"{}\"\]\s*{}\s*\"{}\"[^{{\n]*\{{[^{{}}]*\bplugin\.token\s*=(?!=)"
_OPPOSITE = (
    (re.compile(_ASKS.format("authorization", "==", "")), 'reply["authorization"] != ""'),
    (re.compile(_ASKS.format(":status", "!=", "200")), 'reply[":status"] == "200"'),
)
# Shows what the filter keeps, whatever its own response.go does.
_PROBE = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseHeaders(int, bool) types.Action {
	proxywasm.ReplaceHttpResponseHeader("x-kept", ctx.plugin.token)
	return types.ActionContinue
}
"""


@exercise(
    "02-greeting",
    hints=(
        "Copy the line above the comment: one call is one header.",
        "Its two words are the header's name and its value, each in double quotes.",
        'The line is: `proxywasm.ReplaceHttpResponseHeader("x-lesson", "02")`',
    ),
    quick=True,
)
def greeting() -> Findings:
    """Look for a second header, which an upstream cannot double."""
    seen = emulate(_MINE, "response", Response({"x-lesson": "of the upstream"}))
    yield found(not seen.panic, "the filter runs", seen.panic)
    yield every_response_goes_on(seen)
    plain, doubled = seen.responses
    yield found(
        plain.get("x-wasm-filter") == "hello from wasm",
        "a response still carries `x-wasm-filter: hello from wasm`",
        "Leave the line that was there as it is, and add one below.",
    )
    yield found(
        "x-lesson" in plain,
        "a response carries `x-lesson`",
        why_not_carried("x-lesson", seen, plain),
    )
    yield found(plain["x-lesson"] == "02", "its value is `02`", f"It is `{plain['x-lesson']}`.")
    yield found(
        doubled["x-lesson"] == "02",
        "an upstream's own `x-lesson` is replaced",
        "Add would put a second one beside it; use ReplaceHttpResponseHeader.",
    )


@exercise(
    "02-tick",
    hints=(
        "`plugin` is the context that Envoy called; its field `ticks` begins at 0.",
        "In Go, `x++` adds one to `x`.",
        "The line is: `plugin.ticks++`",
    ),
    quick=True,
)
def tick() -> Findings:
    """Look for ticks that count."""
    seen = emulate(_MINE, "tick", "tick", "tick")
    yield found(
        seen.tick_ms == 1000,
        "a timer of 1000 ms is set",
        "Run the cell that writes `mine/start.go`.",
    )
    yield found(not seen.panic, "the filter runs", seen.panic)
    sources = filter_sources(filter_folder(_MINE))
    logged = [text for text in seen.log if text.startswith("tick ")]
    yield found(len(logged) == 3, "each tick is logged", why_not_logged(seen.log, sources))
    yield found(
        logged == ["tick 1", "tick 2", "tick 3"],
        "the ticks are numbered 1, 2, 3",
        why_miscounted(logged, sources),
    )


@exercise(
    "02-callout",
    hints=(
        "An HTTP request needs a method, a path and a host. Which one is not there?",
        "HTTP/2 calls the host `:authority`. The cluster's name will do as its value.",
        'Add `{":authority", "my_custom_svc"}` as the third pair.',
    ),
)
def callout() -> Findings:
    """Look for a callout that Envoy would send; the emulator alone would take any."""
    seen = emulate(_MINE, "tick", "reply")
    yield found(not seen.panic, "the filter runs", seen.panic)
    yield sends_a_callout(seen)
    sent = seen.callouts[0]
    yield found(
        sent.cluster == "my_custom_svc",
        "it goes to the cluster `my_custom_svc`",
        f"It goes to `{sent.cluster}`; Envoy knows no such cluster: bad argument.",
    )
    for name in (":method", ":path", ":authority"):
        yield found(sent.headers.get(name), f"it has `{name}`", _why_refused(name, sent.headers))
    method, path = sent.headers[":method"], sent.headers[":path"]
    told = f"It asks for {method} {path}."
    if method != "GET" and method.upper() == "GET":
        told += " A method is written in capitals."
    elif not path.startswith("/"):
        told += " A path begins with `/`."
    yield found((method, path) == ("GET", "/auth"), "it asks for GET /auth", told)
    yield found(
        sent.timeout_ms == _TIMEOUT_MS,
        "it waits 5000 ms at most",
        f"It waits {sent.timeout_ms} ms.",
    )


@exercise(
    "02-token",
    hints=(
        "A 503 is a reply too. The status is in `reply` as well, as the header `:status`.",
        "Put the last line into an `if`. Two texts are compared by `==`, and `&&` means and.",
        'The line before it is: `if reply[":status"] == "200" && reply["authorization"] != "" {`',
    ),
)
def token() -> Findings:
    """Look for a token that is kept, and that no failure takes away, but a newer one replaces."""
    for what, replies, wanted in (
        ("a reply with status 200 brings a token", (), _FIRST),
        ("a 503 after it leaves the token as it was", (Reply(503, token=None),), _FIRST),
        ("a 500 with such a header is no token either", (Reply(500, token=_SECOND),), _FIRST),
        ("nor is a 201: only 200 will do", (Reply(201, token=_SECOND),), _FIRST),
        ("a 200 without the header leaves it, too", (Reply(token=None),), _FIRST),
        ("a newer token takes its place", (Reply(token=_SECOND),), _SECOND),
    ):
        later = [step for reply in replies for step in ("tick", reply)]
        seen = emulate(
            _MINE,
            "tick",
            Reply(token=_FIRST),
            *later,
            "response",
            laid_over={"response.go": _PROBE},
        )
        if seen.panic:
            yield found(ok=False, text="the filter runs", missing=seen.panic)
        if not seen.callouts:
            yield sends_a_callout(seen)
        kept = seen.headers.get("x-kept", "")
        yield found(kept == wanted, what, _why_kept(kept, wanted, replies))


@exercise(
    "02-auth",
    hints=(
        "Before the first reply, `ctx.plugin.token` is an empty text.",
        'Put the call into an `if`; an empty text is `""`, and `!=` means not equal.',
        'The line before it is: `if ctx.plugin.token != "" {`, and a `}` stands after it.',
    ),
    quick=True,
)
def auth() -> Findings:
    """Look for a header that is there once there is a token, and not before."""
    doubled = Response({"x-auth": "of the upstream"})
    steps = ("response", "tick", "response", Reply(token=_FIRST), "response", doubled)
    seen = emulate(_MINE, *steps)
    yield found(not seen.panic, "the filter runs", seen.panic)
    yield sends_a_callout(seen)
    yield every_response_goes_on(seen)
    before, asked, after, replaced = seen.responses
    yield found(
        after.get("x-auth") == _FIRST,
        "once a token is there, a response carries it as `x-auth`",
        _why_no_auth(seen, before, after),
    )
    early = before if "x-auth" in before else asked
    yield found(
        "x-auth" not in early,
        "before the first token there is no `x-auth`",
        f"There is one, and it is {_shown(early.get('x-auth', ''))}: whoever reads it takes that"
        " for a token. The first tick brings none yet: only its reply does.",
    )
    yield found(
        replaced["x-auth"] == _FIRST,
        "an upstream's own `x-auth` is replaced",
        "Add puts a second one beside it; use ReplaceHttpResponseHeader.",
    )


def _why_no_auth(seen: Emulation, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return what a response carries in place of the token, and what led to it."""
    if "x-auth" in after:
        return f"It carries {_shown(after['x-auth'])}."
    if "x-auth" in before:
        return (
            "It is sent while the token is empty, and no more once there is one: the `if` asks the"
            ' opposite. You want `!=`, as in `ctx.plugin.token != ""`.'
        )
    return why_not_carried("x-auth", seen, after)


def _shown(value: str) -> str:
    return f"`{value}`" if value else "empty"


def _why_refused(name: str, headers: Mapping[str, str]) -> str:
    """Return what a callout has in place of one of the headers that it needs."""
    if name in headers:
        return "It is there, but empty."
    told = f"It has {', '.join(f'`{other}`' for other in headers) or 'no headers'}."
    if name.lstrip(":") in headers:
        told += " The colon belongs to the name."
    return f"{told} Without `{name}` Envoy refuses the callout: bad argument."


def _why_kept(kept: str, wanted: str, replies: tuple[Reply, ...]) -> str:
    """Return what the filter keeps after some replies, and what may have led it there."""
    told = f"`plugin.token` is {_shown(kept)} then."
    if not replies:
        if kept:
            return f"{told} The token is the value of `authorization`."
        for opposite, meant in _OPPOSITE:
            if any(opposite.search(code) for code in filter_sources(filter_folder(_MINE)).values()):
                return f"{told} The `if` asks the opposite: you want `{meant}`."
        return (
            f'{told} The status is the header `:status`, and a text: `"200"`. Envoy gives all'
            " headers' names in small letters."
        )
    if not kept:
        return f"{told} What is not there has taken the token's place: ask for both, with `&&`."
    if kept != wanted and replies[0].status != _OK:
        return f'{told} The status did not decide: ask whether it is `"200"`.'
    return f"{told} The new one was left out: keep each that comes with a 200."
