from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterator

import pytest

from lab_helpers.errors import TokenApiError
from lab_helpers.token_api.listening import ClaimedPort, bind_error, refuse_wildcard
from tests.conftest import TellFault


@pytest.fixture
def claimed() -> Iterator[ClaimedPort]:
    claimed = ClaimedPort(["127.0.0.1"], 0)
    yield claimed
    claimed.close()


def connects(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def can_take(port: int) -> bool:
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            thief.bind(("127.0.0.1", port))
            thief.listen()
        except OSError:
            return False
        return True


def listen_once(claimed: ClaimedPort) -> None:
    for listener in claimed.listeners():
        listener.listen()
        listener.close()


def test_silence_refuses_and_keeps_the_port_as_often_as_wanted(claimed: ClaimedPort) -> None:
    for _ in range(3):
        listen_once(claimed)
        assert connects(claimed.port)
        claimed.silence()
        assert not connects(claimed.port)
        assert not can_take(claimed.port)


def test_silence_works_where_a_listener_cannot_be_shut_down(
    claimed: ClaimedPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_elsewhere(_: socket.socket, __: int) -> None:
        raise OSError(errno.ENOTCONN, "Socket is not connected")

    monkeypatch.setattr(socket.socket, "shutdown", as_elsewhere)
    for _ in range(3):
        listen_once(claimed)
        assert connects(claimed.port)
        claimed.silence()
        assert not connects(claimed.port)


def test_a_closed_port_is_free_again(claimed: ClaimedPort) -> None:
    claimed.close()
    assert can_take(claimed.port)


def test_two_claims_for_free_ports_never_meet() -> None:
    claims = [ClaimedPort(["127.0.0.1"], 0) for _ in range(50)]
    try:
        assert len({claim.port for claim in claims}) == 50
    finally:
        for claim in claims:
            claim.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is not set up")
def test_several_addresses_share_one_port() -> None:
    claimed = ClaimedPort(["127.0.0.1", "127.0.0.2", "127.0.0.1"], 0)
    try:
        listeners = claimed.listeners()
        assert [listener.getsockname() for listener in listeners] == [
            ("127.0.0.1", claimed.port),
            ("127.0.0.2", claimed.port),
        ]
        for listener in listeners:
            listener.close()
    finally:
        claimed.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is not set up")
def test_a_claim_that_fails_half_way_leaves_nothing(claimed: ClaimedPort) -> None:
    with pytest.raises(TokenApiError, match="already in use"):
        ClaimedPort(["127.0.0.2", "127.0.0.1"], claimed.port)
    ClaimedPort(["127.0.0.2"], claimed.port).close()


@pytest.mark.fault("The token API's port is taken")
def test_a_busy_port_says_so(claimed: ClaimedPort, fault: TellFault) -> None:
    for _ in range(2):
        with pytest.raises(TokenApiError) as caught:
            ClaimedPort(["127.0.0.1"], claimed.port)
        assert str(claimed.port) in caught.value.what
        assert "already in use" in caught.value.quote
        assert "port=0" in caught.value.hint
        claimed.silence()  # silent or not, it is taken
    fault(caught.value, kept="everything")


def test_a_port_that_needs_an_administrator_says_so() -> None:
    error = bind_error(OSError(errno.EACCES, "Permission denied"), "127.0.0.1", 80)
    assert error.quote == "Permission denied"
    assert "1024" in error.hint


@pytest.fixture
def not_root() -> Iterator[None]:
    """Put root's rights aside for a while: root may bind any port."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # nobody
    yield
    os.seteuid(user)


@pytest.mark.usefixtures("not_root")
def test_port_1_is_refused() -> None:
    with pytest.raises(TokenApiError, match="port 1") as caught:
        ClaimedPort(["127.0.0.1"], 1)
    assert "1024" in caught.value.hint


def test_a_host_that_is_not_this_machine_says_so() -> None:
    with pytest.raises(TokenApiError, match=r"192\.0\.2\.1"):
        ClaimedPort(["192.0.2.1"], 0)


def test_a_host_without_an_address_says_so() -> None:
    for host in ("no-such-host.invalid", "a..b", "x" * 70):
        with pytest.raises(TokenApiError, match="no address for the host"):
            ClaimedPort([host], 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0"])  # noqa: S104 - they are refused
def test_the_whole_network_is_refused(host: str) -> None:
    with pytest.raises(TokenApiError, match="whole network"):
        refuse_wildcard(host)


def test_a_name_for_the_whole_network_is_refused() -> None:
    with pytest.raises(TokenApiError, match="whole network"):
        ClaimedPort(["0"], 0)


def test_one_address_is_fine() -> None:
    for host in ("127.0.0.1", "::1", "172.17.0.1", "localhost"):
        refuse_wildcard(host)


def test_connections_do_not_wait_to_fill_a_packet(claimed: ClaimedPort) -> None:
    """A reply of two writes would else stall for 40 ms, and the picture would show that."""
    listening = claimed.listeners()
    assert [bound.proto for bound in listening] == [socket.IPPROTO_TCP]
    for bound in listening:
        bound.close()
