"""Filters that never heard of the lab: their ticks, callouts and failures are seen all the same."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.commands import Compiler
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy, lookout
from lab_helpers.errors import LaunchError
from lab_helpers.figures import describe_dashboard, describe_lanes
from lab_helpers.lessons.shown.envoy_tables import show_threads
from tests.any_filters import any_filter, c_like_filter

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@pytest.fixture(scope="module")
def ticking(built: Path) -> Module:
    return any_filter("ticking", built)


@pytest.fixture(scope="module")
def calling(built: Path) -> Module:
    return any_filter("calling", built)


@pytest.fixture(scope="module")
def traffic(built: Path) -> Module:
    return any_filter("traffic", built)


def shape(words: str) -> dict[str, object]:
    return {"shape": words}


def ticks_everywhere(least: int) -> Callable[[Snapshot], bool]:
    return lambda now: len(now.threads) == 3 and all(t.ticks >= least for t in now.threads)


def columns(envoy: Envoy) -> dict[str, dict[str, str]]:
    table = show_threads(envoy)
    return {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}


def seen(picture: Snapshot, what: str) -> dict[str, str]:
    return {thread.name: str(picture.count(thread, what)) for thread in picture.threads}


@pytest.mark.parametrize(
    "doing", ["hello world", "foreign call", "postpone"], ids=lambda doing: doing
)
def test_each_shape_that_ticks_shows_its_ticks(launch: Launch, ticking: Module, doing: str) -> None:
    envoy = launch(ticking, settings=shape(doing))
    envoy.ask_every_worker()  # one that postpones answers at its next tick
    picture = envoy.wait_until(ticks_everywhere(3), "three ticks on every thread")
    assert picture.tick_ms == 100
    words = describe_lanes(picture)
    for thread in picture.threads:
        assert f"{thread.name} {thread.ticks}" in words
        assert picture.count(thread, "ticks").words.endswith("(Envoy's trace of the crossings)")
    assert "They sent no callouts." in words
    rows = columns(envoy)
    assert all(int(row["ticks"]) >= 3 for row in rows.values())
    assert {row["callouts"] for row in rows.values()} == {"none"}
    assert {row["token it holds"] for row in rows.values()} == {"none"}
    assert {row["VM"] for row in rows.values()} == {"not told"}
    with pytest.raises(LaunchError, match="never fetches a token") as caught:
        envoy.wait_for_tokens(timeout_s=600)
    assert "imports no env.proxy_http_call" in caught.value.quote


def test_standard_go_is_seen_as_tinygo_is(launch: Launch, built: Path) -> None:
    envoy = launch(any_filter("ticking", built, "go"), settings=shape("hello world"))
    picture = envoy.wait_until(ticks_everywhere(3), "three ticks on every thread")
    assert picture.tick_ms == 100
    assert set(seen(picture, "VM starts").values()) == {"1"}
    assert "They sent no callouts." in describe_lanes(picture)


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
def test_an_import_that_is_not_used_is_in_no_module(built: Path, compiler: Compiler) -> None:
    """So what a module imports tells whether it can call out."""
    fetches = {
        name: "env.proxy_http_call" in any_filter(name, built, compiler).imports
        for name in ("ticking", "calling")
    }
    assert fetches == {"ticking": False, "calling": True}


def test_a_failure_and_the_reload_after_it_show_on_their_lane(
    launch: Launch, ticking: Module
) -> None:
    envoy = launch(ticking, settings=shape("panic"), failure_policy="FAIL_RELOAD")
    failed = envoy.wait_until(
        lambda now: len(now.threads) == 3 and all(thread.failure for thread in now.threads),
        "every VM has failed",
    )
    assert seen(failed, "ticks") == {"worker_0": "3", "worker_1": "3", "main": "3"}
    assert "The VM has failed on worker_0, worker_1, main." in describe_lanes(failed)
    deadline = time.monotonic() + 20
    while envoy.snapshot().thread("worker_0").vms < 2 and time.monotonic() < deadline:
        envoy.ask("worker_0")  # a request is what brings the new VM
    again = envoy.wait_until(
        lambda now: now.thread("worker_0").ticks > 3, "the new VM of worker_0 has ticked"
    )
    worker = again.thread("worker_0")
    assert [bool(change.failure) for change in worker.changes][:2] == [True, False]
    assert worker.vms == 2
    assert again.thread("main").failure


def test_calls_on_ticks_are_followed_to_their_replies(launch: Launch, calling: Module) -> None:
    envoy = launch(calling, settings=shape("on tick"))
    envoy.wait_for_tokens()
    picture = envoy.wait_until(
        lambda now: all(t.fetches.get("answered", 0) > 2 for t in now.threads),
        "three replies on every thread",
    )
    assert "callouts were answered, status not seen" in describe_lanes(picture)
    for thread in picture.threads:
        ended = [tick for tick in thread.recent if tick.ended is not None]
        assert {tick.outcome for tick in ended} == {"answered"}
        assert all(tick.sent is not None and tick.sent <= (tick.ended or 0) for tick in ended)
    assert "answered" in columns(envoy)["main"]["callouts"]
    assert columns(envoy)["worker_0"]["token it holds"] == "not seen"


def test_refused_calls_are_counted_and_told_where_a_wait_is_in_vain(
    launch: Launch, calling: Module
) -> None:
    envoy = launch(calling, settings=shape("on tick, nowhere"))
    with pytest.raises(LaunchError, match="not yet: every worker holds a token") as caught:
        envoy.wait_for_tokens(timeout_s=1.5)
    for worker in ("worker_0", "worker_1"):
        (line,) = [line for line in caught.value.quote.splitlines() if line.startswith(worker)]
        assert "callouts sent none, callouts refused" in line
        assert "callouts answered none, token none" in line
        assert "ticks none" not in line


def test_calls_on_requests_are_seen_and_only_then_waited_for(
    launch: Launch, calling: Module
) -> None:
    envoy = launch(calling, settings=shape("on request, forbid"))
    with pytest.raises(LaunchError, match="only fetch when a request comes") as caught:
        envoy.wait_for_tokens(timeout_s=30)
    assert "ticks none (no timer)" in caught.value.quote
    assert [answer.status for answer in envoy.ask_every_worker()] == [403, 403]
    picture = envoy.wait_for_tokens(timeout_s=30)
    assert all(str(picture.count(t, "callouts answered")) == "1" for t in picture.workers)
    done = envoy.wait_until(
        lambda now: all(now.count(t, "local replies").seen for t in now.workers), "403 seen"
    )
    assert "local replies 2" in describe_dashboard(done)


def test_ten_calls_on_a_response_are_ten(launch: Launch, calling: Module) -> None:
    envoy = launch(calling, settings=shape("on response"))
    assert dict(envoy.ask("worker_0").headers)["total-dispatched"] == "10"
    picture = envoy.wait_until(
        lambda now: now.thread("worker_0").fetches.get("answered") == 10, "ten replies"
    )
    assert str(picture.count(picture.thread("worker_0"), "callouts sent")) == "10"
    assert str(picture.count(picture.thread("worker_1"), "callouts sent")) == "none"


def test_all_else_that_crosses_is_counted_by_thread(launch: Launch, traffic: Module) -> None:
    envoy = launch(traffic)
    for _ in range(5):
        envoy.ask("worker_0")
    assert envoy.ask("worker_0", "/refused").status == 401
    picture = envoy.wait_until(
        lambda now: now.thread("worker_0").crossed.get("responses") == 6, "six responses"
    )
    worker = picture.thread("worker_0")
    counts = {what: str(picture.count(worker, what)) for what in worker.crossed}
    assert counts["requests"] == "6"
    assert counts["local replies"] == "1"
    assert counts["header changes"] == str(5 + 2 * 6)  # one of a request, two of a response
    assert int(counts["body changes"]) == 5
    assert counts["metrics"] == "6"
    assert int(counts["shared data"]) >= 12
    assert int(counts["queue messages"]) >= 6
    assert str(picture.count(picture.thread("worker_1"), "requests")) == "none"
    assert "Nothing ticks: this filter sets no timer." in describe_lanes(picture)


NETWORK = """
static_resources:
  listeners:
    - name: main
      address: {socket_address: {address: 127.0.0.1, port_value: 18000}}
      connection_balance_config: {exact_balance: {}}
      filter_chains:
        - filters:
            - name: envoy.filters.network.wasm
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm
                config:
                  vm_config:
                    runtime: envoy.wasm.runtime.v8
                    code: {local: {filename: traffic.wasm}}
                  configuration:
                    "@type": type.googleapis.com/google.protobuf.StringValue
                    value: '{"shape": "network"}'
            - name: envoy.filters.network.tcp_proxy
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: ingress
                cluster: my_custom_svc
  clusters:
    - name: my_custom_svc
      type: STATIC
      load_assignment:
        cluster_name: my_custom_svc
        endpoints:
          - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8080}}}
"""


def test_the_connections_of_a_network_filter_are_counted(
    launch: Launch, traffic: Module, tmp_path: Path
) -> None:
    (tmp_path / "network.yaml").write_text(NETWORK)
    envoy = launch(traffic, configuration=tmp_path / "network.yaml")
    for _ in range(3):
        assert httpx.get(envoy.url, trust_env=False).status_code == 200
    picture = envoy.wait_until(
        lambda now: sum(now.count(t, "connections").seen for t in now.workers) == 3, "connections"
    )
    assert "connections 3" in describe_dashboard(picture)
    assert str(picture.count(picture.thread("main"), "connections")) == "none"


def test_a_module_without_an_sdk_is_seen(launch: Launch, built: Path) -> None:
    envoy = launch(c_like_filter(built))
    assert [dict(a.headers)["x-wat"] for a in envoy.ask_every_worker()] == ["by hand"] * 2
    picture = envoy.wait_until(
        lambda now: all(now.count(t, "header changes").seen for t in now.workers), "changes"
    )
    for what in ("VM starts", "responses", "header changes"):
        assert [str(picture.count(t, what)) for t in picture.workers] == ["1", "1"]
    assert "Nothing ticks: this filter sets no timer." in describe_lanes(picture)
    with pytest.raises(LaunchError, match="never fetches a token"):
        envoy.wait_for_tokens()


def test_what_was_switched_off_over_the_budget_is_said(
    launch: Launch, ticking: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "BUDGET_LINES_S", 50)
    envoy = launch(ticking, settings=shape("hello world"))
    picture = envoy.wait_until(lambda now: not now.seeing.on, "the trace is switched off")
    words = describe_lanes(picture)
    assert "Crossings are off since" in words
    assert "lines of the log a second are more than 50" in words
    worker = picture.thread("worker_0")
    assert str(picture.count(worker, "ticks")) in (f"{worker.ticks} seen", "not seen")
    assert picture.count(worker, "requests").why == picture.seeing.not_seen
    assert str(picture.count(worker, "requests")) == "not seen"
    assert columns(envoy)["worker_0"]["token it holds"] == "not seen"
