"""What an Envoy's filters say, live: their own log lines by thread, with Go's panics marked."""

from __future__ import annotations

from typing import Any

from lab_helpers.arguments import Span, checked
from lab_helpers.dashboard.look import Look
from lab_helpers.dashboard.view import View
from lab_helpers.envoy import Envoy
from lab_helpers.figures.log_page import log_html

__all__ = ["Log", "show_log"]


class Log(View):
    """Show what filters say live; `show_log` makes one.

    Args:
        envoy: Any Envoy, running or not.
        minutes: How long it stays live before it rests until somebody asks for more.
    """

    def __init__(self, envoy: Envoy, *, minutes: Span = 10.0) -> None:
        super().__init__(envoy, parts=("status", "log"), minutes=minutes)

    @checked
    def still(self, look: Look, words: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return its lines as a table: text that can be searched, where a picture could not.

        Args:
            look: What to show.
            words: The same in words.
        """
        del words
        return {"text/html": log_html(look.picture)}, {}


@checked
def show_log(envoy: Envoy, *, minutes: Span = 10.0) -> Log:
    """Show what an Envoy's filters say, live and by thread.

    What the lab reads itself, as the token filter's ticks, stands in the lanes and not here. Debug
    lines come if the Envoy was made with `log_level="debug"`.

    ```python
    log = show_log(envoy)
    log              # the last 200 lines, and those to come
    log.stop()       # the lines stay in the notebook
    ```

    Args:
        envoy: Any Envoy, running or not.
        minutes: How long it stays live before it rests until somebody asks for more.

    Returns:
        The view; as a cell's last line it shows itself.

    Raises:
        ConfigurationError: It is no Envoy.
    """
    return Log(envoy, minutes=minutes)
