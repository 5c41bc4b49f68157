"""The load: `wrk`, and what it says; and single requests that look at the answer."""

from __future__ import annotations

import dataclasses
import http.client
import json
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from benchmarks.cost.processes import on_core
from benchmarks.cost.ways import KEY
from lab_helpers.errors import ToolchainError, TrafficError

__all__ = ["PACED_CONNECTIONS", "PAUSE_MS", "Load", "answer_headers", "find_wrk", "send"]

_CONNECTIONS = 4
# One thread with ten connections, each of which pauses: together 250 requests a second at most, far
# from what any way can serve.
PACED_CONNECTIONS = 10
PAUSE_MS = 40
_SCRIPT = Path(__file__).parent / "sources" / "wrk"
_MORE_S = 60
_MICRO = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Load:
    """What a run of `wrk` saw.

    Attributes:
        requests: How many were answered.
        seconds: In what time.
        p50_us: The median latency, in microseconds.
        p99_us: The latency that one in a hundred exceeds.
    """

    requests: int
    seconds: float
    p50_us: float
    p99_us: float


def find_wrk() -> str:
    """Return the program `wrk`.

    Raises:
        ToolchainError: It is missing.
    """
    found = shutil.which("wrk")
    if found is None:
        raise ToolchainError("The load generator wrk is missing.", hint="apt-get install wrk")
    return found


def send(
    netloc: str,
    path: str,
    seconds: float,
    core: int | None,
    *,
    pace: Literal["full", "paced"] = "full",
    key: str = "",
) -> Load:
    """Send requests for some time.

    Args:
        netloc: Where to.
        path: Which path.
        seconds: For how long; `wrk` takes whole ones.
        core: On which core; None for any.
        pace: As fast as they are answered, on four connections; or with a pause after each answer,
            on ten.
        key: The key that a gate in the chain wants to see; "" for none.

    Raises:
        ToolchainError: `wrk` is missing.
        TrafficError: Nobody listens there, a request was lost, or the answer was an error.
    """
    connections = _CONNECTIONS if pace == "full" else PACED_CONNECTIONS
    words = [find_wrk(), "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    words += ["-s", str(_SCRIPT / f"{pace}.lua"), f"http://{netloc}{path}"]
    words += ["-H", f"x-api-key: {key}"] if key else []
    with on_core(core):
        done = subprocess.run(  # noqa: S603  # a list of words of our own
            words, capture_output=True, text=True, timeout=seconds + _MORE_S, check=False
        )
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith("{"):
        raise TrafficError(
            f"wrk sent nothing to {netloc}.",
            quote=done.stdout + done.stderr,
            hint="look whether something still listens there",
        )
    told = json.loads(last)
    if told["errors"] or not told["requests"]:
        raise TrafficError(
            f"{told['errors']} requests went wrong, and {told['requests']} went well.",
            quote=done.stdout,
            hint="ask Envoy for one by hand, and look at its log",
        )
    return Load(told["requests"], told["us"] / _MICRO, told["p50_us"], told["p99_us"])


def answer_headers(netloc: str, path: str = "/") -> dict[str, str]:
    """Return the headers of one answer.

    Args:
        netloc: Where to ask.
        path: Which path.

    Raises:
        TrafficError: The status is not 200.
    """
    connection = http.client.HTTPConnection(netloc, timeout=_MORE_S)
    try:
        connection.request("GET", path, headers={"x-api-key": KEY})
        reply = connection.getresponse()
        reply.read()
    finally:
        connection.close()
    if reply.status != http.client.OK:
        raise TrafficError(
            f"{path} was answered with {reply.status}.", hint="look at the log of this Envoy"
        )
    return {name.lower(): value for name, value in reply.getheaders()}
