from __future__ import annotations

import pytest

from lab_helpers.token_api import Fault, fingerprint
from lab_helpers.token_api.faults import Reply, reply_to
from lab_helpers.token_api.signing import Issuer


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def value_of(reply: Reply) -> bytes:
    (value,) = [value for name, value in reply.headers if name == b"authorization"]
    return value


def test_the_faults_are_the_promised_ones_each_with_its_line() -> None:
    assert list(Fault) == [
        "none",
        "refuse",
        "hang",
        "error",
        "missing",
        "garbage",
        "crlf",
        "too_long",
        "expired",
    ]
    lines = {fault.description for fault in Fault}
    assert len(lines) == len(Fault)
    assert all(line.endswith(".") and "\n" not in line for line in lines)


def test_without_a_fault_the_token_is_good(issuer: Issuer) -> None:
    reply = reply_to("3f2a91", Fault.NONE, issuer)
    verdict = issuer.verify(value_of(reply).decode())
    assert reply.status == 200
    assert verdict.valid
    assert verdict.claims["sub"] == "vm-3f2a91"
    assert reply.token == fingerprint(value_of(reply))
    assert reply.expires_at == verdict.claims["exp"]


def test_error_and_missing_have_no_token(issuer: Issuer) -> None:
    for fault, status in ((Fault.ERROR, 500), (Fault.MISSING, 200)):
        reply = reply_to("", fault, issuer)
        assert reply.status == status
        assert b"authorization" not in dict(reply.headers)
        assert reply.body
        assert (reply.token, reply.expires_at) == ("", 0)


def test_garbage_is_no_token_and_not_ascii(issuer: Issuer) -> None:
    reply = reply_to("", Fault.GARBAGE, issuer)
    value = value_of(reply)
    assert not value.isascii()
    assert not issuer.verify(value.decode("latin-1")).valid
    assert (reply.token, reply.expires_at) == (fingerprint(value), 0)


def test_crlf_leaves_no_token_before_the_break(issuer: Issuer) -> None:
    reply = reply_to("", Fault.CRLF, issuer)
    value = value_of(reply)
    assert value.startswith(b"Bearer ey")
    assert value.count(b".") == 1, "a JWT has two"
    assert dict(reply.headers)[b"x-injected"] == b"yes"
    assert (reply.token, reply.expires_at) == (fingerprint(value), 0)


def test_too_long_is_good_but_for_its_length(issuer: Issuer) -> None:
    reply = reply_to("", Fault.TOO_LONG, issuer)
    value = value_of(reply)
    assert 8192 < len(value) < 16 * 1024
    assert issuer.verify(value.decode()).valid


def test_expired_is_signed_and_over(issuer: Issuer) -> None:
    reply = reply_to("", Fault.EXPIRED, issuer)
    assert "expired" in issuer.verify(value_of(reply).decode()).reason
    assert reply.expires_at > 0


@pytest.mark.parametrize("fault", [Fault.REFUSE, Fault.HANG])
def test_a_held_reply_cannot_be_made(fault: Fault, issuer: Issuer) -> None:
    assert fault.holds
    with pytest.raises(ValueError, match=fault.value):
        reply_to("", fault, issuer)
