"""The emulator, by the real Go: what the filter did, or why it could not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab_helpers.errors import CompileError, ConfigurationError, LabError
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.emulator import Reply, Response, emulate, play, stand
from lab_helpers.lessons.emulator.steps import TOKEN
from lab_helpers.toolchain import find_go
from tests.conftest import TellFault

ON_TICK = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (plugin *pluginContext) OnPluginStart(size int) types.OnPluginStartStatus {
	proxywasm.SetTickPeriodMilliSeconds(70)
	return types.OnPluginStartStatusOK
}

func (plugin *pluginContext) OnTick() {
	BODY
}
"""


@pytest.fixture
def mine(work: Path) -> Path:
    start_filter("mine")
    return work / "filters" / "mine"


def test_the_smallest_filter_greets_and_sets_no_timer() -> None:
    seen = emulate("hello", "response", Response({"x-wasm-filter": "another"}), "tick")
    assert [dict(headers) for headers in seen.responses] == 2 * [
        {":status": "200", "x-wasm-filter": "hello from wasm"}
    ]
    assert (seen.tick_ms, seen.callouts, seen.log, seen.panic) == (0, (), (), "")
    text = seen.table().text
    assert text.startswith("hello in the emulator, ")
    assert "\nstart: no timer\n" in text
    assert "\n3. tick: ! no timer is set, so none fires" in text


def test_the_token_filter_asks_keeps_and_sends() -> None:
    seen = emulate("token", "response", "tick", "reply", "response", settings={"tick_ms": 700})
    assert seen.tick_ms == 700
    assert [(sent.cluster, sent.timeout_ms) for sent in seen.callouts] == [("my_custom_svc", 5000)]
    assert seen.callouts[0].headers[":path"] == "/auth"
    before, after = seen.responses
    assert "x-auth" not in before
    assert after["x-auth"] == TOKEN
    assert [part.step for part in seen.steps[1:]] == [
        "response",
        "tick",
        "reply 200 with a token",
        "response",
    ]
    text = seen.table().text
    assert "start:\n    log info: event=start" in text
    assert "    a tick every 700 ms" in text
    assert "callout: GET /auth to my_custom_svc, 5000 ms at most" in text
    assert TOKEN not in text  # it is shortened: nothing shows a whole token


COUNTS = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (plugin *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	proxywasm.DefineCounterMetric("a")
	proxywasm.DefineCounterMetric("b").Increment(2)
	return types.OnPluginStartStatusOK
}
"""


def test_of_many_counters_those_that_counted_are_shown() -> None:
    """Seven at 0 would hide the one line of the log that matters."""
    seen = emulate("token", "tick", Reply(503, token=None))
    assert len(seen.metrics) == 9
    shown = "token_filter.fetches.status: 1\n    token_filter.ticks: 1\n    7 more are at 0"
    assert seen.table().text.endswith(f"metrics at the end:\n    {shown}")


def test_a_counter_at_0_is_shown_where_there_are_few(mine: Path) -> None:
    (mine / "start.go").write_text(COUNTS, "utf-8")
    assert "a: 0\n    b: 2" in emulate("mine").table().text


def test_a_failed_reply_is_one_too_and_none_waits_for_a_second() -> None:
    seen = emulate("token", "tick", Reply(503, token=None), "reply")
    assert seen.steps[2].step == "reply 503"
    assert any("503" in text for _, text in seen.steps[2].log)
    assert seen.steps[3].note == "no callout waits for a reply"


def test_a_filter_that_refuses_its_settings_is_told() -> None:
    seen = emulate("token", settings={"tick_sm": 1})
    assert seen.steps[0].note == "OnPluginStart refused to start"
    assert "! OnPluginStart refused to start" in seen.table().text
    assert 'setting "tick_sm"' in " ".join(seen.log).replace("\\", "")


def test_a_panic_ends_it_and_its_words_are_in_the_step(mine: Path) -> None:
    (mine / "tick.go").write_text(ON_TICK.replace("BODY", 'panic("no idea")'), "utf-8")
    seen = emulate("mine", "response", "tick", "response")
    assert [part.step for part in seen.steps] == ["start", "response", "tick"]  # no further
    assert seen.panic == "no idea"
    assert "2. tick: ✗ panic: no idea" in seen.table().text


def test_a_filter_that_does_not_compile_says_where(mine: Path) -> None:
    (mine / "tick.go").write_text(ON_TICK.replace("BODY", "plugin.tics++"), "utf-8")
    with pytest.raises(CompileError, match="go cannot compile mine") as caught:
        emulate("mine", "tick")
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("tick.go", 12)
    assert "plugin.tics undefined" in problem.message
    assert "plugin.tics++" in problem.source_line


@pytest.mark.fault("A filter loops without end in the emulator")
def test_a_filter_that_never_comes_back_is_ended(
    mine: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setattr(play, "_TIMEOUT_S", 1)
    (mine / "tick.go").write_text(ON_TICK.replace("BODY", "for {\n\t}"), "utf-8")
    with pytest.raises(LabError, match="did not come back within 1 s") as caught:
        emulate("mine", "tick")
    assert "loop" in caught.value.hint
    fault(caught.value, kept="the notebook")


@pytest.mark.fault("A filter ends the whole emulator")
def test_a_filter_that_ends_the_whole_program_is_quoted(mine: Path, fault: TellFault) -> None:
    body = "proxywasm.GetHttpCallResponseHeaders()"
    (mine / "tick.go").write_text(ON_TICK.replace("BODY", body), "utf-8")
    with pytest.raises(LabError, match="mine ended the emulator") as caught:
        emulate("mine", "tick")
    assert caught.value.quote
    assert "callback" in caught.value.hint
    fault(caught.value, kept="the notebook")


@pytest.mark.parametrize(
    "main",
    [
        "func init() { proxywasm.SetVMContext(&vmContext{}) }",
        "func init() {\n\tproxywasm.SetVMContext(&vmContext{}) // the root (of all)\n}",
        "func init() {\n\tproxywasm.SetVMContext(\n\t\t&vmContext{},\n\t)\n}",
        "// proxywasm.SetVMContext(nil)\nfunc init() {\n\tproxywasm.SetVMContext(&vmContext{})\n}",
    ],
    ids=["on one line", "with a comment behind", "on several lines", "with one in a comment"],
)
def test_what_a_filter_registers_is_found_however_it_is_written(main: str, tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text(f"package main\n\n{main}\n", "utf-8")
    assert stand.vm_context(tmp_path) == "&vmContext{}"


@pytest.mark.fault("A filter registers nothing, and is tried in the emulator")
def test_a_filter_that_does_not_register_itself_is_told_what_to_write(
    mine: Path, fault: TellFault
) -> None:
    (mine / "main.go").write_text("package main\n\nfunc main() {}\n", "utf-8")
    with pytest.raises(CompileError, match="mine does not register itself") as caught:
        emulate("mine", "response")
    hint = caught.value.hint
    (mine / "main.go").write_text(
        f'package main\n\nimport "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"\n\n{hint}\n',
        "utf-8",
    )
    # What the hint says does compile, and is found.
    assert emulate("mine", "response").headers["x-wasm-filter"] == "hello from wasm"
    fault(caught.value, kept="the notebook")


def test_a_filter_that_registers_a_variable_is_told_how_the_emulator_wants_it(mine: Path) -> None:
    main = (mine / "main.go").read_text("utf-8")
    call = "proxywasm.SetVMContext(&vmContext{})"
    assert call in main
    by_name = "vm := &vmContext{}\n\tproxywasm.SetVMContext(vm)"
    (mine / "main.go").write_text(main.replace(call, by_name), "utf-8")
    with pytest.raises(LabError, match="cannot make what the filter mine registers") as caught:
        emulate("mine", "response")
    assert caught.value.quote == "proxywasm.SetVMContext(vm)"
    assert call in caught.value.hint


def test_go_laid_over_takes_a_files_place_and_leaves_it(mine: Path) -> None:
    before = (mine / "response.go").read_text("utf-8")
    over = before.replace("hello from wasm", "laid over")
    seen = emulate("mine", "response", laid_over={"response.go": over})
    assert seen.headers["x-wasm-filter"] == "laid over"
    assert (mine / "response.go").read_text("utf-8") == before
    assert not list(mine.glob("*_test.go"))


@pytest.mark.parametrize("step", ["tock", "", 3, None, Reply])
def test_a_step_that_is_none_is_said_with_those_that_are(step: object) -> None:
    with pytest.raises(ConfigurationError, match="knows no step") as caught:
        emulate("hello", step)  # type: ignore[arg-type]
    assert "tick, reply, request, response" in caught.value.hint


def test_a_compilation_without_an_end_is_a_lab_error(
    mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(words: list[str], **_options: object) -> None:
        raise subprocess.TimeoutExpired(words, 300)

    go = find_go()
    monkeypatch.setattr(play, "find_go", lambda: go)
    monkeypatch.setattr(subprocess, "run", endless)
    with pytest.raises(LabError, match=r"had not compiled mine .* 300 s"):
        emulate("mine", "tick")
