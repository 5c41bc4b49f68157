"""How a value of one type becomes one of another, and what stands for "nothing" in each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.slip import Spot

__all__ = ["as_text", "asked", "empty_of", "made_into", "mixed"]

_NUMBERS = re.compile(r"(?:u?int(?:8|16|32|64)?|float(?:32|64)?|byte|rune)\b")
_BYTES = {"byte", "rune", "[]byte", "uint8"}
_SETTING = {"+=", "-=", "*=", "/=", "%="}
_AND = {"&&", "||"}
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|' + r"'(?:[^'\\]|\\.)*'")
_BRACKETS = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]")
_SIGNS_BY_BINDING = (r"[-+*/%]=", r"\|\|", "&&", "[=!]=|[<>]=?", "[-+|^]", "[*/%]")


def empty_of(kind: str) -> str:
    """Return what a value of a type is compared with to ask whether there is one.

    Args:
        kind: The type, in the compiler's words.
    """
    return {"text": '""', "number": "0", "error": "nil"}.get(_word(kind), "nil")


def asked(value: str, kind: str, *, negated: bool = False) -> str:
    """Return a condition that asks whether there is something in a value.

    Args:
        value: The value, in Go.
        kind: Its type; "" where it is not known, which is taken for a bool.
        negated: Whether there is to be nothing.
    """
    if kind in {"", "bool"}:
        return f"!{value}" if negated else value
    if kind.startswith(("[]", "map[")):
        return f"len({value}) {'==' if negated else '>'} 0"
    return f"{value} {'==' if negated else '!='} {empty_of(kind)}"


def mixed(spot: Spot, groups: Mapping[str, str]) -> str:
    """Return the hint for two values of different types on both sides of a sign.

    Args:
        spot: The compiler's words, and the source around.
        groups: `left` and `right` of the `sign`, with the types `one` and `other`.
    """
    left, sign, right = _at_the_root(groups)
    one, other = groups["one"], groups["other"]
    if "nil" in one:
        left, right, one, other = right, left, other, one
    words = {_word(one), _word(other)}
    if "nil" in other:
        return _compared_with_nil(left, one)
    if "bool" in words and sign not in _AND:
        return _with_a_bool(left if _word(one) == "bool" else right, sign)
    if sign in _AND:
        value, kind = (right, other) if _word(one) == "bool" else (left, one)
        return _no_condition(value, kind)
    if sign in {"+", "+="} and (hint := _with_a_list(left, right, one, other)):
        return hint
    if sign in _SETTING:
        return made_into(spot, {"value": right, "kind": other, "wanted": one})
    return (
        _with_a_text(left, right, sign, one, other)
        if "text" in words
        else f"make both of one type: `{one}({right})`"
    )


def as_text(value: str, kind: str) -> str:
    """Return the Go that makes a text of a value.

    Args:
        value: The value, in Go.
        kind: Its type; "" where it is not known.
    """
    if kind == "string":
        return value
    if value.lstrip("-").replace(".", "").isdigit():
        return f'"{value}"'
    if kind in _BYTES:
        return f"string({value})"
    return f"strconv.Itoa({value})" if kind == "int" else f"fmt.Sprint({value})"


def made_into(spot: Spot, groups: Mapping[str, str]) -> str:
    """Return how a value is made one of the type that is wanted.

    Args:
        spot: The compiler's words, and the source around.
        groups: The `value`, its type `kind`, and the type that is `wanted`.
    """
    value, kind, wanted = groups["value"], groups["kind"], groups["wanted"]
    if value == "nil":
        return f"write `{empty_of(wanted)}`: only what can be absent is nil"
    if wanted == "[]byte" and (made := re.fullmatch(r"string\((?P<bytes>[\w.]+)\)", value)):
        return _still_bytes(spot, made["bytes"])
    way = {
        ("text", "number"): _read_number(value),
        ("number", "number"): f"convert it: `{wanted}({value})`",
        ("text", "bytes"): f"make bytes of it: `[]byte({value})`",
    }.get((_word(kind), _word(wanted)))
    if wanted == "string" and _word(kind):
        way = f"make a text of it: `{as_text(value, kind.removeprefix('untyped '))}`"
    if wanted.startswith("[2]"):
        way = 'put each pair into braces of its own: `{":path", "/auth"}`'
    if wanted == "types.Action":
        way = "return `types.ActionContinue`, or `types.ActionPause`"
    if wanted in {"types.OnPluginStartStatus", "types.OnVMStartStatus"}:
        way = f"return `{wanted}OK`, or `{wanted}Failed`"
    if wanted == "bool":
        way = f"make a question of it: `{value} != {empty_of(kind)}`"
    if way:
        return way
    if re.match(rf"\s*\w+[^=]*:?=\s*{re.escape(value)}", spot.line):
        return f"keep it under another name: it is a {kind}, and what it goes to a {wanted}"
    return f"give it a {wanted}: this is a {kind}"


def _still_bytes(spot: Spot, value: str) -> str:
    """Return the hint for bytes that are made a text where bytes are wanted."""
    if re.match(rf"\s*{re.escape(value)}\b.*=", spot.line):
        return (
            f"`{value}` keeps its kind, bytes: write `string({value})` where the text is wanted, or"
            f" give the text a name of its own: `text := string({value})`"
        )
    return f"bytes are wanted here, and these are bytes: write `{value}`"


def _at_the_root(groups: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the two sides that Go means: of the sign that binds least, and there of the last."""
    whole = f"{groups['left']} {groups['sign']} {groups['right']}"
    # What stands in a text or in brackets holds no sign of this expression.
    hidden = _TEXT.sub(lambda text: "x" * len(text[0]), whole)
    while inner := _BRACKETS.search(hidden):
        hidden = hidden[: inner.start()] + "x" * len(inner[0]) + hidden[inner.end() :]
    for signs in _SIGNS_BY_BINDING:
        if found := list(re.finditer(rf" (?P<sign>{signs}) ", hidden)):
            last = found[-1]
            return whole[: last.start()], last["sign"], whole[last.end() :]
    return groups["left"], groups["sign"], groups["right"]


def _no_condition(value: str, kind: str) -> str:
    word = _word(kind) or ("list" if kind.startswith("[]") else "value")
    return f"a {word} is no condition: `{asked(value, kind.removeprefix('untyped '))}`"


def _with_a_bool(value: str, sign: str) -> str:
    if sign in {"==", "!="}:
        return f"a bool is asked by itself: `if {value} {{` or `if !{value} {{`"
    if sign[0] in "<>":
        return "compare twice: `a < x && x < b`"
    return f"make a text of it: `fmt.Sprint({value})`"


def _with_a_list(left: str, right: str, one: str, other: str) -> str:
    if one.startswith("[]") and one != "[]byte":
        return f"append it: `{left} = append({left}, {right})`"
    if other.startswith("[]") and other != "[]byte":
        return f'make a text of the list: `strings.Join({right}, ", ")`'
    return ""


def _compared_with_nil(value: str, kind: str) -> str:
    if _word(kind) == "bool":
        return f"a bool is asked by itself: `if {value} {{` or `if !{value} {{`"
    return f"compare with `{empty_of(kind)}`: only what can be absent is compared with nil"


def _with_a_text(left: str, right: str, sign: str, one: str, other: str) -> str:
    value, kind = (right, other) if _word(one) == "text" else (left, one)
    if sign == "%":
        return f"write `fmt.Sprintf({left}, {right})`"
    if sign == "*":
        return f"write `strings.Repeat({left}, {right})`"
    if sign == "+" or _word(kind) == "bytes":
        return f"make a text of it: `{as_text(value, kind.removeprefix('untyped '))}`"
    return 'a text is compared with a text: "200", in quotes; a number with a number, without'


def _read_number(value: str) -> str:
    plain = value.strip('"')
    if value.startswith('"') and re.fullmatch(r"-?\d+", plain):
        return f"leave the quotes out: `{plain}`"
    return f'read the number: `n, err := strconv.Atoi({value})`, with "strconv" imported'


def _word(kind: str) -> str:
    """Return what kind of value a type is, in a word; "" for another."""
    plain = kind.removeprefix("untyped ")
    if _NUMBERS.match(plain):
        return "number"
    for word, begins in (("text", "string"), ("bool", "bool"), ("bytes", "[]byte")):
        if plain.startswith(begins):
            return word
    return "error" if plain == "error" else ""
