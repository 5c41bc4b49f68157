"""Look at what failed in a running Envoy: whose VM, what its worker answered, what was reloaded."""

from __future__ import annotations

import re

from lab_helpers.arguments import checked
from lab_helpers.board.telling_failures import tell_failures
from lab_helpers.envoy import Envoy
from lab_helpers.lessons.shown.page import Table

__all__ = ["show_failures"]

_RELOAD = re.compile(r"^wasm\.(?P<plugin>.+)\.(?P<what>vm_reload_\w+)$")
_MEANT = {
    "vm_reload_success": "a new VM took a failed one's place",
    "vm_reload_failure": "a new VM failed as it started",
    "vm_reload_backoff": "a request came before the wait for a new VM was over",
}


@checked
def show_failures(envoy: Envoy) -> Table:
    """Show which VMs failed, what their workers answered, and how often Envoy made one anew.

    Args:
        envoy: A running Envoy.

    Raises:
        LabError: It does not run, or its admin port does not answer.
    """
    rows = [
        (match["plugin"], f"`{match['what']}`", str(value), _MEANT[match["what"]])
        for name, value in sorted(envoy.stats(r"^wasm\..*\.vm_reload_").items())
        if (match := _RELOAD.match(name)) and match["what"] in _MEANT
    ]
    told = tell_failures(envoy.snapshot())
    failed = sum(bool(thread.failure) for thread in envoy.snapshot().threads)
    title = f"VMs that run no more code: {failed or 'none'}"
    return Table(title, ("plugin", "counter", "value", "what it counts"), rows, told)
