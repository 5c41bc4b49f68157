"""A dashboard in a real JupyterLab in Chromium, as the browser tests open it, for measuring."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import JupyterServer, OpenNotebook
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS

_PIXELS = (Path(__file__).parent / "_pixels.js").read_text(encoding="utf-8")
_PREPARE = """
import json, os
from lab_helpers import Dashboard, Envoy, compile_filter
from lab_helpers.folders import repository_folder

module = compile_filter(repository_folder() / "filter" / "token", reuse=True)
settings = {{"tick_ms": {tick_ms}, "vm_header": "x-wasm-vm"}}
envoy = Envoy(module, workers={workers}, settings=settings).start()
"""
_SHOW = "dashboard = Dashboard(envoy, minutes=120)\ndashboard"
_BUSY = """(seconds) => {
    const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
    const code = `import time
_end, _sum = time.monotonic() + ${seconds}, 0
while time.monotonic() < _end:
    for _n in range(10_000):
        _sum += _n * _n`;
    window.labBusy = true;
    kernel.requestExecute({ code }).done.then(() => { window.labBusy = false; });
}"""


class LiveDashboard:
    """A dashboard that is live on a page, with a probe that reads the lanes' pixels."""

    def __init__(self, notebook: OpenNotebook) -> None:
        self._notebook = notebook
        self.page = notebook.page
        self.kernel = psutil.Process(int(notebook.execute("print(os.getpid())")))

    def ask(self, expression: str) -> Any:  # noqa: ANN401  # what the expression gives
        """Return the value of an expression in the kernel, as JSON carries it."""
        return json.loads(self._notebook.execute(f"print(json.dumps({expression}))"))

    def execute(self, code: str) -> None:
        """Execute code in the kernel."""
        self._notebook.execute(code)

    def wait_until(self, expression: str, what: str, timeout_s: float = 120) -> None:
        """Wait in the kernel until an expression about `now`, a snapshot, holds."""
        self.execute(f"envoy.wait_until(lambda now: {expression}, {what!r}, {timeout_s})")

    def probe(self, *, pixels: bool = True) -> None:
        """Begin to count the page's paints, and to read the lanes' pixels back.

        Args:
            pixels: Whether to read them; it costs time that a count of paints should not pay.
        """
        self.page.evaluate(_PIXELS, pixels)

    def seen(self) -> dict[str, Any]:
        """Return what the probe has seen."""
        found: dict[str, Any] = self.page.evaluate("() => window.labSeen")
        return found

    def compute(self, seconds: float) -> None:
        """Let a cell compute in pure Python for so long, and return at once."""
        self.page.evaluate(_BUSY, seconds)

    def wait_computed(self) -> None:
        """Wait until that cell has ended."""
        self.page.wait_for_function("() => !window.labBusy", timeout=120_000)

    def computing(self) -> bool:
        """Return whether that cell still computes."""
        return bool(self.page.evaluate("() => window.labBusy"))

    def kernel_share(self, seconds: float) -> float:
        """Return the kernel's share of a core over a while from now on."""
        before, began = self._kernel_seconds(), time.monotonic()
        self.wait(seconds)
        return (self._kernel_seconds() - before) / (time.monotonic() - began)

    def wait(self, seconds: float) -> None:
        """Let the time pass; the page goes on meanwhile."""
        self.page.wait_for_timeout(seconds * 1000)

    def _kernel_seconds(self) -> float:
        times = self.kernel.cpu_times()
        return float(times.user + times.system)


class Lab:
    """A Jupyter server and a browser, in which dashboards are opened one after another."""

    def __init__(self, server: JupyterServer, browser: Browser) -> None:
        self._server = server
        self._browser = browser
        self.chromium = browser.version

    @contextlib.contextmanager
    def dashboard(self, *, workers: int, tick_ms: int) -> Iterator[LiveDashboard]:
        """Open a dashboard on an Envoy of its own, live on a page like a projector's."""
        page = self._browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        prepare = _PREPARE.format(workers=workers, tick_ms=tick_ms)
        name = self._server.write(f"bench-{workers}-{tick_ms}.ipynb", prepare, _SHOW)
        notebook = OpenNotebook(page, self._server, name)
        notebook.run_all()
        # To the lanes: a browser does not paint what is not on the screen.
        page.locator(".lab-stage").evaluate("(stage) => stage.scrollIntoView({ block: 'center' })")
        live = LiveDashboard(notebook)
        live.wait_until(f"now.ticking == {workers + 1}", "every thread ticks")
        try:
            yield live
            live.execute("dashboard.stop()\nenvoy.stop()")
        finally:
            page.close()
            self._server.end_kernels()

    @contextlib.contextmanager
    def notebooks(self, count: int, *, dashboards: bool) -> Iterator[Page]:
        """Open several notebooks in one tab, each with a live dashboard, or with a number."""
        page = self._browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        cells = (_PREPARE.format(workers=2, tick_ms=1000), _SHOW) if dashboards else ("1 + 1",)
        names = [self._server.write(f"tab-{number}.ipynb", *cells) for number in range(count)]
        first = OpenNotebook(page, self._server, names[0])
        first.run_all()
        for name in names[1:]:
            first.command("docmanager:open", {"path": name})
            page.wait_for_function(
                "(name) => window.jupyterapp.shell.currentWidget?.title.label === name", arg=name
            )
            first.wait_idle()
            first.run_all()
        try:
            yield page
        finally:
            page.close()
            self._server.end_kernels()


@contextlib.contextmanager
def open_lab() -> Iterator[Lab]:
    """Start a Jupyter server and a browser; both end with the block."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = JupyterServer(Path(folder))
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
            yield Lab(server, browser)
            browser.close()
        finally:
            server.stop()
