"""Settings that look like a secret: an object of Kubernetes is read by many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lab_helpers.plain_text import plain_text
from lab_helpers.tokens import without_tokens

__all__ = ["secret_settings"]

# The gate's `keys` is an object whose keys are the secrets. `token_path` and `key_header` are none.
_NAME = re.compile(
    r"passw(?:or)?d|passphrase|secret|credential|(?:^|[-_])(?:proxy-)?authorization$|bearer$"
    r"|cookies?$|jwts?$|tokens?$|(?:^|(?:api|access|private|signing|encryption)[-_]?)keys?$",
    re.IGNORECASE,
)
_VALUE = re.compile(r"^\s*(?:bearer|basic)\s+\S|-----BEGIN [A-Z ]*PRIVATE KEY", re.IGNORECASE)
_MOST = 100


def secret_settings(settings: Mapping[str, object]) -> Iterator[str]:
    """Yield what names each setting that looks like a secret, such as `auth.password`.

    Nothing of its value is in it, and nothing that a line or a terminal would act on.

    Args:
        settings: A filter's settings.
    """
    for way in _ways(settings, ()):
        named = plain_text(without_tokens(".".join(way)), _MOST)
        # It stands in a comment: what is on a line of its own there is YAML.
        yield named.replace("\n", "\\n").replace("\t", "\\t")


def _ways(value: object, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            # What is below such a name is not looked at: its own names may be the secrets.
            if _NAME.search(key) and _holds_text(inner):
                yield (*way, key)
            else:
                yield from _ways(inner, (*way, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _ways(inner, (*way, str(place)))
    elif isinstance(value, str) and (_VALUE.search(value) or without_tokens(value) != value):
        yield way


def _holds_text(value: object) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    if isinstance(value, list):
        return any(_holds_text(one) for one in value)
    return isinstance(value, str) and bool(value)
