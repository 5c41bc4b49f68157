"""The dashboard without a page: what it sends, how it rests, what it saves, why it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.board.events import RequestAnswered, ThreadsNamed, Ticked, VmStarted
from lab_helpers.dashboard import Controls, Dashboard, Headers, Lanes
from lab_helpers.dashboard.look import Look, Looker
from lab_helpers.dashboard.view import View
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.admin import Figures
from lab_helpers.errors import ConfigurationError, LabError
from lab_helpers.token_api import Fault, TokenApi, Verdict

MAIN, WORKER_0 = 100, 101
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def envoy() -> Envoy:
    """An Envoy that does not run, with a board that knows of a run."""
    quiet = Envoy(workers=1, settings={"tick_ms": 1000})
    now = time.time()
    quiet.record(ThreadsNamed(now, ((MAIN, "main"), (WORKER_0, "worker_0"))))
    quiet.record(VmStarted(now, WORKER_0, "aaaaaa", 1000))
    quiet.record(Ticked(now, WORKER_0, "aaaaaa", 1))
    return quiet


def control(controls: Controls, description: str) -> Any:
    """Return the button or field with this description."""
    found = [each for box in controls.children for each in getattr(box, "children", ())]
    return next(each for each in found if each.description == description)


def wait_for_action() -> None:
    for thread in threading.enumerate():
        if thread.name == "dashboard-do":
            thread.join(10)


class Sent:
    """The frames that views sent."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.frames: list[dict[str, Any]] = []

    def take(self, frame: dict[str, Any]) -> None:
        with self._changed:
            self.frames.append(frame)
            self._changed.notify_all()

    def wait(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            return next((frame for frame in self.frames if wanted(frame)), None)

        with self._changed:
            frame = self._changed.wait_for(found, timeout=10)
        assert frame is not None
        return frame


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    kept = Sent()
    monkeypatch.setattr(View, "send", lambda _view, frame: kept.take(frame))
    return kept


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    left = [t for t in threading.enumerate() if t.name.startswith("dashboard")]
    for thread in left:
        thread.join(10)
    assert not [thread for thread in left if thread.is_alive()]


@pytest.mark.parametrize("show", [Dashboard, Lanes, Headers, Controls])
def test_what_is_no_envoy_is_said(show: Callable[[Any], object]) -> None:
    with pytest.raises(ConfigurationError, match=r"envoy is 'token\.wasm' \(str\)") as caught:
        show("token.wasm")
    assert "Envoy(module).start()" in caught.value.hint


def test_it_sends_what_the_board_learns(envoy: Envoy, sent: Sent) -> None:
    dashboard = Dashboard(envoy).start()
    assert dashboard.view.complete()["threads"][0]["ticks"] == "1"
    envoy.record(Ticked(time.time(), WORKER_0, "aaaaaa", 2))
    change = sent.wait(lambda frame: not frame.get("whole") and "ticks" in frame)
    assert [tick[2] for tick in change["ticks"]] == [2]
    assert dashboard.live
    dashboard.stop()
    assert not dashboard.live
    assert sent.frames[-1]["watching"]["rests"] == "stopped"
    dashboard.stop()


def test_it_rests_when_its_time_is_over_and_can_be_resumed(envoy: Envoy, sent: Sent) -> None:
    lanes = Lanes(envoy, minutes=0.001).start()
    over = sent.wait(lambda frame: frame.get("watching", {}).get("rests") == "over")
    assert over["watching"]["minutes"] == 0.001
    sent.frames.clear()
    lanes.hear({"do": "resume"})
    sent.wait(lambda frame: frame.get("watching", {}).get("rests") == "")
    lanes.stop()


def test_a_page_that_missed_a_frame_gets_a_whole_one(envoy: Envoy, sent: Sent) -> None:
    lanes = Lanes(envoy).start()
    lanes.hear({"do": "whole"})
    sent.wait(lambda frame: frame.get("whole"))
    lanes.stop()
    sent.frames.clear()
    lanes.hear({"do": "whole"})
    assert sent.frames[0]["whole"]  # at rest, too: a page may open then


def test_a_page_starts_from_all_there_is(envoy: Envoy) -> None:
    headers = Headers(envoy)
    state = headers.get_state()
    assert state["picture"]["whole"] is True
    assert [row["name"] for row in state["picture"]["threads"]] == ["worker_0", "main"]
    assert state["picture"]["watching"]["rests"] == "stopped"
    assert "class Store" in state["_esm"]


def test_what_its_threads_raise_surfaces(
    envoy: Envoy, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_looker: Looker) -> None:
        raise ZeroDivisionError("in a thread")

    dashboard = Dashboard(envoy)
    monkeypatch.setattr(Looker, "look", fail)
    dashboard.start()
    told = sent.wait(lambda frame: frame.get("watching", {}).get("problem"))
    assert told["watching"]["rests"] == "failed"
    assert told["watching"]["problem"] == "ZeroDivisionError: in a thread"
    with pytest.raises(LabError, match="ZeroDivisionError: in a thread"):
        dashboard.stop()
    dashboard.stop()


def test_figures_that_fail_in_their_thread_surface_too(
    envoy: Envoy, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_looker: Looker) -> None:
        raise ZeroDivisionError("in the other thread")

    monkeypatch.setattr(Looker, "ask_figures", fail)
    dashboard = Dashboard(envoy)
    dashboard.start()
    sent.wait(lambda frame: frame.get("watching", {}).get("problem"))
    with pytest.raises(LabError, match="in the other thread"):
        dashboard.stop()


def test_a_with_block_stops_it(envoy: Envoy) -> None:
    with Dashboard(envoy).start() as dashboard:
        assert dashboard.live
    assert not dashboard.live


@pytest.mark.parametrize(
    ("suffix", "beginning"), [(".svg", b"<?xml"), (".png", b"\x89PNG\r"), (".pdf", b"%PDF-")]
)
def test_a_picture_can_be_saved(
    envoy: Envoy, tmp_path: Path, suffix: str, beginning: bytes
) -> None:
    saved = Dashboard(envoy).save(tmp_path / f"picture{suffix}")
    assert saved.read_bytes()[:5] == beginning
    # What it shows stands in the file as well, in words.
    assert suffix == ".pdf" or b"2 lanes, one for each thread" in saved.read_bytes()


def test_a_picture_that_cannot_be_saved_says_why(envoy: Envoy, tmp_path: Path) -> None:
    dashboard = Dashboard(envoy)
    with pytest.raises(ConfigurationError, match=r"\.svg, \.png or \.pdf"):
        dashboard.save(tmp_path / "picture.xyz")
    with pytest.raises(ConfigurationError, match="No such file or directory"):
        dashboard.save(tmp_path / "nowhere" / "picture.png")


def test_the_output_has_a_live_view_a_picture_and_words(envoy: Envoy) -> None:
    bundle, metadata = Dashboard(envoy)._repr_mimebundle_()
    assert bundle.keys() == {WIDGET, "image/png", "text/plain"}
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "worker_0 1" in bundle["text/plain"]
    assert metadata == {"image/png": {"alt": bundle["text/plain"]}}


def test_a_board_without_ticks_has_no_picture_to_wait_for() -> None:
    bundle, metadata = Lanes(Envoy())._repr_mimebundle_()
    assert bundle.keys() == {WIDGET, "text/plain"}
    assert metadata == {}


def test_words_say_what_each_part_shows(envoy: Envoy) -> None:
    assert Lanes(envoy).describe().startswith("2 lanes")
    assert Headers(envoy).describe() == "No worker has answered a request yet."
    assert "Calls a period" in Dashboard(envoy).describe()


def test_an_envoy_that_never_ran_is_no_problem() -> None:
    look = Looker(Envoy()).look()
    assert (look.running, look.problem, look.figures) == (False, "", None)
    assert look.tick_ms == 15_000


def test_figures_of_an_envoy_that_does_not_run_are_not_known(envoy: Envoy) -> None:
    figures = Figures(4, 5, 0, {}, {}, 99)
    looker = Looker(envoy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Envoy, "running", True)
        patch.setattr(Envoy, "figures", lambda _envoy: figures)
        looker.ask_figures()
        assert looker.look().figures == figures
    assert looker.look().figures is None


def test_a_verdict_is_given_once_for_each_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with TokenApi() as api:
        envoy = Envoy(workers=1, token_api=api)
        envoy.record(ThreadsNamed(0.0, ((MAIN, "main"), (WORKER_0, "worker_0"))))
        asked: list[str] = []
        verify = api.verify

        def asking(value: str) -> Verdict:
            asked.append(value)
            return verify(value)

        monkeypatch.setattr(api, "verify", asking)
        looker = Looker(envoy)
        for value in ("Bearer one", "Bearer one", "Bearer two", ""):
            headers = (("x-auth", value),) if value else ()
            envoy.record(RequestAnswered(1.0, "worker_0", 200, headers, 1.0))
            verdicts = looker.look().verdicts
        assert asked == ["Bearer one", "Bearer two"]
        assert verdicts == {}  # the last response carries none


def test_tokens_are_judged_a_few_at_a_time() -> None:
    with TokenApi() as api:
        envoy = Envoy(workers=20, token_api=api)
        names = tuple((n, f"worker_{n}") for n in range(20))
        envoy.record(ThreadsNamed(0.0, names))
        for n, name in names:
            headers = (("x-auth", f"Bearer {n}"),)
            envoy.record(RequestAnswered(1.0, name, 200, headers, 1.0))
        looker = Looker(envoy)
        assert [len(looker.look().verdicts) for _ in range(4)] == [8, 16, 20, 20]


def test_a_fault_set_in_a_cell_shows_in_the_controls(envoy: Envoy) -> None:
    controls = Controls(envoy)
    envoy.token_api.fault = Fault.HANG
    controls.follow(Fault.HANG)
    assert control(controls, "Token API's fault").value is Fault.HANG
    assert controls.progress.state == "idle"  # it is on already: nothing had to be done


def test_a_look_that_comes_late_undoes_no_choice(envoy: Envoy) -> None:
    controls = Controls(envoy)
    late = Looker(envoy).look()
    control(controls, "Token API's fault").value = Fault.ERROR
    wait_for_action()
    controls.follow(late.fault)
    wait_for_action()
    assert envoy.token_api.fault.value == "error"
    controls.follow(Looker(envoy).look().fault)
    assert control(controls, "Token API's fault").value is Fault.ERROR
    control(controls, "Token API's fault").value = Fault.EXPIRED  # it still listens
    wait_for_action()
    assert envoy.token_api.fault.value == "expired"


def test_a_dashboard_that_is_closed_looks_no_more(envoy: Envoy) -> None:
    dashboard = Dashboard(envoy).start()
    assert dashboard.live
    dashboard.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("dashboard-")]


def test_a_fault_chosen_in_the_controls_is_set(envoy: Envoy) -> None:
    controls = Controls(envoy)
    control(controls, "Token API's fault").value = Fault.ERROR
    wait_for_action()
    assert envoy.token_api.fault is Fault.ERROR
    assert controls.progress.call == "envoy.token_api.fault = Fault.ERROR"


def test_a_launcher_that_is_not_there_says_why(
    envoy: Envoy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    controls = Controls(envoy)
    control(controls, "Launcher").value = "docker"
    control(controls, "Restart Envoy").click()
    wait_for_action()
    assert controls.progress.state == "failed"
    assert "Docker" in controls.progress.said
    assert envoy.launcher.name == "native"  # nothing was changed


def test_a_click_that_cannot_work_says_why(envoy: Envoy) -> None:
    controls = Controls(envoy)
    control(controls, "Send to every worker").click()
    wait_for_action()
    assert controls.progress.state == "failed"
    assert "Try: start it: envoy.start()" in controls.progress.said
    assert controls.children[-1].progress["state"] == "failed"
    controls.stop()


def test_a_click_is_only_put_down_and_its_work_is_done_elsewhere(
    envoy: Envoy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is done the kernel answers; a cell that computes delays the click and no more."""
    clicked, worked_in = threading.Event(), list[str]()

    def ask() -> tuple[RequestAnswered, ...]:
        assert clicked.wait(10)
        worked_in.append(threading.current_thread().name)
        return ()

    monkeypatch.setattr(envoy, "ask_every_worker", ask)
    controls = Controls(envoy)
    control(controls, "Send to every worker").click()
    clicked.set()
    wait_for_action()
    assert worked_in == ["dashboard-do"]
    assert controls.progress.state == "done"


def test_what_a_page_says_is_only_noted_while_the_view_is_live(
    envoy: Envoy, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_in = set[str]()
    look = Looker.look

    def noting(looker: Looker) -> Look:
        looked_in.add(threading.current_thread().name)
        return look(looker)

    monkeypatch.setattr(Looker, "look", noting)
    lanes = Lanes(envoy).start()
    looked_in.clear()  # a widget that is made looks once by itself
    lanes.hear({"do": "whole"})
    sent.wait(lambda frame: frame.get("whole"))
    seen = looked_in.copy()
    lanes.stop()
    assert seen == {"dashboard-look"}
