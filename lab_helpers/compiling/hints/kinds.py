"""Values of another kind than Go wants there: a text for a number, a condition that is no bool."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.conversions import asked, empty_of, made_into, mixed
from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.compiling.hints.value_types import type_of
from lab_helpers.compiling.signatures import hook_as_the_sdk_has_it
from lab_helpers.compiling.source_code import code_alone

__all__ = ["KINDS"]

_RETURNED = {
    "types.Action": "types.ActionContinue",
    "types.OnPluginStartStatus": "types.OnPluginStartStatusOK",
    "types.OnVMStartStatus": "types.OnVMStartStatusOK",
    "bool": "true",
}
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|:=|[:,{}]|[^\s:,{}"`]+')


def _condition(spot: Spot, _groups: Mapping[str, str]) -> str:
    shape = r"\s*(?:\}\s*else\s+)?(?P<head>(?:if|for)\b(?:.*;)?)\s*(?P<value>.+?)\s*\{$"
    found = re.match(shape, spot.uncommented)
    if not found:
        return 'compare the value with something, as in `if x != "" {`; a number with 0'
    head, value = found["head"], found["value"]
    here = Spot(spot.message, "", f"{spot.above}\n\t{head.rstrip(';')}", spot.package)
    kind = "error" if re.search(r"\berr\w*$", value) else type_of(here, value)
    if re.search(r"[%&+*/-]", re.sub(r"\"[^\"]*\"|&&", "", value)) and not kind:
        kind = "int"
    if value.startswith("len("):
        return f"write `{head} {value} > 0 {{`"
    if kind not in {"", "bool"}:
        return f"write `{head} {asked(value, kind)} {{`"
    return f'compare the value with something, as in `{head} {value} != "" {{`; a number with 0'


def _not(_spot: Spot, groups: Mapping[str, str]) -> str:
    if groups["kind"].startswith(("[]", "map[")):
        return f"write `len({groups['value']}) == 0`"
    return f"write `{groups['value']} == {empty_of(groups['kind'])}`"


def _question(_spot: Spot, groups: Mapping[str, str]) -> str:
    return f"make a question of it: `{groups['value']} != {empty_of(groups['kind'])}`"


def _pairs(spot: Spot, groups: Mapping[str, str]) -> str:
    """Return the pairs of a list that are written as in a dict; "" where no colon stands there."""
    pieces = _PIECE.findall(spot.uncommented)
    # A colon in a text, as in ":path", is a part of that text.
    pairs = {
        key: f"{{{key}, {value}}}"
        for key, colon, value in zip(pieces, pieces[1:], pieces[2:], strict=False)
        if colon == ":" and key.startswith('"')
    }
    if not pairs:
        return ""
    if groups["type"].startswith("[][2]") and not groups["inner"].startswith("{"):
        every = ", ".join(pairs.values())
        return f"put each pair into braces of its own, with a comma: `{{{every}}}`"
    said = re.search(r'cannot convert (".*") \(untyped', spot.message)
    pair = pairs.get(said[1] if said else "", next(iter(pairs.values())))
    return f"put a comma between the two, not a colon: `{pair}`"


def _slice(spot: Spot, groups: Mapping[str, str]) -> str:
    """Return the hint for `reply[:status]`, where the key's quotes lack."""
    found = re.search(rf"\b{groups['value']}\[(?P<key>:[\w-]+)\]", spot.code)
    return f'put the key into double quotes: `{groups["value"]}["{found["key"]}"]`' if found else ""


def _unused(_spot: Spot, groups: Mapping[str, str]) -> str:
    value = groups["value"]
    if value.startswith("append("):
        slice_ = value[7:].partition(",")[0]
        return f"keep what append returns: `{slice_} = {value}`"
    return "do something with the value, or take the line out"


def _last_line(spot: Spot, _groups: Mapping[str, str]) -> str:
    lines = spot.above.splitlines()
    begin = max((n for n, line in enumerate(lines) if line[:5] == "func "), default=0)
    body = code_alone("\n".join(lines[begin:])).splitlines()
    depth = 0
    for number, line in enumerate(body):
        if depth == 1 and re.match(r"\s*return\b", line):
            last = lines[begin + number].strip()
            return f"nothing below `{last}` is run: move it to the end"
        depth += line.count("{") - line.count("}")
    if lines and lines[begin].endswith("types.Action {"):
        return (
            "let the function end with `return types.ActionContinue`, so that it goes on;"
            " or with `return types.ActionPause`, so that it waits"
        )
    return "let the function end with a return"


def _returned(spot: Spot, groups: Mapping[str, str]) -> str:
    want = groups["want"].strip()
    value = re.match(r"\s*return\s+(?P<value>.+)$", spot.uncommented)
    if want:
        kinds = {kind: one for kind, one in _RETURNED.items() if want == kind}
        such = f", such as `return {kinds[want]}`" if kinds else ""
        return f"return a value of each type that `want` shows{such}"
    if value and re.fullmatch(r"[\w.]+\(.*\)", value["value"]):
        return (
            f"this function returns nothing: leave `return` out, and write `{value['value']}`;"
            " a `return` alone below it, if the function is to end there"
        )
    return "this function returns nothing: write `return` alone, or leave the line out"


def _signature(spot: Spot, _groups: Mapping[str, str]) -> str:
    written = hook_as_the_sdk_has_it(spot.message, spot.line)
    return f"write it as the SDK has it: `{written}`" if written else "write it as `want` shows it"


KINDS = (
    Slip(_slice, message=r"^cannot slice (?P<value>\w+) "),
    Slip(_signature, message=r"^\w+ has another signature|wrong type for method"),
    Slip(
        "hand over a pointer: `&` before the name, as in `&pluginContext{}`",
        message=r"has pointer receiver",
    ),
    Slip("give the type the method that is missing", message=r"missing method (?P<name>\w+)"),
    Slip(
        'there is no `or` for a text: set it first, then `if value == "" { value = "…" }`',
        message=r"operator \|\| not defined on .*string\)",
        code=r"[^=!]=[^=].*\|\|",
    ),
    Slip("write `!=`: the ! stands before the =", message="operator ! not", code=r"=\s*!(?!=)"),
    Slip(
        _not,
        message=r"operator (?:!|&&|\|\|) not defined on (?P<value>.+?) \(.*(?:type|interface type)"
        r" (?P<kind>[\w\[\]]+)\)",
        code=r"!(?!=)",
    ),
    Slip(
        _question,
        message=r"operator (?:&&|\|\|) not defined on (?P<value>.+?) \(.*type (?P<kind>\S+)\)",
    ),
    Slip(
        "write `+=`: the + stands before the =", message=r"operator \+ not defined", code=r"=\s*\+"
    ),
    Slip(_condition, message="non-boolean condition"),
    Slip(
        mixed,
        message=r"invalid operation: (?P<left>.+?) (?P<sign>&&|\|\||[=!<>+*/%-]=|[-+*/%<>])"
        r" (?P<right>.+) \(mismatched types (?P<one>.+) and (?P<other>.+)\)",
    ),
    Slip(
        'multiply by itself, `x * x`, or import "math": `math.Pow(x, 2)`',
        message="cannot indirect",
        code=r"\*\*",
    ),
    Slip(
        _pairs,
        message=r"cannot convert \".*\" \(untyped string constant\) to type int",
        line=r"^(?!.*\bmap\[).*?(?P<type>(?:\[\d*\])*\w*)\{\s*(?P<inner>.*)\}",
    ),
    Slip(
        made_into,
        message=r"cannot use (?P<value>nil)(?P<kind>) as (?P<wanted>\S+) value",
    ),
    Slip(
        made_into,
        message=r"cannot use (?P<value>.+?)"
        r" \((?:(?:variable|value|constant .+?) of (?:\w+ )?type )?"
        r"(?P<kind>[\w\[\].* ]+?)(?: constant.*?)?\) as (?P<wanted>\S+) value",
    ),
    Slip(
        "write `$left == 0`, or what it is to be compared with",
        message=r"(?P<left>.+) \(value of type int\) as bool",
    ),
    Slip(
        'read a number from a text: `n, err := strconv.Atoi($value)`, with "strconv" imported',
        message=r"cannot convert (?P<value>.+?)"
        r" \((?:variable of type string|untyped string constant)\) to type u?int",
        code=r"int\d*\(",
    ),
    Slip(
        "ask a text or a list by a number, `names[0]`: only a map is asked with a text",
        message=r"cannot convert \".*\" \(untyped string constant\) to type int",
    ),
    Slip(
        "write a list with braces: `[]string{$value}`",
        message=r"cannot convert (?P<value>.+) \(.*\) to type \[\]string",
    ),
    Slip("make one with braces: `&$name{}`", message=r"argument in conversion to (?P<name>\w+)"),
    Slip(
        "a value has braces behind its type: `$type{}`",
        message=r"^(?P<type>.+) \(type\) is not an expression",
    ),
    Slip("leave the () out: it is a value, and no function", message="cannot call "),
    Slip(
        "call it with round brackets",
        message=r"\(value of type func.*is not a type|cannot index .*\(value of type func",
    ),
    Slip(
        "make another text: one cannot be changed in its place",
        message=r"cannot assign to .*neither addressable",
    ),
    Slip("only a number is counted up or down", message="non-numeric type"),
    Slip("leave the * out: it is no pointer", message="cannot indirect"),
    Slip(
        "count from the end with len: `x[len(x)-1]`, or `x[:len(x)-1]`",
        message="must not be negative",
    ),
    Slip(
        "name two, `for _, value := range …`: the first is the index, a number",
        message=r"cannot index \w+ \(variable of type int\)",
    ),
    Slip("len counts a text, a list or a map; this is one value", message="for built-in len"),
    Slip("make both of one type: `float64(x)`", message="truncated to"),
    Slip("begin it with a type: `var x *httpContext`", message="use of untyped nil"),
    Slip("use var: a const is a number, a text or a bool", message="is not constant"),
    Slip(
        "set a field with =: `$field = …`; := is for new names alone",
        message=r"non-name (?P<field>\S+) on left side of :=",
    ),
    Slip(
        "give each value a name; one that is not needed is _: `value, _ := …`",
        message=r"multiple-value",
    ),
    Slip(
        "give each value of the call a name; _ is for one that is not needed",
        message="assignment mismatch",
    ),
    Slip(
        "set it with a single =: the name is there already", message="no new variables on left side"
    ),
    Slip(_returned, message=r"(?:not enough|too many) return values[\s\S]*want \((?P<want>.*)\)"),
    Slip(
        "the call takes nothing: leave the brackets empty",
        message=r"too many arguments[\s\S]*want \(\)",
    ),
    Slip(
        "let the call stand alone on its line: it gives nothing back",
        message=r"\(no value\) used as value",
    ),
    Slip(
        "call it with the values that `want` shows, in that order",
        message=r"(?:not enough|too many) arguments",
    ),
    Slip(_unused, message=r"^(?P<value>.+) \(.*\) is not used"),
    Slip(_last_line, message="missing return"),
    Slip("remove the import, or use it", message="imported and not used"),
    Slip("remove the label, or begin a value with := instead of :", message="label"),
    Slip("use `$name`, or remove the variable", message=r"declared and not used: (?P<name>\w+)"),
)
