"""Every way in which Docker can fail a learner: a cause, a hint, and no container left."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import docker
import pytest
import wasmtime
from docker.models.containers import Container

from lab_helpers.compiling.modules import Module
from lab_helpers.docker_engine import containers
from lab_helpers.docker_engine.daemon import engine_address
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LaunchError, ToolchainError
from lab_helpers.launch import EnvoyProcess, LaunchPlan, choose_launcher
from lab_helpers.launch.docker import DockerLauncher
from tests.conftest import TellFault
from tests.docker.conftest import lab_containers
from tests.docker.own_dockerd import OwnDockerd
from tests.docker.relay import Relay
from tests.docker.standin_images import NO_ENVOY, WITH_SHELL

Launch = Callable[..., Envoy]
# A module without a memory, which hands Envoy an address: Envoy reads there, and crashes.
CRASHING_WAT = """(module
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (func (export "proxy_abi_version_0_2_0"))
  (func (export "_initialize"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 0))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $log (i32.const 2) (i32.const 0) (i32.const 5))))"""


@pytest.fixture
def running(launch: Launch) -> Envoy:
    envoy = launch(workers=1)
    envoy.wait_for_tokens()
    return envoy


def its_container(client: docker.DockerClient) -> Container:
    (name,) = lab_containers(client)
    return client.containers.get(name)


def test_no_daemon(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(
        LaunchError, match=r"No Docker daemon answers at unix:.*none\.sock"
    ) as caught:
        choose_launcher("docker")
    assert "No such file" in caught.value.quote
    assert "without Docker" in caught.value.hint


@pytest.mark.fault("The Docker daemon does not run")
def test_a_daemon_that_has_ended_leaves_a_socket_that_refuses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: TellFault
) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/dead.sock")
    with pytest.raises(LaunchError, match="No Docker daemon answers") as caught:
        DockerLauncher().version()
    assert "refused" in caught.value.quote
    fault(caught.value, kept="the native launcher, if there is an Envoy")


@pytest.mark.fault("This user may not use Docker")
def test_no_permission_on_the_socket(monkeypatch: pytest.MonkeyPatch, fault: TellFault) -> None:
    path = Path(engine_address(os.environ).partition("://")[2])
    if os.geteuid() != 0:
        pytest.skip("only root can become a user who may not use the daemon")
    mode = path.stat().st_mode
    path.chmod(0o600)
    os.seteuid(65_534)
    try:
        with pytest.raises(LaunchError, match="You may not use Docker") as caught:
            choose_launcher("docker")
    finally:
        os.seteuid(0)
        path.chmod(mode)
    assert "Permission denied" in caught.value.quote
    assert "usermod -aG docker" in caught.value.hint
    fault(caught.value, kept="the native launcher, if there is an Envoy")


@pytest.mark.fault("DOCKER_HOST names another machine")
def test_a_daemon_on_another_machine(monkeypatch: pytest.MonkeyPatch, fault: TellFault) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://someone@elsewhere.example")
    with pytest.raises(LaunchError, match="on another machine") as caught:
        choose_launcher("docker")
    assert "DOCKER_HOST" in caught.value.hint
    fault(caught.value, kept="the native launcher, if there is an Envoy")


def test_without_a_binary_the_lab_takes_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_found() -> object:
        raise ToolchainError("There is no Envoy binary for this system.")

    assert choose_launcher().name == "native"
    monkeypatch.setattr("lab_helpers.toolchain.find_envoy", none_found)
    assert choose_launcher().name == "docker"
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    with pytest.raises(ToolchainError, match=r"There is no Envoy to run: .*No Docker daemon"):
        choose_launcher()


@pytest.mark.parametrize("option", ["port", "admin_port"])
def test_a_port_that_is_taken_at_the_last_moment(token_module: Module, option: str) -> None:
    class Overtaken(DockerLauncher):
        """Another program takes the port when the lab has found it free, just before the launch."""

        def launch(self, plan: LaunchPlan) -> EnvoyProcess:
            other.bind(("127.0.0.1", number))
            other.listen()
            return super().launch(plan)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    with socket.socket() as other:
        envoy = Envoy(token_module, workers=1, launcher=Overtaken(), **{option: number})
        with pytest.raises(LaunchError, match=f"Port {number} is taken") as caught:
            envoy.start()
    assert "0 for a free one" in caught.value.hint


def test_a_port_that_another_container_publishes(launch: Launch) -> None:
    port = int(launch(workers=1).url.rpartition(":")[2])
    with pytest.raises(LaunchError, match=f"Port {port} .* is taken"):
        launch(workers=1, port=port)


@pytest.mark.fault("The container is killed")
def test_a_container_that_is_killed(
    running: Envoy, docker_client: docker.DockerClient, fault: TellFault
) -> None:
    its_container(docker_client).kill()
    with pytest.raises(LaunchError, match="SIGKILL while it ran") as caught:
        running.wait_until(lambda _now: False, "never")
    assert "memory" in caught.value.hint
    assert not running.running
    running.stop()
    assert lab_containers(docker_client) == set()
    fault(caught.value, kept="the log, the board; Envoy can be started again")


@pytest.mark.fault("The container is removed while it runs")
def test_a_container_that_is_removed(
    running: Envoy, docker_client: docker.DockerClient, fault: TellFault
) -> None:
    its_container(docker_client).remove(force=True)
    with pytest.raises(LaunchError, match="SIGKILL while it ran") as caught:
        running.wait_until(lambda _now: False, "never")
    running.stop()
    fault(caught.value, kept="the log, the board; Envoy can be started again")


def test_an_envoy_that_crashes(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "crashing.wasm").write_bytes(wasmtime.wat2wasm(CRASHING_WAT))
    envoy = launch(tmp_path / "crashing.wasm", workers=1)
    with pytest.raises(LaunchError, match="SIGSEGV while it ran"):
        envoy.ask("worker_0")
    with pytest.raises(LaunchError, match="SIGSEGV while it ran"):
        envoy.wait_until(lambda _now: False, "never")
    assert "Segmentation fault" in "\n".join(envoy.log)


@pytest.mark.fault("The container is stopped by somebody else")
def test_an_envoy_that_is_stopped_by_someone_else(
    running: Envoy, docker_client: docker.DockerClient, fault: TellFault
) -> None:
    its_container(docker_client).stop()
    with pytest.raises(LaunchError, match="ended with exit code 0 while it ran") as caught:
        running.wait_until(lambda _now: False, "never")
    fault(caught.value, kept="the log, the board; Envoy can be started again")


@pytest.mark.fault("Envoy needs more memory than its container may have")
def test_an_envoy_that_needs_more_memory_than_it_may_have(
    launch: Launch, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setattr(containers, "memory_bytes", lambda _workers: 16 << 20)
    with pytest.raises(
        LaunchError, match="more memory than its container may have: 16 MB"
    ) as caught:
        launch(workers=2)
    fault(caught.value, kept="the log, the board")


@pytest.mark.fault("The container's user may not read the module")
def test_a_file_that_the_containers_user_may_not_read(
    launch: Launch, token_module: Module, tmp_path: Path, fault: TellFault
) -> None:
    secret = Path(shutil.copyfile(token_module.path, tmp_path / "secret.wasm"))
    secret.chmod(0o600)
    with pytest.raises(LaunchError, match=r"Envoy cannot read .*user 101") as caught:
        launch(secret)
    assert caught.value.hint == f"chmod a+r {secret}"
    secret.chmod(0o644)
    tmp_path.chmod(0o700)  # the folder does not matter
    assert launch(secret, workers=1).ask("worker_0").status == 200
    fault(caught.value, kept="the file")


def test_a_module_that_is_gone(launch: Launch, tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="Envoy finds no file at") as caught:
        launch(Module(tmp_path / "gone.wasm", 0, "", (), ()))
    assert "lab build" in caught.value.hint


def test_a_file_that_is_no_filter(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "text.wasm").write_bytes(b"just words")
    with pytest.raises(LaunchError, match="is no Wasm module") as caught:
        launch(Module(tmp_path / "text.wasm", 10, "", (), ()))
    assert "corrupted Wasm module" in "\n".join(caught.value.log_tail)


def test_a_setting_with_a_spelling_mistake(launch: Launch, token_module: Module) -> None:
    with pytest.raises(LaunchError, match="refused its settings") as caught:
        launch(token_module, settings={"tik_ms": 5})
    assert "tik_ms" in caught.value.quote


@pytest.mark.fault("The image has no Envoy")
def test_an_image_without_an_envoy(launch: Launch, fault: TellFault) -> None:
    with pytest.raises(LaunchError, match=r"no-envoy:latest has no /usr/local/bin/envoy") as caught:
        launch(image=NO_ENVOY)
    with pytest.raises(LaunchError, match="has no /usr/local/bin/envoy"):
        DockerLauncher(NO_ENVOY).version()
    fault(caught.value, kept="the image")


@pytest.mark.fault("The Docker daemon goes away while Envoy runs")
def test_a_daemon_that_does_not_answer_any_more(
    relay: Relay,
    running: Envoy,
    docker_client: docker.DockerClient,
    monkeypatch: pytest.MonkeyPatch,
    fault: TellFault,
) -> None:
    relay.cut()
    with pytest.raises(LaunchError, match="daemon went away while Envoy ran") as caught:
        running.wait_until(lambda _now: False, "never")
    assert "start Envoy" in caught.value.hint
    assert not running.running
    with pytest.raises(LaunchError, match="No Docker daemon answers"):
        running.start()
    (lost,) = lab_containers(docker_client)
    monkeypatch.undo()  # it is back
    monkeypatch.setenv("LAB_ENVOY_IMAGE", WITH_SHELL)
    running.start()
    assert running.ask("worker_0").status == 200
    assert lost not in lab_containers(docker_client)
    fault(
        caught.value,
        kept="the log, the board; Envoy can be started again",
        left="the container, until the next start clears it",
    )


def test_a_daemon_that_is_started_again(
    dockerd: OwnDockerd | None, running: Envoy, docker_client: docker.DockerClient
) -> None:
    if dockerd is None:
        pytest.skip("a person's daemon is not ended; the test above cuts the way to it")
    (lost,) = lab_containers(docker_client)
    dockerd.stop()  # which stops the containers first
    try:
        with pytest.raises(LaunchError, match=r"while (it|Envoy) ran"):
            running.wait_until(lambda _now: False, "never")
        running.stop()
    finally:
        dockerd.start()
    running.start()
    assert running.ask("worker_0").status == 200
    assert lost not in lab_containers(docker_client)
