"""Hold what crossed against what the token filter logged, and what was sent, to the last one."""

from __future__ import annotations

import collections

from lab_helpers.envoy import Envoy

__all__ = ["differences"]


def differences(envoy: Envoy, *, ticks: int, requests: int) -> list[str]:
    """Send requests while the filter ticks, and say where two counts of the same differ.

    Args:
        envoy: Runs the token filter; it is stopped here, so that its log is read to the end.
        ticks: How many to wait for, over all threads.
        requests: How many to send, evenly to the workers.
    """
    sent: collections.Counter[str] = collections.Counter()
    for number in range(requests):
        worker = f"worker_{number % envoy.workers}"
        assert envoy.ask(worker).status == 200
        sent[worker] += 1
    envoy.wait_until(
        lambda now: sum(thread.ticks for thread in now.threads) >= ticks, f"{ticks} ticks", 60
    )
    envoy.stop()
    picture = envoy.snapshot()
    assert picture.seeing.whole, picture.seeing.not_seen
    found = []
    for thread in picture.threads:
        last = thread.last_tick
        told = {
            "ticks": last.n if last else 0,
            "callouts answered": sum(thread.fetches.values()) - thread.fetches.get("refused", 0),
            "callouts refused": thread.fetches.get("refused", 0),
            "callouts sent": picture.count(thread, "callouts sent").seen,
            "requests": sent[thread.name],
            "responses": sent[thread.name],
        }
        crossed = {what: thread.crossed.get(what, 0) for what in told}
        found += [
            f"{thread.name}: {what} {told[what]}, by the crossings {crossed[what]}"
            for what in told
            if told[what] != crossed[what]
        ]
        if thread.ticks != crossed["ticks"]:
            found.append(f"{thread.name}: {thread.ticks} ticks on the board")
        if "answered" in thread.fetches:
            found.append(f"{thread.name}: {thread.fetches['answered']} replies counted twice")
    return found
