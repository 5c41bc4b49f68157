"""Other code and other settings while Envoy runs: taken, or refused while the old serves on."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy import Envoy, exchange
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.folders import repository_folder
from tests.any_filters import c_like_filter
from tests.conftest import TellFault
from tests.edited_filters import edited, panicking_at_the_third_tick
from tests.envoy.conftest import SETTINGS, TICK_MS
from tests.envoy.test_configurations import (
    HTTP_WASM,
    REPLY,
    SERVICE,
    TCP_WASM,
    at,
    calling,
    chain,
    echo,
    manager,
    wasm,
    whole,
)
from tests.load import statuses_of
from tests.unit.envoy.documents import HOME

Launch = Callable[..., Envoy]

STARTS = "OnPluginStart(configurationSize int) types.OnPluginStartStatus {\n"


@pytest.fixture(scope="module")
def hello() -> Module:
    return compile_filter(repository_folder() / "filter" / "hello", reuse=True)


def tags(envoy: Envoy) -> list[str]:
    """Return which VM each worker answers with; "" where the filter does not say."""
    return [dict(answer.headers).get("x-wasm-vm", "") for answer in envoy.ask_every_worker()]


@pytest.mark.parametrize("see", ["auto", "log", "crossings"])
def test_another_module_serves_on_every_worker_and_the_board_says_so(
    launch: Launch, token_module: Module, hello: Module, see: str
) -> None:
    envoy = launch(see=see)
    before = envoy.wait_for_tokens()
    done = envoy.reload(hello)
    assert done.filters == ("hello",)
    assert (done.vms_before, done.vms, done.crossings_missed) == (4, 4, "")
    assert min(done.written_s, done.loaded_s, done.answered_s) > 0
    assert "4 VMs, as before" in repr(done)
    assert [answer.headers["x-wasm-filter"] for answer in envoy.ask_every_worker()] == [
        "hello from wasm",
        "hello from wasm",
    ]
    assert all("x-auth" not in answer.headers for answer in envoy.ask_every_worker())
    now = envoy.snapshot()
    for thread in now.threads:
        # Nothing is heard of it; the old one's tag and token are gone with it.
        assert (thread.vm, thread.token, thread.failure) == ("", None, "")
        assert thread.vms == before.thread(thread.name).vms + 1

    envoy.reload(token_module)
    envoy.wait_for_tokens()
    now = envoy.wait_until(
        lambda now: all(thread.vm for thread in now.threads), "each VM has told its name"
    )
    assert tags(envoy) == [thread.vm for thread in now.workers]
    assert {t.vm for t in now.threads}.isdisjoint(t.vm for t in before.threads)
    if see != "log":
        assert [thread.vms_alive for thread in now.threads] == [1, 1, 1]
        assert now.seeing.on == (see == "crossings")
    assert envoy.modules[0].module is token_module


def test_settings_change_as_by_a_restart_and_a_restart_keeps_them(launch: Launch) -> None:
    envoy = launch()
    envoy.wait_for_tokens()
    before = tags(envoy)
    done = envoy.configure({"tick_ms": 2 * TICK_MS})
    assert done.vms == done.vms_before
    assert envoy.settings == {**SETTINGS, "tick_ms": 2 * TICK_MS}
    after = tags(envoy)
    assert all(after)
    assert set(after).isdisjoint(before)
    envoy.wait_until(lambda now: now.tick_ms == 2 * TICK_MS, "the new period is known")
    envoy.wait_for_tokens()
    envoy.restart()
    assert envoy.wait_until(lambda now: now.tick_ms, "its period").tick_ms == 2 * TICK_MS


def test_a_setting_that_the_filter_refuses_changes_nothing(launch: Launch) -> None:
    envoy = launch()
    envoy.wait_for_tokens()
    before = tags(envoy)
    with pytest.raises(LaunchError, match=r"refused its settings\..*as it was") as caught:
        envoy.configure({"tick_ms": -1})
    assert '"tick_ms" must be a whole number' in caught.value.quote
    assert envoy.settings == SETTINGS
    assert tags(envoy) == before
    assert envoy.figures().vms == 4


@pytest.mark.fault("A module that panics as it starts is reloaded into a running Envoy")
@pytest.mark.parametrize("see", ["crossings", "log"])
def test_a_module_that_panics_as_it_starts_is_refused_and_the_old_one_serves_on(
    launch: Launch, tmp_path: Path, fault: TellFault, see: str
) -> None:
    envoy = launch(see=see)
    envoy.wait_for_tokens()
    before = tags(envoy)
    vms = {thread.name: thread.vm for thread in envoy.snapshot().threads}
    bad = edited(tmp_path, "token/main.go", STARTS, f'{STARTS}\tpanic("on purpose")\n')
    with pytest.raises(LaunchError, match="panicked in OnPluginStart") as caught:
        envoy.reload(bad)
    assert "on purpose" in caught.value.quote
    fault(caught.value, kept="the module that ran serves on")
    assert tags(envoy) == before
    assert envoy.figures().vms == 4
    picture = envoy.snapshot()
    ticks = picture.thread("main").ticks
    envoy.wait_until(lambda now: now.thread("main").ticks > ticks, "main ticks on")
    # What Envoy tried it in is gone; no thread lost the VM that it runs.
    assert {thread.name: thread.vm for thread in picture.threads} == vms
    assert [thread.failure for thread in picture.threads] == ["", "", ""]
    if see == "crossings":
        assert [thread.vms_alive for thread in picture.threads] == [1, 1, 1]
    assert envoy.modules[0].module is not bad


@pytest.mark.fault("A module that loops for ever as it starts is reloaded into a running Envoy")
def test_a_module_that_never_starts_is_given_up_and_a_restart_helps(
    launch: Launch, tmp_path: Path, fault: TellFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "_TAKEN_S", 1.0)  # a minute else
    envoy = launch(workers=1)
    envoy.wait_for_tokens()
    before = tags(envoy)
    loop = "\tfor plugin.ticks >= 0 {\n\t\tplugin.ticks |= 1\n\t}\n"
    bad = edited(tmp_path, "token/main.go", STARTS, STARTS + loop)
    # What is said first is not hidden by the admin port, which does not answer either.
    with pytest.raises(LaunchError, match=r"had not loaded token after .* s") as caught:
        envoy.reload(bad)
    fault(caught.value, kept="the workers serve on; restart() and stop() work")
    assert tags(envoy) == before
    envoy.restart()
    envoy.wait_for_tokens()
    assert envoy.modules[0].module is not bad


def test_wasm_that_is_no_filter_is_refused_and_a_good_one_then_taken(
    launch: Launch, hello: Module, tmp_path: Path
) -> None:
    envoy = launch(workers=1)
    plain = tmp_path / "plain.wasm"
    plain.write_bytes(b"\0asm\1\0\0\0")
    with pytest.raises(LaunchError, match="exports no version of Proxy-Wasm") as caught:
        envoy.reload(plain)
    assert "Missing or unknown Proxy-Wasm ABI version" in caught.value.quote
    assert envoy.reload(hello).vms == 3


def test_ten_reloads_leave_as_many_vms_and_no_more_memory(
    launch: Launch, token_module: Module, hello: Module
) -> None:
    envoy = launch()
    envoy.reload(hello)
    envoy.reload(token_module)  # by now Envoy has what it keeps
    early = envoy.figures()
    for _ in range(5):
        envoy.reload(hello)
        envoy.configure({"tick_ms": TICK_MS})
        envoy.reload(token_module)
    late = envoy.figures()
    assert (early.vms, late.vms) == (4, 4)
    assert late.vms_created == early.vms_created + 15 * 5
    assert late.rss_bytes < 1.2 * early.rss_bytes
    run = envoy._session.started()  # noqa: SLF001  # what lies in its folder
    assert len([*(run.plan.reload_folder / "modules").iterdir()]) == 1
    assert [thread.vms_alive for thread in envoy.snapshot().threads] == [1, 1, 1]


def test_no_response_is_lost_while_modules_change(
    launch: Launch, token_module: Module, hello: Module
) -> None:
    envoy = launch()
    stop = threading.Event()
    problems: list[BaseException] = []

    def exchange() -> None:
        try:
            for number in range(6):
                envoy.reload((hello, token_module)[number % 2])
        except BaseException as error:  # noqa: BLE001  # told below
            problems.append(error)
        finally:
            stop.set()

    exchanging = threading.Thread(target=exchange)
    exchanging.start()
    sent, statuses = 0, 0
    while not stop.is_set():
        statuses += statuses_of(envoy.url, 80)[200]
        sent += 80
    exchanging.join()
    assert problems == []
    assert statuses == sent > 0
    # The lab looks at new VMs as they start, even while others are asked much.
    assert envoy.figures().vms == 4


def test_a_crashed_worker_is_mended_by_a_reload(
    launch: Launch, token_module: Module, tmp_path: Path
) -> None:
    envoy = launch(panicking_at_the_third_tick(tmp_path), settings=SETTINGS)
    envoy.wait_until(lambda now: all(t.failure for t in now.threads), "every VM has crashed")
    assert {answer.status for answer in envoy.ask_every_worker()} == {503}
    envoy.reload(token_module)
    assert {answer.status for answer in envoy.ask_every_worker()} == {200}
    now = envoy.wait_for_tokens()
    assert [thread.failure for thread in now.threads] == ["", "", ""]


def test_a_filter_in_any_language_is_exchanged(launch: Launch, tmp_path: Path) -> None:
    envoy = launch(workers=1)
    envoy.reload(c_like_filter(tmp_path))
    (answer,) = envoy.ask_every_worker()
    assert answer.headers["x-wat"] == "by hand"


@pytest.mark.parametrize("wrapper", ["udpa.type.v1", "xds.type.v3"])
def test_the_articles_shape_is_exchanged(launch: Launch, wrapper: str) -> None:
    theirs = Configuration.parse(HOME.replace("udpa.type.v1", wrapper))
    envoy = launch(configuration=theirs, settings=SETTINGS)
    envoy.wait_for_tokens()
    before = tags(envoy)
    assert envoy.configure({"tick_ms": 300}).filters == ("my_plugin",)
    assert set(tags(envoy)).isdisjoint(before)
    envoy.wait_for_tokens()


def test_of_several_filters_the_one_that_is_named_changes(
    launch: Launch, token_module: Module, hello: Module, tmp_path: Path
) -> None:
    """Both filters have one name of their own for Envoy, `slot`, as in many files."""
    filters = f"{wasm(HTTP_WASM, 'sender')}, {wasm(HTTP_WASM, 'receiver')}, "
    theirs = whole([f"name: http, {at(7000)}, {chain(manager(REPLY, filters))}"])
    more = {"cluster": "none", "vm_header": "x-wasm-vm"}
    envoy = launch(
        {"sender": c_like_filter(tmp_path), "receiver": token_module},
        configuration=theirs,
        settings={"receiver": more},
    )
    before = tags(envoy)
    assert envoy.reload({"sender": hello}).filters == ("sender",)
    assert tags(envoy) == before
    assert all("x-wat" not in answer.headers for answer in envoy.ask_every_worker())
    assert envoy.configure({"receiver": {"tick_ms": 900}}).filters == ("receiver",)
    assert set(tags(envoy)).isdisjoint(before)
    assert envoy.settings == {"receiver": {**more, "tick_ms": 900}}
    with pytest.raises(ConfigurationError, match="several modules") as caught:
        envoy.reload(hello)
    assert 'envoy.reload({"sender": …})' in caught.value.hint
    # Of two that change at once the second is refused: the first goes back as well.
    at_work = tags(envoy)
    with pytest.raises(LaunchError, match="refused its settings"):
        envoy.configure({"sender": {"text": "x"}, "receiver": {"tick_ms": 0}})
    assert set(tags(envoy)) == set(at_work)


@pytest.mark.fault("A network filter is to be exchanged while Envoy runs")
def test_what_is_no_http_filter_is_refused_in_a_sentence(
    launch: Launch, hello: Module, fault: TellFault
) -> None:
    tcp = f"name: tcp, {at(7001)}, {chain(wasm(TCP_WASM, 'bytes') + ', ' + echo())}"
    envoy = launch(hello, configuration=whole([tcp]), workers=1)
    with pytest.raises(
        ConfigurationError, match=r"bytes of theirs\.yaml is a network filter\."
    ) as one:
        envoy.reload(hello)
    fault(one.value, kept="Envoy runs on with the module that it had")
    service = wasm(SERVICE, "service").replace("slot", "envoy.bootstrap.wasm")
    other = launch(
        hello,
        configuration=whole(
            [f"{at(7000)}, {chain(manager(REPLY))}"], more=f"bootstrap_extensions: [{service}]"
        ),
        workers=1,
    )
    with pytest.raises(ConfigurationError, match="is a Wasm Service"):
        other.reload(hello)
    assert other.running
    plain = launch(None, configuration=repository_folder() / "envoy" / "bare.yaml", workers=1)
    with pytest.raises(ConfigurationError, match="runs no Wasm"):
        plain.reload(hello)


def test_an_envoy_that_does_not_run_is_said(token_module: Module) -> None:
    envoy = Envoy(token_module)
    with pytest.raises(LaunchError, match="does not run"):
        envoy.reload(token_module)
    with pytest.raises(LaunchError, match="does not run"):
        envoy.configure({"tick_ms": 300})


def test_a_request_that_is_under_way_ends_in_the_old_vm(
    launch: Launch, hello: Module, token_module: Module, article_yaml: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as slow:
        route = "match: {prefix: /}"
        waits = f"match: {{prefix: /slow}}\n{' ' * 26}route: {{cluster: slow}}\n{' ' * 24}- {route}"
        cluster = calling("slow", "127.0.0.1", slow.getsockname()[1])
        text = article_yaml.replace(route, waits).replace(
            "  clusters:\n", f"  clusters:\n    - {cluster}\n"
        )
        envoy = launch(configuration=Configuration.parse(text), workers=1)
        (old,) = tags(envoy)
        address = httpx.URL(envoy.url)
        held = socket.create_connection((address.host, address.port))
        held.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        upstream, _ = slow.accept()
    with held, upstream:
        assert upstream.recv(65536).startswith(b"GET /slow")
        done = envoy.reload(hello)
        assert done.vms == done.vms_before + 2  # the one that is in use, and its base
        assert "an old VM stays" in repr(done)
        assert tags(envoy) == [""]
        upstream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        said = held.recv(65536).decode()
    assert said.startswith("HTTP/1.1 200")
    assert f"x-wasm-vm: {old}" in said
    while envoy.figures().vms > done.vms_before:
        envoy.check()
    assert envoy.reload(token_module).vms == done.vms_before


def test_standard_gos_module_is_taken_though_it_loads_for_seconds(launch: Launch) -> None:
    module = compile_filter(repository_folder() / "filter" / "hello", compiler="go", reuse=True)
    envoy = launch(workers=1)
    done = envoy.reload(module)
    assert done.vms == 3
    assert envoy.reload(read_module(module.path)).loaded_s < done.loaded_s


@pytest.mark.matrix
@pytest.mark.parametrize("envoy_of", ["1.36", "1.37", "1.38", "1.39", "1.40"], indirect=True)
def test_every_envoy_takes_code_and_settings(
    launch: Launch,
    hello: Module,
    token_module: Module,
    envoy_of: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LAB_ENVOY", os.fspath(envoy_of))
    envoy = launch()
    envoy.wait_for_tokens()
    before = tags(envoy)
    envoy.configure({"tick_ms": 300})
    configured = tags(envoy)
    # Before 1.39 Envoy would keep its VMs where the code is the same.
    assert set(configured).isdisjoint(before)
    envoy.reload(token_module)
    assert set(tags(envoy)).isdisjoint(configured)
    envoy.reload(hello)
    envoy.reload(token_module)
    with pytest.raises(LaunchError, match="refused its settings"):
        envoy.configure({"tick_ms": -1})
    envoy.wait_for_tokens()
    assert envoy.figures().vms == 4
    assert [thread.vms_alive for thread in envoy.snapshot().threads] == [1, 1, 1]
