"""What a container of the lab may do, see and be reached by: as little as it needs."""

from __future__ import annotations

from collections.abc import Callable

import docker
import httpx
import psutil
import pytest
from docker.models.containers import Container

from lab_helpers.docker_engine.leftovers import LABEL
from lab_helpers.envoy import Envoy
from lab_helpers.owner import Owner
from tests.docker.conftest import lab_containers


@pytest.fixture
def container(launch: Callable[..., Envoy], docker_client: docker.DockerClient) -> Container:
    before = lab_containers(docker_client)
    launch(workers=2).wait_for_tokens()
    (name,) = lab_containers(docker_client) - before
    return docker_client.containers.get(name)


def test_it_is_bounded_and_has_no_rights(container: Container) -> None:
    host, config = container.attrs["HostConfig"], container.attrs["Config"]
    assert config["User"] == "101:101"
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] is None
    assert not host["Privileged"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["ReadonlyRootfs"]
    assert host["Memory"] == host["MemorySwap"] == 528 << 20
    assert host["PidsLimit"] == 136
    assert host["NetworkMode"] == "bridge"


def test_the_kernel_agrees(container: Container) -> None:
    pid = container.attrs["State"]["Pid"]
    if not psutil.pid_exists(pid):
        pytest.skip("the engine runs in a virtual machine, whose kernel cannot be asked from here")
    said = container.exec_run(["/bin/cat", "/proc/1/status"]).output
    assert isinstance(said, bytes)
    lines = (line.partition(":\t") for line in said.decode().splitlines())
    status = {name: value for name, _, value in lines}
    assert status["Uid"].split() == ["101"] * 4
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    assert status["NoNewPrivs"] == "1"


def test_its_files_are_mounted_read_only(container: Container) -> None:
    mounts = {mount["Destination"]: mount for mount in container.attrs["Mounts"]}
    assert set(mounts) == {
        "/etc/envoy/envoy.yaml",
        "/etc/envoy/filter.wasm",
        "/etc/envoy/reload",
    }
    assert not any(mount["RW"] for mount in mounts.values())
    # What is in a folder is no more to be written than a file.
    inside = [f"{path}/0/filter.yaml" if path.endswith("/reload") else path for path in mounts]
    for path in (*inside, "/etc/passwd"):
        tried = container.exec_run(["/bin/sh", "-c", f"echo >{path}"])
        assert tried.exit_code != 0
        assert b"Read-only file system" in tried.output or b"Permission denied" in tried.output


def test_its_ports_are_published_on_the_loopback_address_only(container: Container) -> None:
    ports = container.attrs["NetworkSettings"]["Ports"]
    assert set(ports) == {"10000/tcp", "9901/tcp"}
    assert {place["HostIp"] for places in ports.values() for place in places} == {"127.0.0.1"}


def test_its_label_names_this_process(container: Container) -> None:
    owner = Owner.parse(container.labels[LABEL])
    assert owner is not None
    assert owner.same(Owner.this_process())


def test_the_token_api_listens_where_the_container_asks_and_nowhere_else(
    launch: Callable[..., Envoy],
) -> None:
    envoy = launch(workers=1)
    api = envoy.token_api
    listening = {
        connection.laddr.ip
        for connection in psutil.Process().net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == api.port
    }
    assert listening == set(envoy.launcher.upstream_hosts())
    assert "0.0.0.0" not in listening  # noqa: S104  # that it is not there is the point
    for host in listening:
        assert httpx.get(f"http://{host}:{api.port}/auth", trust_env=False).status_code == 200


def test_names_are_never_the_same(
    launch: Callable[..., Envoy], docker_client: docker.DockerClient
) -> None:
    launch(workers=1)
    launch(workers=1)
    names = lab_containers(docker_client)
    assert len(names) == 2
    assert all(name.startswith("envoy-wasm-lab-envoy-") for name in names)
