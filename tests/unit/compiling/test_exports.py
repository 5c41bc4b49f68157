"""A module without the exports that lead to no code of its filter: which go, and what is left."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import wasmtime
from rich.console import Console

from lab_helpers import compile_filter
from lab_helpers.commands.build import run_build
from lab_helpers.compiling import trimming
from lab_helpers.compiling.exports import (
    listed_exports,
    noted,
    read_note,
    removable,
    without_exports,
)
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.compiling.trimming import Trimming, trimming_for
from lab_helpers.compiling.wasm_sections import Cursor, unsigned
from lab_helpers.errors import ConfigurationError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import build_go_helper
from lab_helpers.languages import language_of
from lab_helpers.toolchain import find_go, find_tinygo, go_environment
from lab_helpers.toolchain.wasm_opt import drop_dead_code
from tests.rooted import read_only

FILTERS = repository_folder() / "filter"
RUST = FILTERS / "hello_rust" / "prebuilt" / "hello_rust.wasm"
# What a filter that only changes the headers of a response cannot do without.
NEEDED = {
    "_initialize",
    "memory",
    "proxy_abi_version_0_2_0",
    "proxy_on_configure",
    "proxy_on_context_create",
    "proxy_on_delete",
    "proxy_on_memory_allocate",
    "proxy_on_response_headers",
    "proxy_on_vm_start",
}


@pytest.fixture(scope="module", autouse=True)
def _helper() -> None:
    build_go_helper()


@pytest.fixture(scope="module")
def hello(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return compile_filter(FILTERS / "hello", tmp_path_factory.mktemp("hello") / "f.wasm")


def callbacks(module: Module) -> set[str]:
    return {name for name in module.exports if name.startswith("proxy_on_")}


def test_what_a_filter_needs_stays_and_the_rest_goes(hello: Module) -> None:
    compilers_own = {name for name in hello.exports if name.startswith("f")}  # fminimum and such
    assert set(hello.exports) == NEEDED | compilers_own
    assert {"proxy_on_tick", "proxy_on_request_headers", "proxy_on_http_call_response"} <= set(
        hello.removed
    )
    assert not set(hello.removed) & set(hello.exports)
    assert hello.full_bytes > hello.bytes
    assert hello.why_all == ""


def test_the_file_itself_tells_what_was_left_out(hello: Module) -> None:
    again = read_module(hello.path)
    assert (again.removed, again.full_bytes) == (hello.removed, hello.full_bytes)
    assert hello.as_json()["removed_exports"] == list(hello.removed)


def test_a_callouts_answer_stays_where_the_module_sends_one(tmp_path: Path) -> None:
    token = compile_filter(FILTERS / "token", tmp_path / "f.wasm", reuse=True)
    assert {"proxy_on_tick", "proxy_on_http_call_response"} <= callbacks(token)
    assert "proxy_on_request_headers" in token.removed
    assert compile_filter(FILTERS / "token", tmp_path / "g.wasm", reuse=True).removed == (
        token.removed
    )


@pytest.mark.parametrize("how", ["go", "lines"])
def test_each_way_to_compile_leaves_the_same_out(tmp_path: Path, hello: Module, how: str) -> None:
    target = tmp_path / "f.wasm"
    module = (
        compile_filter(FILTERS / "hello", target, compiler="go")
        if how == "go"
        else compile_filter(FILTERS / "hello", target, debug_info=True)
    )
    assert set(module.removed) == set(hello.removed)
    assert module.bytes < module.full_bytes  # the note weighs less than what went


def test_all_stay_where_they_are_asked_for(hello: Module, tmp_path: Path) -> None:
    module = compile_filter(FILTERS / "hello", tmp_path / "f.wasm", keep_exports=True)
    assert module.removed == ()
    assert module.bytes == hello.full_bytes
    assert set(module.exports) == {*hello.exports, *hello.removed}


def test_a_source_that_changes_under_the_compiler_keeps_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the exports may have read what was there before: a callback must not get lost."""
    shutil.copytree(FILTERS, tmp_path / "filter")
    mine = tmp_path / "filter" / "hello"
    begin = Trimming.begin

    def save_meanwhile(plan: Trimming) -> None:
        begin(plan)
        assert plan.used().unused
        (mine / "done.go").write_text("package main\n\nfunc (*httpContext) OnHttpStreamDone() {}\n")

    monkeypatch.setattr(Trimming, "begin", save_meanwhile)
    module = compile_filter(mine, tmp_path / "f.wasm", compiler="go", reuse=True)
    assert module.removed == ()
    assert module.why_all == "its source was changed while it was compiled"
    monkeypatch.undo()
    again = compile_filter(mine, tmp_path / "f.wasm", compiler="go", reuse=True)
    assert not again.reused
    assert "proxy_on_log" in callbacks(again)
    assert "proxy_on_tick" in again.removed


def test_both_modules_are_there_after_one_compile(tmp_path: Path) -> None:
    shutil.copytree(FILTERS, tmp_path / "filter")
    mine = tmp_path / "filter" / "hello"
    (mine / "more.go").write_text("package main\n\nfunc (*httpContext) OnHttpStreamDone() {}\n")
    trimmed = compile_filter(mine, tmp_path / "f.wasm", compiler="go", reuse=True)
    full = compile_filter(mine, tmp_path / "g.wasm", compiler="go", reuse=True, keep_exports=True)
    again = compile_filter(mine, tmp_path / "h.wasm", compiler="go", reuse=True)
    assert (trimmed.reused, full.reused, again.reused) == (False, True, True)
    assert full.bytes == trimmed.full_bytes
    assert again.sha256 == trimmed.sha256


def test_a_callback_that_is_written_is_exported_in_the_next_module(tmp_path: Path) -> None:
    shutil.copytree(FILTERS, tmp_path / "filter")
    mine = tmp_path / "filter" / "hello"
    before = compile_filter(mine, tmp_path / "f.wasm", reuse=True)
    (mine / "done.go").write_text("package main\n\nfunc (*httpContext) OnHttpStreamDone() {}\n")
    after = compile_filter(mine, tmp_path / "f.wasm", reuse=True)
    assert callbacks(after) - callbacks(before) == {"proxy_on_log"}


@pytest.mark.parametrize("name", ["hello_c", "hello_rust"])
def test_of_another_language_all_stay_and_it_is_said_why(name: str) -> None:
    folder = FILTERS / name
    plan = trimming_for(folder, language_of(folder), "cargo", keep_exports=False, debug_info=False)
    assert plan.words == ()
    assert "exports" in plan.why_all


def test_without_the_helper_all_stay_and_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Path:
        raise ToolchainError("The lab's Go helper is not built.", hint="run `lab setup`")

    monkeypatch.setattr(trimming, "built_go_helper", missing)
    module = compile_filter(FILTERS / "hello", tmp_path / "f.wasm")
    assert module.removed == ()
    assert "run `lab setup`" in module.why_all
    said = io.StringIO()
    run_build(
        Console(file=said, width=500),
        Console(file=io.StringIO()),
        FILTERS / "hello",
        tmp_path / "f.wasm",
        compiler=None,
        toolchain=None,
        image=None,
        keep_exports=False,
        as_json=False,
    )
    assert "all exports stay: The lab's Go helper is not built." in said.getvalue()


def test_where_the_lab_cannot_keep_a_helper_a_filter_compiles_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_TINYGO", str(find_tinygo().path))
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("LAB_CACHE", str(cache))
    with read_only(cache):
        module = compile_filter(FILTERS / "hello", tmp_path / "f.wasm", compiler="go")
    assert module.removed == ()
    assert f"cannot make its folder {cache}" in module.why_all


def test_the_build_tags_are_those_of_tinygo() -> None:
    tinygo = find_tinygo()
    words = [str(tinygo.path), "info", "-json", "-target=wasi", "-scheduler=none"]
    told = subprocess.run(
        [*words, "-tags=custommalloc"],
        env=os.environ | go_environment(find_go().path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(told.stdout)["build_tags"] == list(trimming.TINYGO_TAGS)


def test_what_no_filter_can_do_without_never_goes() -> None:
    exports = ["proxy_on_delete", "proxy_on_vm_start", "proxy_on_tick"]
    assert removable(exports, (), exports) == ("proxy_on_tick",)
    answer = "proxy_on_http_call_response"
    assert removable([answer], ["env.proxy_http_call"], ()) == ()
    assert removable([answer], ["env.proxy_log"], ()) == (answer,)


def rust_with(folder: Path, wanted: str | bytes) -> Module:
    """A module that the lab brings, with a list of its callbacks beside the source."""
    module = folder / "f.wasm"
    shutil.copy(RUST, module)
    content = wanted if isinstance(wanted, bytes) else wanted.encode()
    (folder / "exports.txt").write_bytes(content)
    plan = trimming_for(folder, "rust", "cargo", keep_exports=False, debug_info=False)
    assert plan.trim(module, steady=True)
    return read_module(module)


def test_a_list_beside_the_source_says_which_stay(tmp_path: Path) -> None:
    module = rust_with(tmp_path, "# what hello has\nproxy_on_response_headers  # its one\n\n")
    # Its SDK imports every call of the host, so what answers one stays. Nobody calls that unasked.
    assert callbacks(module) == {
        *(name for name in NEEDED if name.startswith("proxy_on_")),
        *(name for name in module.exports if "grpc" in name or "response" in name),
        "proxy_on_foreign_function",
    } - {"proxy_on_memory_allocate"}
    assert "malloc" in module.exports
    assert "proxy_on_response_body" in module.removed
    assert "proxy_on_request_headers" in module.removed


def test_a_list_that_names_nothing_of_the_module_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lists proxy_on_ticks, which") as said:
        rust_with(tmp_path, "proxy_on_ticks\n")
    assert said.value.hint == "did you mean proxy_on_tick?"
    with pytest.raises(ConfigurationError, match="lists xyz, which") as said:
        rust_with(tmp_path, "xyz\n")
    assert said.value.hint == "take that line out"
    with pytest.raises(ConfigurationError, match="cannot be read") as said:
        rust_with(tmp_path, b"\xff\xfe\n")
    assert "one name a line" in said.value.hint


def test_a_list_keeps_what_answers_the_modules_calls(tmp_path: Path) -> None:
    (tmp_path / "exports.txt").write_text("proxy_on_tick\n")
    exports = ["proxy_on_tick", "proxy_on_grpc_receive", "proxy_on_http_call_response"]
    stays = listed_exports(tmp_path, exports, ["env.proxy_http_call"])
    assert stays == ("proxy_on_grpc_receive",)
    assert listed_exports(tmp_path, exports, ["env.proxy_grpc_stream"]) == (
        "proxy_on_http_call_response",
    )
    assert listed_exports(tmp_path / "nowhere", exports, ()) is None


@pytest.mark.parametrize("text", ["", '(func (export "b")) (data (memory 0) (i32.const 0) "x")'])
def test_a_module_is_the_same_but_for_its_exports(text: str) -> None:
    source = f'(module (memory (export "memory") 1) (func (export "a")) {text})'
    module = bytes(wasmtime.wat2wasm(source))
    left = without_exports(module, ("a",))
    parsed = wasmtime.Module(wasmtime.Engine(), left)
    assert [item.name for item in parsed.exports] == ["memory", *(["b"] if text else [])]
    assert without_exports(module, ()) == module
    assert read_note(left) == ((), 0)
    told = noted(left, ("proxy_on_tick",), len(module))
    assert read_note(told) == (("proxy_on_tick",), len(module))
    wasmtime.Module.validate(wasmtime.Engine(), told)


@pytest.mark.parametrize("value", [0, 127, 128, 300_000])
def test_a_number_is_written_as_it_is_read(value: int) -> None:
    assert Cursor(unsigned(value)).unsigned() == value


def test_what_wasm_opt_says_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "f.wasm"
    broken.write_bytes(b"\0asm\1\0\0\0\xff")
    wasm_opt = shutil.which("wasm-opt")
    assert wasm_opt is not None
    with pytest.raises(ToolchainError, match="cannot drop") as said:
        drop_dead_code(broken, wasm_opt)
    assert said.value.quote
    assert "--keep-exports" in said.value.hint
