"""Words that Python or another language has, and Go has not.

Go's own compiler and TinyGo word the same syntax error in two ways, and both often name what stands
behind the slip. So these rows look at the line; of the compiler's words they need only the kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from lab_helpers.compiling.hints.slip import Slip, Spot

__all__ = ["PYTHON_WORDS", "SYNTAX"]

# What both compilers' syntax errors have in common, and no other message of theirs has.
SYNTAX = (
    r"syntax error|^expected |, expect(?:ed|ing) |^missing '|illegal|invalid character"
    r"|curly quotation|not terminated|newline in string|rune literal|^unexpected |^imports must"
)
_OR_A_NAME = rf"{SYNTAX}|^undefined: |^label |is not an expression"


def _function(spot: Spot, groups: Mapping[str, str]) -> str:
    name = groups["name"]
    if spot.line[:1] in (" ", "\t"):
        return f"inside a function write `{name} := func() {{`, outside of one `func {name}() {{`"
    return f"a function begins with `func`, and its line ends with a brace: `func {name}() {{`"


PYTHON_WORDS = (
    Slip(
        'log with `proxywasm.LogInfo("…")`, with brackets',
        SYNTAX,
        r"^\s*(?:print|echo|puts)\s+[^\s=]",
    ),
    Slip("write `switch $value {`", SYNTAX, r"^\s*match\s+(?P<value>\w+)"),
    Slip("make one with braces: `&$name{}`", SYNTAX, r"\bnew\s+(?P<name>\w+)"),
    Slip("let { take the place of `then`", SYNTAX, r"\bthen\s*$"),
    Slip("begin a comment with //", message=r"U\+0023 '#'"),
    Slip("begin a comment with //", message=SYNTAX, line=r"^\s*(#|--|;;)"),
    Slip(_function, message=SYNTAX, code=r"^\s*(?:async\s+)?def\s+(?P<name>\w+)"),
    Slip(
        "write `func`: `func $name() {`",
        message=SYNTAX,
        code=r"^(?:function|fn|fun)\s+(?P<name>\w+)",
    ),
    Slip(
        "write a function without a name as `func(x int) int { return x }`",
        message=SYNTAX,
        code=r"\blambda\b|=>",
    ),
    Slip(
        "write `} else if $test {`, all on one line", SYNTAX, r"\belif\b\s*(?P<test>.*?)\s*[:{]*$"
    ),
    Slip(
        "put `else` behind the brace, on one line: `} else {`",
        SYNTAX,
        r"^\s*(?:\}\s*)?else\b[^}]*$",
    ),
    Slip(
        "Go has no exceptions: a call returns its error, so look at it: `if err != nil {`",
        message=_OR_A_NAME,
        code=r"^\s*(?:\}\s*)?(?:try|except|catch|finally)\b",
    ),
    Slip(
        "Go has no exceptions: a call returns its error, so look at it: `if err != nil {`",
        message=SYNTAX,
        before=r"^\s*try\b",
    ),
    Slip(
        'return an error instead, or log it: `proxywasm.LogError("…")`',
        message=SYNTAX,
        code=r"^\s*(?:raise|throw)\b",
    ),
    Slip("leave the braces empty: Go needs no `pass`", message=_OR_A_NAME, code=r"^\s*pass\b"),
    Slip(
        "compare with each: `$name == … || $name == …`",
        message=SYNTAX,
        code=r"(?P<name>\w+)\s+in\s*[(\[]",
    ),
    Slip(
        "a map answers with two values: `if _, found := $where[$key]; !found {`",
        message=SYNTAX,
        line=r"(?P<key>\"[^\"]*\"|\w+)\s+not\s+in\s+(?P<where>[\w.]+)",
    ),
    Slip(
        "a map answers with two values: `if _, found := $where[$key]; found {`;"
        " for a text it is `strings.Contains($where, $key)`",
        message=SYNTAX,
        line=r"(?P<key>\"[^\"]*\"|\w+)\s+in\s+(?P<where>[\w.]+)",
    ),
    Slip(
        "Go has no conditional expression: write `if … { value = a } else { value = b }`, on lines",
        message=SYNTAX,
        code=r"=.*\bif\b.*\belse\b|\?.*:",
    ),
    Slip(
        'there is no `or` for a value: set it, then `if $name == "" { $name = … }`',
        message=SYNTAX,
        code=r"^\s*(?P<name>\w+)\s*:?=[^=].*\bor\b",
    ),
    Slip("compare with == or !=", message=SYNTAX, code=r"\w\s+is\s+(?:not\s+)?\w"),
    Slip(
        "write && for and, || for or, ! for not",
        message=SYNTAX,
        code=r"[\w\"')\]]\s+(?:and|or)\s+[\w\"'(!]|(?:\bif|&&|\|\||\(|=|^\s*)\s*not\s+\w",
    ),
    Slip(
        "put a text whose \\ stays as it is between backquotes", message=SYNTAX, code=r"\b[rR]\"\""
    ),
    Slip(
        "put a text whose \\ stays as it is between backquotes", message="unknown escape sequence"
    ),
    Slip('make bytes of a text: `[]byte("…")`', message=SYNTAX, code=r"\b[bB]\"\""),
    Slip("begin a comment with //: a text alone is none", SYNTAX, line=r'^\s*(?:"""|\'\'\')'),
    Slip("put a text of several lines between backquotes: `", message=SYNTAX, line=r'"""|\'\'\''),
    Slip("name a struct: `type $name struct {`", SYNTAX, r"^\s*class\s+(?P<name>\w+)"),
    Slip('import it so: `import "$name"`', SYNTAX, line=r"^from\s+(?P<name>[\w./]+)\s+import\b"),
    Slip("put the imports right behind the `package` line", SYNTAX, r"^\s+(?:import|from)\b"),
    Slip("put the imports right behind the `package` line", message="^imports must|imports must"),
    Slip('import one in a line: `import "fmt"`', SYNTAX, line=r"^import\s+\S+\s*,"),
    Slip(
        'put the path into double quotes: `import "$name"`',
        message=r"missing import path|rune literal|syntax error|^expected",
        line=r"^import\s+'?(?P<name>[\w./-]+)'?\s*$",
    ),
    Slip(
        "a name gets its first value with `:=`: `$name := …`",
        message=SYNTAX,
        code=r"^\s*(?:let|var|const|val|auto|local|int|str|[Ss]tring|float|bool|char|double|dict|list)"
        r"\s+(?P<name>\w+)\s*:?=",
    ),
    Slip(
        "keep what several calls share in a field of the plugin's context: `plugin.ticks`",
        message=SYNTAX,
        code=r"^\s*(?:global|nonlocal)\b",
    ),
    Slip(
        "a filter does not wait: go on in the callback of `proxywasm.DispatchHttpCall`",
        message=SYNTAX,
        code=r"\b(?:await|async|yield)\b",
    ),
    Slip("close it with `defer`, or when you are done: Go has no `with`", SYNTAX, r"^\s*with\b"),
    Slip("look yourself: `if !($test) {`", SYNTAX, line=r"^\s*assert\s+(?P<test>[^,]+)"),
    Slip("compare with ==", message=SYNTAX, code=r"[=!]=="),
    Slip("reach a field with a dot: `$a.$b`", SYNTAX, r"\b(?P<a>\w+)\s*->\s*(?P<b>\w+)"),
    Slip(
        "write the result's type without an arrow: `) $type {`", SYNTAX, r"\)\s*->\s*(?P<type>\w+)"
    ),
    Slip("call it where its value is needed: Go has no decorators", SYNTAX, r"^\s*@\w+"),
    Slip("leave the `;` out, and let `{` end the line", SYNTAX, r"\)\s*;\s*\{?$"),
)
