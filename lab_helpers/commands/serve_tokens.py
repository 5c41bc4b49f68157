"""The token API by itself, for an Envoy that a person starts with the article's own command."""

from __future__ import annotations

import threading

from rich.console import Console

from lab_helpers.commands.signals import stop_on_signals
from lab_helpers.launch import choose_launcher
from lab_helpers.token_api import TokenApi

__all__ = ["serve_tokens"]

_REPORT_S = 1.0
_LOOPBACK = "127.0.0.1"


def serve_tokens(
    console: Console, *, port: int, docker: bool, stop: threading.Event | None = None
) -> None:
    """Serve tokens until Ctrl-C or SIGTERM.

    Args:
        console: Where to print.
        port: The port; 0 for a free one.
        docker: Listen where this machine's containers reach it, too: on Linux that is the address
            of Docker's bridge, which no other machine sees.
        stop: Set from elsewhere to end it too.

    Raises:
        LabError: The port is taken, or there is no Docker to ask for its bridge.
    """
    hosts = choose_launcher("docker").upstream_hosts() if docker else (_LOOPBACK,)
    with TokenApi(hosts=hosts, port=port) as api:
        stop = stop or threading.Event()
        stop_on_signals(stop)
        for host in hosts:
            console.print(
                f"[bold green]✓[/] Tokens at http://{host}:{api.port}/auth",
                highlight=False,
                soft_wrap=True,
            )
        console.print("  Ctrl-C ends it.")
        told = 0
        while not stop.wait(_REPORT_S):
            if not api.running:
                break  # leaving the block says why
            if api.asked_total != told:
                plural = "" if api.asked_total == 1 else "s"
                console.print(f"  {api.asked_total} token{plural} so far", highlight=False)
                told = api.asked_total
    console.print("Stopped: nothing is left running.")
