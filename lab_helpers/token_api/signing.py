"""The tokens themselves: an RSA key, signed JWTs, and the check of a header value."""

from __future__ import annotations

import dataclasses
import hashlib
import math
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lab_helpers.late import late

if TYPE_CHECKING:
    import jwt
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
else:
    serialization = late("cryptography.hazmat.primitives.serialization")
    rsa = late("cryptography.hazmat.primitives.asymmetric.rsa")
    jwt = late("jwt")

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "SUBJECT",
    "Issuer",
    "Token",
    "Verdict",
    "fingerprint",
    "verify_token",
]

ISSUER = "token-api"
SUBJECT = "envoy"
AUDIENCE = "upstream"

_ALGORITHM = "RS256"
_KEY_BITS = 2048
_CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti"]
# How long an expired token has been so: long enough that no clock's rounding brings it back.
_EXPIRED_SINCE_S = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """A token as it goes out.

    Attributes:
        header_value: The whole value of the `authorization` header: `Bearer <JWT>`.
        expires_at: Its `exp`, in seconds since the epoch.
    """

    header_value: str
    expires_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of a token found.

    Attributes:
        valid: Whether the signature, the times, the issuer and the audience all hold.
        reason: Why it is or is not valid, in words.
        claims: What the token says, as far as it can be read; believe it only when `valid`.
        header: The JWT's own header (`alg`, `kid`, `typ`), as far as it can be read.
    """

    valid: bool
    reason: str
    claims: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    header: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class Issuer:
    """Sign tokens with an RSA key of its own, made here (about 0.1 s).

    Args:
        issuer: The claim `iss`.
        subject: The claim `sub` for a caller that did not say which VM it is.
        audience: The claim `aud`.
        lifetime_s: From `iat` to `exp`, in seconds.
    """

    def __init__(
        self,
        *,
        issuer: str = ISSUER,
        subject: str = SUBJECT,
        audience: str = AUDIENCE,
        lifetime_s: float = 60,
    ) -> None:
        self._issuer = issuer
        self._subject = subject
        self._audience = audience
        self._lifetime_s = lifetime_s
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        public = self._key.public_key()
        # The key's name follows from the key, so two APIs never share one by chance.
        self._kid = hashlib.sha256(
            public.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).hexdigest()[:16]
        self._jwk = {
            **jwt.algorithms.RSAAlgorithm.to_jwk(public, as_dict=True),
            "kid": self._kid,
            "alg": _ALGORITHM,
            "use": "sig",
            "key_ops": ["verify"],
        }

    def jwks(self) -> dict[str, Any]:
        """Return the public key as a JSON Web Key Set (RFC 7517)."""
        return {"keys": [dict(self._jwk)]}

    def issue(self, vm: str = "", *, expired: bool = False, padding: int = 0) -> Token:
        """Sign a new token.

        Args:
            vm: The tag of the VM that asks; `sub` is then `vm-<tag>`.
            expired: Whether its time is over already.
            padding: The length of a claim that only makes the token longer, in characters.

        Returns:
            The token; no two have the same `jti`.
        """
        # Whole seconds: some verifiers, Envoy's among them, read no fractions.
        lifetime_s = math.ceil(self._lifetime_s)
        issued_at = math.floor(time.time())
        if expired:
            issued_at -= lifetime_s + _EXPIRED_SINCE_S
        expires_at = issued_at + lifetime_s
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": f"vm-{vm}" if vm else self._subject,
            "aud": self._audience,
            "iat": issued_at,
            "exp": expires_at,
            "jti": uuid.uuid4().hex,
        }
        if padding:
            claims["padding"] = "x" * padding
        signed = jwt.encode(claims, self._key, algorithm=_ALGORITHM, headers={"kid": self._kid})
        return Token(f"Bearer {signed}", float(expires_at))

    def verify(self, header_value: str) -> Verdict:
        """Check a header value against this issuer's key, issuer and audience."""
        return verify_token(header_value, self.jwks(), issuer=self._issuer, audience=self._audience)


def fingerprint(header_value: str | bytes) -> str:
    """Return the short name by which log lines and pictures tell one token from another.

    Args:
        header_value: The header's whole value, `Bearer ` included.

    Returns:
        The first 8 hexadecimal digits of its SHA-256, as the filter in Go computes it.
    """
    raw = (
        header_value if isinstance(header_value, bytes) else header_value.encode("utf-8", "replace")
    )
    return hashlib.sha256(raw).hexdigest()[:8]


def verify_token(
    header_value: str,
    jwks: Mapping[str, Any],
    *,
    issuer: str = ISSUER,
    audience: str = AUDIENCE,
) -> Verdict:
    """Check the JWT in a header value: signature (RS256 only), times, issuer and audience.

    Args:
        header_value: The header's whole value, `Bearer <JWT>`.
        jwks: The JSON Web Key Set of the issuer.
        issuer: The `iss` to expect.
        audience: The `aud` to expect.

    Returns:
        The verdict. A bad token is a verdict, too, never an exception.
    """
    scheme, _, encoded = header_value.partition(" ")
    if scheme.lower() != "bearer" or not encoded:
        return Verdict(valid=False, reason="it does not start with 'Bearer '")
    claims: Mapping[str, Any] = {}
    header: Mapping[str, Any] = {}
    try:
        # Read it before judging it, so that a person sees what a refused token says.
        unchecked = jwt.decode_complete(encoded, options={"verify_signature": False})
        header, claims = unchecked["header"], unchecked["payload"]
        key = jwt.PyJWKSet.from_dict(dict(jwks))[header.get("kid", "")]
        jwt.decode(
            encoded,
            key,
            algorithms=[_ALGORITHM],
            issuer=issuer,
            audience=audience,
            options={"require": _CLAIMS},
        )
    except jwt.ExpiredSignatureError:
        ago_s = time.time() - float(claims["exp"])
        return Verdict(False, f"it expired {ago_s:.0f} s ago", claims, header)
    except KeyError:
        reason = f"the JWKS has no key named {header.get('kid')!r}"
        return Verdict(False, reason, claims, header)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        # PyJWT lets some of Python's own through, for text that no honest issuer would send.
        return Verdict(False, str(error) or type(error).__name__, claims, header)
    left_s = float(claims["exp"]) - time.time()
    reason = f"signed by {header['kid']}, valid for {left_s:.0f} s more"
    return Verdict(True, reason, claims, header)
