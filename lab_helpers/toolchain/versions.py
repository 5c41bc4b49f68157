"""Ask a tool for its version, and hold it against what the lab accepts."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from lab_helpers.errors import ToolchainError

__all__ = ["Accepted", "Found", "ask_version", "first_accepted", "named_tool", "version_in"]

_VERSION = re.compile(r"(?P<version>\d+\.\d+(?:\.\d+)?)")
_ASK_S = 30.0


@dataclasses.dataclass(frozen=True, slots=True)
class Accepted:
    """The versions of a tool that the lab accepts, by their first two numbers.

    Attributes:
        tool: The tool's name.
        lowest: The lowest accepted, such as `(1, 24)`.
        highest: The highest accepted; None for no bound.
        reason: Why the bound is there.
    """

    tool: str
    lowest: tuple[int, int]
    highest: tuple[int, int] | None
    reason: str

    def refusal(self, version: str) -> str:
        """Say why a version is refused; "" if it is accepted.

        Args:
            version: Such as `1.26.6`.
        """
        numbers = version_in(version)
        if not numbers:
            return f"{self.tool} {version} is no release: the lab takes {self}"
        major, minor = (int(part) for part in numbers.split(".")[:2])
        if self.lowest <= (major, minor) <= (self.highest or (major, minor)):
            return ""
        return f"{self.tool} {version} is out of range: the lab takes {self}, for {self.reason}"

    def __str__(self) -> str:
        low = ".".join(map(str, self.lowest))
        if self.highest is None:
            return f"{low} and later"
        high = ".".join(map(str, self.highest))
        return low if low == high else f"{low} to {high}"


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A tool that was found and accepted.

    Attributes:
        source: Which way it was found.
        path: The program.
        version: Such as `1.26.6`.
    """

    source: str
    path: Path
    version: str


def named_tool(accepted: Accepted, variable: str, ask: Callable[[Path], str]) -> Found | None:
    """Return the tool that a person names with a variable.

    Whoever names one wants that one: another is never taken in its place.

    Args:
        accepted: The versions.
        variable: Such as `LAB_GO`.
        ask: Returns a program's version.

    Returns:
        The tool; None where the variable is not set.

    Raises:
        ToolchainError: It cannot be run, or its version is out of range.
    """
    named = os.environ.get(variable)
    if not named:
        return None
    path = Path(named).expanduser().absolute()  # it will run in the filter's folder
    hint = f"name another {accepted.tool} with {variable}, or unset it"
    try:
        version = ask(path)
    except ToolchainError as error:
        raise ToolchainError(error.what, quote=error.quote, hint=hint) from error
    if refusal := accepted.refusal(version):
        raise ToolchainError(f"{refusal}.", quote=f"{variable}={named}", hint=hint)
    return Found(variable, path, version)


def first_accepted(
    accepted: Accepted, candidates: Iterable[tuple[str, Path]], ask: Callable[[Path], str]
) -> tuple[Found | None, list[str]]:
    """Return the first candidate that runs and is of an accepted version.

    Args:
        accepted: The versions.
        candidates: Which way each is found, and its program; the best first.
        ask: Returns a program's version.

    Returns:
        What was found, or None; and why those before it were refused.
    """
    refused: list[str] = []
    for source, path in candidates:
        try:
            version = ask(path)
        except ToolchainError as error:
            refusal = " ".join(filter(None, (error.what, error.quote)))
        else:
            refusal = accepted.refusal(version)
            if not refusal:
                return Found(source, path, version), refused
            refusal = f"{path}: {refusal}"
        refused.append(refusal)
    return None, refused


def version_in(text: str) -> str:
    """Return the first version in a text, such as `1.26.6`; "" if there is none.

    Args:
        text: A tool's words.
    """
    # Envoy's line holds its build's hash first: the version stands between slashes there.
    match = re.search(r"/(?P<version>\d+\.\d+\.\d+)", text) or _VERSION.search(text)
    return match["version"] if match else ""


def ask_version(
    path: Path, words: Sequence[str], environment: Mapping[str, str] | None = None
) -> str:
    """Run a tool, and find its version in what it says.

    Args:
        path: The tool.
        words: What makes it say its version, such as `--version`.
        environment: What to set in its environment.

    Returns:
        The first version in its output, such as `1.40.0`.

    Raises:
        ToolchainError: It cannot be run, or names no version.
    """
    try:
        result = subprocess.run(  # noqa: S603  # a list of words; no shell reads them
            [str(path), *words],
            env=os.environ | dict(environment or {}),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ASK_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolchainError(
            f"{path} cannot be run.", quote=str(error), hint="install it again, or remove it"
        ) from error
    said = f"{result.stdout}\n{result.stderr}".strip()
    version = version_in(said)
    if result.returncode != 0 or not version:
        raise ToolchainError(
            f"{path} does not say its version.",
            quote=said[-500:],
            hint="install it again, or remove it",
        )
    return version
