"""The page of functions, in Markdown: a text for each of its cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lab_helpers.functions.known import Function, Functions

__all__ = ["functions_page"]

_INTRODUCTION = """\
# Functions

All that Envoy calls in a filter, and all that a filter may call. The page is made from the
[SDK](glossary.ipynb#SDK) that the lab uses, version `{version}`. Nothing of it needs a network.

Look for a word here with Ctrl+F, or in any notebook:

```python
from lab_helpers import show_calls
show_calls("header")
```

In a `%%go` cell, press Tab after `proxywasm.` or `types.`: the same names are offered.

Each entry has up to four parts:

- **How it is written** in Go.
- **The SDK says**: the SDK's own words, the ones on where it may be called among them.
- **Measured in Envoy {envoy}**: what a real Envoy answered, when each callback made the call once.
  "Takes it" means that it answered without an error, and no more: an answer to a request, for one,
  is taken in `OnTick` as well, and goes nowhere. "The function that gets a callout's answer" is the
  one that `DispatchHttpCall` is given; it was tried while a request waited for that answer.
- **Used in**: a filter of the lab, or a lesson, that you can read.

The Rust and the C filters have other names for the same calls."""
_CALLBACKS = (
    ("VMContext", "One for each [VM](glossary.ipynb#VM)."),
    ("PluginContext", "One for each [plugin](glossary.ipynb#plugin) in each VM."),
    ("HttpContext", "One for each request."),
    ("TcpContext", "One for each connection, where the filter stands in a chain of TCP filters."),
)
# Each call is in the first group that its name fits.
_CALLS = (
    ("Register the filter", r"Set(?:VM|Plugin|Http|Tcp)Context"),
    ("Settings and the timer", r"GetVMConfiguration|GetPluginConfiguration|SetTick.*|PluginDone"),
    ("Ask another server", r"DispatchHttpCall|GetHttpCallResponse.*"),
    ("The request", r".*HttpRequest.*"),
    ("The response", r".*HttpResponse.*"),
    ("Shared between VMs", r".*SharedData|.*SharedQueue"),
    ("What Envoy knows", r".*Property.*|CallForeignFunction|SetEffectiveContext"),
    ("TCP", r".*(?:Downstream|Upstream|TcpStream).*"),
    ("The log", r"Log.*"),
    ("Counters", r"Define.*Metric|Value|Increment|Add|Record"),
    ("Other calls", r".*"),
)


def functions_page(known: Functions) -> Iterator[str]:
    """Yield the text of each cell.

    Args:
        known: What the SDK has.
    """
    yield _INTRODUCTION.format(version=known.version, envoy=known.envoy)
    for context, sentence in _CALLBACKS:
        of = [one for one in known.all if one.kind == "callback" and one.context == context]
        yield _section(f"Callbacks of {context}", sentence, of, known.envoy)
    calls = [
        one
        for one in known.callable()
        if one.kind in ("call", "method") and one.package == "proxywasm"
    ]
    for title, names in _CALLS:
        group = [one for one in calls if re.fullmatch(names, one.name)]
        calls = [one for one in calls if one not in group]
        if group:
            yield _section(f"Calls: {title}", "", group, known.envoy)
    yield _values(known)
    yield _properties(known)


def _section(title: str, sentence: str, functions: Sequence[Function], envoy: str) -> str:
    parts = [f"## {title}", sentence, *(_entry(one, envoy) for one in functions)]
    return "\n\n".join(filter(None, parts))


def _entry(one: Function, envoy: str) -> str:
    title = f"{one.context}.{one.name}" if one.kind == "method" else one.name
    parts = [f"### {title}", f"```go\n{one.go}\n```"]
    if one.words:
        parts.append(f"**The SDK says:** {_plain(one.words)}")
    if one.measured:
        parts.append(f"**Measured in Envoy {envoy}:** {one.measured.words}")
    if used := _links(one):
        parts.append(f"**Used in:** {used}")
    return "\n\n".join(parts)


def _links(one: Function) -> str:
    files = [f"[filter/{file}](../filter/{file})" for file in one.files]
    return ", ".join([*files, *(f"[lesson {name[:2]}]({name})" for name in one.lessons)])


def _values(known: Functions) -> str:
    rows = [
        f"- `types.{one.name}`: {_plain(one.words)}"
        for one in known.all
        if one.package == "types" and one.kind in ("constant", "variable")
    ]
    head = "## Values of types\n\nWhat callbacks return, and errors that calls give."
    return "\n".join([f"{head} The words are the SDK's.\n", *rows])


def _properties(known: Functions) -> str:
    rows = [
        f"- `{one.name}{one.signature}`: {_plain(one.does)}"
        for one in known.all
        if one.package == "properties" and one.kind == "call"
    ]
    head = (
        "## The package properties\n\n"
        "One call for each thing that `GetProperty` can tell. No filter of the lab uses it; some of"
        " its calls are for Istio's Envoy alone. Import it as"
        " `github.com/proxy-wasm/proxy-wasm-go-sdk/properties`. The words are the SDK's."
    )
    return "\n".join([f"{head}\n", *rows])


def _plain(text: str) -> str:
    """Return the SDK's words so that Markdown takes nothing of them for its own."""
    return re.sub(r"([*_<>|\[\]])", r"\\\1", text)
