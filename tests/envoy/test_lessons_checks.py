"""Checks of exercises that ask a real Envoy: a newcomer's answers that are nearly right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.envoy import Envoy
from lab_helpers.errors import LaunchError
from lab_helpers.lessons.cells.configurations import save_configuration, start_configuration
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks.checking import check
from lab_helpers.lessons.exercises.solutions import solution_cell
from lab_helpers.lessons.shown.page import Note
from lab_helpers.token_api import Fault

pytestmark = pytest.mark.usefixtures("work")


@pytest.mark.parametrize(
    ("counter", "told"),
    [
        ("cluster.my_custom_svc.upstream_rq_total", "is done"),
        ("cluster.my_custom_svc.upstream_rq_200", "Half of the requests were answered 200"),
        ("cluster.my_custom_svc.external.upstream_rq_2xx", "and half 500"),
        ("cluster.my_custom_svc.upstream_rq_completed", "grew by 1 with a request that never"),
        ("cluster.my_custom_svc.external.upstream_rq_completed", "counts answers, whoever gives"),
        ("http.ingress.downstream_rq_total", "what comes in from the clients"),
    ],
)
def test_a_counter_of_some_requests_is_told_from_the_one_of_all(
    launch: Callable[..., Envoy], counter: str, told: str
) -> None:
    envoy = launch(None, configuration="bare.yaml", workers=2)
    envoy.ask_every_worker()  # a counter is there once it has counted
    result = check("01-counter", counter, envoy)
    assert told in result.note.text
    assert result.passed == (told == "is done")
    assert envoy.token_api.fault == Fault.NONE


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", "is done"),
        ("", "", "✓ /healthy, which only begins with /health, still goes to the cluster"),
        ("{path: /health}", "{prefix: /health}", "wanted: /healthy, which only begins with"),
        ("{path: /health}", "{prefix: /health}", "✓ another path, /hello, still goes"),
        ("{path: /health}", "{prefix: /health}", "`path` takes one path alone"),
        ("{path: /health}", "{path: health}", "does its path begin with `/`?"),
    ],
)
def test_a_route_that_takes_too_much_or_nothing_is_told(old: str, new: str, told: str) -> None:
    start_configuration("first.yaml", like="bare.yaml")
    _, _, routes = solution_cell("01-route").partition("\n")
    assert old in routes
    save_configuration("first.yaml routes", routes.replace(old, new))
    result = check("01-route")
    assert told in result.note.text
    assert result.passed == (old == new)


CLUSTER = solution_cell("04-mend").partition("\n")[2]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("connectTimeout: 1.0s", "is done"),
        ("connectTimeout: 10s", "It is 10s."),
        ("connect_timeout: null", "There is none, and then Envoy waits 5 s"),
    ],
)
def test_a_timeout_is_what_envoy_reads(work: Path, new: str, told: str) -> None:
    start_configuration("mine.yaml", like="envoy.yaml")
    saved = save_configuration("mine.yaml cluster", CLUSTER.replace("connect_timeout: 1s", new))
    assert isinstance(saved, Note)
    result = check("04-mend")
    assert told in result.note.text
    assert result.passed == (told == "is done")


@pytest.mark.parametrize(
    ("main", "init", "passes"),
    [
        ("{ /* nobody calls it */ }", "{ register() }", True),
        ("{ register() }", "{ main() }", False),
    ],
)
def test_a_main_that_does_anything_is_not_done(
    work: Path, main: str, init: str, *, passes: bool
) -> None:
    start_filter("article")
    save_go(
        "article/main.go",
        'package main\n\nimport "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"\n\n'
        "func register() { proxywasm.SetVMContext(&vmContext{}) }\n\n"
        f"func main() {main}\n\nfunc init() {init}\n",
    )
    result = check("03-article")
    assert "Envoy runs it" in result.note.text
    assert result.passed == passes
    assert ("wanted: `main` is there, and empty" in result.note.text) != passes


def test_a_filter_that_holds_responses_back_is_not_mended(work: Path) -> None:
    start_filter("broken")
    response = work / "filters" / "broken" / "response.go"
    _, _, mended = solution_cell("03-mend").partition("\n")
    response.write_text(mended.replace("ActionContinue", "ActionPause"), "utf-8")
    assert "return ActionContinue" in check("03-mend").note.text
    response.write_text(mended, "utf-8")
    assert check("03-mend").passed


def test_a_filter_that_go_does_not_compile_is_not_done_though_tinygo_does(work: Path) -> None:
    start_filter("article")
    main = work / "filters" / "article" / "main.go"
    main.write_text(main.read_text("utf-8").replace("func main() {}", ""), "utf-8")
    result = check("03-article")
    assert not result.passed
    assert "func main() {}" in result.note.text


def test_a_misspelt_setting_is_forgotten_once_it_is_mended(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1, settings={"tick_ms": 300})
    wrong = check("04-settings", {"greting": "hi", "vm_header": "x-wasm-vm"}, envoy)
    assert 'unknown setting "greting"' in wrong.note.text
    assert envoy.running  # the rest of the lesson needs it
    assert "It carries `hello from wasm`" in check("04-settings", {"tick_ms": 300}, envoy).note.text
    assert check("04-settings", {"greeting": "hi", "vm_header": "x-wasm-vm"}, envoy).passed
    assert not check("04-settings", {}, envoy).passed  # what was right before is not right now


def test_settings_that_bring_no_token_are_gone_when_the_check_has_failed(
    launch: Callable[..., Envoy], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_vain(_envoy: Envoy) -> None:
        raise LaunchError("Waited 12 s, but not yet: every worker holds a token.")

    envoy = launch(workers=1, settings={"tick_ms": 300})
    monkeypatch.setattr(Envoy, "wait_for_tokens", in_vain)
    assert "not yet" in check("04-settings", {"greeting": "hi", "path": "/nope"}, envoy).note.text
    assert envoy.settings == {"tick_ms": 300}
    assert envoy.ask("worker_0").headers["x-wasm-filter"] == "hello from wasm"
