"""The port: claimed once, listened on or silent, and ours all the while."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
from collections.abc import Sequence

from lab_helpers.errors import TokenApiError

__all__ = ["ClaimedPort", "bind_error", "refuse_wildcard"]

_FREE_PORT_TRIES = 20


class ClaimedPort:
    """One port on one or several addresses; what accepts connections on it are copies.

    It listens from the start: that, not the binding, is what no two programs can do at once.
    While nothing listens the port stays bound, so a caller gets the kernel's own refusal and no
    other program can take the port.

    Args:
        hosts: The addresses, or names, to bind.
        port: The port; 0 for a free one, the same on every address.

    Raises:
        TokenApiError: If an address is not this machine's, or the port is not to be had.
    """

    def __init__(self, hosts: Sequence[str], port: int) -> None:
        self.hosts = tuple(hosts)
        places = list(dict.fromkeys(_resolve(host) for host in hosts))
        self._sockets, self.port = _bind_all(places, port)

    def listeners(self) -> list[socket.socket]:
        """Return copies to listen on; the caller closes them.

        A copy is the same socket to the kernel, so closing it ends nothing here.
        """
        for bound in self._sockets:
            _share_with_the_dead(bound, yes=True)
        return [bound.dup() for bound in self._sockets]

    def silence(self) -> None:
        """End the listening and keep the port: connections are refused from here on.

        Raises:
            TokenApiError: If the port was lost on a system that cannot do this in one step.
        """
        for index, bound in enumerate(self._sockets):
            family, (host, port) = bound.family, bound.getsockname()[:2]
            try:
                # Linux: the socket leaves the listening state and keeps its port.
                bound.shutdown(socket.SHUT_RDWR)
            except OSError:
                # Elsewhere a listening socket cannot be shut down, only replaced.
                bound.close()
                self._sockets[index] = _bind(family, host, port)
            # Else any program with SO_REUSEADDR, which is most servers, could bind the port now.
            _share_with_the_dead(self._sockets[index], yes=False)

    def close(self) -> None:
        """Give the port back."""
        for bound in self._sockets:
            bound.close()


def refuse_wildcard(host: str) -> None:
    """Refuse the addresses that mean every interface of the machine.

    Args:
        host: An address or a name; a name passes.

    Raises:
        TokenApiError: If it is "", 0.0.0.0, or :: in any spelling.
    """
    try:
        address = ipaddress.ip_address(host or "0.0.0.0")  # noqa: S104 - it is refused here
    except ValueError:
        return  # a name: it is looked at again once it has an address
    mapped = getattr(address, "ipv4_mapped", None)
    if (mapped or address).is_unspecified:
        raise TokenApiError(
            f"The token API does not listen on {host!r}: the whole network could then ask for"
            " tokens.",
            hint="name one address, such as 127.0.0.1.",
        )


def bind_error(error: OSError, host: str, port: int) -> TokenApiError:
    """Say why a port could not be bound, and what to try."""
    hints = {
        errno.EADDRINUSE: "another port; port=0 (--port 0) takes a free one.",
        errno.EACCES: "a port from 1024 up; those below are the administrator's.",
        errno.EADDRNOTAVAIL: "127.0.0.1, or an address that `ip addr` shows.",
    }
    return TokenApiError(
        f"The token API cannot listen on {host} port {port}.",
        quote=os.strerror(error.errno) if error.errno else str(error),
        hint=hints.get(error.errno or 0, "127.0.0.1 and port=0."),
    )


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TokenApiError(
            f"The token API has no address for the host {host!r}.",
            quote=str(error),
            hint="an address of this machine, such as 127.0.0.1.",
        ) from error
    family, _, _, _, place = found[0]
    address = str(place[0])
    refuse_wildcard(address)
    return family, address


def _bind_all(
    places: Sequence[tuple[socket.AddressFamily, str]], port: int
) -> tuple[list[socket.socket], int]:
    for _ in range(_FREE_PORT_TRIES):
        sockets: list[socket.socket] = []
        chosen = port or _free_port(*places[0])
        try:
            for family, host in places:
                sockets.append(_bind(family, host, chosen, listen=True))
        except TokenApiError as error:
            for bound in sockets:
                bound.close()
            taken = getattr(error.__cause__, "errno", None) == errno.EADDRINUSE
            if port or not taken:
                raise
        else:
            return sockets, chosen
    raise TokenApiError(
        f"No port was free on all of {', '.join(host for _, host in places)}"
        f" in {_FREE_PORT_TRIES} tries.",
        hint="fewer addresses, or a port that you know to be free.",
    )


def _free_port(family: socket.AddressFamily, host: str) -> int:
    # A socket that let the kernel choose loses its port when it is silenced; one that asks for the
    # same port by number keeps it. So ask once for a number.
    with socket.socket(family, socket.SOCK_STREAM) as chooser:
        try:
            chooser.bind((host, 0))
        except OSError as error:
            raise bind_error(error, host, 0) from error
        return int(chooser.getsockname()[1])


def _bind(
    family: socket.AddressFamily, host: str, port: int, *, listen: bool = False
) -> socket.socket:
    # With the protocol named, asyncio switches Nagle's algorithm off on the connections (it asks
    # for this very number). Without, a reply's body waits 40 ms for the caller's delayed
    # acknowledgement.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        _share_with_the_dead(bound, yes=True)
        bound.bind((host, port))
        if listen:
            # Two that both share with the dead can bind one port; only one of them can listen.
            bound.listen()
    except OSError as error:
        bound.close()
        raise bind_error(error, host, port) from error
    return bound


def _share_with_the_dead(bound: socket.socket, *, yes: bool) -> None:
    """Allow the port's old, ended connections to linger, as a second start on it must."""
    if os.name == "posix":  # on Windows the same option lets others steal the port
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(yes))
