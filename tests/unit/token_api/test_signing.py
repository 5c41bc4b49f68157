from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lab_helpers.token_api import Verdict, fingerprint, verify_token
from lab_helpers.token_api.signing import Issuer

_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_JWKS = {
    "keys": [{**jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True), "kid": "k"}]
}


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer(lifetime_s=60)


def signed(
    *,
    kid: str | None = "k",
    key: Any = _KEY,
    algorithm: str = "RS256",
    **changes: object,
) -> str:
    now = int(time.time())
    claims = {
        "iss": "token-api",
        "sub": "envoy",
        "aud": "upstream",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    headers = {} if kid is None else {"kid": kid}
    return "Bearer " + jwt.encode(kept, key, algorithm=algorithm, headers=headers)


def part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def bearer(header: bytes, claims: bytes, *, signature: str = "AA") -> str:
    return f"Bearer {part(header)}.{part(claims)}.{signature}"


def test_a_token_has_every_claim_and_names_its_key(issuer: Issuer) -> None:
    before = int(time.time())
    token = issuer.issue()
    verdict = issuer.verify(token.header_value)
    assert verdict.valid
    assert verdict.claims.keys() == {"iss", "sub", "aud", "iat", "exp", "jti"}
    assert (verdict.claims["iss"], verdict.claims["aud"]) == ("token-api", "upstream")
    assert verdict.claims["sub"] == "envoy"
    assert before <= verdict.claims["iat"] <= time.time()
    assert verdict.claims["exp"] - verdict.claims["iat"] == 60
    assert token.expires_at == verdict.claims["exp"]
    assert verdict.header["alg"] == "RS256"
    assert verdict.header["kid"] == issuer.jwks()["keys"][0]["kid"]
    assert verdict.header["kid"] in verdict.reason


def test_each_token_is_another_one_and_says_whose(issuer: Issuer) -> None:
    verdicts = [issuer.verify(issuer.issue(vm).header_value) for vm in ("3f2a91", "3f2a91", "0c")]
    assert len({verdict.claims["jti"] for verdict in verdicts}) == 3
    assert [verdict.claims["sub"] for verdict in verdicts] == ["vm-3f2a91", "vm-3f2a91", "vm-0c"]


def test_the_jwks_holds_the_public_half_only(issuer: Issuer) -> None:
    (key,) = issuer.jwks()["keys"]
    assert key.keys() == {"kty", "kid", "use", "alg", "key_ops", "n", "e"}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")
    json.dumps(key)


def test_a_token_of_another_key_is_refused(issuer: Issuer) -> None:
    verdict = verify_token(Issuer().issue().header_value, issuer.jwks())
    assert not verdict.valid
    assert "no key named" in verdict.reason


def test_a_forged_signature_is_refused() -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    verdict = verify_token(signed(key=other), _JWKS)
    assert (verdict.valid, verdict.reason) == (False, "Signature verification failed")
    assert verdict.claims["sub"] == "envoy", "a person sees what the forged token says"


def test_changed_claims_are_refused(issuer: Issuer) -> None:
    head, _, tail = issuer.issue().header_value.split(".")
    claims = json.dumps({"iss": "token-api", "sub": "admin"}).encode()
    assert not issuer.verify(f"{head}.{part(claims)}.{tail}").valid


def test_an_expired_token_is_refused_and_shown(issuer: Issuer) -> None:
    token = issuer.issue(expired=True)
    verdict = issuer.verify(token.header_value)
    assert not verdict.valid
    assert verdict.reason.startswith("it expired 6")
    assert verdict.claims["exp"] == token.expires_at < time.time()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"iss": "somebody"}, "issuer"),
        ({"aud": "elsewhere"}, "Audience"),
        ({"iat": int(time.time()) + 3600}, "iat"),
        ({"exp": None}, "exp"),
        ({"jti": None}, "jti"),
        ({"sub": None}, "sub"),
        ({"aud": None}, "aud"),
        ({"kid": "other"}, "no key named 'other'"),
        ({"kid": None}, "no key named None"),
        ({"algorithm": "HS256", "key": "s" * 64}, "alg"),
        ({"algorithm": "none", "key": None}, "alg"),
        ({"algorithm": "RS512"}, "alg"),
    ],
)
def test_each_rule_is_checked(changes: dict[str, Any], word: str) -> None:
    assert verify_token(signed(), _JWKS).valid, "the unchanged token is good"
    verdict = verify_token(signed(**changes), _JWKS)
    assert not verdict.valid
    assert word in verdict.reason


def test_other_names_can_be_expected() -> None:
    value = signed(iss="me", aud="you")
    assert verify_token(value, _JWKS, issuer="me", audience="you").valid
    own = Issuer(issuer="me", audience="you", subject="she")
    verdict = own.verify(own.issue().header_value)
    assert verdict.valid
    assert verdict.claims["sub"] == "she"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic abc",
        "Bearer a",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer a.b.c.d",
        "Bearer ...",
        "Bearer ¡☃!.é.ü",
        "Bearer \ud800.a.b",
        "Bearer \x00.\r\n.b",
        "Bearer " + "x" * 100_000,
        bearer(b"[" * 5000, b"{}"),
        bearer(b"[]", b"{}"),
        bearer(b'{"alg":"RS256","kid":["k"]}', b"{}"),
        bearer(b'{"alg":7,"kid":"k"}', b"{}"),
        bearer(b'{"alg":"RS256","kid":"k","crit":1}', b"{}"),
        bearer(b'{"alg":"RS256","kid":"k"}', b"[" * 5000),
        bearer(b'{"alg":"RS256","kid":"k"}', b"[]"),
        bearer(b'{"alg":"RS256","kid":"k"}', b'{"exp":1e999}'),
        bearer(b'{"alg":"RS256","kid":"k"}', b"{}", signature=""),
    ],
)
def test_no_value_raises(value: str) -> None:
    verdict = verify_token(value, _JWKS)
    assert not verdict.valid
    assert verdict.reason


@pytest.mark.parametrize(
    "claims", [{"exp": "soon"}, {"exp": 1e300}, {"iat": "x"}, {"aud": [7]}, {"exp": None}]
)
def test_signed_nonsense_does_not_raise_either(claims: dict[str, Any]) -> None:
    verdict = verify_token(signed(**claims), _JWKS)
    assert isinstance(verdict, Verdict)
    assert verdict.reason


@pytest.mark.parametrize("jwks", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "RSA"}]}])
def test_a_bad_key_set_is_a_reason(jwks: dict[str, Any]) -> None:
    verdict = verify_token(signed(), jwks)
    assert not verdict.valid
    assert verdict.reason


def test_a_verdict_is_frozen() -> None:
    verdict = verify_token("", _JWKS)
    with pytest.raises(AttributeError):
        verdict.valid = True  # type: ignore[misc]


def test_the_fingerprint_is_the_start_of_the_values_sha256() -> None:
    assert fingerprint("Bearer abc") == hashlib.sha256(b"Bearer abc").hexdigest()[:8]
    assert fingerprint(b"\xff") == hashlib.sha256(b"\xff").hexdigest()[:8]
    assert len(fingerprint("\ud800")) == 8
