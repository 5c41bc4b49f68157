"""Ask Envoy's admin port: is it ready, where does it listen, what has it counted."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lab_helpers.envoy.listeners import Status, read_statuses
from lab_helpers.envoy.no_answer import NoAnswerError
from lab_helpers.errors import LaunchError, TrafficError
from lab_helpers.late import late
from lab_helpers.launch.interface import AdminAddress, SocketFile

if TYPE_CHECKING:
    import httpx

    from lab_helpers.envoy import socket_transport
else:
    httpx = late("httpx")
    socket_transport = late("lab_helpers.envoy.socket_transport")

__all__ = ["Admin", "Figures", "admin_url"]

_TIMEOUT_S = 5.0
_OK = 200
_VERSION = re.compile(r"(?:^|/)(\d+)\.(\d+)\.(\d+)(?:-|/|$)")
_WORKER = re.compile(r"\.(worker_\d+)\.\w+$")


@dataclasses.dataclass(frozen=True, slots=True)
class Figures:
    """What Envoy itself counts.

    Attributes:
        vms: Wasm VMs alive, one of them a base VM that runs nothing.
        vms_created: Wasm VMs made since the start.
        reloads: VMs that `FAIL_RELOAD` replaced.
        connections: Open connections by worker, those of the listener that is asked only.
        connections_total: Connections of that listener since the start, by worker.
        rss_bytes: Resident memory; 0 when Envoy has ended.
    """

    vms: int
    vms_created: int
    reloads: int
    connections: Mapping[str, int]
    connections_total: Mapping[str, int]
    rss_bytes: int


def admin_url(address: AdminAddress) -> str:
    """Return the URL of an Envoy's admin.

    Args:
        address: Where it answers.

    Raises:
        LaunchError: It is a Unix socket, which no URL names.
    """
    if isinstance(address, SocketFile):
        raise LaunchError(
            f"Envoy's admin is no TCP port here, but the Unix socket {address}: yours alone.",
            hint=f"`curl --unix-socket {address} http://localhost/stats`, or envoy.stats();"
            " Envoy(…, admin_port=0) opens a TCP port, to every user of this machine",
        )
    return address.url


class Admin:
    """A client of one Envoy's admin port.

    Args:
        address: Where the port is.
        timeout_s: How long an answer may take, in seconds.
    """

    def __init__(self, address: AdminAddress, timeout_s: float = _TIMEOUT_S) -> None:
        self.address = address
        # `trust_env=False`: a company's proxy must never see calls to this machine.
        self._client = httpx.Client(
            base_url=address.url,
            timeout=timeout_s,
            trust_env=False,
            transport=socket_transport.SocketTransport(address.path, timeout_s)
            if isinstance(address, SocketFile)
            else None,
        )

    def close(self) -> None:
        """Close the connection; twice is fine."""
        self._client.close()

    def ready(self, timeout_s: float = _TIMEOUT_S) -> bool:
        """Return whether Envoy serves traffic; False also while nothing answers.

        Args:
            timeout_s: How long to wait for an answer.
        """
        try:
            return self._client.get("/ready", timeout=timeout_s).status_code == _OK
        except httpx.TransportError:
            return False

    def state(self) -> str:
        """Return how far Envoy is, in its own word: `LIVE`, `INITIALIZING` and so on.

        Raises:
            NoAnswerError: The admin port does not answer.
        """
        try:
            return self._client.get("/ready").text.strip()
        except httpx.TransportError as error:
            raise self._silent(error) from error

    def listeners(self) -> tuple[Status, ...]:
        """Return where Envoy listens, in the configuration's order.

        Raises:
            TrafficError: The admin port does not answer.
        """
        return read_statuses(self._get("/listeners?format=json").json())

    def cluster_sizes(self) -> dict[str, int]:
        """Return how many hosts Envoy knows of each cluster; of a name it may know none.

        Raises:
            TrafficError: The admin port does not answer.
        """
        clusters = self._get("/clusters?format=json").json().get("cluster_statuses", [])
        return {entry["name"]: len(entry.get("host_statuses", ())) for entry in clusters}

    def stats(self, pattern: str) -> dict[str, int]:
        """Return Envoy's counters and gauges.

        Args:
            pattern: A regular expression (RE2) that their names match anywhere.

        Returns:
            The values by name.

        Raises:
            TrafficError: The admin port does not answer, or takes no such pattern.
        """
        reply = self._get("/stats", params={"filter": pattern, "format": "json"})
        stats = reply.json().get("stats", [])
        # Texts are listed among them (an xDS version, say), and so are histograms, without a name.
        return {stat["name"]: stat["value"] for stat in stats if isinstance(stat.get("value"), int)}

    def worker_stats(self, stat: str, listener: str) -> dict[str, int]:
        """Return one figure of one listener for each worker.

        Args:
            stat: Such as `downstream_cx_active`.
            listener: The listener's `stat_prefix`.

        Returns:
            The values by worker's name.

        Raises:
            TrafficError: The admin port does not answer.
        """
        figures = self.stats(rf"^listener\.{re.escape(listener)}\.worker_\d+\.{stat}$")
        return {
            match[1]: value for name, value in figures.items() if (match := _WORKER.search(name))
        }

    def version(self) -> tuple[int, ...]:
        """Return Envoy's version, as in `(1, 40, 0)`.

        Raises:
            TrafficError: The admin port does not answer.
        """
        # REVISION/1.40.0/Clean/RELEASE/BoringSSL; a build of one's own may say `1.41.0-dev`.
        said = str(self._get("/server_info").json().get("version", ""))
        match = _VERSION.search(said)
        return tuple(map(int, match.groups())) if match else ()

    def vms(self) -> int:
        """Return how many Wasm VMs are alive.

        Raises:
            TrafficError: The admin port does not answer.
        """
        return sum(self.stats(r"^wasm\..*\.active$").values())

    def set_wasm_level(self, level: str) -> None:
        """Set how much the component `wasm` logs.

        Args:
            level: `trace`, `debug`, `info` and so on.

        Raises:
            TrafficError: The admin port does not answer.
        """
        self._ask("POST", "/logging", params={"wasm": level})

    def figures(self, rss_bytes: int, listener: str) -> Figures:
        """Return what Envoy counts.

        Args:
            rss_bytes: Its resident memory, which it does not know itself.
            listener: The `stat_prefix` of the listener that is asked; "" where there is none.

        Raises:
            TrafficError: The admin port does not answer.
        """
        wasm = self.stats(r"^wasm\.")
        return Figures(
            vms=sum(value for name, value in wasm.items() if name.endswith(".active")),
            vms_created=sum(value for name, value in wasm.items() if name.endswith(".created")),
            reloads=sum(v for name, v in wasm.items() if name.endswith("vm_reload_success")),
            connections=self.worker_stats("downstream_cx_active", listener) if listener else {},
            connections_total=self.worker_stats("downstream_cx_total", listener)
            if listener
            else {},
            rss_bytes=rss_bytes,
        )

    def _get(self, path: str, params: Mapping[str, str] | None = None) -> httpx.Response:
        return self._ask("GET", path, params)

    def _ask(
        self, method: str, path: str, params: Mapping[str, str] | None = None
    ) -> httpx.Response:
        try:
            reply = self._client.request(method, path, params=params)
        # A RuntimeError is httpx's word for a client that another thread has closed.
        except (httpx.HTTPError, RuntimeError) as error:
            raise self._silent(error) from error
        if reply.is_error:
            raise TrafficError(
                f"Envoy's admin port refuses {path} ({reply.status_code}).",
                quote=reply.text[:500],
                hint="mend what is asked for; a pattern is a regular expression of RE2",
            )
        return reply

    def _silent(self, error: Exception) -> NoAnswerError:
        what = f"Envoy's admin does not answer at {self.address}."
        return NoAnswerError(what, quote=str(error))
