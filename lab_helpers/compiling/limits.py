"""What Go compiles, and a filter cannot have: goroutines, waiting, sockets.

Envoy calls a filter on one thread and waits for it, so TinyGo compiles filters without a scheduler.
Some of this TinyGo refuses; the rest it compiles, and Envoy shows a panic. Measured with TinyGo
0.41.1 and Envoy 1.40, each in a filter of its own.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from lab_helpers.compiling.problems import source_line
from lab_helpers.compiling.source_code import Import, code_alone, filter_sources, imports_of
from lab_helpers.errors import CompileProblem

__all__ = ["beyond_a_filter", "doubtful_imports", "placed_at_the_import"]

# What TinyGo compiles for a filter, whichever of its functions are called (`context` and `time`
# have some that start goroutines). Of any other package TinyGo itself is asked.
_COMPILE = frozenset(
    """
    bufio bytes cmp compress/gzip container/heap container/list crypto/hmac crypto/md5
    crypto/rand crypto/sha1 crypto/sha256 crypto/sha512 encoding/base64 encoding/binary
    encoding/csv encoding/hex encoding/json encoding/xml errors fmt hash/crc32 hash/fnv html
    io iter log log/slog maps math math/big math/bits math/rand net/netip net/url os path
    path/filepath reflect regexp slices sort strconv strings sync sync/atomic text/template
    time unicode unicode/utf16 unicode/utf8 unsafe
    """.split()  # noqa: SIM905  # a list would be one name a line
)
_OF_THE_LAB = (
    "github.com/proxy-wasm/proxy-wasm-go-sdk",
    "github.com/valyala/fastjson",
    "gopkg.in/yaml.v3",
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Limit:
    """Words in the code, and why a filter cannot have them."""

    words: re.Pattern[str]
    why: str


_LIMITS = (
    _Limit(
        re.compile(r"(?:^|[{;])\s*(?P<at>go)\s+[\w(]", re.MULTILINE),
        "TinyGo cannot compile a goroutine in a filter: attempted to start a goroutine without a"
        " scheduler",
    ),
    _Limit(
        re.compile(r"(?P<at>\bchan\b|<-|\bselect\b(?=\s*\{))"),
        "a channel that has to wait ends the filter: `panic: runtime error: scheduler is disabled`,"
        " or a deadlock",
    ),
    _Limit(
        re.compile(r"(?P<at>\btime\.(?:After|AfterFunc|NewTicker|NewTimer|Tick)\b)"),
        "Go's timers end the filter: `panic: runtime error: timers not supported without a"
        " scheduler`",
    ),
)


def beyond_a_filter(folder: Path) -> tuple[CompileProblem, ...]:
    """Return where a filter's code has what Go compiles and a filter cannot have.

    Args:
        folder: The filter's folder.

    Returns:
        The first place of each kind in each file.
    """
    found = []
    for name, source in filter_sources(folder).items():
        code = code_alone(source)
        for limit in _LIMITS:
            if match := limit.words.search(code):
                start = match.start("at")
                line = code.count("\n", 0, start) + 1
                column = start - code.rfind("\n", 0, start)
                text = source_line(folder / name, line)
                found.append(CompileProblem(name, line, column, limit.why, text))
    return tuple(found)


def doubtful_imports(folder: Path) -> tuple[Import, ...]:
    """Return the imports of which only TinyGo can say whether a filter can have them.

    Args:
        folder: The filter's folder.
    """
    return tuple(
        one
        for one in imports_of(folder)
        if one.path not in _COMPILE and not one.path.startswith(_OF_THE_LAB)
    )


def placed_at_the_import(
    problems: tuple[CompileProblem, ...], folder: Path, compiler: str
) -> tuple[CompileProblem, ...]:
    """Put the filter's own import before problems that are all in somebody else's source.

    Args:
        problems: What the compiler found.
        folder: The filter's folder.
        compiler: Its name.

    Returns:
        The problems, with the doubtful imports first where no problem is in the filter's folder.
    """
    if not problems or any(_is_own(folder / one.file, folder) for one in problems):
        return problems
    said = problems[0].message.partition("\n")[0]
    at_imports = tuple(
        CompileProblem(
            one.file,
            one.line,
            one.column,
            f"{compiler} cannot compile what {one.path} needs: {said}",
            source_line(folder / one.file, one.line),
        )
        for one in doubtful_imports(folder)
    )
    return (*at_imports, *problems) if at_imports else problems


def _is_own(file: Path, folder: Path) -> bool:
    """Return whether a person can mend a file: the filter's, or one of a module of their own.

    Go's module cache has a version in each folder's name; Go's own packages are the module `std`.
    """
    if file.parent == folder:
        return True
    above = (place / "go.mod" for place in file.parents)
    go_mod = next((one for one in above if one.is_file()), None)
    if go_mod is None or any("@v" in part for part in file.parts):
        return False
    return not go_mod.read_text(encoding="utf-8", errors="replace").startswith("module std")
