"""What the lab adds to Jupyter's server: lessons are opened as copies, wherever the work folder is.

`jupyter/settings/` turns it on, and is installed with the package: so it is there with `make lab`,
on Binder, in the image and on a hub alike.
"""

from __future__ import annotations

from lab_helpers.notebook_server.extension import load

__all__ = ["_jupyter_server_extension_points", "_load_jupyter_server_extension"]

_load_jupyter_server_extension = load


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "lab_helpers.notebook_server"}]
