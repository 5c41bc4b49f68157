"""Calls of the SDK under the names of other SDKs, and headers written as a dict of Python."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.python_words import SYNTAX
from lab_helpers.compiling.hints.sdk_names import PROXYWASM
from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.compiling.hints.value_types import type_of

__all__ = ["SDK_CALLS", "sdk_name"]

# What the first word of a call is in this SDK.
_VERBS = {
    **dict.fromkeys(("set", "update", "put", "change", "write", "overwrite"), "replace"),
    **dict.fromkeys(("delete", "del", "drop", "erase", "unset", "clear", "pop"), "remove"),
    **dict.fromkeys(("fetch", "read", "load", "find"), "get"),
    **dict.fromkeys(("insert",), "add"),
    **dict.fromkeys(("continue", "unpause"), "resume"),
    **dict.fromkeys(("print", "println", "printf"), "loginfo"),
    **dict.fromkeys(("reply", "respond", "answer"), "send"),
}
_WHOLE = {
    **dict.fromkeys(
        ("sendlocalresponse", "sendlocalreply", "sendresponse", "sendreply", "sendhttpreply"),
        "SendHttpResponse",
    ),
    **dict.fromkeys(("respond", "reply", "answer"), "SendHttpResponse"),
    **dict.fromkeys(
        ("httpcall", "makehttpcall", "sendhttprequest", "callhttp"), "DispatchHttpCall"
    ),
    **dict.fromkeys(("log", "info", "print", "println"), "LogInfo"),
    **dict.fromkeys(("logf", "infof", "printf"), "LogInfof"),
    **dict.fromkeys(("warning", "warn", "logwarning"), "LogWarn"),
    **dict.fromkeys(("error",), "LogError"),
    **dict.fromkeys(("debug",), "LogDebug"),
    **dict.fromkeys(("settickperiod", "settickinterval"), "SetTickPeriodMilliSeconds"),
}
_BY_LETTERS = {name.lower(): name for name in PROXYWASM}
_CLOSE = 0.6
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_HEADERS = r"(?P<map>[\w.]*[hH]eaders?\w*)\[(?P<key>[^\]]+)\]"


def sdk_name(spot: Spot, name: str) -> tuple[str, bool]:
    """Return the SDK's name for what somebody calls otherwise.

    Args:
        spot: The compiler's words, and the source around.
        name: The name as it is written, without its package.

    Returns:
        The name, "" for none; and whether it surely is what is meant.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    plain = "".join(words)
    if (
        found := _BY_LETTERS.get(plain)
        or _WHOLE.get(plain.replace("http", ""))
        or _WHOLE.get(plain)
    ):
        return found, True
    if not words:
        return "", False
    verb = _VERBS.get(words[0], words[0])
    rest = [word for word in words[1:] if word not in {"http", "local"}]
    side = [] if {"request", "response", "call"} & set(rest) else [_side(spot)]
    for middle in (["http", *rest], ["http", *side, *rest], rest):
        wanted = verb + "".join(middle)
        for one in (wanted, f"{wanted}s", wanted.removesuffix("s")):
            if found := _BY_LETTERS.get(one):
                return found, True
    # Whoever wants to remove a header is not helped by a call that reads one.
    known = any(one.startswith(verb) for one in _BY_LETTERS)
    others = [one for one in _BY_LETTERS if not known or one.startswith(verb)]
    close = difflib.get_close_matches(verb + "".join(words[1:]), others, 1, _CLOSE)
    return (_BY_LETTERS[close[0]], False) if close else ("", False)


def _side(spot: Spot) -> str:
    """Return whose headers are meant in this function."""
    functions = [line for line in spot.above.splitlines() if line.startswith("func ")]
    return "response" if functions and "Response" in functions[-1] else "request"


def _header_call(verb: str, spot: Spot, place: str) -> str:
    got = rf"\b{re.escape(place)}\b[\w, ]*:?=\s*proxywasm\.GetHttp(Request|Response)"
    known = re.search(r"request|response", place, re.IGNORECASE)
    made = re.findall(got, spot.above)
    side = made[-1] if made else (known[0] if known else _side(spot)).capitalize()
    return f"proxywasm.{verb}Http{side}Header"


def _deleted(spot: Spot, groups: Mapping[str, str]) -> str:
    """Return what Go has for `del`: of a header, of a map's key, of a list's element."""
    place, key = groups["map"], _double(groups["key"])
    kind = type_of(spot, place)
    if kind.startswith("map["):
        return f"write `delete({place}, {key})`"
    if "header" in place.lower():
        return f"write `{_header_call('Remove', spot, place)}({key})`"
    if kind.startswith("[]"):
        end = f"{int(key) + 1}" if key.isdigit() else f"{key}+1"
        return f'write `{place} = slices.Delete({place}, {key}, {end})`, and import "slices"'
    return f"write `delete({place}, {key})` where it is a map"


def _in_a_header(spot: Spot, groups: Mapping[str, str]) -> str:
    """Return the call for a header that is taken or set as in a Python dict."""
    place, key = groups["map"], _double(groups["key"])
    value = re.match(r"\s*[\w.]+\[[^\]]+\]\s*=\s*(?P<value>[^=].*)$", spot.line)
    if value:
        given = _double(value["value"].strip())
        return f"write `{_header_call('Replace', spot, place)}({key}, {given})`"
    call = f"{_header_call('Get', spot, place)}({key})"
    return f"a call reads a header: `value, _ := {call}`"


def _double(written: str) -> str:
    text = re.fullmatch(r"'(?P<inner>[^'\"]*)'", written.strip())
    return f'"{text["inner"]}"' if text else written.strip()


SDK_CALLS = (
    Slip(_deleted, SYNTAX, line=r"^\s*del\s+(?P<map>[\w.]+)\[(?P<key>[^\]]+)\]"),
    Slip("take the line out: Go needs no `del` for a name", SYNTAX, code=r"^\s*del\s+[\w.]+\s*$"),
    Slip(_in_a_header, message=r"^undefined: (?:proxywasm\.)?\w*[hH]eaders?$", line=_HEADERS),
    Slip(
        _in_a_header,
        message=r"untyped string constant\) to type int|cannot convert .* to type int",
        line=_HEADERS,
    ),
)
