"""A running Envoy: threads by name, a VM for each, tokens, traffic to every worker."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.errors import ConfigurationError, LaunchError, TrafficError
from lab_helpers.token_api import TokenApi, fingerprint
from tests.calls import measures


def test_every_thread_ticks_in_a_vm_of_its_own(envoy: Envoy) -> None:
    picture = envoy.wait_until(
        lambda now: len(now.threads) == 3 and all(thread.ticks > 2 for thread in now.threads),
        "three ticks on every thread",
    )
    assert [thread.name for thread in picture.threads] == ["worker_0", "worker_1", "main"]
    assert picture.thread("main").tid == envoy.pid
    assert len({thread.vm for thread in picture.threads}) == 3
    assert len({thread.token.fingerprint for thread in picture.threads if thread.token}) == 3
    assert picture.ticking == envoy.workers + 1


def test_the_token_api_is_called_n_plus_1_times_a_period(envoy: Envoy) -> None:
    measures(envoy, calls_per_period=3)


def test_each_worker_answers_with_its_own_vm_and_token(envoy: Envoy) -> None:
    answers = envoy.ask_every_worker("/hello")
    picture = envoy.snapshot()
    assert [answer.worker for answer in answers] == ["worker_0", "worker_1"]
    for answer in answers:
        headers = answer.headers
        thread = picture.thread(answer.worker)
        assert answer.status == 200
        assert headers["x-wasm-filter"] == "hello from wasm"
        assert headers["x-wasm-vm"] == thread.vm
        verdict = envoy.token_api.verify(headers["x-auth"])
        assert verdict.valid, verdict.reason
        assert verdict.claims["sub"] == f"vm-{thread.vm}"
        assert thread.last_response == answer.event


def test_a_token_that_was_tampered_with_is_not_valid(envoy: Envoy) -> None:
    token = envoy.ask("worker_0").headers["x-auth"]
    head, payload, signature = token.split(".")
    forged = ".".join((head, payload, signature[::-1]))
    assert not envoy.token_api.verify(forged).valid


def test_a_connection_stays_on_its_worker(envoy: Envoy) -> None:
    tags = {envoy.ask("worker_1").headers["x-wasm-vm"] for _ in range(20)}
    assert tags == {envoy.snapshot().thread("worker_1").vm}
    assert envoy.figures().connections == {"worker_0": 1, "worker_1": 1}


def test_a_connection_that_envoy_closes_is_opened_anew(
    launch: Callable[..., Envoy], configured: Callable[[str, str], Configuration]
) -> None:
    once = "common_http_protocol_options: {max_requests_per_connection: 1}"
    stat = "                stat_prefix: ingress"
    envoy = launch(configuration=configured(stat, f"                {once}\n{stat}"))
    envoy.wait_for_tokens()
    tags = [envoy.ask("worker_1").headers["x-wasm-vm"] for _ in range(3)]
    assert tags == [envoy.snapshot().thread("worker_1").vm] * 3
    assert envoy.figures().connections_total["worker_1"] >= 3


def test_a_connection_that_is_lost_is_not_replaced_by_one_to_another_worker(
    launch: Callable[..., Envoy], configured: Callable[[str, str], Configuration]
) -> None:
    once = "common_http_protocol_options: {max_requests_per_connection: 1}"
    stat = "                stat_prefix: ingress"
    envoy = launch(configuration=configured(stat, f"                {once}\n{stat}"), workers=3)
    picture = envoy.wait_for_tokens()
    # No connection is left after a round, so each worker's next one has all workers to go to.
    for worker in ("worker_2", "worker_1", "worker_0"):
        envoy.ask_every_worker()
        assert dict(envoy.ask(worker).headers)["x-wasm-vm"] == picture.thread(worker).vm


def test_envoys_own_figures_agree(envoy: Envoy) -> None:
    figures = envoy.figures()
    assert (figures.vms, figures.vms_created, figures.reloads) == (4, 5, 0)
    assert 30e6 < figures.rss_bytes < 300e6


def test_the_filter_counts_in_envoys_metrics(envoy: Envoy) -> None:
    stats = envoy.stats("wasmcustom.token_filter")
    ticks = stats["wasmcustom.token_filter.ticks"]
    assert ticks > 0
    # The log comes by a pipe, and may be read a moment after the counter.
    envoy.wait_until(
        lambda picture: sum(thread.ticks for thread in picture.threads) >= ticks,
        "the log tells each tick that was counted",
    )
    assert stats["wasmcustom.token_filter.fetches.ok"] > 0
    assert stats["wasmcustom.token_filter.callouts_refused"] == 0


def test_a_text_among_envoys_figures_is_passed_over(
    launch: Callable[..., Envoy], tmp_path: Path
) -> None:
    (tmp_path / "clusters.yaml").write_text('version_info: "1"\nresources: []\n')
    text = find_configuration("bare.yaml").read_text(encoding="utf-8")
    text += f"""
node: {{id: lab, cluster: lab}}
dynamic_resources:
  cds_config: {{path_config_source: {{path: {tmp_path / "clusters.yaml"}}}}}
"""
    envoy = launch(None, configuration=Configuration.parse(text), workers=1)
    stats = envoy.stats(r"^cluster_manager\.")
    assert stats["cluster_manager.cds.update_success"] == 1
    assert "cluster_manager.cds.version_text" not in stats


def test_no_line_of_the_log_holds_a_token(envoy: Envoy) -> None:
    token = envoy.ask("worker_0").headers["x-auth"]
    log = "\n".join(envoy.log)
    assert f"token={fingerprint(token)}" in log
    assert not re.search(r"eyJ[\w-]+\.[\w-]+", log)


def test_times_are_right_whatever_envoys_time_zone_is(
    launch: Callable[..., Envoy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Etc/GMT-9" if time.timezone != -9 * 3600 else "Etc/GMT+9")
    began = time.time()
    picture = launch(workers=1).wait_for_tokens()
    first = picture.thread("worker_0").first_tick
    assert first is not None
    assert began < first < time.time()


def test_a_worker_that_is_not_there_is_said(envoy: Envoy) -> None:
    with pytest.raises(TrafficError, match="There is no worker_2"):
        envoy.ask("worker_2")


def test_waiting_for_what_never_comes_ends_with_what_was_waited_for(envoy: Envoy) -> None:
    with pytest.raises(LaunchError, match="not yet: pigs fly"):
        envoy.wait_until(lambda _now: False, "pigs fly", timeout_s=0.3)


def test_x_auth_is_left_out_until_there_is_a_token(launch: Callable[..., Envoy]) -> None:
    envoy = launch(settings={"tick_ms": 600_000})
    headers = envoy.ask("worker_0").headers
    assert headers["x-wasm-filter"] == "hello from wasm"
    assert "x-auth" not in headers
    assert "x-wasm-vm" not in headers


def test_two_envoys_at_once_have_ports_of_their_own(
    envoy: Envoy, launch: Callable[..., Envoy]
) -> None:
    other, third = launch(workers=1, admin_port=0), launch(workers=1, admin_port=0)
    assert len({other.url, envoy.url, third.url}) == 3
    assert other.admin_url != third.admin_url
    assert other.ask("worker_0").status == envoy.ask("worker_0").status == 200


def test_two_envoys_may_share_a_token_api(launch: Callable[..., Envoy]) -> None:
    with TokenApi() as api:
        first, second = launch(token_api=api, workers=1), launch(token_api=api, workers=1)
        for envoy in (first, second):
            envoy.wait_for_tokens()
        first.stop()
        assert api.running
        assert second.wait_until(lambda now: now.calls > 6, "more calls").calls > 6


@pytest.mark.parametrize("workers", [0, 257, 2.5, "2", True, ...])
def test_a_number_of_workers_that_cannot_be_is_refused(
    launch: Callable[..., Envoy], workers: int
) -> None:
    with pytest.raises(ConfigurationError, match="workers is") as caught:
        launch(workers=workers)
    assert "a whole number from 1 to 256" in caught.value.hint


@pytest.mark.parametrize("settings", [["tick_ms", 1000], ...])
def test_what_are_no_settings_is_said(launch: Callable[..., Envoy], settings: Any) -> None:
    with pytest.raises(ConfigurationError, match="settings is"):
        launch(settings=settings)


@pytest.mark.parametrize("path", ["hello", "", "/a b", "/a\r\nx: y", "/ö"])
def test_what_is_no_path_is_said_and_no_request_is_sent(envoy: Envoy, path: str) -> None:
    before = envoy.snapshot().thread("worker_0").responses
    with pytest.raises(TrafficError, match="is no path of a request"):
        envoy.ask("worker_0", path)
    assert envoy.snapshot().thread("worker_0").responses == before


def test_a_pattern_that_envoy_does_not_take_is_said(envoy: Envoy) -> None:
    with pytest.raises(TrafficError, match=r"refuses /stats \(400\)") as caught:
        envoy.stats("(")
    assert "regex" in caught.value.quote.lower()
    assert "RE2" in caught.value.hint


def test_64_workers_are_65_threads_and_no_line_is_lost(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=64, settings={"tick_ms": 1000, "vm_header": "x-wasm-vm"})
    picture = envoy.wait_until(
        lambda now: sum(1 for thread in now.threads if thread.ticks >= 3) == 65,
        "three ticks on all 65 threads",
        timeout_s=60,
    )
    assert (len(picture.workers), picture.ticking) == (64, 65)
    assert len({thread.vm for thread in picture.threads}) == 65
    for thread in picture.threads:
        numbers = [tick.n for tick in thread.recent]
        assert numbers == list(range(1, len(numbers) + 1))
    tags = {answer.headers["x-wasm-vm"] for answer in envoy.ask_every_worker()}
    assert tags == {thread.vm for thread in picture.workers}


def test_several_threads_may_ask_at_once(envoy: Envoy) -> None:
    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda _: envoy.ask_every_worker(), range(20)))
    vms = {thread.name: thread.vm for thread in envoy.snapshot().workers}
    answers = [answer for answers in rounds for answer in answers]
    assert len(answers) == 40
    assert all(answer.headers["x-wasm-vm"] == vms[answer.worker] for answer in answers)


def test_the_admin_of_a_native_envoy_is_ones_own(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    with pytest.raises(LaunchError, match="the Unix socket") as caught:
        _ = envoy.admin_url
    command = caught.value.hint.split("`")[1]
    said = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True)
    assert "server.live: 1" in said.stdout  # as the hint says
    socket = Path(command.split()[2])
    assert socket.stat().st_mode & 0o777 == 0o600
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert envoy.stats("server.live") == {"server.live": 1}
    listening = {
        each.laddr.port
        for each in psutil.Process(envoy.pid).net_connections("tcp")
        if each.status == psutil.CONN_LISTEN
    }
    assert listening == {int(envoy.url.rpartition(":")[2])}
    envoy.stop()
    assert not socket.exists()


def test_a_path_too_long_for_a_socket_makes_a_port_of_it_and_says_so(
    launch: Callable[..., Envoy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / ("long" * 20)))
    envoy = launch(workers=1)
    assert httpx.get(f"{envoy.admin_url}/ready", trust_env=False).text == "LIVE\n"
    assert any("every user of this machine can reach" in note for note in envoy.notes)
    assert launch(workers=1, admin_port=0).notes == ()  # it was asked for
