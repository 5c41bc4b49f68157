"""What all tests share: a folder for their own Envoys' runs, and the system's Chromium."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from lab_helpers.errors import LabError
from tests.faults import hold_to_page

CHROMIUM = os.environ.get("LAB_CHROMIUM") or shutil.which("chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class TellFault(Protocol):
    """Hold what is said of a fault to its row in docs/faults.md."""

    def __call__(self, said: LabError | str, *, kept: str, left: str = "nothing") -> None:
        """Take what the lab said, what goes on, and what is left on the machine."""


@pytest.fixture
def fault(request: pytest.FixtureRequest) -> Iterator[TellFault]:
    """Hold what is said of the fault that the test is marked with to docs/faults.md."""
    mark = request.node.get_closest_marker("fault")
    assert mark is not None, "mark the test with what it does: @pytest.mark.fault('…')"
    file = request.path.relative_to(request.config.rootpath).as_posix()
    told = []

    def tell(said: LabError | str, *, kept: str, left: str = "nothing") -> None:
        told.append(said)
        test = f"{file}::{request.node.originalname}"
        hold_to_page(mark.args[0], said, kept=kept, left=left, test=test)

    yield tell
    assert told, "the test has told nothing of its fault"


@pytest.fixture(scope="session", autouse=True)
def own_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the Envoys of this session apart: its tests look at what a run leaves behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_RUNS", str(tmp_path_factory.mktemp("runs")))
        yield


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard() -> None:
    """Let children hear what a script's `&`, or nohup, started these tests with ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(scope="session")
def base_url() -> str:
    """Stand in for pytest-base-url's, of which pytest 9 warns: our servers have free ports."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium instead of one that would have to be downloaded."""
    if CHROMIUM is None:
        reason = "there is no Chromium here: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_FLAGS}
