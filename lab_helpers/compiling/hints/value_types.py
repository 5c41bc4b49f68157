"""What type a value has, as far as the lines above tell: Go says no type on a syntax error."""

from __future__ import annotations

import re

from lab_helpers.compiling.hints.slip import Spot

__all__ = ["type_of"]

# What a call returns first, by the beginning of the call.
_CALLS = (
    (r"proxywasm\.Get\w*(?:Headers|Trailers)\(", "[][2]string"),
    (r"proxywasm\.Get\w*(?:Header|Trailer)\(", "string"),
    (r"proxywasm\.Get(?:\w*Body|Property|SharedData|\w+Configuration|\w+Data)\(", "[]byte"),
    (r"proxywasm\.Resolve\w+\(|proxywasm\.DispatchHttpCall\(", "uint32"),
    (r"proxywasm\.\w+\(", "error"),
    (r"(?:strings|slices|bytes)\.(?:Contains|HasPrefix|HasSuffix|EqualFold|Equal)\w*\(", "bool"),
    (
        r"(?:strings|slices|bytes)\.(?:Index|LastIndex|Count|Compare)\w*\(|len\(|strconv\.Atoi",
        "int",
    ),
    (r"strings\.(?:Split|Fields)\w*\(", "[]string"),
    (r"strings\.\w+\(|fmt\.Sprint|string\(|strconv\.(?:Itoa|Quote)", "string"),
    (r"errors\.New|fmt\.Errorf", "error"),
    (r"\[\]byte\(", "[]byte"),
)
_LITERALS = (
    (r'^(?:"[^"]*"|`[^`]*`)$', "string"),
    (r"^-?\d+$", "int"),
    (r"^-?\d+\.\d+$", "float64"),
    (r"^(?:true|false)$|==|!=|[<>]=?\s|&&|\|\||^!", "bool"),
)
_BRACES = re.compile(r"^&?(?P<type>(?:map\[\w+\]|\[\d*\])*[\w.]+)\{")
_NUMBER_OF_BITS = re.compile(r"^(?P<type>u?int\d*|float\d+|byte|rune)\(")
_INDEX = re.compile(r"^(?P<of>.+)\[[^\[\]]*\]$")
_HEAD = re.compile(r"^func\s*(?:\([^)]*\))?\s*\w*\((?P<parameters>[^)]*)\)")


def type_of(spot: Spot, value: str) -> str:
    """Return the Go type of a value; "" where the lines above do not tell it.

    Args:
        spot: The compiler's words, and the source around.
        value: A literal, a name, a field, an element, or a call.
    """
    value = value.strip()
    for pattern, kind in (*_LITERALS, *_CALLS):
        if re.search(pattern, value) if (pattern, kind) in _LITERALS else re.match(pattern, value):
            return kind
    for shape in (_BRACES, _NUMBER_OF_BITS):
        if made := shape.match(value):
            return made["type"]
    if element := _INDEX.match(value):
        return _element(type_of(spot, element["of"]))
    if re.fullmatch(r"\w+(?:\.\w+)+", value):
        return _of_a_field(spot, value.rpartition(".")[2])
    return _of_a_name(spot, value) if re.fullmatch(r"\w+", value) else ""


def _element(kind: str) -> str:
    found = re.match(r"(?:map\[\w+\]|\[\d*\])(?P<element>.+)", kind)
    return found["element"] if found else "byte" if kind == "string" else ""


def _of_a_field(spot: Spot, name: str) -> str:
    if not spot.fields(name):
        return ""
    found = re.search(
        rf"^[ \t]+(?:\w+, *)*{name}(?:, *\w+)*[ \t]+(?P<type>[\w.\[\]*]+)",
        spot.package,
        re.MULTILINE,
    )
    return found["type"] if found else ""


def _of_a_name(spot: Spot, name: str) -> str:
    """Return the type of a name of this function, or of the filter."""
    lines = spot.above.splitlines()
    begin = max((n for n, line in enumerate(lines) if line.startswith("func")), default=0)
    for number in range(len(lines) - 1, begin - 1, -1):
        if kind := _given_in(spot, lines, number, name):
            return kind
    head = _HEAD.match(lines[begin]) if lines else None
    if head and (kind := _of_a_parameter(head["parameters"], name)):
        return kind
    declared = re.search(rf"^var\s+{name}\s+(?P<type>[\w.\[\]*]+)", spot.package, re.MULTILINE)
    return declared["type"] if declared else ""


def _given_in(spot: Spot, lines: list[str], number: int, name: str) -> str:
    line = lines[number]
    if declared := re.match(rf"\s*var\s+{name}\s+(?P<type>[\w.\[\]*]+)", line):
        return declared["type"]
    before = Spot(spot.message, "", "\n".join(lines[:number]), spot.package)
    over = re.match(r"\s*for\s+(?P<names>[\w, ]+?)\s*:=\s*range\s+(?P<over>.+?)\s*\{", line)
    if over and name in (names := re.split(r",\s*", over["names"])):
        of = type_of(before, over["over"])
        of_a_key = re.match(r"map\[(?P<key>\w+)\]", of)
        return _element(of) if names.index(name) else of_a_key["key"] if of_a_key else "int"
    given = re.search(r"(?P<names>\w+(?:,\s*\w+)*)\s*:?=\s*(?P<value>[^=].*?)\s*(?:;.*)?\{?$", line)
    if not given or name not in (names := re.split(r",\s*", given["names"])):
        return ""
    if names.index(name):
        return "error" if name.startswith("err") else ""
    whole = re.search(r":?=\s*(?P<value>[^=].*)$", line)
    value = whole["value"] if whole and _BRACES.match(whole["value"]) else given["value"]
    return type_of(before, value)


def _of_a_parameter(parameters: str, name: str) -> str:
    """Return a parameter's type; of `a, b int` both have the type behind the last."""
    kind = ""
    for parameter in reversed(parameters.split(",")):
        called, _, written = parameter.strip().partition(" ")
        kind = written.strip() or kind
        if called == name:
            return kind
    return ""
