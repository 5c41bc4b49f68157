"""A slip that is known by the compiler's words, by the line it stands on, or by both.

The tables of the modules beside this one are made of these. Which one fits is a pure function of
the spot, so a table can be read from the top, and a row can be tried alone.
"""

from __future__ import annotations

import dataclasses
import re
import string
from collections.abc import Callable, Iterable, Mapping

__all__ = ["Slip", "Spot", "first_hint"]

_RECEIVER = re.compile(r"func\s*\(\s*(?P<name>\w+)\s+\*?(?P<type>\w+)\s*\)")
# A text, a rune or a comment: what a table looks for in a line of code must not be found in these.
_NO_CODE = re.compile(r"""(?P<text>"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*')|//.*$""")


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
    """What a hint can be told from.

    Attributes:
        message: The compiler's words on one problem.
        line: The line that it names, as it is written; "" where it names none.
        above: The lines above it in its file.
        package: All the filter's source.
        get: How a person adds a Go module to this filter's, without the module's path.
    """

    message: str
    line: str = ""
    above: str = ""
    package: str = ""
    get: str = "go get"

    @property
    def code(self) -> str:
        """Return the line with its texts empty, and without a comment."""
        return _NO_CODE.sub(lambda found: '""' if found["text"] else "", self.line).rstrip()

    @property
    def uncommented(self) -> str:
        """Return the line with its texts, and without a comment."""
        return _NO_CODE.sub(lambda found: found["text"] or "", self.line).rstrip()

    @property
    def before(self) -> str:
        """Return the nearest line above that is not blank."""
        return next((line for line in reversed(self.above.splitlines()) if line.strip()), "")

    @property
    def receiver(self) -> tuple[str, str]:
        """Return the name and the type of the receiver here, as `ctx` and `httpContext`."""
        functions = [line for line in [*self.above.splitlines(), self.line] if line[:5] == "func "]
        found = _RECEIVER.match(functions[-1]) if functions else None
        return (found["name"], found["type"]) if found else ("", "")

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the methods that the filter gives the type of the receiver here."""
        owner = self.receiver[1]
        found = re.findall(
            rf"^func\s*\(\s*\w+\s+\*?{owner}\s*\)\s*(\w+)", self.package, re.MULTILINE
        )
        return tuple(found) if owner else ()

    def fields(self, name: str) -> tuple[str, ...]:
        """Return the struct types of the filter that have a field of this name.

        Args:
            name: The field's.
        """
        structs = re.finditer(
            r"^type\s+(?P<type>\w+)\s+struct\s*\{(?P<body>[^}]*)\}", self.package, re.MULTILINE
        )
        field = re.compile(rf"^\s*(?:\w+\s*,\s*)*{re.escape(name)}\b(?!\.)", re.MULTILINE)
        return tuple(struct["type"] for struct in structs if field.search(struct["body"]))


Words = Callable[[Spot, Mapping[str, str]], str]


@dataclasses.dataclass(frozen=True, slots=True)
class Slip:
    """One known slip.

    Attributes:
        hint: What to try; `$name` stands for a group of one of the patterns. Or a function of the
            spot and the groups, which returns "" where it has no hint after all.
        message: A pattern in the compiler's words.
        code: A pattern in the line's code, without its texts and comments.
        line: A pattern in the line as it is written.
        before: A pattern in the line above.
    """

    hint: str | Words
    message: str = ""
    code: str = ""
    line: str = ""
    before: str = ""

    def fits(self, spot: Spot) -> str:
        """Return the hint for a spot; "" where this is not the slip.

        Args:
            spot: The compiler's words, and the source around.
        """
        groups: dict[str, str] = {}
        for pattern, text in (
            (self.message, spot.message),
            (self.code, spot.code),
            (self.line, spot.line),
            (self.before, spot.before),
        ):
            match = re.search(pattern, text)
            if match is None:
                return ""
            groups |= {name: value or "" for name, value in match.groupdict().items()}
        if isinstance(self.hint, str):
            return string.Template(self.hint).substitute(groups)
        return self.hint(spot, groups)


def first_hint(slips: Iterable[Slip], spot: Spot) -> str:
    """Return the hint of the first slip that fits; "" where none does.

    Args:
        slips: From the special to the general.
        spot: The compiler's words, and the source around.
    """
    return next((hint for slip in slips if (hint := slip.fits(spot))), "")
