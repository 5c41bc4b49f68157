"""Ask whether a TCP port is free, by a plain bind.

Two Envoys on one listener port both start and share its traffic, for Envoy sets SO_REUSEPORT; so
Envoy cannot be left to find the clash.
"""

from __future__ import annotations

import errno
import os
import socket
import sys

from lab_helpers.errors import LaunchError

__all__ = ["check_port_free", "check_ports", "loopback_problem", "port_is_free", "spare_port"]

_PRIVILEGED = 1024
_LAST_PORT = 65535
_LOOPBACK = "127.0.0.1"
# To oneself: without a firewall it takes microseconds.
_CONNECT_S = 5.0


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether nobody listens on the port.

    Args:
        port: 1 to 65535.
        host: The address to bind.
    """
    return _bind_error(port, host) is None


def spare_port() -> int:
    """Return a port of 127.0.0.1 that is free now; nobody keeps it from being taken later."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def loopback_problem() -> LaunchError | None:
    """Return why programs of this machine cannot reach each other; None where they can.

    A new network namespace has its loopback network off: a port can be bound there, and nobody
    reaches it. An Envoy would start, and never be seen to be ready.
    """
    with socket.socket() as server, socket.socket() as client:
        client.settimeout(_CONNECT_S)
        try:
            server.bind((_LOOPBACK, 0))
            server.listen()
            client.connect(server.getsockname())
        except OSError as error:
            off = error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL)
            hint = "switch the loopback network on: `ip link set lo up`, as root"
            return LaunchError(
                f"No program of this machine can reach another at {_LOOPBACK}, so nothing can ask"
                " Envoy.",
                quote=str(error),
                hint=hint if off else f"see what keeps them from {_LOOPBACK}, such as a firewall",
            )
    return None


def check_port_free(port: int, purpose: str, option: str, host: str = "127.0.0.1") -> None:
    """Refuse a port that cannot be had; 0, which asks the kernel for a free one, is always fine.

    Args:
        port: 0 to 65535.
        purpose: What it is for, as in `the listener`.
        option: What a person changes to get another one, as in `--port`.
        host: The address to bind.

    Raises:
        LaunchError: The port is taken, needs root, or is none.
    """
    if port == 0:
        return
    if not 0 < port <= _LAST_PORT:
        raise LaunchError(
            f"{port} is no TCP port, so {purpose} cannot use it.",
            hint=f"{option} with a number from 1024 to {_LAST_PORT}",
        )
    error = _bind_error(port, host)
    if error is None:
        return
    if error.errno == errno.EACCES and port < _PRIVILEGED:
        raise LaunchError(
            f"Port {port} for {purpose} needs root.",
            quote=str(error.strerror),
            hint=f"{option} with a number from 1024 up",
        )
    raise LaunchError(
        f"Port {port} for {purpose} is taken by another program.",
        quote=str(error.strerror),
        hint=f"stop that program (`{listing_command(port, sys.platform)}` names it), or choose"
        f" another port with {option}; 0 takes a free one",
    )


def check_ports(
    port: int, admin_port: int | None, options: tuple[str, str] = ("--port", "--admin-port")
) -> None:
    """Refuse ports that an Envoy cannot have.

    Args:
        port: The listener's; 0 for a free one.
        admin_port: The admin port; 0 for a free one, None for none.
        options: What a person changes to get another listener's port, and another admin port.

    Raises:
        LaunchError: One is taken, needs root, or is none; they are the same; or nobody here could
            reach any.
    """
    if (problem := loopback_problem()) is not None:
        raise problem
    try:
        check_port_free(port, "the listener", options[0])
    except LaunchError as error:
        # Another `lab up` holds both: who frees one port should not meet the other next.
        raise _with_the_other(error, admin_port or 0, options[1]) from None
    check_port_free(admin_port or 0, "the admin port", options[1])
    if port == admin_port and port != 0:
        raise LaunchError(
            f"The listener and the admin port cannot both be {port}.",
            hint="leave one of them out, or make it 0 for a free one",
        )


def listing_command(port: int, platform: str) -> str:
    """Return the command that names the program which listens on a port.

    Args:
        port: The port.
        platform: This machine's `sys.platform`.
    """
    if platform == "win32":
        return f"netstat -ano | findstr :{port}"
    if platform == "linux":
        return f"ss -ltnp 'sport = :{port}'"
    return f"lsof -nP -iTCP:{port} -sTCP:LISTEN"


def _with_the_other(error: LaunchError, admin_port: int, option: str) -> LaunchError:
    """Return what is wrong with the listener's port, and with the admin port if anything is."""
    try:
        check_port_free(admin_port, "the admin port", option)
    except LaunchError as other:
        return LaunchError(
            f"{error.what} {other.what}",
            quote=error.quote,
            hint=f"{error.hint}. The same for the admin port, with {option}",
        )
    return error


def _bind_error(port: int, host: str) -> OSError | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As a server would: an address that is only waiting out closed connections counts as free.
        # On Windows the same option takes a port that somebody listens on.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None
