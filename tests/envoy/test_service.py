"""The Wasm Service: one fetch a period for the whole process, and each worker reads its token."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.board.events import FilterSaid
from lab_helpers.board.logfmt import parse_logfmt
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import tell_fetches, tell_silence, tell_token
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.errors import LaunchError
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import Fault, fingerprint
from tests.calls import measures
from tests.conftest import TellFault

Launch = Callable[..., Envoy]
TICK_MS = 300
SETTINGS = {"tick_ms": TICK_MS, "vm_header": "x-wasm-vm"}
SERVICE = "service.yaml"
PLACE = "service_vm/lab.service.token"


@pytest.fixture(scope="module")
def service() -> Module:
    return compile_filter(repository_folder() / "filter" / "service", reuse=True)


def text() -> str:
    return (repository_folder() / "envoy" / SERVICE).read_text(encoding="utf-8")


def twice(key: str = "") -> Configuration:
    """The file, with the test's period and a second Wasm Service beside the first."""
    fast = text().replace("15000", str(TICK_MS))
    begin, end = fast.index("  - name: envoy.bootstrap.wasm"), fast.index("# lesson: end")
    block = fast[begin:end].replace("name: service\n", "name: second\n").replace("&vm", "")
    block = block.replace('"part": "service"', f'"part": "service"{key}')
    return Configuration.parse(fast[:end] + block + fast[end:])


def said(picture: Snapshot, event: str) -> list[dict[str, str]]:
    """What filters said under one event, with the thread's name."""
    names = {thread.tid: thread.name for thread in picture.threads}
    found = []
    for line in picture.lines:
        pairs = parse_logfmt(line.text) if isinstance(line, FilterSaid) else None
        if pairs and pairs.get("event") == event:
            found.append({"thread": names[line.tid], **pairs})
    return found


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_one_call_a_period_serves_every_worker(
    launch: Launch, service: Module, workers: int
) -> None:
    envoy = launch(service, configuration=SERVICE, workers=workers, settings=SETTINGS)
    picture = envoy.wait_for_tokens()
    main = picture.thread("main")
    assert (main.shares, main.told_timer_ms) == (PLACE, TICK_MS)
    for thread in picture.workers:
        assert (thread.ticks, thread.reads, thread.fetches) == (0, PLACE, {})
        assert tell_silence(picture, thread).text == "no timer"
        assert tell_token(picture, thread).text == "not read yet"
    measures(envoy, calls_per_period=1)
    # Each answer has a token that the service kept in that period: the same for all, or its next.
    answers = envoy.ask_every_worker()
    tokens = {answer.headers["x-auth"] for answer in answers}
    assert len(tokens) <= 2
    assert all(envoy.token_api.verify(token).valid for token in tokens)
    read = envoy.wait_until(
        lambda now: all(thread.token for thread in now.workers), "what each worker read is told"
    )
    fetched = {thread.token.fingerprint for thread in read.workers if thread.token}
    assert fetched == {fingerprint(token) for token in tokens}
    why = tell_token(read, read.thread("worker_0")).why
    assert f"where {main.vm}.service put it" in why
    assert envoy.figures().vms == workers + 2


def test_no_worker_serves_an_older_token_than_the_last_that_was_fetched(
    launch: Launch, service: Module
) -> None:
    envoy = launch(service, configuration=SERVICE, settings=SETTINGS)
    fetched: list[str] = []

    def one_more(picture: Snapshot) -> bool:
        token = picture.thread("main").token
        if token is None or token.fingerprint in fetched:
            return False
        fetched.append(token.fingerprint)
        return True

    for _ in range(4):
        envoy.wait_until(one_more, "the service has a new token")
        known = len(fetched) - 1
        served = {fingerprint(answer.headers["x-auth"]) for answer in envoy.ask_every_worker()}
        # What a worker served may have come while it was asked, and is told a moment later.
        envoy.wait_until(one_more, "the service has the next")
        assert served <= set(fetched[known:])


@pytest.mark.fault("The VM of the Wasm Service panics")
def test_a_service_that_panics_leaves_the_last_token(
    launch: Launch, service: Module, fault: TellFault
) -> None:
    envoy = launch(service, configuration=SERVICE, settings=SETTINGS | {"panic_at": 3})
    envoy.wait_for_tokens()
    envoy.ask_every_worker()
    envoy.wait_until(lambda now: now.thread("main").failure, "the service has panicked")
    calls = envoy.snapshot().calls
    answers = envoy.ask_every_worker()
    assert {answer.status for answer in answers} == {200}
    last = envoy.snapshot().thread("main").token
    assert last is not None
    assert {fingerprint(answer.headers["x-auth"]) for answer in answers} == {last.fingerprint}
    picture = envoy.wait_until(
        lambda now: all(t.token and t.token.fingerprint == last.fingerprint for t in now.workers),
        "each worker has told of the last token",
    )
    why = tell_token(picture, picture.thread("worker_0")).why
    assert why.endswith("the VM on main has failed, so no newer one comes")
    (panicked, *_) = picture.failing
    assert "the service panics on purpose, at its tick n=3" in str(panicked)
    assert envoy.figures().reloads == 0
    assert envoy.snapshot().calls == calls
    fault(
        why.partition("; the VM")[2],
        kept="every worker serves the last token, until Envoy is started anew",
    )


def test_under_fail_reload_it_stays_dead_for_no_request_comes_to_main(
    launch: Launch, service: Module
) -> None:
    settings = SETTINGS | {"panic_at": 2, "max_age_ms": 500}
    envoy = launch(
        service,
        configuration=SERVICE,
        settings=settings,
        failure_policy="FAIL_RELOAD",
        reload_backoff_s=0.05,
    )
    envoy.wait_for_tokens()
    envoy.wait_until(lambda now: now.thread("main").failure, "the service has panicked")

    def gone(_picture: Snapshot) -> bool:
        return all("x-auth" not in answer.headers for answer in envoy.ask_every_worker())

    envoy.wait_until(gone, "a token that is too old is handed on by nobody")
    picture = envoy.wait_until(
        lambda now: all(thread.last_read == "old" for thread in now.workers), "each has said why"
    )
    told = tell_token(picture, picture.thread("worker_1"))
    assert told.words == f"none (at its last look into {PLACE} in the shared data: old)"
    assert picture.thread("main").failure
    assert envoy.figures().reloads == 0


@pytest.mark.fault("The Wasm Service and its filter have different vm_ids")
def test_another_vm_id_has_shared_data_of_its_own(
    launch: Launch, service: Module, fault: TellFault
) -> None:
    other = "{vm_id: other_vm, runtime: envoy.wasm.runtime.v8, code: {local: {filename: x.wasm}}}"
    theirs = Configuration.parse(text().replace("vm_config: *vm", f"vm_config: {other}"))
    # One name for both would do as well; each has settings of its own here.
    envoy = launch(
        {"service": service, "filter": service},
        configuration=theirs,
        settings={"service": SETTINGS, "filter": {"vm_header": "x-wasm-vm"}},
    )
    envoy.wait_until(lambda now: now.thread("main").fetches.get("ok", 0) > 1, "two fetches")
    assert all("x-auth" not in answer.headers for answer in envoy.ask_every_worker())
    picture = envoy.wait_until(
        lambda now: all(thread.last_read == "missing" for thread in now.workers), "each has looked"
    )
    told = tell_token(picture, picture.thread("worker_0"))
    assert told.text == "none"
    # The service and main's own copy of the filter are two VMs there now.
    assert picture.thread("main").vms_alive == 2
    with pytest.raises(LaunchError, match="every worker holds a token") as caught:
        envoy.wait_for_tokens(timeout_s=0.5)
    assert "token none" in caught.value.quote
    fault(told.words, kept="requests are answered, without x-auth; the service fetches on")


@pytest.mark.fault("Two Wasm Services write to one key of the shared data")
def test_two_services_with_one_key_say_so(
    launch: Launch, service: Module, fault: TellFault
) -> None:
    envoy = launch(service, configuration=twice(), settings=None)
    picture = envoy.wait_until(
        lambda now: len({each["by"] for each in said(now, "share_conflict")}) == 2,
        "both have found the other's token",
    )
    vm = picture.thread("main").vm
    conflicts = said(picture, "share_conflict")
    assert {each["by"] for each in conflicts} == {f"{vm}.service", f"{vm}.second"}
    assert {each["thread"] for each in conflicts} == {"main"}
    assert all("x-auth" in answer.headers for answer in envoy.ask_every_worker())
    measures(envoy, calls_per_period=2)
    fault(
        f"share_conflict place={conflicts[0]['place']}",
        kept="the one who wrote last is read; the token service gets two calls a period",
    )


def test_two_services_with_a_key_each_do_not_meet(launch: Launch, service: Module) -> None:
    envoy = launch(service, configuration=twice(', "key": "other"'), settings=None)
    picture = envoy.wait_until(
        lambda now: now.thread("main").fetches.get("ok", 0) > 5, "both have fetched"
    )
    assert said(picture, "share_conflict") == []
    (_, answer) = envoy.ask_every_worker()
    assert envoy.token_api.verify(answer.headers["x-auth"]).valid


def test_without_singleton_each_worker_fetches_as_well(launch: Launch, service: Module) -> None:
    theirs = Configuration.parse(text().replace("singleton: true", "singleton: false"))
    envoy = launch(service, configuration=theirs, settings=SETTINGS)
    measures(envoy, calls_per_period=3)
    picture = envoy.wait_until(
        lambda now: all(thread.ticks for thread in now.threads), "every thread ticks"
    )
    assert {thread.shares for thread in picture.threads} == {PLACE}


def test_a_shared_queue_wakes_one_of_those_who_registered_it(
    launch: Launch, service: Module
) -> None:
    envoy = launch(
        service, configuration=SERVICE, workers=3, settings=SETTINGS | {"queue": "fresh"}
    )
    picture = envoy.wait_until(lambda now: len(said(now, "woken")) >= 4, "woken four times")
    woken = said(picture, "woken")
    # Three workers and main registered it; the service put in one entry a token.
    assert len({each["thread"] for each in woken}) == 1
    assert [int(each["n"]) for each in woken[:4]] == [1, 2, 3, 4]
    assert len({each["token"] for each in woken}) == len(woken)


def test_a_service_nobody_can_reach_says_it_by_its_status(launch: Launch, service: Module) -> None:
    envoy = launch(service, configuration=SERVICE, settings=SETTINGS)
    envoy.wait_for_tokens()
    envoy.token_api.fault = Fault.ERROR
    picture = envoy.wait_until(
        lambda now: now.thread("main").fetches.get("status 500", 0) > 1, "two fetches failed"
    )
    assert "status 500" in tell_fetches(picture, picture.thread("main")).text
    assert [thread.fetches for thread in picture.workers] == [{}, {}]
    assert {answer.status for answer in envoy.ask_every_worker()} == {200}
    assert all("x-auth" in answer.headers for answer in envoy.ask_every_worker())


def test_the_files_own_period_stands_where_nothing_else_is_said(service: Module) -> None:
    assert Configuration.read(SERVICE).settings == {"part": "service", "tick_ms": 15_000}
    envoy = Envoy(service, configuration=SERVICE)
    assert [str(one) for one in envoy.modules] == [
        "Wasm Service service (vm_id service_vm) ← service, compiled by tinygo",
        "HTTP filter filter (vm_id service_vm) ← service, compiled by tinygo",
    ]
    envoy.validate()


def test_the_demo_of_the_service(tmp_path: Path) -> None:
    from lab_helpers.commands.demo import run_demo  # noqa: PLC0415  # matplotlib comes with it

    report = run_demo(tick_ms=400, seconds=3, configuration="service.yaml")
    assert report.shortcomings == ()
    assert report.jwt_verified
    written = json.loads(json.dumps(report.as_json()))
    assert written["calls_per_period"] == pytest.approx(1, rel=0.15)
    assert [bool(thread["ticks"]) for thread in written["threads"]] == [False, False, True]
