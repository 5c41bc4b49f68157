"""What a panic of a filter's Go means, and what to try: in the SDK's words, TinyGo's and Go's."""

from __future__ import annotations

import re

from lab_helpers.launch.causes import Cause
from lab_helpers.launch.said import Panic

__all__ = ["panic_cause"]

# Where a call of Envoy's arrives in the learner's code.
_HOOKS = {
    "_initialize": "init()",
    "_start": "main()",
    "proxy_on_configure": "OnPluginStart",
    "proxy_on_context_create": "the making of a context",
    "proxy_on_delete": "the end of a context",
    "proxy_on_done": "OnPluginDone",
    "proxy_on_downstream_connection_close": "OnDownstreamClose",
    "proxy_on_downstream_data": "OnDownstreamData",
    "proxy_on_http_call_response": "a callout's callback",
    "proxy_on_log": "OnHttpStreamDone",
    "proxy_on_new_connection": "OnNewConnection",
    "proxy_on_queue_ready": "OnQueueReady",
    "proxy_on_request_body": "OnHttpRequestBody",
    "proxy_on_request_headers": "OnHttpRequestHeaders",
    "proxy_on_request_trailers": "OnHttpRequestTrailers",
    "proxy_on_response_body": "OnHttpResponseBody",
    "proxy_on_response_headers": "OnHttpResponseHeaders",
    "proxy_on_response_trailers": "OnHttpResponseTrailers",
    "proxy_on_tick": "OnTick",
    "proxy_on_upstream_connection_close": "OnUpstreamClose",
    "proxy_on_upstream_data": "OnUpstreamData",
    "proxy_on_vm_start": "OnVMStart",
}
_NIL = r"nil pointer dereference"
_WAITING = "a filter cannot wait: go on in OnTick, or in a callback of `proxywasm.DispatchHttpCall`"
_TCP = r"proxy_on_(?:new_connection|(?:down|up)stream_\w+)"
# By the panic's words and by what it ended; the last fits every panic.
_HINTS = (
    (
        r"^invalid context$",
        _TCP,
        "leave NewHttpContext out of a TCP filter, and let NewTcpContext return its context",
    ),
    (
        r"^invalid context id on proxy_on_context_create$",
        "",
        "let NewHttpContext return a context; for a TCP filter, NewTcpContext",
    ),
    (
        r"^invalid context",
        r"proxy_on_(?:request|response)_\w+",
        "an HTTP filter's NewHttpContext returns its context",
    ),
    (
        r"^invalid context on proxy_on_configure$",
        "",
        "let NewPluginContext return a context, and not fail",
    ),
    (
        _NIL,
        "proxy_on_configure",
        "look for a nil pointer in OnPluginStart; NewPluginContext must not return nil either",
    ),
    (_NIL, "", "look for a nil pointer there: a context or a field that was never set"),
    (r"nil map", "", "make the map first: `make(map[string]string)`"),
    (r"out of range", "", "look at the length before you take an element: `if len(x) > 0 {`"),
    (r"divi(?:de|sion) by zero", "", "look whether the number is 0 before you divide by it"),
    (r"type assert|interface conversion", "", "ask whether it is one: `value, ok := x.(string)`"),
    (r"scheduler is disabled|asleep - deadlock", "", _WAITING),
    (
        r"timers not supported",
        "",
        "let Envoy call you: `proxywasm.SetTickPeriodMilliSeconds`, and a method OnTick",
    ),
    (r"out of memory", "", "keep less: what a context holds stays until the context ends"),
    (r"", "", "mend the code where it panics; the emulator's tests show it without Envoy"),
)


def panic_cause(panic: Panic, while_doing: str) -> Cause:
    """Return what a panic comes from.

    Args:
        panic: The panic.
        while_doing: What was going on, as in `while it started`.
    """
    hook = _HOOKS.get(panic.function, panic.function)
    place = f" in {hook} ({panic.function})" if hook != panic.function else f" in {hook}"
    what = f"The filter's Go code panicked{place if hook else ''}"
    hint = next(
        hint
        for words, function, hint in _HINTS
        if re.search(words, panic.reason) and re.search(function, panic.function)
    )
    return Cause(f"{what} {while_doing}.", f"panic: {panic.reason}", hint)
