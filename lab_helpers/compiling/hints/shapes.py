"""How Go is written: braces, commas, brackets, quotes, and where a statement may stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.python_words import SYNTAX
from lab_helpers.compiling.hints.slip import Slip, Spot

__all__ = ["SHAPES"]

_END = r"unexpected newline in |missing ',' before newline in "
_BRACE = (
    r"(?<!un)expected \{|expected '\{'|expecting \{|semicolon or newline before \{|illegal label"
)
_STATEMENT = r"non-declaration statement outside|expected declaration"


def _line_end(spot: Spot, _groups: Mapping[str, str]) -> str:
    code = spot.code
    opened = sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
    if opened > 0:
        last = next(char for char in reversed(code) if char in "([{")
        closing = {"(": ")", "[": "]", "{": "}"}[last]
        return f"close what the line opens: a {closing} is missing"
    return "let the last line end with a comma, too: Go wants one before a bracket on its own line"


def _outside(spot: Spot, _groups: Mapping[str, str]) -> str:
    line = spot.line.strip()
    if spot.line[:1] in (" ", "\t") or line.startswith("}"):
        if not re.search(r"^func\b", spot.above, re.MULTILINE):
            return "put the function's line, `func … {`, above this one: it stands in no function"
        return "a } above this line ends the function too early: move it below, or take a } away"
    name, found, value = line.partition(":=")
    if found:
        return f"outside of a function write `var {name.strip()} = {value.strip()}`"
    return "put it inside a function: outside of one, a line begins with func, var, const or type"


SHAPES = (
    Slip(
        'type the quotes anew: " and not a typographic one', message=r"U\+201[89CD]|curly quotation"
    ),
    Slip(
        "type the blanks anew: one is no plain blank",
        message=r"U\+(?:00A0|200B|2009|202F|3000|FEFF)",
    ),
    Slip("Go has no such sign: take it out", message=r"(?:invalid|illegal) character"),
    Slip(
        'end the text on its line with a "; one of several lines stands between backquotes',
        message="newline in string|string literal not terminated|string not terminated",
    ),
    Slip("begin each file of a filter with `package main`", message="expected 'package'"),
    Slip("leave the colon out: `var name string`", SYNTAX, r"^\s*(?:var|const)\s+\w+\s*:(?!=)"),
    Slip(
        "put what belongs to it into { }, and leave the colon out",
        SYNTAX,
        r"^\s*(?:if|for|else|switch|func)\b[^(]*:(?!=)|:\s*$",
    ),
    Slip(
        "finish the line above: something is missing at its end",
        message=r"unexpected keyword|expected operand|expected expression",
        before=r"(?:[=+*/,.(-]|&&|\|\|)\s*$",
    ),
    Slip("let the line end with {, and put a } behind the last one", message=_BRACE, code=r"[^{]$"),
    Slip("let { stand at the end of the line above", message=_BRACE, code=r"^\s*\{"),
    Slip(
        'write a pair with braces: `[2]string{":path", "/auth"}`; in a list of pairs the type'
        ' is left out: `{":path", "/auth"}`',
        message=r"unexpected comma, expected \)|expected '\)', found ','",
    ),
    Slip(
        'write a list with its type: `[]string{"a", "b"}`; a pair in one is `{"a", "b"}`',
        message=r"unexpected comma; expect(?:ed|ing) \]",
    ),
    Slip(
        "ask for its length: `len($name) == 0`",
        SYNTAX,
        r"(?P<name>[\w.]+)\s*==\s*(?:\[\]|\{\})",
    ),
    Slip("write an empty list as `[]string{}`", SYNTAX, r"=\s*\[\]\s*$"),
    Slip(
        'write a map with its type: `map[string]string{"a": "b"}`',
        message=r"unexpected \{, expected expression|expected operand, found '\{'",
    ),
    Slip(
        "write a map's type as `map[string]string`, and a list's as `[]string`",
        SYNTAX,
        r"\b(?:dict|list|List|Dict|map)\s*[\[<]\s*\w+\s*(?:,\s*\w+\s*)?[\]>]",
    ),
    Slip(
        "give the values without names, in the order of the call's own",
        message=r"unexpected = in argument list|expected '==', found '='",
        code=r"\w\(.*\w\s*=\s*[^=]",
    ),
    Slip(
        "assign to one at a time, on lines of their own",
        message=r"unexpected = at end|expected '==', found '='",
    ),
    Slip(
        "let the line above end with {, and put a } behind what belongs to it",
        message=SYNTAX,
        before=r"^\s*(?:if|for|else)\b[^{]*$",
    ),
    Slip(
        "compare with ==: a single = sets a value",
        message=r"cannot use assignment|expected boolean expression, found assignment",
    ),
    Slip(
        "write the type behind the name, without a colon: `name string`",
        SYNTAX,
        r"\(.*\w+\s*:\s*\w",
    ),
    Slip(
        "write the type behind the name: `var name string`",
        message=r"^label |not an expression",
        code=r"^\s*\w+\s*:\s*[\w\[\]]+",
    ),
    Slip(
        "leave the value out of the list of parameters: Go has no defaults",
        SYNTAX,
        r"^func.*\(.*=.*\)",
    ),
    Slip(
        "write each field as a name and a type, without a colon",
        SYNTAX,
        r"^\s*\w+\s*:\s*[\w\[\]*]+$",
    ),
    Slip("end a field's line without a comma", message="in struct type|found ','", code=r",\s*$"),
    Slip(
        "give a field its value where the struct is made: `&pluginContext{ticks: 3}`",
        message="in struct type|found '='",
        code=r"^\s*\w+\s+\w+\s*=",
    ),
    Slip(
        "inside a function write `$name := func() {`; one with a receiver stands outside",
        message=r"expected \(|expected '\('",
        code=r"^\s+func\s+(?P<name>\w+)",
    ),
    Slip(
        "give the method a name: `func (ctx *httpContext) Name() {`",
        message=r"(?<!un)expected name|expected 'IDENT'",
    ),
    Slip(
        "write the ++ behind the name: `x++` is a line of its own",
        message=r"(?:unexpected|found) '?(?:\+\+|--)",
    ),
    Slip("write the ++ behind the name: `x++` is a line of its own", SYNTAX, r"\w(?:\+\+|--)\s*\)"),
    Slip(
        "write `$name := …` or `var $name = …`", SYNTAX, r"^\s*(?:var|const)\s+(?P<name>\w+)\s*:="
    ),
    Slip("leave the type out: the value tells it", SYNTAX, r":=.*:\s*\w+$"),
    Slip("give it a type or a value: `var $name string`", SYNTAX, r"^\s*var\s+(?P<name>\w+)$"),
    Slip(_line_end, message=_END),
    Slip("close the bracket before the `;`: a ) is missing", message="unexpected semicolon in"),
    Slip("take the comma away, or write a dot: a line does one thing", message="or = or comma"),
    Slip(
        "put a comma between the two values",
        message=r"possibly missing comma or|^missing ',' in|expected 1 expression",
    ),
    Slip("put a } behind the last line of each { above", message="EOF"),
    Slip(_outside, message=_STATEMENT),
    Slip(
        "put the imports right behind the `package` line", message="found 'import'|keyword import"
    ),
    Slip(
        'ask for a value\'s type with `fmt.Sprintf("%T", value)`',
        message=r"unexpected \) in type|expected type, found '\)'",
    ),
    Slip("take the $sign away: nothing opens it", message=r"unexpected (?P<sign>[)\]])"),
    Slip("take the $sign away: nothing opens it", message=r"found '(?P<sign>[)\]])'"),
    Slip(
        "something is missing between two words: a dot, a comma, a sign, or a new line",
        message=r"at end of statement|expected ';', found",
    ),
)
