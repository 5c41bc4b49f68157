"""The names that a Go filter's author knows, for what crosses: those of the Go SDK.

The ABI's functions take a map or a buffer by number; the SDK has a function for each
(`proxywasm/hostcall.go` and `proxywasm/internal/abi_callback_*.go` there). What has no name in the
SDK keeps the ABI's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

__all__ = ["CALLBACKS", "STATUSES", "Part", "Spelling", "callback_name", "spell"]

STATUSES = (
    "ok",
    "not found",
    "bad argument",
    "serialization failure",
    "parse failure",
    "bad expression",
    "invalid memory access",
    "empty",
    "CAS mismatch",
    "result mismatch",
    "internal failure",
    "broken connection",
    "unimplemented",
)
"""What a host's function answers, by its number."""

CALLBACKS = {
    "proxy_on_vm_start": "OnVMStart",
    "proxy_on_configure": "OnPluginStart",
    "proxy_on_new_connection": "OnNewConnection",
    "proxy_on_downstream_data": "OnDownstreamData",
    "proxy_on_downstream_connection_close": "OnDownstreamClose",
    "proxy_on_upstream_data": "OnUpstreamData",
    "proxy_on_upstream_connection_close": "OnUpstreamClose",
    "proxy_on_request_headers": "OnHttpRequestHeaders",
    "proxy_on_request_body": "OnHttpRequestBody",
    "proxy_on_request_trailers": "OnHttpRequestTrailers",
    "proxy_on_response_headers": "OnHttpResponseHeaders",
    "proxy_on_response_body": "OnHttpResponseBody",
    "proxy_on_response_trailers": "OnHttpResponseTrailers",
    "proxy_on_http_call_response": "DispatchHttpCall's callback",
    "proxy_on_log": "OnHttpStreamDone",
    "proxy_on_queue_ready": "OnQueueReady",
    "proxy_on_tick": "OnTick",
    "proxy_on_foreign_function": "OnForeignFunction",
}
"""The callback behind each export that has one."""

_MAPS = {
    0: "HttpRequestHeader",
    1: "HttpRequestTrailer",
    2: "HttpResponseHeader",
    3: "HttpResponseTrailer",
    6: "HttpCallResponseHeader",
    7: "HttpCallResponseTrailer",
}
_BUFFERS = {
    0: "HttpRequestBody",
    1: "HttpResponseBody",
    2: "DownstreamData",
    3: "UpstreamData",
    4: "HttpCallResponseBody",
    6: "VMConfiguration",
    7: "PluginConfiguration",
}
_LEVELS = ("Trace", "Debug", "Info", "Warn", "Error", "Critical")
_METRICS = ("Counter", "Gauge", "Histogram")
_CONTINUED = ("ResumeHttpRequest", "ResumeHttpResponse", "ContinueTcpStream", "ContinueTcpStream")
_CLOSED = {2: "CloseDownstream", 3: "CloseUpstream"}
_AT_END = 0x7FFFFFFF
_EMPTY_MAP = 4
_MAP_UNITS = frozenset({"of headers", "of trailers"})


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """An argument of a call, as it may be shown.

    Attributes:
        kind: `name` for a text of the filter's own, `value` for what may hold anything and is shown
            by its length alone, `number` for a number.
        number: The number, or the text's address.
        length: The text's length in bytes.
        unit: What the number counts, or what the text is.
    """

    kind: str
    number: int
    length: int = 0
    unit: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Spelling:
    """A call to the host in the SDK's words.

    Attributes:
        name: The SDK's function; the ABI's where there is none.
        parts: The arguments that say something.
    """

    name: str
    parts: tuple[Part, ...] = ()


# What the arguments are, in the ABI's order; "" for one that says nothing to a person, such as
# where an answer is to be written. Before a dot is the kind, after it the unit. A text takes two.
_SHAPES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "proxy_get_header_map_value": ("Get{map}", ("map", "name")),
    "proxy_add_header_map_value": ("Add{map}", ("map", "name", "value")),
    "proxy_replace_header_map_value": ("Replace{map}", ("map", "name", "value")),
    "proxy_remove_header_map_value": ("Remove{map}", ("map", "name")),
    "proxy_get_header_map_pairs": ("Get{map}s", ("map",)),
    "proxy_set_header_map_pairs": ("Replace{map}s", ("map", "value")),
    "proxy_get_buffer_bytes": ("Get{buffer}", ("buffer",)),
    "proxy_set_buffer_bytes": ("{change}{buffer}", ("buffer", "", "", "value")),
    "proxy_log": ("Log{level}", ("level", "value")),
    "proxy_send_local_response": (
        "SendHttpResponse",
        ("number", "value.of details", "value.of body", "value.of headers"),
    ),
    "proxy_http_call": (
        "DispatchHttpCall",
        ("name", "value.of headers", "value.of body", "value.of trailers", "number.ms"),
    ),
    "proxy_continue_stream": ("{continued}", ("stream",)),
    "proxy_close_stream": ("{closed}", ("stream",)),
    "proxy_get_property": ("GetProperty", ("name",)),
    "proxy_set_property": ("SetProperty", ("name", "value")),
    "proxy_get_shared_data": ("GetSharedData", ("name",)),
    "proxy_set_shared_data": ("SetSharedData", ("name", "value")),
    "proxy_register_shared_queue": ("RegisterSharedQueue", ("name",)),
    "proxy_resolve_shared_queue": ("ResolveSharedQueue", ("name", "name")),
    "proxy_enqueue_shared_queue": ("EnqueueSharedQueue", ("number", "value")),
    "proxy_dequeue_shared_queue": ("DequeueSharedQueue", ("number",)),
    "proxy_define_metric": ("Define{metric}Metric", ("metric", "name")),
    "proxy_increment_metric": ("MetricCounter.Increment", ("number.of the metric", "number.more")),
    "proxy_record_metric": ("MetricHistogram.Record", ("number.of the metric", "number")),
    "proxy_get_metric": ("Metric.Value", ("number.of the metric",)),
    "proxy_set_tick_period_milliseconds": ("SetTickPeriodMilliSeconds", ("number.ms",)),
    "proxy_call_foreign_function": ("CallForeignFunction", ("name", "value")),
    "proxy_set_effective_context": ("SetEffectiveContext", ("number",)),
    "proxy_done": ("PluginDone", ()),
}


def callback_name(function: str, *, plugin: bool = False, tcp: bool = False) -> str:
    """Return a callback as the SDK names it.

    Args:
        function: As the ABI names it.
        plugin: Whether it is about a plugin's own context.
        tcp: Whether it is about a connection, and not a request.
    """
    if function == "proxy_on_context_create":
        return "NewPluginContext" if plugin else "NewTcpContext" if tcp else "NewHttpContext"
    if function == "proxy_on_done" and plugin:
        return "OnPluginDone"
    if function == "proxy_on_log" and tcp:
        return "OnStreamDone"
    return CALLBACKS.get(function, function)


def spell(function: str, arguments: Sequence[int]) -> Spelling:
    """Return a call to the host in the SDK's words.

    Args:
        function: As the ABI names it.
        arguments: What was handed over.

    Returns:
        It; with the ABI's name and plain numbers where the SDK has no word for it.
    """
    shape = _SHAPES.get(function)
    plain = Spelling(function, tuple(Part("number", number) for number in arguments))
    if shape is None:
        return plain
    name, kinds = shape
    words = _words(arguments)
    try:
        return Spelling(name.format_map(words), tuple(_parts(kinds, arguments)))
    except (KeyError, IndexError):
        return plain  # a map or a level that the SDK has no word for, or too few arguments


def _words(arguments: Sequence[int]) -> dict[str, str]:
    """Return what the first argument may choose of a name."""
    first = arguments[0] if arguments else -1
    tables = {
        "map": _MAPS,
        "buffer": _BUFFERS,
        "level": dict(enumerate(_LEVELS)),
        "metric": dict(enumerate(_METRICS)),
        "continued": dict(enumerate(_CONTINUED)),
        "closed": _CLOSED,
    }
    words = {kind: table[first] for kind, table in tables.items() if first in table}
    # The SDK's Prepend, Append and Replace are one function of the ABI, told apart by the range.
    start, size = (*arguments[1:3], 0, 0)[:2]
    words["change"] = "Append" if start >= _AT_END else "Replace" if size else "Prepend"
    return words


def _parts(kinds: Sequence[str], arguments: Sequence[int]) -> list[Part]:
    parts = []
    at = 0
    for kind_and_unit in kinds:
        kind, _, unit = kind_and_unit.partition(".")
        if kind in ("name", "value"):
            pointer, length = arguments[at], arguments[at + 1]
            at += 2
            # What was left empty says nothing, but for a text that is the call's subject. A map
            # without entries is four bytes that say so.
            empty = _EMPTY_MAP if unit in _MAP_UNITS else 0
            if length > empty or not unit:
                parts.append(Part(kind, pointer, length, unit))
            continue
        if kind == "number":
            parts.append(Part(kind, arguments[at], unit=unit))
        at += 1
    return parts
