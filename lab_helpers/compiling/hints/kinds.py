"""Values of another kind than Go wants there: a text for a number, a condition that is no bool."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.conversions import empty_of, made_into, mixed
from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.compiling.signatures import hook_as_the_sdk_has_it

__all__ = ["KINDS"]


def _condition(spot: Spot, _groups: Mapping[str, str]) -> str:
    asked = re.match(r"\s*(?:\}\s*else\s+)?(?:if|for)\b(?:.*;)?\s*(?P<value>.+?)\s*\{$", spot.code)
    value = asked["value"] if asked else "x"
    if re.search(r"\berr\w*$", value):
        return f"write `if {value} != nil {{`"
    if re.search(r"[%&+*/-]", value.replace("&&", "")):
        return f"write `if {value} != 0 {{`"
    if value.startswith("len("):
        return f"write `if {value} > 0 {{`"
    return 'compare the value with something, as in `if x != "" {`; a number with 0'


def _not(_spot: Spot, groups: Mapping[str, str]) -> str:
    if groups["kind"].startswith(("[]", "map[")):
        return f"write `len({groups['value']}) == 0`"
    return f"write `{groups['value']} == {empty_of(groups['kind'])}`"


def _question(_spot: Spot, groups: Mapping[str, str]) -> str:
    return f"make a question of it: `{groups['value']} != {empty_of(groups['kind'])}`"


def _unused(_spot: Spot, groups: Mapping[str, str]) -> str:
    value = groups["value"]
    if value.startswith("append("):
        slice_ = value[7:].partition(",")[0]
        return f"keep what append returns: `{slice_} = {value}`"
    return "do something with the value, or take the line out"


def _last_line(spot: Spot, _groups: Mapping[str, str]) -> str:
    function = next((one for one in reversed(spot.above.splitlines()) if one[:5] == "func "), "")
    action = function.endswith("types.Action {")
    return "let the function end with " + (
        "`return types.ActionContinue`" if action else "a return"
    )


def _signature(spot: Spot, _groups: Mapping[str, str]) -> str:
    written = hook_as_the_sdk_has_it(spot.message, spot.line)
    return f"write it as the SDK has it: `{written}`" if written else "write it as `want` shows it"


KINDS = (
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
    Slip(
        "return a value of each type that `want` shows, such as `return types.ActionContinue`",
        message=r"(?:not enough|too many) return values",
    ),
    Slip(
        "call it with the values that `want` shows, in that order",
        message=r"(?:not enough|too many) arguments",
    ),
    Slip(_unused, message=r"^(?P<value>.+) \(.*\) is not used"),
    Slip(_last_line, message="missing return"),
    Slip("remove the import, or use it", message="imported and not used"),
    Slip("remove the label, or begin a value with := instead of :", message="label"),
    Slip("remove the variable, or use it", message=r"declared and not used"),
)
