"""The controls without a page: what can be clicked when, and what the fields refuse."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from lab_helpers.dashboard import Controls
from lab_helpers.dashboard.actions import Action, Turn
from lab_helpers.dashboard.number_field import NumberField
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError

ASKING = ("Send to every worker", "Follow a request", "Stream for 10 s")


def control(controls: Controls, description: str) -> Any:
    """Return the button or field with this description."""
    found = [each for box in controls.children for each in getattr(box, "children", ())]
    return next(each for each in found if each.description == description)


def line(controls: Controls) -> Any:
    """Return the line under the controls."""
    return controls.children[-1]


def enabled(controls: Controls) -> set[str]:
    """Return which buttons can be clicked."""
    boxes = (each for box in controls.children for each in getattr(box, "children", ()))
    return {each.description for each in boxes if hasattr(each, "click") and not each.disabled}


def wait_for_action() -> None:
    for thread in threading.enumerate():
        if thread.name == "dashboard-do":
            thread.join(10)


@pytest.mark.parametrize("typed", ["0", "00", "-0", "-1", "1.5", "1e3", "", " ", "two", "1_0", "٣"])
def test_what_is_no_number_of_workers_is_refused_in_words(typed: str) -> None:
    field = NumberField("Workers", 2, 256, "without one, nobody answers requests")
    field.value = typed
    assert field.number is None
    assert field.refusal.endswith("type a whole number from 1 to 256.")
    assert "lab-refused" in field._dom_classes  # noqa: SLF001  # as the page gets it
    field.value = "3"
    assert not field.refusal
    assert str(field.number) == "3"
    assert "lab-refused" not in field._dom_classes  # noqa: SLF001


def test_a_refusal_says_why_not_nought_and_quotes_no_novel() -> None:
    field = NumberField("Workers", 2, 256, "without one, nobody answers requests")
    field.value = "0"
    assert field.refusal.startswith("“Workers” cannot be 0 (without one, nobody answers requests):")
    field.value = "257"
    assert field.refusal == "“Workers” cannot be 257: type a whole number from 1 to 256."
    field.value = "9" * 5000
    assert len(field.refusal) < 120


@pytest.mark.parametrize(("name", "typed"), [("Workers", "0"), ("Tick, ms", "0"), ("Workers", "")])
def test_a_refused_field_lets_nothing_be_started(name: str, typed: str) -> None:
    envoy = Envoy(workers=2)
    controls = Controls(envoy)
    assert "Start Envoy" in enabled(controls)
    control(controls, name).value = typed
    assert line(controls).refused
    assert name in line(controls).refused[0]
    assert "Start Envoy" not in enabled(controls)
    control(controls, "Restart Envoy").click()  # as a click that was on its way already
    wait_for_action()
    assert controls.progress.state == "failed"
    assert "Envoy is as it was" in controls.progress.said
    assert envoy.workers == 2
    control(controls, name).value = "4"
    assert line(controls).refused == []
    assert "Start Envoy" in enabled(controls)
    controls.close()


def test_only_what_can_act_can_be_clicked(monkeypatch: pytest.MonkeyPatch) -> None:
    envoy = Envoy(workers=1)
    controls = Controls(envoy)
    assert enabled(controls) == {"Start Envoy"}
    monkeypatch.setattr(Envoy, "running", True)
    controls._refresh()  # noqa: SLF001  # as the thread does it four times a second
    assert enabled(controls) == {*ASKING, "Restart Envoy", "Stop Envoy"}
    controls.close()


def test_cancel_can_be_clicked_while_there_is_something_to_cancel() -> None:
    controls = Controls(Envoy(workers=1))
    cancel = control(controls, "Cancel")
    seen: list[bool] = []
    going, over = threading.Event(), threading.Event()

    def long(_turn: Turn) -> str:
        seen.append(cancel.disabled)
        going.set()
        assert over.wait(10)
        return ""

    controls._actions.submit(Action("long", long, ends_early=True))  # noqa: SLF001
    assert going.wait(10)
    over.set()
    wait_for_action()
    assert seen == [False]
    assert cancel.disabled
    going.clear()
    over.clear()
    controls._actions.submit(Action("a restart, which goes to its end", long))  # noqa: SLF001
    assert going.wait(10)
    assert seen[-1] is True
    controls._actions.submit(Action("next", lambda _turn: ""))  # noqa: SLF001
    assert not cancel.disabled  # what waits can be dropped
    over.set()
    wait_for_action()
    assert cancel.disabled
    controls.close()


def test_what_fails_as_they_follow_envoy_surfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    controls = Controls(Envoy(workers=1))

    def fail(_envoy: Envoy) -> bool:
        raise ZeroDivisionError("in the thread")

    with monkeypatch.context() as patch:
        patch.setattr(Envoy, "running", property(fail))
        controls.start()
        for thread in threading.enumerate():
            if thread.name == "dashboard-controls":
                thread.join(10)
    with pytest.raises(LabError, match="A control of the dashboard had failed"):
        controls.stop()
