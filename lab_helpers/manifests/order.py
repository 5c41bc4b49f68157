"""What a filter's manifests are to say, judged before anything is written."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Literal, get_args

from lab_helpers.errors import ConfigurationError
from lab_helpers.manifests.secret_settings import secret_settings

__all__ = ["FailurePolicy", "Order"]

FailurePolicy = Literal["fail_closed", "fail_open", "fail_reload"]

# RFC 1123, as Kubernetes asks it of a name and of a namespace: a DNS label.
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_LABEL_KEY = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?"
)
# A Gateway's name may have dots as well: a DNS subdomain.
_SUBDOMAIN = re.compile(rf"(?=.{{1,253}}$){_LABEL.pattern}(?:\.{_LABEL.pattern})*")
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")
# A registry, a path in lower case, a tag: https://github.com/distribution/reference.
_IMAGE = re.compile(
    r"(?P<registry>[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*(?::[0-9]+)?)"
    r"(?P<path>(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?",
    re.ASCII,
)
# etcd, where a cluster keeps its objects, takes no more than 1.5 MiB for one.
_MOST_BYTES = 1_000_000
# Istio keeps settings as a protobuf Struct, whose numbers are doubles: above, they are rounded.
_MOST_EXACT = 2**53
# What reads the object refuses a deep one: protobuf's JSON at 10,000, YAML's readers far earlier.
_MOST_DEEP = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """What is to be said of a filter.

    Attributes:
        name: The filter, as its folder is called; it is the root id.
        image: Where the image will lie: registry, path and tag.
        settings: The filter's settings.
        failure_policy: What Envoy does with requests when the VM has failed.
        namespace: The namespace of the objects.
        selector: Labels of the pods that Istio gives it to; None for all of the namespace.
        gateway: The Gateway that Envoy Gateway gives it to.
    """

    name: str
    image: str
    settings: Mapping[str, object] = dataclasses.field(default_factory=dict)
    failure_policy: FailurePolicy = "fail_closed"
    namespace: str = "default"
    selector: tuple[str, str] | None = None
    gateway: str = "my-gateway"

    def __post_init__(self) -> None:
        """Refuse what no cluster would take.

        Raises:
            ConfigurationError: Something is no name, no image, no settings.
        """
        if not _LABEL.fullmatch(self.object_name):
            raise ConfigurationError(
                f"Kubernetes does not take {self.name!r} as the filter's name.",
                hint="give the filter's folder a name of lower-case letters, digits, - and _,"
                " at most 63 of them",
            )
        _need(_LABEL, self.namespace, "the namespace", "lower-case letters, digits and -")
        _need(
            _SUBDOMAIN, self.gateway, "the Gateway's name", "lower-case letters, digits, - and dots"
        )
        _need(
            _IMAGE, self.image, "the image", "registry.example.com/filters/mine:v1, in lower case"
        )
        if self.selector is not None:
            _need(_LABEL_KEY, self.selector[0], "the label's name", "--selector app=web")
            _need(_LABEL_VALUE, self.selector[1], "the label's value", "--selector app=web")
        if self.failure_policy not in get_args(FailurePolicy):
            raise ConfigurationError(
                f"There is no failure policy {self.failure_policy!r}.",
                hint=f"one of: {', '.join(get_args(FailurePolicy))}",
            )
        if not isinstance(self.settings, Mapping):
            raise ConfigurationError(
                "The settings are no object: Istio hands a filter a JSON object, and nothing else.",
                hint="""--settings '{"tick_ms": 1000}'""",
            )
        _need_kept(self.settings, 1)
        try:
            told = json.dumps(dict(self.settings), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ConfigurationError(
                "The settings hold what is no JSON.",
                quote=str(error),
                hint="NaN and Infinity are none: write a number, or a text",
            ) from error
        if len(told.encode()) > _MOST_BYTES:
            raise ConfigurationError(
                f"The settings are longer than {_MOST_BYTES:,} bytes; a cluster keeps no such"
                " object.",
                hint="let the filter fetch what is large, or put it into its source",
            )

    @property
    def object_name(self) -> str:
        """Return what the objects are called: Kubernetes takes no underscore."""
        return self.name.replace("_", "-")

    @property
    def tag(self) -> str:
        """Return the image's tag."""
        match = _IMAGE.fullmatch(self.image)
        return (match and match["tag"]) or "latest"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the settings that look like a secret: who may read the object reads them."""
        return tuple(secret_settings(self.settings))


def _need_kept(value: object, depth: int) -> None:
    """Refuse in settings what a cluster would not hand to the filter as it is."""
    if depth > _MOST_DEEP:
        raise ConfigurationError(
            f"The settings are deeper than {_MOST_DEEP} objects or lists within each other.",
            hint="write them flatter",
        )
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise ConfigurationError(
                    f"The settings have a key that is no text: {key!r}.", hint=f'write "{key}"'
                )
            _need_kept(key, depth)
            _need_kept(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _need_kept(inner, depth + 1)
    elif isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
        raise ConfigurationError(
            "The settings hold half of a character, such as \\ud800: no other reader takes it.",
            hint="write the whole character, or both of its halves",
        )
    elif isinstance(value, int) and abs(value) > _MOST_EXACT:
        raise ConfigurationError(
            f"Istio would round a number in the settings: it keeps none above {_MOST_EXACT:,} as"
            " it is.",
            hint="write a smaller number, or a text, if the filter takes one",
        )


def _need(pattern: re.Pattern[str], given: str, what: str, form: str) -> None:
    if not pattern.fullmatch(given):
        raise ConfigurationError(
            f"Kubernetes does not take {given!r} as {what}.", hint=f"write it as {form}"
        )
