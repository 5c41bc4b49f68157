"""What compiles in a filter, but does not do what it seems to: the Go helper's advice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from lab_helpers.folders import repository_folder
from lab_helpers.go_helper.asking import ask_go_helper
from lab_helpers.go_helper.beside import Beside
from lab_helpers.go_helper.building import build_go_helper, built_go_helper
from lab_helpers.waits import waiting

__all__ = ["Advice", "AdviceBeside", "AdviceGiven", "prepare_go_helper", "read_advice"]

# How long the words may come after the compiler's. Usually they are there before: it takes a
# quarter of a second, or some more where a filter is the first to import a package.
_PATIENCE_S = 20.0


@dataclasses.dataclass(frozen=True, slots=True)
class Advice:
    """Something in a filter that compiles, but does not do what it seems to.

    Attributes:
        file: The file, from the filter's folder.
        line: The line, from 1.
        column: The column, from 1.
        sentence: What will happen, and what to write.
        kind: The check's name for it, such as `sleep`.
    """

    file: str
    line: int
    column: int
    sentence: str
    kind: str

    @property
    def place(self) -> str:
        """Return file and line."""
        return f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclasses.dataclass(frozen=True, slots=True)
class AdviceGiven:
    """What came of looking for advice.

    Attributes:
        advice: By place; empty where there is nothing to say.
        missing: Why there is none to be had; "" where it was looked for.
    """

    advice: tuple[Advice, ...] = ()
    missing: str = ""

    def as_json(self) -> dict[str, object]:
        """Return it as plain values for `json.dumps`."""
        told: dict[str, object] = {"advice": [dataclasses.asdict(one) for one in self.advice]}
        return told | ({"advice_missing": self.missing} if self.missing else {})


def read_advice(folder: Path, program: Path | None = None) -> tuple[Advice, ...]:
    """Read a filter's source, and say what compiles there but does not do what it seems to.

    Args:
        folder: The filter's folder.
        program: The Go helper, where it is known to be built; else it is built if need be.

    Raises:
        ToolchainError: There is no Go, or the source does not compile; the reason is quoted.
    """
    answer: list[dict[str, object]] = ask_go_helper("advise", str(folder), program=program)
    return tuple(Advice(**one) for one in answer)  # type: ignore[arg-type]  # as the program writes it


def prepare_go_helper(step: Callable[[str], None]) -> None:
    """Build the Go helper, and have it read a filter once: then it is quick.

    It knows packages by what Go's compiler has noted of them, for a filter's system. That is made
    here for what most filters import, and kept in Go's own cache.

    Args:
        step: Is told what takes a while.

    Raises:
        ToolchainError: It cannot be built, or cannot read the lab's own filter.
    """
    program = build_go_helper(step)
    step("Reading a filter with it once, so that the next time is quick (1 to 20 s)")
    read_advice(repository_folder() / "filter" / "token", program)


class AdviceBeside:
    """Advice that is looked for while something else is done, such as compiling."""

    def __init__(self, folder: Path) -> None:
        """Begin.

        Args:
            folder: The filter's folder.
        """
        self._found = Beside(lambda: read_advice(folder, built_go_helper()), "advice")

    def ready(self, patience_s: float) -> bool:
        """Return whether it is there, or is within a short time.

        Args:
            patience_s: That time, in seconds.
        """
        return self._found.ready(patience_s)

    def wait(self, patience_s: float = _PATIENCE_S) -> AdviceGiven:
        """Return what was found, or why nothing can be said; it never fails.

        Args:
            patience_s: How long to wait for it at most, in seconds.
        """
        with waiting("Looking for advice on the source"):
            found = self._found.wait(patience_s)
        return AdviceGiven(missing=found) if isinstance(found, str) else AdviceGiven(found)
