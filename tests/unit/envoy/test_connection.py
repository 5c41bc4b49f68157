"""A connection to a server that does odd things: what is lost, cut, or sent twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from lab_helpers.envoy import connection
from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.connection import Connection, LostConnectionError
from lab_helpers.envoy.requests import Request
from lab_helpers.envoy.traffic import Traffic
from lab_helpers.errors import TrafficError
from lab_helpers.launch.interface import Address

Serve = Callable[[Callable[[socket.socket], None]], Connection]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Open a connection to a server that handles it as it is told."""
    threads: list[threading.Thread] = []
    opened: list[Connection] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def start(handle: Callable[[socket.socket], None]) -> Connection:
        def accept() -> None:
            client, _ = listener.accept()
            with client:
                handle(client)

        threads.append(threading.Thread(target=accept))
        threads[-1].start()
        opened.append(Connection(Address("127.0.0.1", listener.getsockname()[1])))
        opened[-1].open()
        return opened[-1]

    yield start
    for each in opened:
        each.close()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    listener.close()


def request_of(client: socket.socket) -> bytes:
    """Read a request's head."""
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += client.recv(4096)
    return got


@pytest.mark.parametrize("body", [b"hi", b"x" * 1000, b""])
def test_a_head_and_its_body_are_sent_as_one(serve: Serve, body: bytes) -> None:
    seen: list[bytes] = []

    def handle(client: socket.socket) -> None:
        for _ in range(2):
            seen.append(client.recv(65_536))  # no more than the first piece
            client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    held = serve(handle)
    for _ in range(2):  # the second begins anew
        assert held.exchange(Request("POST", body=body), "worker_0").status == 204
    for piece in seen:
        assert piece.startswith(b"POST / HTTP/1.1\r\n")
        assert piece.endswith(b"\r\n\r\n" + body)


def test_what_is_sent_is_what_was_given(serve: Serve) -> None:
    seen: list[bytes] = []

    def handle(client: socket.socket) -> None:
        for _ in range(2):
            seen.append(request_of(client))
            client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    held = serve(handle)
    headers = (("X-A", "1"), ("X-A", "2"), ("host", "lab.test"), ("accept-encoding", "gzip"))
    held.exchange(Request("OPTIONS", "/a?b=c", headers), "worker_0")
    assert held.exchange(Request("POST"), "worker_0").status == 204
    assert seen[0].split(b"\r\n")[:-2] == [
        b"OPTIONS /a?b=c HTTP/1.1",
        b"X-A: 1",
        b"X-A: 2",
        b"host: lab.test",
        b"accept-encoding: gzip",
    ]
    assert b"\r\ncontent-length: 0\r\n" in seen[1]


def test_a_connection_that_was_closed_while_idle_is_lost_before_anything_is_sent(
    serve: Serve,
) -> None:
    closed = threading.Event()

    def handle(client: socket.socket) -> None:
        client.shutdown(socket.SHUT_RDWR)
        closed.set()

    held = serve(handle)
    assert closed.wait(10)
    with pytest.raises(LostConnectionError) as caught:
        held.exchange(Request("POST"), "worker_0")
    assert not caught.value.sent


def test_one_that_is_closed_before_the_answer_may_have_been_heard(serve: Serve) -> None:
    def hear_and_close(client: socket.socket) -> None:
        request_of(client)

    held = serve(hear_and_close)
    with pytest.raises(LostConnectionError) as caught:
        held.exchange(Request("POST"), "worker_0")
    assert caught.value.sent


@pytest.mark.parametrize(
    ("head", "body", "cut"),
    [
        (b"content-length: 10", b"12345", "the connection was closed after 5 of 10 bytes"),
        (
            b"transfer-encoding: chunked",
            b"5\r\n12345\r\n5\r\n123",
            "the connection was closed after 8 bytes",
        ),
    ],
)
def test_a_body_that_ends_too_early_is_an_answer_that_says_so(
    serve: Serve, head: bytes, body: bytes, cut: str
) -> None:
    def handle(client: socket.socket) -> None:
        request_of(client)
        client.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)

    answer = serve(handle).exchange(Request(), "worker_0")
    assert (answer.status, answer.cut, answer.broken) == (200, cut, True)
    assert answer.body.startswith(b"12345")


def test_a_body_without_end_is_given_up_in_time(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_TIMEOUT_S", 0.3)
    over = threading.Event()

    def handle(client: socket.socket) -> None:
        request_of(client)
        client.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345")
        assert over.wait(10)

    answer = serve(handle).exchange(Request(), "worker_0")
    over.set()
    assert (answer.body, answer.broken) == (b"12345", False)
    assert answer.cut == "it was not complete after 0 s"


def test_a_flood_is_kept_to_its_bound(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BODY_KEPT", 1000)

    def handle(client: socket.socket) -> None:
        request_of(client)
        client.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            try:
                client.sendall(b"5\r\n12345\r\n")
            except ConnectionError:
                return

    answer = serve(handle).exchange(Request(), "worker_0")
    assert (len(answer.body), answer.cut) == (1000, "the first 1,000 bytes")


def test_who_does_not_answer_is_said(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_TIMEOUT_S", 0.2)
    over = threading.Event()

    def wait(_client: socket.socket) -> None:
        assert over.wait(10)

    held = serve(wait)
    with pytest.raises(TrafficError, match="worker_0 did not answer within"):
        held.exchange(Request(), "worker_0")
    over.set()


@pytest.mark.parametrize(("method", "asked"), [("GET", 2), ("PUT", 2), ("POST", 1), ("PATCH", 1)])
def test_only_what_does_no_harm_twice_is_sent_twice(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, method: str, asked: int
) -> None:
    heads: list[bytes] = []

    def hear_and_close(client: socket.socket) -> None:
        heads.append(request_of(client))

    def reach(traffic: Traffic) -> None:
        traffic._held.setdefault("worker_0", serve(hear_and_close))  # noqa: SLF001

    monkeypatch.setattr(Traffic, "_reach", reach)
    nowhere = Address("127.0.0.1", 1)
    admin = Admin(nowhere)
    traffic = Traffic(nowhere, admin, 1, "ingress")
    said = "twice" if asked > 1 else f"a {method} is not sent twice unasked"
    with pytest.raises(TrafficError, match=said):
        traffic.ask("worker_0", Request(method))
    admin.close()
    assert len(heads) == asked
