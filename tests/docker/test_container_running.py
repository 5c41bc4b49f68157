"""An Envoy in a container: the same face as one that runs as a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import httpx
import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch import LaunchPlan
from lab_helpers.launch.docker import DockerLauncher
from lab_helpers.launch.ports import spare_port
from lab_helpers.token_api import Fault, TokenApi
from tests.calls import measures
from tests.docker.conftest import SETTINGS
from tests.docker.standin_images import DISTROLESS, WITH_SHELL
from tests.old_tokens import KEPT, LIFETIME_S, ask_until, has_none, has_token

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module", params=[WITH_SHELL, DISTROLESS], ids=["shell", "distroless"])
def envoy(
    request: pytest.FixtureRequest, docker_client: docker.DockerClient, token_module: Module
) -> Iterator[Envoy]:
    """One Envoy with two workers, for tests that leave it as they found it."""
    launcher = DockerLauncher(request.param)
    with Envoy(token_module, workers=2, settings=SETTINGS, launcher=launcher) as running:
        running.wait_for_tokens()
        yield running


def test_every_thread_ticks_under_its_name_in_a_vm_of_its_own(envoy: Envoy) -> None:
    picture = envoy.wait_until(
        lambda now: len(now.threads) == 3 and all(thread.ticks > 2 for thread in now.threads),
        "three ticks on every thread",
    )
    assert [thread.name for thread in picture.threads] == ["worker_0", "worker_1", "main"]
    assert picture.thread("main").tid == 1  # process 1 of its container
    assert len({thread.vm for thread in picture.threads}) == 3


def test_the_token_api_is_called_n_plus_1_times_a_period(envoy: Envoy) -> None:
    measures(envoy, calls_per_period=3)


def test_each_worker_answers_with_its_own_vm_and_token(envoy: Envoy) -> None:
    answers = envoy.ask_every_worker("/hello")
    picture = envoy.snapshot()
    assert [answer.worker for answer in answers] == ["worker_0", "worker_1"]
    for answer in answers:
        headers = answer.headers
        assert answer.status == 200
        assert headers["x-wasm-filter"] == "hello from wasm"
        assert headers["x-wasm-vm"] == picture.thread(answer.worker).vm
        verdict = envoy.token_api.verify(headers["x-auth"])
        assert verdict.valid, verdict.reason


def test_envoys_own_figures_agree(envoy: Envoy) -> None:
    envoy.ask_every_worker()
    figures = envoy.figures()
    assert (figures.vms, figures.vms_created, figures.reloads) == (4, 5, 0)
    assert figures.connections == {"worker_0": 1, "worker_1": 1}
    assert 30e6 < figures.rss_bytes < 300e6


def test_the_log_holds_what_a_native_envoys_holds(envoy: Envoy) -> None:
    assert [line for line in envoy.log if "|debug|" in line or "|info|main|" in line] == []
    assert any("event=tick" in line for line in envoy.log)


def test_names_hold_for_many_workers(launch: Launch) -> None:
    for image in (WITH_SHELL, DISTROLESS):
        envoy = launch(image=image, workers=5)
        picture = envoy.wait_for_tokens()
        assert [thread.name for thread in picture.workers] == [f"worker_{n}" for n in range(5)]
        # The name in Envoy's statistics and the thread that logs are one: its own VM answers.
        for answer in envoy.ask_every_worker():
            assert answer.headers["x-wasm-vm"] == picture.thread(answer.worker).vm
        envoy.stop()


def test_two_at_once_have_ports_of_their_own(launch: Launch) -> None:
    first, second = launch(workers=1), launch(workers=1)
    assert len({first.url, first.admin_url, second.url, second.admin_url}) == 4
    assert first.ask("worker_0").status == second.ask("worker_0").status == 200


def test_restart_changes_what_it_is_given(launch: Launch) -> None:
    envoy = launch(workers=1)
    envoy.restart(workers=3, settings={"tick_ms": 300})
    picture = envoy.wait_for_tokens()
    assert (len(picture.workers), picture.tick_ms) == (3, 300)


def test_stopping_twice_is_fine_and_its_last_words_are_kept(launch: Launch) -> None:
    envoy = launch(workers=1)
    envoy.stop()
    envoy.stop()
    assert not envoy.running
    assert "SIGTERM" in "\n".join(envoy.log)


def test_an_envoy_may_change_from_a_process_to_a_container(token_module: Module) -> None:
    with Envoy(token_module, workers=1, settings=SETTINGS, launcher="native") as envoy:
        envoy.wait_for_tokens()
        envoy.stop()
        envoy.launcher = DockerLauncher()
        envoy.start()
        envoy.wait_for_tokens()
        assert envoy.token_api.hosts == envoy.launcher.upstream_hosts()


def test_a_token_api_that_no_container_reaches_is_said(launch: Launch) -> None:
    with TokenApi() as api, pytest.raises(ConfigurationError, match="cannot reach") as caught:
        launch(token_api=api)
    assert "TokenApi(hosts=" in caught.value.hint


def test_a_token_api_in_reach_is_shared(launch: Launch) -> None:
    with TokenApi(hosts=DockerLauncher().upstream_hosts()) as api:
        launch(token_api=api, workers=1).wait_for_tokens()


def test_no_client_sees_a_token_that_is_over(launch: Launch) -> None:
    hosts = DockerLauncher().upstream_hosts()
    with TokenApi(hosts=hosts, token_lifetime_s=LIFETIME_S) as api:
        settings = {**KEPT, "after_expiry": "answer_503"}
        envoy = launch(token_api=api, workers=2, settings=settings)
        envoy.wait_for_tokens()
        ask_until(envoy, has_token)
        api.fault = Fault.ERROR
        answers = ask_until(envoy, has_none)
        assert {each[-1].status for each in answers.values()} == {503}
        api.fault = Fault.NONE
        ask_until(envoy, has_token)


def test_validate_quotes_envoys_reason(launch: Launch, token_module: Module) -> None:
    Envoy(token_module, settings=SETTINGS, launcher=DockerLauncher()).validate()
    wrong = Configuration.parse("static_resources: {adress: 1}")
    with pytest.raises(ConfigurationError, match="Envoy refuses") as caught:
        Envoy(None, configuration=wrong, launcher=DockerLauncher()).validate()
    assert "adress" in caught.value.quote


def test_only_the_first_listener_is_published(launch: Launch) -> None:
    envoy = launch(workers=1)
    with pytest.raises(LaunchError, match="not published"):
        envoy._started().process.listener_address(12_345)  # noqa: SLF001


@pytest.mark.parametrize("image", [WITH_SHELL, DISTROLESS])
def test_the_version_is_the_images(docker_client: docker.DockerClient, image: str) -> None:
    assert DockerLauncher(image).version() == DockerLauncher(image).version()
    assert DockerLauncher(image).version().count(".") == 2


def test_the_published_admin_port_ends_no_envoy_and_shows_no_configuration(launch: Launch) -> None:
    """Every user of this machine can reach it; what was not asked for answers the lab alone."""
    envoy = launch(workers=1)
    for path in ("/quitquitquit", "/config_dump", "/certs", "/runtime_modify?a=b", "/help"):
        reply = httpx.post(f"{envoy.admin_url}{path}", trust_env=False)
        assert reply.status_code == 403, path
    assert any("every user of this machine can reach" in note for note in envoy.notes)
    assert envoy.stats("server.live") == {"server.live": 1}
    envoy.restart(log_level="debug")
    assert envoy.follow("worker_0").entries  # which switches the log


def test_an_admin_port_that_was_asked_for_answers_all(launch: Launch) -> None:
    envoy = launch(workers=1, admin_port=spare_port())
    assert httpx.get(f"{envoy.admin_url}/config_dump", trust_env=False).status_code == 200
    assert not any("every user" in note for note in envoy.notes)


@pytest.mark.parametrize(
    ("image", "lists"), [("envoyproxy/envoy:v1.36.2", False), ("envoyproxy/envoy:v1.37.0", True)]
)
def test_an_older_envoy_is_given_no_list_of_paths(image: str, lists: bool) -> None:
    plan = LaunchPlan(folder=Path("/nowhere"), wasm=None, workers=1)
    assert bool(DockerLauncher(image).places(plan).admin_paths) is lists
