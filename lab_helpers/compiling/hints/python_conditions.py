"""Conditions as Python has them, with `is`, `not`, `and`, `or`, `in`, `elif`, `None`, in Go."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lab_helpers.compiling.hints.conversions import asked, empty_of
from lab_helpers.compiling.hints.python_words import SYNTAX
from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.compiling.hints.value_types import type_of

__all__ = ["CONDITIONS"]

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|\'(?:[^\'\\]|\\.)*\'')
_HEAD = re.compile(
    r"^\s*(?P<head>(?:\}\s*)?(?:else\s+if|elif|elsif|if|while|assert|return)\b|(?:var\s+)?[\w.]+\s*:?=(?!=))"
    r"\s*(?P<test>.+?)\s*(?P<end>[:{]?)\s*$"
)
_NOTHING = {"None", "null", "NULL", "undefined", "nil"}
_WORDS = {"True": "true", "False": "false", "TRUE": "true", "FALSE": "false"}
_BETWEEN = re.compile(r"\s*(&&|\|\||\band\b|\bor\b)\s*")
_COMPARED = re.compile(
    r"^(?P<left>.+?)\s*(?:(?P<sign>===?|!==?|<>|<=|>=|<|>)|\b(?P<word>is\s+not|is|not\s+in|in)\b)"
    r"\s*(?P<right>.+)$"
)
_BEGINS = re.compile(r"(?P<of>[\w.]+)\.(?P<how>starts|ends)with\((?P<part>.+)\)")
_OPPOSITE = {"==": "!=", "!=": "=="}
# What a hint says of each word that stands on the line.
_SAID = {
    r"is(?!\s+not)": "== for is",
    r"is\s+not": "!= for is not",
    "and": "&& for and",
    "or": "|| for or",
    r"(?<!is )not(?!\s+in\b)": "! for not",
    "(?:elif|elsif)": "else if for elif",
    "None": "nil for None",
    "True": "true for True",
    "False": "false for False",
}
_SIGNS = {"is": "==", "===": "==", "!==": "!=", "<>": "!="}


def _as_a_condition(spot: Spot, test: str) -> str:
    """Return a condition of Python's in Go; "" where Go needs more, as for `in` of a map."""
    texts: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        texts.append(f'"{found[0][1:-1]}"' if found[0][0] == "'" else found[0])
        return f"\x00{len(texts) - 1}\x00"

    parts = _BETWEEN.split(_without_brackets(_TEXT.sub(put_away, test)))
    # Where a bracket holds several conditions, words alone are changed, each in its place.
    whole = all(part.count("(") == part.count(")") for part in parts)

    def put_back(part: str) -> str:
        return re.sub(r"\x00(\d+)\x00", lambda found: texts[int(found[1])], part)

    said: list[str] = []
    for number, part in enumerate(parts):
        if number % 2:
            said.append({"and": "&&", "or": "||"}.get(part, part))
            continue
        one = _one(spot, part.strip(), put_back) if whole else _plain(spot, part, put_back)
        if not one:
            return ""
        said.append(put_back(f"({one})" if len(parts) > 1 and " || " in one else one))
    return " ".join(said)


def _without_brackets(test: str) -> str:
    """Return a condition without the brackets that stand around all of it."""
    inner = test[1:-1]
    depth = 0
    for char in inner if test[:1] + test[-1:] == "()" else ")":
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth < 0:
            return test
    return inner.strip()


def _plain(spot: Spot, part: str, put_back: Callable[[str], str]) -> str:
    def nothing(found: re.Match[str]) -> str:
        value = found["value"]
        return asked(value, type_of(spot, put_back(value)), negated=True)

    part = re.sub(r"\bis\s+not\b", "!=", part)
    part = re.sub(r"\bnot\s+(?!in\b)(?P<value>[^\s()]+)(?=[\s)]|$)", nothing, part)
    part = re.sub(r"\bnot\s+(?!in\b)", "!", part)
    return "" if re.search(r"\bin\b", part) else re.sub(r"\bis\b", "==", part)


def _one(spot: Spot, part: str, put_back: Callable[[str], str]) -> str:
    """Return one condition without `and` and `or`; its texts are still put away."""
    bare = re.sub(r"^(?:not\b|!(?!=))\s*", "", part)
    negated = bare != part
    if not negated and (inner := _without_brackets(bare)) != bare:
        return f"({_one(spot, inner, put_back)})"
    compared = _COMPARED.match(bare)
    if not compared:
        value = _WORDS.get(bare, bare)
        if begins := _BEGINS.fullmatch(bare):
            how = {"starts": "HasPrefix", "ends": "HasSuffix"}[begins["how"]]
            value = f"strings.{how}({begins['of']}, {begins['part']})"
        return asked(value, type_of(spot, put_back(value)), negated=negated)
    left, right = compared["left"], _WORDS.get(compared["right"], compared["right"])
    if left in _NOTHING | _WORDS.keys() and compared["sign"] in _OPPOSITE:
        left, right = right, _WORDS.get(left, left)
    sign = re.sub(r"\s+", " ", compared["sign"] or compared["word"])
    kind = type_of(spot, put_back(left))
    if sign in {"in", "not in"}:
        return _among(spot, left, put_back(right), negated=negated != (sign == "not in"))
    if sign == "is not":
        sign = "!="
    sign = _SIGNS.get(sign, sign)
    if negated and sign not in _OPPOSITE:
        return f"!({left} {sign} {right})"
    sign = _OPPOSITE[sign] if negated else sign
    if right in _NOTHING:
        # A bool is always there: that it is not None is no question.
        return "" if kind == "bool" else f"{left} {sign} {empty_of(kind)}"
    return f"{left} {sign} {right}"


def _among(spot: Spot, value: str, where: str, *, negated: bool) -> str:
    """Return whether a value is in a list or a text; "" for a map, which gives two values."""
    if listed := re.fullmatch(r"[\[({](?P<values>[^\[\](){}]*)[\])}]", where):
        sign, word = ("!=", " && ") if negated else ("==", " || ")
        each = [one.strip() for one in listed["values"].split(",") if one.strip()]
        return word.join(f"{value} {sign} {one}" for one in each)
    kind = type_of(spot, where)
    if not kind.startswith("[]") and kind != "string":
        return ""
    package = "strings" if kind == "string" else "slices"
    return f"{'!' if negated else ''}{package}.Contains({where}, {value})"


def _in_go(spot: Spot, _groups: Mapping[str, str]) -> str:
    found = _HEAD.match(spot.uncommented)
    # An f-text is said first: the line would be no Go with it.
    if not found or found["test"] in _WORDS or re.search(r"\bif\b|\b[fF][\"']", found["test"]):
        return ""
    head, first, test = found["head"], "", found["test"]
    block = re.search(r"(?:if|elif|elsif|while|assert)$", head) is not None
    if block and ";" in test:
        first, _, test = test.rpartition(";")
        first += "; "
    at = Spot(spot.message, "", f"{spot.above}\n\t{first}", spot.package)
    if not block and _has_a_value(at, test):
        return ""
    # `if x: return` is one line of Python; so it may be in Go, with both braces.
    test, _, body = _parted(test) if block else (test, "", "")
    said = _as_a_condition(at, test.strip())
    if not said or (said == test.strip() and not re.search(r"\b(?:elif|elsif)\b", head)):
        return ""
    if head == "assert":
        head, said = "if", f"!({said})"
    head = re.sub(r"^(?:\}\s*)?(?:elif|elsif)$", "} else if", head).replace("while", "for")
    line = f"{head} {first}{said}" + (" {" if block else "")
    line += f" {body.strip()} }}" if body.strip() else ""
    words = [go for python, go in _SAID.items() if re.search(rf"\b{python}\b", spot.code)]
    imports = [one for one in ("slices", "strings") if re.search(rf"\b{one}\.[A-Z]", said)]
    words += ["!= for <>"] if "<>" in spot.code else []
    return (
        f"write `{line}`"
        + (", all on one line" if head.startswith("}") else "")
        + (f": Go has {', '.join(words)}" if words else "")
        + "".join(f'; import "{one}" for it' for one in imports if f'"{one}"' not in spot.above)
    )


def _parted(test: str) -> tuple[str, str, str]:
    """Return a condition, and what stands behind its colon on the line."""
    hidden = _TEXT.sub(lambda text: "x" * len(text[0]), test)
    colon = re.search(r":(?!=)\s*(?=[^\]]*$)", hidden)
    if colon is None:
        return test, "", ""
    return test[: colon.start()], ":", test[colon.end() :]


def _has_a_value(spot: Spot, test: str) -> bool:
    """Return whether `or` or `and` choose between values, as in `name or "none"`: no condition."""
    parts = _BETWEEN.split(test)
    return len(parts) > 1 and any(
        not _COMPARED.match(part) and type_of(spot, part) not in {"", "bool"} for part in parts[::2]
    )


CONDITIONS = (
    Slip(_in_go, SYNTAX, code=r"\b(?:is|not|and|or|in|elif|elsif|None|True|False)\b|<>"),
    Slip(
        _in_go,
        message=r"^undefined: (?:None|null|NULL|True|TRUE|False|FALSE)$",
        code=r"^\s*(?:\}\s*else\s+)?if\b.*[=!]=",
    ),
)
