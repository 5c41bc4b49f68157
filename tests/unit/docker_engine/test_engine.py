"""How an engine is used, decided from what it says of itself: Linux, Docker Desktop, macOS."""

from __future__ import annotations

from typing import Any

import pytest

from lab_helpers.docker_engine.engine import (
    Engine,
    bridge_gateway,
    engine_from,
    memory_bytes,
    most_threads,
    refuse_remote,
)
from lab_helpers.errors import LaunchError

LINUX: dict[str, Any] = {
    "OSType": "linux",
    "OperatingSystem": "Debian GNU/Linux 12 (bookworm)",
    "SecurityOptions": ["name=seccomp,profile=default"],
    "ServerVersion": "20.10.24",
}
DESKTOP = LINUX | {"OperatingSystem": "Docker Desktop"}
# 20.10 names no gateway before its first container; later ones do, and name one for IPv6 too.
NEW_BRIDGE: dict[str, Any] = {
    "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}]},
    "Options": {"com.docker.network.bridge.name": "docker0"},
}
NAMED_BRIDGE: dict[str, Any] = {
    "IPAM": {"Config": [{"Gateway": "fd00::1"}, {"Gateway": "10.9.0.1"}]},
    "Options": {"com.docker.network.bridge.name": "docker0"},
}
DOCKER0 = {"lo": ["127.0.0.1"], "docker0": ["172.17.0.1"]}


def test_on_linux_the_token_api_listens_on_the_bridge_too() -> None:
    engine = engine_from(LINUX, NEW_BRIDGE, "linux", DOCKER0)
    assert engine == Engine("20.10.24", in_vm=False, gateway="172.17.0.1", selinux=False)
    assert engine.upstream_hosts() == ("127.0.0.1", "172.17.0.1")
    assert engine.extra_hosts() == {"host.docker.internal": "172.17.0.1"}
    assert engine.sees_pids()
    assert engine.minds_file_modes()


@pytest.mark.parametrize(
    ("platform", "info"),
    [
        ("darwin", DESKTOP),
        ("win32", DESKTOP),
        ("linux", DESKTOP),  # Docker Desktop for Linux, and WSL with Docker Desktop
        ("darwin", LINUX),  # another engine in a virtual machine: Colima, Lima, OrbStack
    ],
)
def test_an_engine_in_a_vm_reaches_the_loopback_address(
    platform: str, info: dict[str, Any]
) -> None:
    engine = engine_from(info, {}, platform, {})
    assert engine.in_vm
    assert engine.upstream_hosts() == ("127.0.0.1",)
    assert engine.extra_hosts() == {"host.docker.internal": "host-gateway"}
    assert not engine.sees_pids()
    assert not engine.minds_file_modes()


def test_a_gateway_that_the_engine_names_comes_first() -> None:
    assert bridge_gateway(NAMED_BRIDGE, DOCKER0) == "10.9.0.1"
    assert bridge_gateway(NEW_BRIDGE, DOCKER0) == "172.17.0.1"
    renamed = NEW_BRIDGE | {"Options": {"com.docker.network.bridge.name": "br7"}}
    assert bridge_gateway(renamed, {"br7": ["10.1.1.1"]}) == "10.1.1.1"


@pytest.mark.parametrize("bridge", [{}, NEW_BRIDGE, {"IPAM": None, "Options": None}])
def test_without_a_bridge_it_is_said(bridge: dict[str, Any]) -> None:
    with pytest.raises(LaunchError, match="no default bridge"):
        bridge_gateway(bridge, {"lo": ["127.0.0.1"]})


def test_what_cannot_work_is_refused() -> None:
    with pytest.raises(LaunchError, match="windows containers"):
        engine_from({"OSType": "windows"}, {}, "win32", {})
    rootless = LINUX | {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}
    with pytest.raises(LaunchError, match="rootless"):
        engine_from(rootless, NEW_BRIDGE, "linux", DOCKER0)


def test_labels_are_left_out_where_selinux_would_hide_the_files() -> None:
    selinux = LINUX | {"SecurityOptions": ["name=selinux"]}
    engine = engine_from(selinux, NEW_BRIDGE, "linux", DOCKER0)
    assert engine.security() == ["no-new-privileges:true", "label=disable"]
    plain = engine_from(LINUX | {"SecurityOptions": None}, NEW_BRIDGE, "linux", DOCKER0)
    assert plain.security() == ["no-new-privileges:true"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "unix:///var/run/docker.sock",
        "http+unix:///var/run/docker.sock",
        "npipe:////./pipe/docker_engine",
        "tcp://127.0.0.1:2375",
        "tcp://localhost:2376",
        "tcp://[::1]:2375",
    ],
)
def test_an_engine_of_this_machine_is_taken(address: str) -> None:
    refuse_remote(address)


@pytest.mark.parametrize(
    "address", ["tcp://build-server:2376", "ssh://me@build-server", "ssh://me@127.0.0.1"]
)
def test_an_engine_of_another_machine_is_refused(address: str) -> None:
    with pytest.raises(LaunchError, match="another machine") as caught:
        refuse_remote(address)
    assert caught.value.quote == address


@pytest.mark.parametrize(("workers", "measured_mb"), [(2, 160), (64, 403), (128, 676), (256, 413)])
def test_the_bound_on_memory_is_twice_of_what_was_measured(workers: int, measured_mb: int) -> None:
    assert memory_bytes(workers) >= 2 * measured_mb << 20


@pytest.mark.parametrize(("workers", "measured"), [(2, 10), (64, 134), (128, 262), (256, 518)])
def test_the_bound_on_threads_is_above_what_was_measured(workers: int, measured: int) -> None:
    assert most_threads(workers) >= 1.5 * measured
