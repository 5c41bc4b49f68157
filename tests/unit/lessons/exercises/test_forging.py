"""A forged token says something else, and its signature gives it away."""

from __future__ import annotations

import pytest

from lab_helpers.errors import ConfigurationError, TokenApiError
from lab_helpers.lessons.exercises.forging import forge
from lab_helpers.token_api.signing import Issuer

ISSUER = Issuer(lifetime_s=3600)  # longer than all the tests before these may take
TOKEN = ISSUER.issue(vm="3f2a91").header_value


def test_a_forged_token_says_what_it_is_told_and_is_found_out() -> None:
    true, forged = ISSUER.verify(TOKEN), ISSUER.verify(forge(TOKEN, sub="admin", role="root"))
    assert true.valid
    assert not forged.valid
    assert "Signature" in forged.reason
    assert forged.claims == {**true.claims, "sub": "admin", "role": "root"}
    assert forged.header == true.header


def test_the_signature_is_the_one_that_was_there() -> None:
    assert forge(TOKEN, sub="admin").rpartition(".")[2] == TOKEN.rpartition(".")[2]


def test_a_token_that_says_the_same_is_the_same() -> None:
    assert forge(TOKEN) == TOKEN
    assert forge(TOKEN, sub=ISSUER.verify(TOKEN).claims["sub"]) == TOKEN


@pytest.mark.parametrize(
    "token",
    [
        "",
        "Bearer abc",
        "Bearer a.b.c",
        "Bearer eyJhbGciOiJSUzI1NiJ9.W10.c2ln",  # its claims are a list
        "Bearer x.é.y",
    ],
)
def test_what_is_no_token_is_said(token: str) -> None:
    with pytest.raises(TokenApiError, match="no token") as caught:
        forge(token, sub="admin")
    assert caught.value.quote
    assert "x-auth" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([{"sub": "me"}], "forge(token, sub='me')"),
        ([{"sub": "me", "n": 7}], "forge(token, sub='me', n=7)"),
        (["sub", "me"], "forge(token, name=…)"),
        (["sub=me"], "forge(token, name=…)"),
    ],
)
def test_claims_that_are_not_named_are_told_how_to_be(given: list[object], told: str) -> None:
    with pytest.raises(ConfigurationError, match="not called so") as caught:
        forge(TOKEN, *given)  # as a newcomer does
    assert caught.value.hint == f"name each value, without braces: {told}"


def test_without_a_token_it_is_told_what_is_taken() -> None:
    with pytest.raises(ConfigurationError, match="'token'") as caught:
        forge(sub="me")  # type: ignore[call-arg]
    assert caught.value.hint == "it takes: token, name=…"
