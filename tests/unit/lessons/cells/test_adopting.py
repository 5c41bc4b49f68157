"""Filters for the old SDK, brought over: what is changed, what is left, what is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.compiling.modules import read_module
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.adopting import Adoption, adopt

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]
OLD = "github.com/tetratelabs/proxy-wasm-go-sdk"
GO_MOD = f"module greeter\n\ngo 1.16\n\nrequire {OLD} v0.14.0\n"
MAIN = f"""package main

import (
	"{OLD}/proxywasm"
	"{OLD}/proxywasm/types"
)

// main registers the filter.
func main() {{
	proxywasm.SetVMContext(&vm{{}}) // the only one
}}

type vm struct{{ types.DefaultVMContext }}

func (*vm) NewPluginContext(uint32) types.PluginContext {{ return &plugin{{}} }}

type plugin struct{{ types.DefaultPluginContext }}

func (*plugin) NewHttpContext(uint32) types.HttpContext {{ return &stream{{}} }}

type stream struct{{ types.DefaultHttpContext }}

func (*stream) OnHttpRequestHeaders(int, bool) types.Action {{
	if _, err := proxywasm.GetHttpRequestHeader("x-api-key"); err != nil {{
		proxywasm.SendHttpResponse(403, nil, []byte("no"))
		return types.ActionPause
	}}
	return types.ActionContinue
}}
"""

ENVOY_YAML = """static_resources:
  listeners: # the article's
    - filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {}
"""


@pytest.fixture
def theirs(tmp_path: Path, work: Path) -> Path:
    """A folder as people have it: a filter for the SDK 0.14 and what lies beside it."""
    folder = tmp_path / "Their-Filter"
    folder.mkdir()
    (folder / "go.mod").write_text(GO_MOD)
    (folder / "main.go").write_text(MAIN)
    (folder / "envoy.yaml").write_text(ENVOY_YAML)
    (folder / "optimized.wasm").write_bytes(b"\0asm")
    return folder


def sentences(adopted: Adoption) -> dict[str, str]:
    return {one.place: one.sentence for one in adopted.changes}


def test_a_filter_of_the_articles_time_compiles_and_its_original_is_untouched(theirs: Path) -> None:
    before = {file.name: file.read_bytes() for file in theirs.iterdir()}
    adopted = adopt(theirs)
    assert adopted.name == "their_filter"
    assert adopted.problem is None, adopted.problem
    assert {file.name: file.read_bytes() for file in theirs.iterdir()} == before
    said = sentences(adopted)
    assert said["main.go:4"].startswith("The SDK moved: its import path is github.com/proxy-wasm/")
    assert said["main.go:9"].startswith("What main did is in init now")
    assert said["main.go:25"].startswith("SendHttpResponse has a fourth argument today")
    assert said["envoy.yaml:9"].startswith("Envoy finds envoy.filters.http.router by its @type")
    written = (adopted.folder / "envoy.yaml").read_text()
    assert "envoy.extensions.filters.http.router.v3.Router" in written
    assert "# the article's" in written
    assert said["go.mod:5"] == "The SDK v0.14.0 gives way to today's."
    text = (adopted.folder / "main.go").read_text()
    assert "func main() {}\n\n// main registers the filter.\nfunc init() {" in text
    assert 'SendHttpResponse(403, nil, []byte("no"), -1)' in text
    assert OLD not in text
    assert {file.name for file in adopted.folder.iterdir()} == {
        "main.go",
        "go.mod",
        "go.sum",
        "envoy.yaml",
    }
    assert "+func init() {" in adopted.diff
    assert adopted.left == ()
    shown = adopted._repr_mimebundle_()
    assert "Try: `lab up their_filter`" in shown["text/plain"]
    assert "<pre" in shown["text/html"]


def test_what_init_may_not_do_is_left_and_named(theirs: Path) -> None:
    call = 'proxywasm.LogInfo("hello")'
    source = MAIN.replace("\tproxywasm.SetVMContext", f"\t{call}\n\tproxywasm.SetVMContext")
    (theirs / "main.go").write_text(source)
    adopted = adopt(theirs, "talks")
    assert [(one.place, one.sentence.partition(":")[0]) for one in adopted.left] == [
        ("main.go:10", "proxywasm.LogInfo may not run in init()")
    ]
    assert "→ `main.go:10` Left for you: proxywasm.LogInfo may not run in init()" in (
        adopted.note.text
    )


def test_another_name_for_the_sdk_and_a_second_file_are_followed(theirs: Path) -> None:
    source = MAIN.replace(f'"{OLD}/proxywasm"', f'sdk "{OLD}/proxywasm"')
    (theirs / "main.go").write_text(
        source.replace("proxywasm.S", "sdk.S").replace("proxywasm.G", "sdk.G")
    )
    (theirs / "more.go").write_text(f'package main\n\nimport _ "{OLD}/proxywasm/types"\n')
    adopted = adopt(theirs, "renamed")
    assert adopted.problem is None, adopted.problem
    assert "more.go:3" in sentences(adopted)
    assert any("fourth argument" in sentence for sentence in sentences(adopted).values())
    assert "proxy_send_local_response" in str(
        read_module(Path(str(adopted.folder.parents[1] / "build" / "renamed.wasm"))).imports
    )


def test_what_does_not_compile_is_brought_over_and_said(theirs: Path) -> None:
    (theirs / "main.go").write_text(MAIN.replace("types.ActionPause", "types.ActionWait"))
    adopted = adopt(theirs, "broken")
    assert adopted.folder.is_dir()
    assert adopted.problem is not None
    assert "ActionWait" in adopted.note.text


@pytest.mark.parametrize(
    ("files", "said", "hint"),
    [
        ({"go.mod": None}, "There is no go.mod in", "go mod init"),
        ({"main.go": None}, "holds no package main", "main.go"),
        (
            {"main.go": None, "a/main.go": MAIN, "b/main.go": MAIN},
            "holds 2 filters: a, b",
            "lab adopt",
        ),
        ({"main.go": None, "a/main.go": MAIN}, "is not in .* itself", "lab adopt .*a"),
        ({"go.mod": GO_MOD.replace("v0.14.0", "v0.13.0")}, "cannot be brought over", "try again"),
        (
            {"main.go": "package main\n\nfunc main() {"},
            "does not import the proxy-wasm SDK",
            "SDK|sdk",
        ),
        ({"main.go": MAIN + "\nfunc {"}, "cannot be brought over", "mend what is named"),
    ],
)
def test_what_cannot_be_brought_over_is_told_so_and_nothing_is_left(
    theirs: Path, work: Path, files: dict[str, str | None], said: str, hint: str
) -> None:
    for name, text in files.items():
        (theirs / name).parent.mkdir(exist_ok=True)
        if text is None:
            (theirs / name).unlink()
        else:
            (theirs / name).write_text(text)
    with pytest.raises(ConfigurationError, match=said) as caught:
        adopt(theirs, "never")
    assert re.search(hint, caught.value.hint)
    assert not (work / "filters" / "never").exists()


def test_a_sdk_that_is_too_old_is_named(theirs: Path) -> None:
    (theirs / "go.mod").write_text(GO_MOD.replace("v0.14.0", "v0.12.0"))
    with pytest.raises(ConfigurationError) as caught:
        adopt(theirs)
    assert "written for the SDK v0.12.0, and only those from v0.14.0 on" in caught.value.quote


@pytest.mark.parametrize("name", ["token", "Mine", "../out", ""])
def test_a_name_that_a_filter_cannot_have_is_refused(theirs: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be called"):
        adopt(theirs, name)


def test_a_name_that_is_there_already_is_refused_and_kept(theirs: Path, work: Path) -> None:
    mine = work / "filters" / "mine"
    mine.mkdir(parents=True)
    (mine / "main.go").write_text("package main\n")
    with pytest.raises(ConfigurationError, match="You have a filter mine already"):
        adopt(theirs, "mine")
    assert [file.name for file in mine.iterdir()] == ["main.go"]


def test_the_command_shows_the_change_and_its_exit_code_tells(theirs: Path) -> None:
    said = subprocess.run(
        [*LAB, "adopt", str(theirs), "shown"], capture_output=True, text=True, check=True
    )
    assert "+func init() {" in said.stdout
    assert "✓ TinyGo compiles it. Try: `lab up shown`" in said.stdout
    again = subprocess.run(
        [*LAB, "adopt", str(theirs), "shown"], capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert "You have a filter shown already" in again.stderr + again.stdout
