"""Decide how to use a Docker engine from what it says of itself: no call is made here.

Two kinds matter. On Linux the engine usually shares this machine's kernel and network: a service
of this machine is reached at the bridge's gateway, and only where it listens there. Docker Desktop
(and every engine on macOS and Windows) runs in a virtual machine of its own, which forwards
`host.docker.internal` to this machine's loopback address.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lab_helpers.errors import LaunchError

__all__ = [
    "HOST_NAME",
    "LOOPBACK",
    "Engine",
    "bridge_gateway",
    "engine_from",
    "memory_bytes",
    "most_threads",
    "refuse_remote",
]

HOST_NAME = "host.docker.internal"
LOOPBACK = "127.0.0.1"
_DESKTOP = "Docker Desktop"
_MEMORY_MB = 512
_MEMORY_PER_WORKER_MB = 8
_THREADS = 128
_THREADS_PER_WORKER = 4
# A Unix socket, as a person and as docker-py write it, and Windows' pipe.
_LOCAL_SCHEMES = {"", "unix", "http+unix", "npipe"}


@dataclasses.dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine.

    Attributes:
        version: The engine's version, such as `20.10.24`.
        in_vm: Whether it runs in a virtual machine of its own, as Docker Desktop does.
        gateway: This machine's address on the engine's default bridge; "" where that is in the VM.
        selinux: Whether it confines containers with SELinux.
    """

    version: str
    in_vm: bool
    gateway: str
    selinux: bool

    def upstream_hosts(self) -> tuple[str, ...]:
        """Return the addresses that a service of this machine must bind to be reached.

        The loopback address comes first, for the person; it is enough for an engine in a VM.
        """
        return (LOOPBACK,) if self.in_vm else (LOOPBACK, self.gateway)

    def extra_hosts(self) -> dict[str, str]:
        """Return what `host.docker.internal` stands for in a container.

        On Linux it is the very address that `upstream_hosts` names, for an administrator may have
        given `host-gateway` another meaning.
        """
        return {HOST_NAME: "host-gateway" if self.in_vm else self.gateway}

    def security(self) -> list[str]:
        """Return the container's security options."""
        # SELinux would keep a container from reading files in a home folder. Relabelling them is
        # not ours to do, so its labels are left out for this container; all other bounds stay.
        labels = ["label=disable"] if self.selinux else []
        return ["no-new-privileges:true", *labels]

    def sees_pids(self) -> bool:
        """Return whether a container's processes are processes of this machine."""
        return not self.in_vm

    def minds_file_modes(self) -> bool:
        """Return whether a file's mode here decides whether a container's user may read it."""
        return not self.in_vm


def engine_from(
    info: Mapping[str, Any],
    bridge: Mapping[str, Any],
    platform: str,
    interfaces: Mapping[str, Sequence[str]],
) -> Engine:
    """Judge an engine.

    Args:
        info: What it answers to `docker info`.
        bridge: What it answers to `docker network inspect bridge`.
        platform: This machine's `sys.platform`.
        interfaces: The IPv4 addresses of this machine's network interfaces, by name.

    Raises:
        LaunchError: Its containers cannot run Envoy, or cannot reach this machine.
    """
    if info.get("OSType", "linux") != "linux":
        raise LaunchError(
            f"Docker runs {info.get('OSType')} containers here, and Envoy's image is for Linux.",
            hint="switch Docker Desktop to Linux containers",
        )
    options = [str(option) for option in info.get("SecurityOptions") or []]
    in_vm = platform != "linux" or _DESKTOP in str(info.get("OperatingSystem", ""))
    if not in_vm and any("name=rootless" in option for option in options):
        raise LaunchError(
            "This Docker engine is rootless, and its containers cannot reach a service of this"
            " machine, so the filter would get no token.",
            hint="use the native launcher (--launcher native), or an engine that is not rootless",
        )
    return Engine(
        version=str(info.get("ServerVersion", "")),
        in_vm=in_vm,
        gateway="" if in_vm else bridge_gateway(bridge, interfaces),
        selinux=any("name=selinux" in option for option in options),
    )


def bridge_gateway(bridge: Mapping[str, Any], interfaces: Mapping[str, Sequence[str]]) -> str:
    """Return this machine's address on Docker's default bridge.

    An engine that has not run a container yet does not name it (20.10 does not), so the interface
    itself is asked, too.

    Args:
        bridge: What the engine answers to `docker network inspect bridge`.
        interfaces: The IPv4 addresses of this machine's network interfaces, by name.

    Raises:
        LaunchError: There is no such bridge.
    """
    settings = (bridge.get("IPAM") or {}).get("Config") or []
    for entry in settings:
        if _is_ipv4(entry.get("Gateway", "")):
            return str(entry["Gateway"])
    name = (bridge.get("Options") or {}).get("com.docker.network.bridge.name", "docker0")
    addresses = interfaces.get(name) or ()
    if addresses:
        return addresses[0]
    raise LaunchError(
        "Docker has no default bridge here, so a container could not reach the token API.",
        quote=f"no address on the interface {name}",
        hint="start dockerd without --bridge=none, or use the native launcher",
    )


def refuse_remote(address: str) -> None:
    """Refuse an engine on another machine: it could neither read our files nor publish ports here.

    Args:
        address: Where the engine answers, as in `DOCKER_HOST`; "" for the usual place.

    Raises:
        LaunchError: It is on another machine.
    """
    parts = urlsplit(address)
    if parts.scheme in _LOCAL_SCHEMES or (parts.scheme != "ssh" and _is_loopback(parts.hostname)):
        return
    raise LaunchError(
        "The Docker engine is on another machine: a container there cannot read the files here.",
        quote=address,
        hint="unset DOCKER_HOST, or choose a local one with `docker context use default`",
    )


def memory_bytes(workers: int) -> int:
    """Return the most memory that an Envoy with so many workers may use, in bytes.

    Three times of what a filter by standard Go was measured to need with 2 workers (160 MB), and
    twice with 64 or 128 (403 and 676 MB): only a filter that leaks meets it.
    """
    return (_MEMORY_MB + _MEMORY_PER_WORKER_MB * workers) << 20


def most_threads(workers: int) -> int:
    """Return the most threads that an Envoy with so many workers may have; it has 6 + 2 each."""
    return _THREADS + _THREADS_PER_WORKER * workers


def _is_loopback(host: str | None) -> bool:
    if host is None or host == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_ipv4(text: str) -> bool:
    try:
        return isinstance(ipaddress.ip_address(text), ipaddress.IPv4Address)
    except ValueError:
        return False
