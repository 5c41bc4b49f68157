from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import stamina

import lab_helpers.token_api as package
from lab_helpers.board.events import TokenAsked
from lab_helpers.errors import ConfigurationError, TokenApiError
from lab_helpers.token_api import Fault, TokenApi, app, fingerprint, server, verify_token
from lab_helpers.token_api.faults import Reply, reply_to
from lab_helpers.token_api.signing import Issuer

_TIMEOUT_S = 20


@pytest.fixture
def api() -> Iterator[TokenApi]:
    with TokenApi() as api:
        yield api


@pytest.fixture
def caller(api: TokenApi) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, timeout=_TIMEOUT_S) as caller:
        yield caller


def until(condition: Callable[[], bool]) -> None:
    """Poll a condition: the server's thread is on its own."""
    for attempt in stamina.retry_context(
        on=AssertionError, attempts=None, timeout=_TIMEOUT_S, wait_initial=0.001, wait_max=0.05
    ):
        with attempt:
            assert condition()


def open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count, not paths


def api_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("token-api")]


def ask_raw(api: TokenApi, path: str = "/auth") -> bytes:
    with socket.create_connection(("127.0.0.1", api.port), timeout=_TIMEOUT_S) as connection:
        request = f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        connection.sendall(request.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@contextlib.contextmanager
def hanging(api: TokenApi) -> Iterator[socket.socket]:
    """Hold a connection whose request the API has taken and does not answer."""
    api.fault = Fault.HANG
    with socket.create_connection(("127.0.0.1", api.port), timeout=_TIMEOUT_S) as connection:
        connection.sendall(b"GET /auth HTTP/1.1\r\nhost: x\r\nx-wasm-vm: 3f2a91\r\n\r\n")
        # Its loop is past that request once it answers a later one.
        httpx.get(f"{api.url}/later")
        yield connection


def test_the_public_names() -> None:
    assert package.__all__ == [
        "ASKED_KEPT",
        "Fault",
        "TokenApi",
        "Verdict",
        "fingerprint",
        "verify_token",
    ]


# What it answers


def test_auth_answers_a_good_token(api: TokenApi, caller: httpx.Client) -> None:
    reply = caller.get("/auth")
    assert reply.status_code == 200
    value = reply.headers["authorization"]
    assert api.verify(value).valid
    assert verify_token(value, caller.get("/.well-known/jwks.json").json()).valid
    assert caller.get("/.well-known/jwks.json").json() == api.jwks()


def test_each_vm_gets_a_token_of_its_own(api: TokenApi, caller: httpx.Client) -> None:
    values = [
        caller.get("/auth", headers={"x-wasm-vm": vm}).headers["authorization"]
        for vm in ("3f2a91", "0c11de", "3f2a91")
    ]
    assert len(set(values)) == 3
    assert [api.verify(value).claims["sub"] for value in values] == [
        "vm-3f2a91",
        "vm-0c11de",
        "vm-3f2a91",
    ]


def test_a_tag_that_is_none_is_left_out(api: TokenApi, caller: httpx.Client) -> None:
    for tag in (b"a b", b"<b>", b"x" * 65, "ü".encode()):
        reply = caller.get("/auth", headers={b"x-wasm-vm": tag})
        assert api.verify(reply.headers["authorization"]).claims["sub"] == "envoy"
        assert api.asked[-1].vm == ""


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PURGE", "OPTIONS"])
def test_every_other_path_greets_by_name(caller: httpx.Client, method: str) -> None:
    for path in ("/", "/hello", "/auth/", "/auth/x", "/a%20b?c=d"):
        reply = caller.request(method, path, content=b"x" * 100_000)
        assert reply.status_code == 200
        assert path.split("?", maxsplit=1)[0].replace("%20", " ") in reply.text
        assert "authorization" not in reply.headers


def test_auth_answers_only_to_get(api: TokenApi, caller: httpx.Client) -> None:
    assert caller.post("/auth").status_code == 405
    assert api.asked_total == 0
    assert caller.head("/auth").status_code == 200


def test_other_claims_can_be_asked_for() -> None:
    with TokenApi(issuer="i", subject="s", audience="a", token_lifetime_s=7.5) as api:
        verdict = api.verify(httpx.get(f"{api.url}/auth").headers["authorization"])
    assert verdict.valid
    assert [verdict.claims[name] for name in ("iss", "sub", "aud")] == ["i", "s", "a"]
    assert verdict.claims["exp"] - verdict.claims["iat"] == 8


# Who asked


def test_a_call_is_recorded_before_its_reply_arrives(caller: httpx.Client, api: TokenApi) -> None:
    before = time.time()
    value = caller.get("/auth", headers={"x-wasm-vm": "3f2a91"}).headers["authorization"]
    (event,) = api.asked
    assert before <= event.time <= time.time()
    assert event == TokenAsked(
        time=event.time,
        vm="3f2a91",
        status=200,
        fault="none",
        token=fingerprint(value),
        expires_at=float(api.verify(value).claims["exp"]),
    )
    caller.get("/elsewhere")
    assert api.asked_total == 1


def test_the_callback_is_told_in_the_servers_thread() -> None:
    told: list[tuple[str, str]] = []
    with TokenApi(on_asked=lambda e: told.append((e.vm, threading.current_thread().name))) as api:
        httpx.get(f"{api.url}/auth", headers={"x-wasm-vm": "3f2a91"})
        assert told == [("3f2a91", f"token-api-{api.port}")]


def test_a_listener_is_told_once_and_no_more_when_it_is_forgotten(
    api: TokenApi, caller: httpx.Client
) -> None:
    told: list[TokenAsked] = []
    api.subscribe(told.append)
    api.subscribe(told.append)
    caller.get("/auth")
    assert len(told) < 25
    api.unsubscribe(told.append)
    caller.get("/auth")
    assert len(told) < 25
    assert api.asked_total == 2


def test_what_the_callback_raises_comes_out_of_stop_once() -> None:
    def fails(event: TokenAsked) -> None:
        raise ValueError(f"no room for {event.vm}")

    api = TokenApi(on_asked=fails).start()
    for vm in ("a", "b", "c"):
        assert httpx.get(f"{api.url}/auth", headers={"x-wasm-vm": vm}).status_code == 200
    with pytest.raises(TokenApiError, match="3 times") as caught:
        api.stop()
    assert "no room for a" in caught.value.quote
    assert isinstance(caught.value.__cause__, ValueError)
    assert not api_threads()
    api.stop()


def test_the_error_of_the_block_is_not_hidden_by_the_callbacks() -> None:
    def fails(_: TokenAsked) -> None:
        raise ValueError("from the callback")

    def block() -> None:
        with TokenApi(on_asked=fails) as api:
            httpx.get(f"{api.url}/auth")
            raise KeyError("from the block")

    with pytest.raises(KeyError) as caught:
        block()
    assert "from the callback" in "".join(caught.value.__notes__)


def test_the_records_are_bounded_and_the_count_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_helpers.token_api.records.ASKED_KEPT", 3)
    with TokenApi() as api, httpx.Client(base_url=api.url) as caller:
        api.fault = Fault.MISSING
        for vm in "abcde":
            caller.get("/auth", headers={"x-wasm-vm": vm})
    assert [event.vm for event in api.asked] == ["c", "d", "e"]
    assert api.asked_total == 5


# Faults


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.ERROR, 500),
        (Fault.MISSING, 200),
        (Fault.GARBAGE, 200),
        (Fault.CRLF, 200),
        (Fault.TOO_LONG, 200),
        (Fault.EXPIRED, 200),
    ],
)
def test_a_fault_holds_from_the_next_request_on_the_same_connection(
    api: TokenApi, caller: httpx.Client, fault: Fault, status: int
) -> None:
    good = caller.get("/auth")
    api.fault = fault
    bad = caller.get("/auth")
    assert bad.status_code == status
    assert (api.asked[-1].fault, api.asked[-1].status) == (fault.value, status)
    if fault is not Fault.TOO_LONG:
        assert not api.verify(bad.headers.get("authorization", "")).valid
    api.fault = Fault.NONE
    assert api.verify(caller.get("/auth").headers["authorization"]).valid
    assert good.extensions["network_stream"] is bad.extensions["network_stream"]


def test_crlf_reaches_the_wire(api: TokenApi) -> None:
    api.fault = Fault.CRLF
    head = ask_raw(api).split(b"\r\n\r\n")[0]
    before, after = head.split(b"\r\nx-injected: yes", 1)
    line = before.split(b"\r\n")[-1]
    assert line.startswith(b"authorization: Bearer ey")
    assert line.count(b".") == 1
    assert after == b"" or after.startswith(b"\r\n")
    assert fingerprint(line.removeprefix(b"authorization: ")) == api.asked[-1].token


def test_garbage_reaches_the_wire(api: TokenApi) -> None:
    api.fault = Fault.GARBAGE
    (line,) = [row for row in ask_raw(api).split(b"\r\n") if row.startswith(b"authorization")]
    assert not line.isascii()
    assert fingerprint(line.removeprefix(b"authorization: ")) == api.asked[-1].token


def test_refuse_refuses_and_comes_back_on_the_same_port(
    api: TokenApi, caller: httpx.Client
) -> None:
    url, port = api.url, api.port
    for _ in range(3):
        assert caller.get("/auth").status_code == 200
        api.fault = Fault.REFUSE
        with pytest.raises(httpx.ConnectError, match="refused"):
            caller.get("/auth")
        with pytest.raises(httpx.ConnectError, match="refused"):
            httpx.get(f"{url}/hello")
        api.fault = Fault.NONE
    assert (api.url, api.port) == (url, port)
    assert caller.get("/auth").status_code == 200
    assert {event.fault for event in api.asked} == {"none"}


def test_refuse_closes_the_connections_that_are_held(api: TokenApi) -> None:
    with contextlib.ExitStack() as held:
        connections = [
            held.enter_context(socket.create_connection(("127.0.0.1", api.port), _TIMEOUT_S))
            for _ in range(20)
        ]
        for connection in connections:
            connection.sendall(b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n")
        for connection in connections:
            reply = b""
            while not reply.endswith(b"asked for /hello\n"):
                reply += connection.recv(65536)
        api.fault = Fault.REFUSE
        for connection in connections:
            assert connection.recv(1) == b""


def test_while_it_refuses_nobody_can_take_the_port(api: TokenApi) -> None:
    api.fault = Fault.REFUSE
    with pytest.raises(TokenApiError, match="already in use"):
        TokenApi(port=api.port).start()


def test_it_can_start_in_refusal() -> None:
    api = TokenApi()
    api.fault = Fault.REFUSE
    with api:
        with pytest.raises(httpx.ConnectError, match="refused"):
            httpx.get(api.url)
        api.fault = Fault.NONE
        assert httpx.get(api.url).status_code == 200


@pytest.mark.parametrize(("fault", "status"), [("none", b"200"), ("error", b"500")])
def test_a_held_reply_goes_out_when_the_fault_changes(
    api: TokenApi, fault: str, status: bytes
) -> None:
    with hanging(api) as connection:
        assert not api.asked
        api.fault = fault
        assert connection.recv(65536).startswith(b"HTTP/1.1 " + status)
    assert [event.fault for event in api.asked] == [fault]


def test_a_held_reply_ends_with_its_caller(api: TokenApi) -> None:
    with hanging(api):
        pass
    until(lambda: api.asked_total == 1)
    event = api.asked[0]
    assert (event.vm, event.status, event.fault, event.token) == ("3f2a91", 0, "hang", "")
    assert event.expires_at == 0


def test_a_held_reply_is_dropped_by_refuse(api: TokenApi) -> None:
    with hanging(api) as connection:
        api.fault = Fault.REFUSE
        assert connection.recv(1) == b""
    until(lambda: api.asked_total == 1)
    assert api.asked[0].status == 0


def test_hang_holds_tokens_only(api: TokenApi, caller: httpx.Client) -> None:
    api.fault = Fault.HANG
    assert caller.get("/hello").status_code == 200
    assert caller.get("/.well-known/jwks.json").json() == api.jwks()


def test_a_fault_that_does_not_exist_is_named_with_the_ones_that_do(api: TokenApi) -> None:
    with pytest.raises(TokenApiError, match="There is no fault 'slow'") as caught:
        api.fault = "slow"
    assert "too_long" in caught.value.hint
    assert api.fault is Fault.NONE


def test_the_callback_may_turn_the_fault() -> None:
    def one_only(_: TokenAsked) -> None:
        turned.fault = Fault.ERROR

    turned = TokenApi(on_asked=one_only)
    with turned, httpx.Client(base_url=turned.url) as caller:
        assert caller.get("/auth").status_code == 200
        assert caller.get("/auth").status_code == 500


def test_a_callback_that_does_not_return_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_PATIENCE_S", 1.5)
    called, release = threading.Event(), threading.Event()

    def waits_for_ever(_asked: TokenAsked) -> None:
        called.set()
        release.wait(_TIMEOUT_S)

    api = TokenApi(on_asked=waits_for_ever).start()
    with socket.create_connection(("127.0.0.1", api.port)) as connection:
        connection.sendall(b"GET /auth HTTP/1.1\r\nhost: x\r\n\r\n")
        assert called.wait(_TIMEOUT_S)
        with pytest.raises(TokenApiError, match=r"did not switch .*waits_for_ever") as caught:
            api.fault = Fault.ERROR
        with pytest.raises(TokenApiError, match=r"did not end .*waits_for_ever, which it calls"):
            api.stop()
    assert "return at once" in caught.value.hint
    release.set()
    until(lambda: not api_threads())


def test_no_callback_is_blamed_where_none_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under overload: the loop is busy, and whoever waits for it has written no callback."""
    monkeypatch.setattr(server, "_PATIENCE_S", 0.1)
    busy, release = threading.Event(), threading.Event()

    def work(*_given: object) -> Reply:
        busy.set()
        release.wait(_TIMEOUT_S)
        return reply_to("", Fault.ERROR, Issuer())

    monkeypatch.setattr(app, "reply_to", work)
    api = TokenApi().start()
    with socket.create_connection(("127.0.0.1", api.port)) as connection:
        connection.sendall(b"GET /auth HTTP/1.1\r\nhost: x\r\n\r\n")
        assert busy.wait(_TIMEOUT_S)
        with pytest.raises(TokenApiError, match=r"did not end within .* No callback keeps it") as e:
            api.stop()
    assert "on_asked" not in str(e.value)
    assert "a longer tick_ms" in e.value.hint
    release.set()
    until(lambda: not api_threads())


def test_a_stop_does_not_work_off_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Envoy lets 1,024 calls wait, which is longer than anybody waits for an end."""
    first, release = threading.Event(), threading.Event()
    told: list[TokenAsked] = []

    def hold_the_first(asked: TokenAsked) -> None:
        told.append(asked)
        first.set()
        release.wait(_TIMEOUT_S)

    api = TokenApi(on_asked=hold_the_first).start()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            waiting = stack.enter_context(socket.create_connection(("127.0.0.1", api.port)))
            waiting.sendall(b"GET /auth HTTP/1.1\r\nhost: x\r\n\r\n")
        assert first.wait(_TIMEOUT_S)
        stopping = threading.Thread(target=api.stop)
        stopping.start()
        until(lambda: not api.running)
        release.set()
        stopping.join(_TIMEOUT_S)
    assert len(told) < 25


def test_the_callback_cannot_stop_the_api() -> None:
    def stops(_: TokenAsked) -> None:
        stopped.stop()

    stopped = TokenApi(on_asked=stops)
    stopped.start()
    httpx.get(f"{stopped.url}/auth")
    with pytest.raises(TokenApiError, match="cannot stop"):
        stopped.stop()
    assert not api_threads()


# Many at once


def test_65_callers_hold_their_connections(api: TokenApi) -> None:
    async def one(worker: int) -> set[str]:
        async with httpx.AsyncClient(base_url=api.url, timeout=_TIMEOUT_S) as caller:
            replies = [
                await caller.get("/auth", headers={"x-wasm-vm": f"{worker:06x}"}) for _ in range(3)
            ]
            streams = {id(reply.extensions["network_stream"]) for reply in replies}
            assert len(streams) == 1, "the connection was not kept"
            return {reply.headers["authorization"] for reply in replies}

    async def everyone() -> list[set[str]]:
        return await asyncio.gather(*(one(worker) for worker in range(65)))

    tokens = set().union(*asyncio.run(everyone()))
    assert len(tokens) == 65 * 3
    assert api.asked_total == 65 * 3
    assert {event.vm for event in api.asked} == {f"{worker:06x}" for worker in range(65)}


def test_faults_turn_under_load(api: TokenApi) -> None:
    done = threading.Event()
    allowed = {200, 500}

    def load() -> int:
        answered = 0
        with httpx.Client(base_url=api.url, timeout=0.5) as caller:
            while not done.is_set():
                try:
                    status = caller.get("/auth").status_code
                except httpx.TransportError:
                    continue  # refused, dropped or held: what the faults are for
                assert status in allowed
                answered += 1
        return answered

    with ThreadPoolExecutor(8) as pool:
        loads = [pool.submit(load) for _ in range(8)]
        try:
            for _ in range(5):
                for fault in Fault:
                    api.fault = fault
                    if not fault.holds:
                        seen = api.asked_total
                        until(lambda seen=seen: api.asked_total > seen + 8)  # type: ignore[misc]
                        assert api.asked[-1].fault == fault.value
        finally:
            done.set()
        assert all(running.result(_TIMEOUT_S) for running in loads)
    api.fault = Fault.NONE
    assert api.verify(httpx.get(f"{api.url}/auth").headers["authorization"]).valid


def test_faults_turned_from_many_threads_end_in_one_of_them(api: TokenApi) -> None:
    def turn(fault: Fault) -> None:
        api.fault = fault

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(turn, [*Fault] * 10))
    api.fault = Fault.NONE
    assert httpx.get(f"{api.url}/auth").status_code == 200


def test_two_apis_do_not_meet() -> None:
    with TokenApi() as one, TokenApi() as other:
        assert one.port != other.port
        one.fault = Fault.ERROR
        value = httpx.get(f"{other.url}/auth").headers["authorization"]
        assert other.verify(value).valid
        assert not one.verify(value).valid
        assert (one.asked_total, other.asked_total) == (0, 1)


# Start and stop


def test_stop_leaves_nothing_and_twice_is_fine() -> None:
    TokenApi().start().stop()  # what Python itself opens once and keeps is open now
    gc.collect()
    before = open_descriptors()
    api = TokenApi()
    for fault in (Fault.NONE, Fault.REFUSE, Fault.ERROR):
        api.fault = fault
        api.start()
        api.start()
        port = api.port
        api.stop()
        api.stop()
        assert not api.running
        assert not api_threads()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    gc.collect()
    assert open_descriptors() == before


def test_stop_does_not_wait_for_held_replies() -> None:
    api = TokenApi().start()
    with hanging(api) as connection:
        api.stop()
        assert connection.recv(1) == b""
    assert not api_threads()
    assert [event.status for event in api.asked] == [0]


def test_stop_does_not_wait_for_a_caller_who_does_not_read() -> None:
    api = TokenApi().start()
    with socket.create_connection(("127.0.0.1", api.port)) as connection:
        api.fault = Fault.TOO_LONG
        with contextlib.suppress(BlockingIOError):
            connection.setblocking(False)
            for _ in range(2000):
                connection.send(b"GET /auth HTTP/1.1\r\nhost: x\r\n\r\n")
        until(lambda: api.asked_total > 10)
        api.stop()
    assert not api_threads()


def test_it_starts_again_on_its_port_with_its_key_and_its_fault(api: TokenApi) -> None:
    api.stop()
    with TokenApi(port=0) as chooser:
        port = chooser.port
    again = TokenApi(port=port)
    with again, httpx.Client(base_url=again.url) as caller:
        value = caller.get("/auth").headers["authorization"]
        again.fault = Fault.ERROR
        again.stop()
        again.start()
        assert again.port == port
        assert again.verify(value).valid
        assert caller.get("/auth").status_code == 500
    assert again.asked_total == 2


def test_a_busy_port_is_said_plainly(api: TokenApi) -> None:
    other = TokenApi(port=api.port)
    with pytest.raises(TokenApiError, match=f"port {api.port}") as caught:
        other.start()
    assert "already in use" in caught.value.quote
    assert len(api_threads()) == 1
    assert not other.running
    other.stop()


@pytest.mark.parametrize(
    "settings",
    [
        {"hosts": ("0.0.0.0",)},  # noqa: S104 - it is refused
        {"hosts": ("127.0.0.1", "::")},
        {"hosts": ("",)},
        {"hosts": ()},
        {"hosts": "127.0.0.1"},
        {"port": -1},
        {"port": 65536},
        {"token_lifetime_s": 0},
        {"token_lifetime_s": float("nan")},
        {"token_lifetime_s": float("inf")},
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_once(settings: dict[str, object]) -> None:
    with pytest.raises((TokenApiError, ConfigurationError)) as caught:
        TokenApi(**settings)  # type: ignore[arg-type]
    assert caught.value.hint


def test_before_the_start_each_question_says_so() -> None:
    api = TokenApi()
    for question in (lambda: api.url, lambda: api.port, api.jwks, lambda: api.verify("")):
        with pytest.raises(TokenApiError, match=r"not running|first start"):
            question()
    assert api.asked == ()
    assert repr(api) == "<TokenApi stopped, fault none>"


def test_after_the_stop_what_was_seen_stays() -> None:
    with TokenApi() as api:
        value = httpx.get(f"{api.url}/auth").headers["authorization"]
    assert api.asked_total == len(api.asked) == 1
    assert api.verify(value).valid
    with pytest.raises(TokenApiError, match="not running"):
        _ = api.url


def test_a_server_that_died_is_told_at_the_next_use(api: TokenApi) -> None:
    # What a foreign library in the same process could do to a loop.
    thread = api._thread  # noqa: SLF001
    assert thread is not None
    loop = thread._ready.result()  # noqa: SLF001
    port = api.port
    httpx.get(api.url)
    loop.call_soon_threadsafe(loop.stop)
    until(lambda: not api.running)
    for use in (lambda: api.url, lambda: setattr(api, "fault", "error"), api.start, api.stop):
        with pytest.raises(TokenApiError, match="died"):
            use()
    assert not api_threads()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    api.start()
    assert httpx.get(f"{api.url}/auth").status_code == 200


def test_a_server_that_does_not_come_up_gives_the_reason_and_the_port_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise OSError("out of descriptors")

    with TokenApi() as chooser:
        port = chooser.port
    monkeypatch.setattr("uvicorn.Server.startup", fails)
    with pytest.raises(TokenApiError, match="did not start") as caught:
        TokenApi(port=port).start()
    assert "out of descriptors" in caught.value.quote
    until(lambda: not api_threads())
    monkeypatch.undo()
    TokenApi(port=port).start().stop()


# What it must not do


def test_nothing_is_printed_and_no_token_is_logged(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with TokenApi() as api, httpx.Client(base_url=api.url) as caller:
        tokens = []
        for fault in Fault:
            api.fault = fault
            if not fault.holds:
                tokens.append(caller.get("/auth").headers.get("authorization", "-"))
        with socket.create_connection(("127.0.0.1", api.port)) as connection:
            connection.sendall(b"this is no HTTP\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 400")
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    logged = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith("http")
    )
    assert not any(token[7:60] in logged for token in tokens if len(token) > 60)


def test_without_any_logging_set_up_nothing_is_printed() -> None:
    # In a process of its own: pytest's handlers would take what Python's last resort prints.
    program = (
        "import socket, httpx\n"
        "from lab_helpers.token_api import TokenApi\n"
        "api = TokenApi().start()\n"
        "with socket.create_connection(('127.0.0.1', api.port)) as connection:\n"
        "    connection.sendall(b'this is no HTTP\\r\\n\\r\\n')\n"
        "    connection.recv(65536)\n"
        "httpx.get(f'{api.url}/auth')\n"
    )  # and it ends without a stop, as a kernel does
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/fault", "/fault/error", "/auth?fault=error", "/?fault=error", "/admin/fault", "/__fault__"],
)
def test_no_request_switches_a_fault(method: str, path: str) -> None:
    """Only whoever holds the object does: every user of this machine can reach the port."""
    with TokenApi() as api:
        body = None if method == "GET" else b'{"fault": "error"}'
        headers = {"content-type": "application/json", "x-fault": "error"}
        httpx.request(method, f"{api.url}{path}", content=body, headers=headers, trust_env=False)
        assert api.fault is Fault.NONE
        assert httpx.get(f"{api.url}/auth", trust_env=False).status_code == 200
