"""Loops: Go has one word for them, `for`, and no brackets around their head."""

from __future__ import annotations

from collections.abc import Mapping

from lab_helpers.compiling.hints.python_words import SYNTAX
from lab_helpers.compiling.hints.slip import Slip, Spot

__all__ = ["LOOPS"]


def _loop(_spot: Spot, groups: Mapping[str, str]) -> str:
    name, over = groups["name"].strip(), groups["over"].strip(" ({")
    if over.startswith("range(") and "," not in over:
        return f"write `for {name} := range {over[6:].partition(')')[0]} {{`"
    for method in (".items()", ".keys()", ".values()"):
        over = over.removesuffix(method)
    both = name if "," in name else f"_, {name}"
    return f"write `for {both} := range {over} {{`; with one name it is the index, or a map's key"


LOOPS = (
    Slip(
        "append in a loop: `for _, x := range list { more = append(more, x) }`",
        message=SYNTAX,
        code=r"[\[({].*\bfor\b.*\bin\b",
    ),
    Slip(
        "a loop without an end is `for {`; Envoy waits for it",
        SYNTAX,
        r"^\s*while\s+(?:True|true|1)\b",
    ),
    Slip("every loop is a `for`: `for $test {`", SYNTAX, r"^\s*while\b\s*(?P<test>.*?)\s*[:{]*$"),
    Slip(
        _loop,
        message=SYNTAX,
        code=r"^\s*for\s+(?P<name>[\w ,]+?)\s+in\s+(?P<over>.*?)\s*(?::\s+\S.*|[:{]*)$",
    ),
    Slip("write `for {`, with a `break` in it", SYNTAX, r"^\s*do\b|\}\s*while\b"),
    Slip(
        "write `for $name := 0; $name < 3; $name++ {`, without brackets",
        SYNTAX,
        r"^\s*for\s*\(\s*(?:int\s+|let\s+|var\s+)?(?P<name>\w+)\s*:?=",
    ),
    Slip("leave the brackets out: `for … {`", SYNTAX, r"^\s*for\s*\("),
    Slip("write `for $names := range …`", SYNTAX, r"^\s*for\s+(?P<names>[\w, ]+?)\s+range\b"),
    Slip(
        "write `for $names := range $over {`",
        SYNTAX,
        r"^\s*for\s+(?P<names>[\w, ]+?)\s*:=\s*(?P<over>[\w.]+)\s*\{",
    ),
    Slip(
        "leave the function with `return`: there is no loop here",
        message="is not in a loop|not in for,",
    ),
)
