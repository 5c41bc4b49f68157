"""Where a Unix socket can be made."""

from __future__ import annotations

import os
import socket
from pathlib import Path

__all__ = ["takes_sockets"]

# A Unix socket's path has at most 107 bytes (`sun_path` in Linux's unix(7)).
_LONGEST = 107
_TRIAL = "trial.sock"  # as long as the name of Envoy's


def takes_sockets(folder: Path) -> bool:
    """Return whether a Unix socket can be made in a folder: its path is short, its disk has them.

    Args:
        folder: The folder.
    """
    trial = folder / _TRIAL
    if len(os.fsencode(trial)) > _LONGEST:
        return False
    with socket.socket(socket.AF_UNIX) as door:
        try:
            door.bind(str(trial))
        except OSError:
            return False  # of a disk that is shared with another system, say; `Envoy.notes` says so
    trial.unlink()
    return True
