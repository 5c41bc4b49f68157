"""Plausible wrong answers, in a real Envoy: what is said is true, and leads on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.lessons.cells.configurations import save_configuration, start_configuration
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.checks.checking import check
from lab_helpers.lessons.exercises.forging import forge
from lab_helpers.lessons.exercises.solutions import solution_cell

pytestmark = pytest.mark.usefixtures("work")


@pytest.fixture
def running(launch: Callable[..., Envoy]) -> Envoy:
    """An Envoy with the token filter, two workers, and a token in each."""
    envoy = launch(workers=2, settings={"tick_ms": 300, "vm_header": "x-wasm-vm"})
    envoy.wait_for_tokens()
    return envoy


def part_of(exercise: str, old: str = "", new: str = "") -> str:
    _, _, text = solution_cell(exercise).partition("\n")
    assert old in text
    return text.replace(old, new) if old else text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("{path: /health}", "{path: /Health}", "No route has `path: /health`. There is one for"),
        ("direct_response: {status: 200}", "route: {cluster: my_custom_svc}", "sends it on itself"),
        ("{prefix: /}", "{prefix: /hello}", "No route takes it: keep the one that was there"),
        ("status: 200", "status: 204", "It is answered with 204."),
    ],
)  # fmt: skip
def test_routes(old: str, new: str, told: str) -> None:
    start_configuration("first.yaml", like="bare.yaml")
    save_configuration("first.yaml routes", part_of("01-route", old, new))
    result = check("01-route")
    assert not result.passed
    assert told in result.note.text


def test_a_route_below_the_other_one() -> None:
    start_configuration("first.yaml", like="bare.yaml")
    lines = part_of("01-route").strip().splitlines()
    save_configuration("first.yaml routes", "\n".join([*lines[2:], *lines[:2]]))
    assert "Your route stands below another" in check("01-route").note.text


def test_counters(launch: Callable[..., Envoy]) -> None:
    envoy = launch(None, configuration="bare.yaml", workers=2)
    envoy.ask_every_worker()
    for answer, told in (
        ("upstream_rq_total", "A name is whole"),
        ("Cluster.my_custom_svc.upstream_rq_total", "in small letters"),
        ("cluster.my_custom_svc.upstream_rq_total: 6", "The number does not belong to the name"),
        ("cluster.my_custom_svc.membership_total", "It counts something else than requests"),
        (6, "Write the name in quotes"),
    ):
        result = check("01-counter", answer, envoy)
        assert not result.passed
        assert told in result.note.text


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("port_value: 8080", "port_value: eighty", 10, "port_value: eighty is no port"),
        ("port_value: 8080", "port_value: 99999", 10, "port_value: 99999 is no port"),
        ("address: 127.0.0.1", "address: localhost", 10, "STRICT_DNS for a name"),
        ("{address: 127.0.0.1, port_value: 8080}", "{address: 127.0.0.1}", 10, "has no port"),
        ("connect_timeout: 1s", "connect_timeout: 1", 3, "such as 1s or 0.25s"),
    ],
)
def test_values_that_the_lab_would_write_over(old: str, new: str, line: int, told: str) -> None:
    start_configuration("mine.yaml", like="envoy.yaml")
    shown = save_configuration("mine.yaml cluster", part_of("04-mend", old, new))
    assert isinstance(shown, Source)
    assert list(shown.problems) == [line]
    assert told in shown.text
    result = check("04-mend")
    assert not result.passed
    assert told.split(" is ", maxsplit=1)[0] in result.note.text


def test_a_cluster_that_is_renamed_in_one_of_two_places_shows_the_other(work: Path) -> None:
    start_configuration("mine.yaml", like="envoy.yaml")
    renamed = part_of("04-mend", "- name: my_custom_svc", "- name: jwt")
    shown = save_configuration("mine.yaml cluster", renamed)
    written = (work / "envoy" / "mine.yaml").read_text("utf-8").splitlines()
    leading = next(n for n, text in enumerate(written, start=1) if "route: {cluster:" in text)
    named = next(n for n, text in enumerate(written, start=1) if "- name: jwt" in text)
    assert isinstance(shown, Source)
    assert shown.problems == {
        1: f"line {leading} still leads to 'my_custom_svc': `route: {{cluster: my_custom_svc}}`"
    }
    both = f"there is jwt (line {named}). Both must have the same name."
    assert both in shown.title
    result = check("04-mend")
    assert not result.passed
    assert f"line {leading} of mine.yaml" in result.note.text
    assert both in result.note.text
    # Renamed in the route's file as well, the word that a check would take for another is no fault.
    text = "\n".join(written).replace("cluster: my_custom_svc", "cluster: jwt")
    (work / "envoy" / "mine.yaml").write_text(f"{text}\n", "utf-8")
    assert check("04-mend").passed


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("connect_timeout: 1s", "connect_timeout: 5s", "It is 5s."),
        ("  connect_timeout: 1s\n", "", "do not remove the line"),
        ("connect_timeout: 1s", "connect_timout: 1s", "does not know: connect_timout"),
    ],
)
def test_timeouts(old: str, new: str, told: str) -> None:
    start_configuration("mine.yaml", like="envoy.yaml")
    save_configuration("mine.yaml cluster", part_of("04-mend", old, new))
    result = check("04-mend")
    assert not result.passed
    assert told in result.note.text


def test_forgeries(running: Envoy) -> None:
    token = running.ask("worker_0").headers["x-auth"]
    for answer, told in (
        ("admin", "It is none:"),
        (forge(token), "It still says the same"),
        (forge(token, Sub="admin"), "Changed: Sub; `sub` is 'vm-"),
        (forge(token, sub=None), "`sub` is None. Give `sub` the name of somebody else"),
        ([token], "It is a list: leave the [ ] out."),
        (5, "Make it with `forge(token, …)`"),
    ):
        result = check("04-forge", answer, token, running)
        assert not result.passed
        assert told in result.note.text
    assert check("04-forge", forge(token, sub="admin"), token, running).passed


def test_settings(running: Envoy) -> None:
    for answer, told in (
        ({"greeting": "hi", "vm_header": "x-vm"}, "The response carries `x-wasm-filter`, `x-auth`"),
        ({"greeting": "hi", "vm_header": "x-wasm-vm", "auth_header": "x-a"}, "Leave `auth_header`"),
        (["greeting"], "They are ['greeting']: write `{`"),
    ):
        result = check("04-settings", answer, running)
        assert not result.passed
        assert told in result.note.text


def test_tags(running: Envoy) -> None:
    answers = running.ask_every_worker()
    right = {answer.worker: answer.headers["x-wasm-vm"] for answer in answers}
    first, second = right
    for answer, told in (
        (list(right.values()), "in braces, each key has a colon"),
        (dict(enumerate(right.values())), "A worker's name is `answer.worker`"),
        ({first: right[second], second: right[first]}, f"{first} has '{right[second]}'"),
        ({name: [vm] for name, vm in right.items()}, "the log says otherwise"),
    ):
        result = check("05-tags", answer, running)
        assert not result.passed
        assert told in result.note.text
    tokens = {answer.worker: answer.headers["x-auth"] for answer in answers}
    said = check("05-tags", tokens, running).note.text
    assert "the log says otherwise" in said
    assert not any(token in said for token in tokens.values())
    assert check("05-tags", right, running).passed


def test_numbers_of_workers(running: Envoy) -> None:
    for answer, told in (
        (5.0, "It is 5.0, a float."),
        ("5", "It is '5', a str."),
        (True, "It is True, a bool."),
        (6, "With 6 workers it counts 7."),
    ):
        result = check("05-workers", answer, running)
        assert not result.passed
        assert told in result.note.text


def test_imports() -> None:
    module = compile_filter("filter/token", reuse=True)
    for answer, told in (
        ("DispatchHttpCall", "`DispatchHttpCall` is a function of the SDK"),
        ("proxywasm.DispatchHttpCall", "Its import stands in the same row"),
        ("env.proxy_on_tick", "`proxy_on_tick` is an export"),
        ("env.proxy_log", "`env.proxy_log` is for something else"),
        ("proxy_http", "It imports no `proxy_http`"),
    ):
        result = check("03-import", answer, module)
        assert not result.passed
        assert told in result.note.text
    assert check("03-import", " env.proxy_http_call ", module).passed
