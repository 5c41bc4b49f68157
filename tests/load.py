"""Many requests at once from this process: bounded in number, one connection a thread."""

from __future__ import annotations

import collections
import http.client
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

__all__ = ["statuses_of"]

_TIMEOUT_S = 30.0


def statuses_of(url: str, requests: int, connections: int = 8) -> collections.Counter[int]:
    """Send requests as fast as they are answered; return how often each status came.

    Args:
        url: Where, without a path.
        requests: How many in all.
        connections: How many at once.

    Raises:
        OSError: A connection was lost, and with it an answer.
    """
    share = requests // connections
    assert share * connections == requests
    with ThreadPoolExecutor(connections) as pool:
        counted = pool.map(lambda _: _some(url, share), range(connections))
        return sum(counted, collections.Counter[int]())


def _some(url: str, requests: int) -> collections.Counter[int]:
    statuses: collections.Counter[int] = collections.Counter()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIMEOUT_S)
    connection.connect()
    connection.auto_open = False
    try:
        for _ in range(requests):
            connection.request("GET", "/")
            reply = connection.getresponse()
            reply.read()
            statuses[reply.status] += 1
    finally:
        connection.close()
    return statuses
