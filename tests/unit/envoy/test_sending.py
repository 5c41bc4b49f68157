"""Bytes through a connection: an answer ends where the other side closes, or pauses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lab_helpers.envoy.sending import Received, send_bytes
from lab_helpers.errors import TrafficError
from lab_helpers.launch import Address


@contextmanager
def serving(answer: Callable[[socket.socket], object]) -> Iterator[Address]:
    """Serve one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address("127.0.0.1", server.getsockname()[1])
        thread.join()


def test_what_comes_in_pieces_until_the_end_is_one_answer() -> None:
    with serving(lambda c: c.sendall(c.recv(10) + b"x" * 300_000)) as address:
        received = send_bytes(address, b"hello", 5)
    assert received == b"hello" + b"x" * 300_000
    assert repr(received).startswith("<300005 bytes: b'helloxxx")
    assert len(repr(received)) < 100


def test_a_connection_that_stays_open_answers_with_what_came() -> None:
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"<" + connection.recv(10))
        over.wait(10)

    with serving(answer) as address:
        assert send_bytes(address, b"hello", 5) == b"<hello"
        over.set()


def test_one_that_is_closed_without_a_word_answers_with_nothing() -> None:
    with serving(lambda connection: connection.recv(10)) as address:
        received = send_bytes(address, b"hello", 5)
    assert (received, repr(received)) == (b"", "<0 bytes: b''>")
    assert isinstance(received, Received)


def test_silence_is_an_error() -> None:
    over = threading.Event()
    with serving(lambda _connection: over.wait(10)) as address:
        with pytest.raises(TrafficError, match=r"within 0\.1 s") as caught:
            send_bytes(address, b"hello", 0.1)
        over.set()
    assert "ActionPause" in caught.value.hint


def test_nobody_there_and_no_bytes_are_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TrafficError, match="Nothing listens"):
        send_bytes(Address("127.0.0.1", port), b"x", 1)
    with pytest.raises(TrafficError, match="'hello' is not bytes"):
        send_bytes(Address("127.0.0.1", port), "hello", 1)  # type: ignore[arg-type]  # on purpose
