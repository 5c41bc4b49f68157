"""The SDK's callbacks and calls, as the Go helper reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.go_helper import Signatures, read_signatures

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]


@pytest.fixture(scope="module")
def known() -> Signatures:
    return read_signatures()


def test_callbacks_have_their_context_and_their_go(known: Signatures) -> None:
    (one,) = [one for one in known.callbacks if one.name == "OnHttpResponseHeaders"]
    assert one.go == (
        "(HttpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action"
    )
    assert (one.file, one.line > 0) == ("proxywasm/types/context.go", True)
    contexts = {one.context for one in known.callbacks}
    assert contexts == {"VMContext", "PluginContext", "HttpContext", "TcpContext"}


def test_calls_are_found_by_a_word_of_their_name_or_of_what_is_said(known: Signatures) -> None:
    found = known.about("replacehttpresponseheader")[:1]
    assert [one.go for one in found] == [
        "proxywasm.ReplaceHttpResponseHeader(key string, value string) error",
    ]
    assert found[0].sentence.startswith("ReplaceHttpResponseHeader replaces")
    assert len(known.about("")) == len(known.calls) + len(known.callbacks) > 80
    assert known.about("no such word anywhere") == ()


def test_the_version_is_the_one_that_go_mod_pins(known: Signatures) -> None:
    pinned = Path("filter/go.mod").read_text(encoding="utf-8")
    assert known.version in pinned


def test_a_folder_that_is_no_go_module_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="cannot do signatures on") as caught:
        read_signatures(tmp_path)
    assert "go.mod" in caught.value.quote or "module" in caught.value.quote


def test_the_command_prints_them_and_gives_them_as_json() -> None:
    said = subprocess.run(
        [*LAB, "signatures", "OnTick"], capture_output=True, text=True, check=True
    )
    assert "(PluginContext) OnTick()" in said.stdout
    assert said.stdout.splitlines()[-1].endswith(read_signatures().version)
    answered = subprocess.run(
        [*LAB, "signatures", "--json"], capture_output=True, text=True, check=True
    )
    assert json.loads(answered.stdout)["calls"][0]["name"]
