"""A real JupyterLab in a real Chromium: the server, and a notebook open in a page.

The tests of the dashboard and those of the lessons share it. Screenshots go to `test-artifacts/`
at the repository's root, which git ignores.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
import stamina
from playwright.sync_api import BrowserContext, Page, expect

from lab_helpers.folders import repository_folder
from tests.browser.dashboard_page import DashboardPage

# JupyterLab would ask whether it may call out for news.
QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}
# Without it JupyterLab asks which kernel to start.
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
KERNEL_IDLE = """() => {
    const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return context?.session?.kernel?.status === 'idle';
}"""
ACTIVE_CELL = """() => {
    const cell = window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel;
    return [cell.id, cell.execution_count];
}"""
CELL_IS_DONE = """([id, before]) => {
    const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
    const cell = cells.find((cell) => cell.id === id);
    return cell.cell_type !== 'code' || (cell.execution_count ?? before) !== before;
}"""
# A busy machine takes its time; what is wrong stays wrong.
expect.set_options(timeout=20_000)
ARTIFACTS = repository_folder() / "test-artifacts"


class JupyterServer:
    """A JupyterLab server of its own: nothing of the person's own settings, nothing on the network.

    Args:
        folder: A new folder for its notebooks and settings.
        root: The folder that it shows; else a new one.
        environment: What its environment holds besides, or does not (None).
        settings: JupyterLab's settings besides, as its overrides file has them.
    """

    def __init__(
        self,
        folder: Path,
        root: Path | None = None,
        environment: Mapping[str, str | None] | None = None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.notebooks = root or folder / "notebooks"
        self.notebooks.mkdir(parents=True, exist_ok=root is not None)
        self.work = folder / "work"
        overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir(parents=True)
        overrides.write_text(json.dumps({**QUIET, **(settings or {})}))
        self._token = secrets.token_hex(16)
        self._log = (folder / "server.log").open("w")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._base = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                *(f"--port={port}", "--ServerApp.port_retries=0"),
                f"--IdentityProvider.token={self._token}",
                "--LabApp.expose_app_in_browser=True",
                "--LabApp.extension_manager=readonly",
            ],
            cwd=self.notebooks,
            env={
                name: value
                for name, value in {
                    **os.environ,
                    "JUPYTER_CONFIG_DIR": str(folder / "config"),
                    "JUPYTER_DATA_DIR": str(folder / "data"),
                    "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
                    "IPYTHONDIR": str(folder / "ipython"),
                    "LAB_WORK": str(self.work),
                    **(environment or {}),
                }.items()
                if value is not None
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def home(self) -> str:
        """Where the server leads by itself."""
        return f"{self._base}/?token={self._token}"

    def address(self, notebook: str) -> str:
        """Return where a notebook of its folder opens, in a workspace that is reset."""
        return f"{self._base}/lab/tree/{notebook}?token={self._token}&reset"

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook with these code cells into its folder, and return its name."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=KERNEL
        )
        nbformat.write(notebook, self.notebooks / name)
        return name

    def copy(self, notebook: Path, name: str = "") -> str:
        """Copy a notebook into its folder, and return its name there."""
        target = self.notebooks / (name or notebook.name)
        shutil.copyfile(notebook, target)
        return target.name

    def kernels(self) -> list[dict[str, Any]]:
        """Return the kernels that run."""
        return list(self._get("/api/kernels").json())

    def end_kernels(self) -> None:
        """End every kernel, and with it all that the kernel started."""
        for kernel in self.kernels():
            httpx.delete(
                f"{self._base}/api/kernels/{kernel['id']}", headers=self._headers, trust_env=False
            )

    def stop(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self._token}"}

    def _get(self, path: str) -> httpx.Response:
        # `trust_env=False`: a company's proxy must never see calls to this machine.
        return httpx.get(f"{self._base}{path}", headers=self._headers, trust_env=False)

    def _wait_ready(self) -> None:
        for attempt in stamina.retry_context(
            on=(httpx.TransportError, AssertionError), attempts=None, timeout=60, wait_max=0.5
        ):
            with attempt:
                assert self._process.poll() is None, "the Jupyter server has ended"
                assert self._get("/api/status").is_success


class OpenNotebook:
    """A notebook that is open in JupyterLab.

    Args:
        page: The browser's page.
        server: The server.
        name: The notebook's name in the server's folder.
    """

    def __init__(self, page: Page, server: JupyterServer, name: str) -> None:
        self.page = page
        self.name = name
        self.server = server
        page.goto(server.address(name))
        self.wait_idle()

    @property
    def file(self) -> Path:
        """The notebook's file."""
        return self.server.notebooks / self.name

    def wait_idle(self) -> None:
        """Wait until the notebook is shown and its kernel has nothing to do."""
        self.page.locator(".jp-NotebookPanel:visible .jp-Notebook").wait_for()
        self.page.wait_for_function(KERNEL_IDLE, timeout=60_000)

    def run_active_cell(self) -> None:
        """Run the active cell by Shift+Enter, as a person does, and wait until it is done.

        A kernel that is idle may be one that has not begun: the cell's number tells.
        """
        cell = self.page.evaluate(ACTIVE_CELL)
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(CELL_IS_DONE, arg=cell, timeout=60_000)
        self.wait_idle()

    def reload(self) -> None:
        """Load the page anew, as a person does; the kernel goes on."""
        self.page.reload()
        self.wait_idle()

    def restart_kernel(self) -> None:
        """Restart its kernel, without JupyterLab's question whether to."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.wait_idle()

    def run_all(self) -> None:
        """Run all its cells; fail where one fails."""
        assert self.command("notebook:run-all-cells") is True, self.errors()

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> object:
        """Execute a command of JupyterLab's, and return what it returns."""
        return self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args)",
            [name, arguments or {}],
        )

    def execute(self, code: str) -> str:
        """Execute code in its kernel beside the cells, and return what it printed.

        Raises:
            AssertionError: The code failed.
        """
        printed, problem = self.page.evaluate(
            """async (code) => {
                const context = window.jupyterapp.shell.currentWidget.sessionContext;
                const future = context.session.kernel.requestExecute({ code });
                let printed = '', problem = '';
                future.onIOPub = ({ content, header }) => {
                    if (header.msg_type === 'stream') printed += content.text;
                    if (header.msg_type === 'error') problem = content.traceback.join('\\n');
                };
                await future.done;
                return [printed, problem];
            }""",
            code,
        )
        assert not problem, problem
        return str(printed)

    def errors(self) -> str:
        """Return what its failed cells say."""
        said = self.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')
        return "\n".join(said.all_inner_texts())

    def save(self) -> nbformat.NotebookNode:
        """Save it, and return what was saved."""
        self.command("docmanager:save")
        saved: nbformat.NotebookNode = nbformat.read(self.file, as_version=4)
        return saved


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Look as a projector does."""
    return {**browser_context_args, "viewport": {"width": 1280, "height": 720}}


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    server = JupyterServer(tmp_path_factory.mktemp("jupyter"))
    yield server
    server.stop()


@pytest.fixture
def open_notebook(page: Page, jupyter: JupyterServer) -> Iterator[Callable[[str], OpenNotebook]]:
    """Open notebooks of the server's folder; their kernels end with the test."""
    yield lambda name: OpenNotebook(page, jupyter, name)
    # The page goes first: it would ask what to do about a kernel that is gone.
    page.goto("about:blank")
    jupyter.end_kernels()


@contextlib.contextmanager
def one_dashboard(
    context: BrowserContext, jupyter: JupyterServer, name: str, prepare: str
) -> Iterator[OpenNotebook]:
    """Open a notebook with one dashboard, for a module's tests; page and kernel end with them.

    Args:
        context: The browser's, which is closed then.
        jupyter: The server.
        name: The notebook's file.
        prepare: A cell that begins with an `envoy`.
    """
    written = jupyter.write(name, prepare, "dashboard = Dashboard(envoy)\ndashboard")
    opened = OpenNotebook(context.new_page(), jupyter, written)
    opened.run_all()
    yield opened
    context.close()
    jupyter.end_kernels()


@pytest.fixture
def live(notebook: OpenNotebook) -> DashboardPage:
    """Return the first dashboard of a module's own `notebook`, when it ticks."""
    dashboard = DashboardPage(notebook.page, 0)
    dashboard.wait_for_ticks()
    return dashboard


@pytest.fixture(scope="session")
def artifacts() -> Path:
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS
