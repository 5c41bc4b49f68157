"""Texts as Python has them: f"…", 'quotes', str(…); said as Go that gives a text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.conversions import as_text
from lab_helpers.compiling.hints.python_words import SYNTAX
from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.compiling.hints.value_types import type_of

__all__ = ["TEXTS", "text_of"]

_F_TEXT = re.compile(r"""\b[fF](?P<quote>["'])(?P<inner>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""")
# A value in braces; what follows a colon or a ! says how Python would write it.
_VALUE = re.compile(r"\{(?P<value>[^{}:!=]+)(?:[:!=][^{}]*)?\}")
_LOGGED = re.compile(r"\bLog(?P<level>\w+)\(\s*$")
_QUOTED = re.compile(r"""(?P<skip>"(?:[^"\\]|\\.)*"|`[^`]*`|//.*$)|'(?P<inner>(?:[^'\\]|\\.)*)'""")
_PACKAGES = ("fmt", "strconv")


def text_of(spot: Spot, value: str) -> str:
    """Return the Go that makes a text of a value, whose type the lines above may tell.

    Args:
        spot: The compiler's words, and the source around.
        value: The value, in Go.
    """
    return as_text(value, type_of(spot, value))


def _put_together(spot: Spot, _groups: Mapping[str, str]) -> str:
    found = _F_TEXT.search(spot.line)
    if not found:
        return ""
    inner = found["inner"].replace("{{", "\x00").replace("}}", "\x01")
    logged = _LOGGED.search(spot.line[: found.start()])
    if logged and _VALUE.search(inner) and spot.line[found.end() :].strip() == ")":
        values = ", ".join(_value(one) for one in _VALUE.finditer(inner))
        pattern = _literal(_VALUE.sub("%v", inner.replace("%", "%%")))
        return (
            f"put values into a log line so: `proxywasm.Log{logged['level']}f({pattern}, {values})`"
        )
    parts, end = [], 0
    for one in _VALUE.finditer(inner):
        parts += [_literal(inner[end : one.start()]), text_of(spot, _value(one))]
        end = one.end()
    parts = [part for part in (*parts, _literal(inner[end:])) if part != '""'] or ['""']
    said = " + ".join(parts)
    if not _VALUE.search(inner):
        return f"leave the f out: `{said}`"
    how = "put texts together with +" if len(parts) > 1 else "a value alone needs no quotes"
    return f"{how}: `{said}`" + _imports(spot, said)


def _value(found: re.Match[str]) -> str:
    return re.sub(r"'([^']*)'", r'"\1"', found["value"].strip())


def _literal(inner: str) -> str:
    plain = inner.replace("\x00", "{").replace("\x01", "}").replace("\\'", "'")
    return '"' + re.sub(r'(?<!\\)"', r"\"", plain) + '"'


def _imports(spot: Spot, code: str) -> str:
    needed = [
        one for one in _PACKAGES if f"{one}." in code and not re.search(rf'"{one}"', spot.above)
    ]
    return "".join(f'; import "{one}" for it' for one in needed)


def _in_double_quotes(spot: Spot, _groups: Mapping[str, str]) -> str:
    # The row's own pattern wants one that is not empty.
    texts = [one["inner"] for one in _QUOTED.finditer(spot.line) if one["inner"] is not None]
    shown = ", ".join(f'"{text}"' for text in dict.fromkeys(texts) if text)
    return f"put a text into double quotes: {shown}"


def _made_a_text(spot: Spot, _groups: Mapping[str, str]) -> str:
    called = re.search(r"\b(?:str|String)\((?P<value>[^()]*(?:\([^()]*\)[^()]*)*)\)", spot.line)
    if not called:
        return "the type is `string`"
    value = called["value"].strip()
    said = text_of(spot, value)
    if said == value:
        return f"leave it out: `{value}` is a text already"
    return f"make a text of it: `{said}`" + _imports(spot, said)


TEXTS = (
    Slip(_put_together, message=SYNTAX, line=r"\b[fF][\"']"),
    Slip('write an empty text as ""', message="empty rune|illegal rune", line=r"''"),
    Slip(
        _in_double_quotes,
        message="rune literal|untyped rune constant",
        line=r"^(?!import\b).*'[^']+'",
    ),
    Slip(_made_a_text, message=r"^undefined: (?:str|String)$"),
)
