"""The ways into a running Envoy: which listener is asked, where it is, and what is sent there."""

from __future__ import annotations

from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.listeners import OpenListeners
from lab_helpers.envoy.sending import Received, send_bytes
from lab_helpers.envoy.traffic import Traffic
from lab_helpers.errors import LaunchError, TrafficError
from lab_helpers.launch import Address
from lab_helpers.launch.interface import Listening

__all__ = ["WaysIn"]


class WaysIn:
    """What can be asked from outside: the first listener that makes HTTP of bytes, else the first.

    Args:
        listeners: The listeners that are open.
        admin: The admin port.
        workers: How many workers there are.
    """

    def __init__(self, listeners: OpenListeners, admin: Admin, workers: int) -> None:
        self._listeners = listeners
        self._admin = admin
        self._workers = workers
        self._asked = listeners.asked("http", "tcp")
        self._traffic: Traffic | None = None

    @property
    def listener(self) -> Address | None:
        """Return where requests are sent to; None where no listener has a TCP port.

        Raises:
            LaunchError: That listener cannot be reached from here.
        """
        return None if self._asked is None else self._listeners.address(self._asked)

    @property
    def speaks(self) -> str:
        """Return what the asked listener speaks, `http` or `tcp`; "" where there is none."""
        return "" if self._asked is None else self._asked.speaks

    @property
    def stat_prefix(self) -> str:
        """Return what the counters of the asked listener begin with; "" where there is none."""
        return "" if self._asked is None else self._asked.stat_prefix

    @property
    def vms(self) -> tuple[str, ...]:
        """Return which VM each Wasm filter has that a request passes, in their order."""
        return () if self._asked is None else self._asked.vms

    @property
    def unreachable(self) -> tuple[str, ...]:
        """Return the names of the listeners that cannot be asked from here."""
        return self._listeners.unreachable

    def traffic(self) -> Traffic:
        """Return the connections to the workers, which are opened as they are needed.

        Raises:
            LaunchError: There is no listener to ask, or it cannot be reached from here.
            TrafficError: It wants what the lab's requests are not.
        """
        if self._traffic is None:
            address = self.listener
            if address is None:
                raise _no_listener()
            _check_plain(self._asked)
            self._traffic = Traffic(address, self._admin, self._workers, self.stat_prefix)
        return self._traffic

    def send(self, data: bytes, listener: str | None, timeout_s: float) -> Received:
        """Send bytes through a listener, one that makes no HTTP of them if there is one.

        Args:
            data: The bytes.
            listener: Its name; None for the first.
            timeout_s: How long to wait for an answer, in seconds.

        Raises:
            LabError: There is no such listener, or it does not answer.
        """
        asked = self._listeners.asked("tcp", "http", name=listener)
        if asked is None:
            raise _no_listener()
        return send_bytes(self._listeners.address(asked), data, timeout_s)

    def close(self) -> None:
        """Close every connection; twice is fine."""
        if self._traffic is not None:
            self._traffic.close()


def _check_plain(asked: Listening | None) -> None:
    """Make sure that a listener takes a plain connection, whose worker can be told."""
    if asked is None:
        return
    if asked.wants_tls:
        raise TrafficError(
            f"The listener {asked.name} wants TLS, and the lab's requests are plain HTTP.",
            hint="take its transport_socket out to ask it from here; `curl -k https://…` asks it as"
            " it is",
        )
    if asked.inspects:
        raise TrafficError(
            f"Which worker has a connection cannot be told: {' and '.join(asked.inspects)} of the"
            f" listener {asked.name} first looks at what the client sends.",
            hint="take its listener_filters out to ask one worker; `curl` asks whichever there is",
        )


def _no_listener() -> LaunchError:
    return LaunchError(
        "This configuration has no listener with a TCP port, so nothing can be sent to it.",
        hint="add one below static_resources: listeners:, as envoy/bare.yaml has it",
    )
