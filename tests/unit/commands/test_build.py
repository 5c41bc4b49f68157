"""`lab build`: the result, and after it what compiles but does not do what it seems to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.go_helper import build_go_helper
from lab_helpers.lessons.cells.workspace import start_filter

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]
SETS = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	proxywasm.ReplaceHttpResponseHeader("x-a", "b")
	return types.ActionContinue
}
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A filter of one's own that sets a response's header too early."""
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    for name in ("LAB_PERSON", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    build_go_helper()
    start_filter("mine")
    folder = tmp_path / "work" / "filters" / "mine"
    (folder / "request.go").write_text(SETS, "utf-8")
    return folder


def lab_build(*words: str) -> str:
    return subprocess.run(
        [*LAB, "build", *words], capture_output=True, text=True, check=True
    ).stdout


def test_advice_comes_after_the_result_and_the_build_is_good(mine: Path) -> None:
    lines = lab_build("mine", "--compiler", "go").splitlines()
    assert lines[0].endswith("mine-go.wasm")
    assert lines[-1].startswith(
        "! request.go:7: ReplaceHttpResponseHeader does nothing here but return an error"
        " (bad argument): there is no response yet"
    )


def test_without_a_helper_the_build_is_good_and_says_why_there_is_no_advice(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    without = json.loads(lab_build(str(mine), "--compiler", "go", "--json"))
    assert without["bytes"] > 0
    assert without["advice"] == []
    assert "is not built" in without["advice_missing"]
