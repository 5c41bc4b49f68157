"""Names that Go does not know here: another language's, without a package, of another receiver."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from lab_helpers.compiling.hints.other_words import OTHERWISE, PACKAGES, PYTHON_TEXT
from lab_helpers.compiling.hints.sdk_calls import sdk_name
from lab_helpers.compiling.hints.sdk_names import TYPES
from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.compiling.source_code import code_alone

__all__ = ["NAMES"]

_LENGTH = {"len", "length", "size", "Len", "Length", "__len__", "Count"}
_CLOSE = 0.75
# What Go has without a package; the rest is short, and close to many a name.
_GOS_OWN = {"append", "byte", "cap", "delete", "error", "false", "float64", "len", "make", "panic"}
_GOS_OWN |= {"string", "true", "uint32"}
# A cell that was run with another name in its first line left a file of that name.
_TWICE = "take it out of one of the two files: each name of a filter is declared once"
_TWICE_IN = (
    f"{_TWICE}. It stands in `$file` as well; where that file is one too many, as after a slip in"
    " its name, delete it"
)


def _undefined(spot: Spot, groups: Mapping[str, str]) -> str:
    name = groups["name"]
    return (
        _of_a_parameter(spot, name)
        or _of_a_text(spot, name)
        or _of_the_receiver(spot, name)
        or OTHERWISE.get(name, "")
        or _of_other_letters(spot, name)
        or _of_the_sdk(spot, name)
        or _of_a_package(spot, name)
        or _first_value(spot, name)
    )


def _of_the_receiver(spot: Spot, name: str) -> str:
    """Return the hint for `self`, for `plugin` where it is `ctx.plugin`, for a bare field."""
    receiver, owner = spot.receiver
    if name in {"self", "this", "cls"}:
        if receiver and receiver != name:
            return f"the receiver is called `{receiver}` here: `{receiver}.…`"
        return "write a receiver before the name: `func (plugin *pluginContext) OnTick() {`"
    if receiver and name in spot.methods:
        return f"write `{receiver}.{name}`: it is a method of this method's receiver"
    if receiver and owner in spot.fields(name):
        assigned = re.match(rf"\s*{name}\s*=(?!=)", spot.code)
        new = f"; or `{name} := …`, for a variable of this function alone" if assigned else ""
        return f"write `{receiver}.{name}`: it is a field of this method's receiver{new}"
    if receiver and spot.fields(name) and not re.match(rf"\s*{name}\s*(?::=|\()", spot.code):
        return _through(spot, name)
    return ""


def _of_a_parameter(spot: Spot, name: str) -> str:
    """Return the hint for a parameter without a type, which Go takes for a type."""
    if name != "self" and re.match(rf"func\b.*[(,]\s*{name}\s*[,)]", spot.code):
        return f"write each parameter with its type: `{name} string`"
    return ""


def _of_a_text(spot: Spot, name: str) -> str:
    """Return the hint for a text without quotes, `x-lesson`: Go takes it for a difference."""
    for word in re.findall(r"\b[a-z]\w*(?:-[a-z]\w*)+", spot.code):
        parts = word.split("-")
        if name in parts and not _names_here(spot) - {name} & {*parts}:
            return f'put it into double quotes, as a text: `"{word}"`'
    return ""


def _of_other_letters(spot: Spot, name: str) -> str:
    """Return the name that the filter declares, where only capital and small letters differ."""
    declared = re.findall(r"^(?:type|func|var|const)\s+(\w+)", spot.package, re.MULTILINE)
    others = [one for one in declared if one.lower() == name.lower() and one != name]
    return f"write `{others[0]}`: capital and small letters are not the same" if others else ""


def _through(spot: Spot, name: str) -> str:
    """Return the way to a field of another context, which a field of the receiver leads to."""
    receiver, owner = spot.receiver
    for other in spot.fields(name):
        way = re.search(rf"^\s*(?P<by>\w+)\s+\*{other}\b", spot.package, re.MULTILINE)
        if way and owner in spot.fields(way["by"]):
            return f"write `{receiver}.{way['by']}.{name}`: it is a field of {other}"
    return ""


def _of_the_sdk(spot: Spot, name: str) -> str:
    if name in TYPES and not re.search(rf"\.{name}\b", spot.code):
        return f"write `types.{name}`, with its package imported"
    called, sure = sdk_name(spot, name)
    if sure and re.search(rf"(?<!\.)\b{name}\(", spot.code):
        return f"write `proxywasm.{called}`, with its package imported"
    return ""


def _of_a_package(spot: Spot, name: str) -> str:
    if name in PACKAGES and re.search(rf"\b{name}\.", spot.code):
        return f'import "{PACKAGES[name]}"'
    return ""


def _first_value(spot: Spot, name: str) -> str:
    if re.match(rf"\s*for\b[^=]*\b{re.escape(name)}\b[\w, ]*=[^=]", spot.code):
        return "write := in the head of a loop: its names are new"
    if re.match(rf"\s*{re.escape(name)}\s*=[^=]", spot.code):
        return f"write := the first time: `{name} := …`"
    receiver, _ = spot.receiver
    of_the_receiver = {one: f"{receiver}.{one}" for one in spot.methods}
    known = of_the_receiver | {one: one for one in _names_here(spot) - {name}}
    close = difflib.get_close_matches(name, sorted(known), 1, _CLOSE)
    return f"check the spelling: is it `{known[close[0]]}`?" if close else ""


def _names_here(spot: Spot) -> set[str]:
    """Return the names that stand for something here: of the filter and of Go."""
    package, above = code_alone(spot.package), code_alone(spot.above)
    declared = set(re.findall(r"^(?:type|func|var|const)\s+(\w+)", package, re.MULTILINE))
    function = above[max(above.rfind("\nfunc"), 0) :]
    local = set(re.findall(r"(?<![.\w])[A-Za-z_]\w{2,}", function))
    imported = set(re.findall(r'^(?:import\s+|\t)"(?:[^"\n]*/)?(\w+)"', spot.above, re.MULTILINE))
    return declared | local - set(spot.methods) | imported | _GOS_OWN


def _of_another_package(spot: Spot, groups: Mapping[str, str]) -> str:
    package, name = groups["package"], groups["name"]
    if name in spot.methods and package in {"proxywasm", "types"}:
        return f"write `{spot.receiver[0]}.{name}`: it is a method of this method's receiver"
    if package == "types" and re.match(r"Action[A-Z]", name) and not _is_action(name):
        return "write `types.ActionContinue`, which lets it go on, or `types.ActionPause`"
    is_call = f"types.{name}(" in spot.code
    if package == "types" and is_call and (meant := sdk_name(spot, name))[1]:
        return f"write `proxywasm.{meant[0]}`, with its package imported"
    if package == "proxywasm":
        called, sure = sdk_name(spot, name)
    elif package == "types":
        by_letters = {one.lower(): one for one in TYPES}
        plain = name.replace("_", "").lower()
        close = difflib.get_close_matches(plain, by_letters, 1, 0.6)
        called, sure = (by_letters[close[0]] if close else ""), plain in by_letters
    else:
        return ""
    if not called:
        return ""
    return f"write `{package}.{called}`" + ("" if sure else ", if that is what you mean")


def _is_action(name: str) -> bool:
    """Return whether a name is like one of the two actions: `ActionContinu`."""
    return bool(difflib.get_close_matches(name, ("ActionContinue", "ActionPause"), 1, _CLOSE))


def _no_method(spot: Spot, groups: Mapping[str, str]) -> str:
    value, name, kind = groups["value"], groups["name"], groups["type"]
    if name in _LENGTH and re.match(r"(?:untyped )?(?:string|map|\[)", kind):
        return f"write `len({value})`"
    if kind in {"string", "untyped string"} and name in PYTHON_TEXT:
        return f"write `{PYTHON_TEXT[name].format(value)}`"
    if kind.startswith("map["):
        return {
            "get": f'write `{value}["…"]`: what is not there is empty',
            "items": f"write `for key, value := range {value} {{`",
            "keys": f"write `for key := range {value} {{`",
            "values": f"write `for _, value := range {value} {{`",
            "pop": f"write `delete({value}, key)`",
        }.get(name, f'write `{value}["{name}"]`: a map has no attributes')
    if name.lower() in {"tostring", "str", "string"}:
        return f"make a text of it: `fmt.Sprint({value})`"
    if kind.startswith("[") and name in {"append", "add", "push"}:
        return f"write `{value} = append({value}, …)`"
    return _through(spot, name) or _close_member(spot, value, name)


def _close_member(spot: Spot, value: str, name: str) -> str:
    """Return the method or the field of the receiver that is written nearly so."""
    receiver, owner = spot.receiver
    if value != receiver:
        return ""
    struct = re.search(
        rf"^type\s+{owner}\s+struct\s*\{{(?P<body>[^}}]*)\}}", spot.package, re.MULTILINE
    )
    fields = (
        re.findall(r"^\s*(\w+)\s+[\w*\[]", code_alone(struct["body"]), re.MULTILINE)
        if struct
        else []
    )
    close = difflib.get_close_matches(name, [*spot.methods, *fields], 1, _CLOSE)
    return f"check the spelling: is it `{receiver}.{close[0]}`?" if close else ""


NAMES = (
    Slip("write `types.ActionContinue`", message="types.Action", code=r"types\.Action\."),
    Slip(
        "write `$package.$have`: capital and small letters are not the same",
        message=r"undefined: (?P<package>\w+)\.\w+ \(but have (?P<have>\w+)\)",
    ),
    Slip(
        "write `$have`: capital and small letters are not the same",
        message=r"undefined \(type .+, but does have (?:field |method )?(?P<have>\w+)\)",
    ),
    Slip(_of_another_package, message=r"undefined: (?P<package>\w+)\.(?P<name>\w+)$"),
    Slip(
        "write it with a capital letter: a package shows no other names",
        message=r"name \w+ not exported by package|not exported by package",
    ),
    Slip(_undefined, message=r"^undefined: (?P<name>\w+)$"),
    Slip(
        _no_method,
        message=r"^(?P<value>.+)\.(?P<name>\w+) undefined \(type (?P<type>.+)"
        r" has no field or method \w+",
    ),
    Slip(
        _TWICE_IN,
        message=r"(?:already declared at |redeclared in this block\s+)(?:\S*/)?(?P<file>\w+\.go):",
    ),
    Slip(_TWICE, message=r"redeclared in this block|already declared at"),
    Slip(
        "look where the type is declared: it has other fields and methods",
        message=r"has no field or method",
    ),
    Slip(
        "check the spelling, and that the name is declared or its package imported",
        message=r"^undefined: ",
    ),
)
