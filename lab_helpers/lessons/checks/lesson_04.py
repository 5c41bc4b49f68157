"""Lesson 04, Run it: a configuration that Envoy takes, a forged token, settings of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration_files import learner_configurations
from lab_helpers.envoy.spelling import field
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.cell_lines import in_the_cell
from lab_helpers.lessons.cells.cluster_names import unknown_cluster
from lab_helpers.lessons.checks.answers import is_a_text
from lab_helpers.lessons.checks.configurations import own_configuration
from lab_helpers.lessons.checks.emulated import its_headers
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found

_MINE = "mine.yaml"
_TICK_MS = 1000
_DECIMAL = re.compile(r"\d+(\.\d+)?")
_TWO_N = "It is `connect_timeout`, with two n."


@exercise(
    "04-mend",
    hints=(
        "Envoy says which field it does not know, if there is one. What could be meant?",
        "Compare yours with the part that was shown above, line by line: none may be missing.",
        _TWO_N,
    ),
    quick=True,
    settled={_TWO_N: "connect_timeout: 1s"},
)
def mend() -> Findings:
    """Let Envoy check the learner's configuration."""
    configuration = own_configuration(_MINE)
    try:
        Envoy(compile_filter("filter/token", reuse=True), configuration=configuration).validate()
    except ConfigurationError as error:
        elsewhere = unknown_cluster(error.quote, learner_configurations() / _MINE)
        shown = in_the_cell(error, learner_configurations() / _MINE)
        told = "\n".join(filter(None, (str(shown), elsewhere.sentence if elsewhere else "")))
        yield found(ok=False, text="Envoy takes the configuration", missing=told)
    yield found(ok=True, text="Envoy takes the configuration")
    clusters = field(configuration.document, "static_resources", "clusters") or ()
    # Beside the lesson's there may be others; and it may have another name, here and in the route.
    lessons = [each for each in clusters if _is_the_lessons(each)] or clusters
    timeouts = [field(each, "connect_timeout") for each in lessons]
    yield found(
        [_seconds(timeout) for timeout in timeouts] == [1.0],
        "the cluster still has its timeout of 1 s",
        f"It is {', '.join(map(str, timeouts))}."
        if any(timeouts)
        else "There is none, and then Envoy waits 5 s. Mend the field's name, do not remove the"
        " line.",
    )


def _is_the_lessons(cluster: object) -> bool:
    return bool(field(cluster, "name") == "my_custom_svc")


def _seconds(duration: object) -> float | None:
    """Return how long a duration is, as protobuf's JSON writes it: `1s` or `1.000s`."""
    number = str(duration).removesuffix("s")
    return float(number) if number != str(duration) and _DECIMAL.fullmatch(number) else None


@exercise(
    "04-forge",
    hints=(
        "`forge` takes the token, and then what it is to say: a claim's name, =, and its value.",
        "The claim `sub` says whom the token speaks of. Text stands in quotes.",
        '`forged = forge(token, sub="admin")`',
    ),
)
def forge(forged: object, token: str, envoy: Envoy) -> Findings:
    """Look for a token that says something else, and that the signature gives away."""
    yield is_a_text(forged, "Make it with `forge(token, …)`.")
    text = str(forged)
    verdict, true = envoy.token_api.verify(text), envoy.token_api.verify(token)
    yield found(
        verdict.claims,
        "it is a token",
        f"It is none: {verdict.reason}. Make it with `forge(token, …)`.",
    )
    changed = [name for name, value in verdict.claims.items() if true.claims.get(name) != value]
    yield found(changed, "it says something else", "It still says the same: change a claim.")
    yield found(
        "sub" in changed and verdict.claims["sub"],
        "it speaks of somebody else, in the claim `sub`",
        f"Changed: {', '.join(changed)}; `sub` is {verdict.claims.get('sub')!r}. Give `sub`"
        " the name of somebody else.",
    )
    yield found(not verdict.valid, f"the check finds out: {verdict.reason}", "It is valid.")


@exercise(
    "04-settings",
    hints=(
        "`settings` is a dictionary: after a comma, a name in quotes, a colon, and its value.",
        "The names are `greeting`, for the value of x-wasm-filter, and `vm_header`.",
        '`settings = {"tick_ms": 1000, "greeting": "hello from me", "vm_header": "x-wasm-vm"}`',
    ),
)
def settings(wanted: object, envoy: Envoy) -> Findings:
    """Start the learner's Envoy anew with the settings, and look at the answers."""
    yield found(
        isinstance(wanted, dict),
        "the settings are a dictionary",
        f"They are {wanted!r}: write `{{`, then names and values.",
    )
    changed = cast("Mapping[str, object]", wanted)
    before = envoy.settings
    # What an earlier answer set is not to pass for this one's.
    envoy.settings = {"tick_ms": before.get("tick_ms", _TICK_MS)}
    try:
        envoy.restart(settings=changed).wait_for_tokens()
    except BaseException:
        envoy.settings = before  # the rest of the lesson needs one that runs as it did
        envoy.restart()
        raise
    headers = envoy.ask("worker_0").headers
    greeting = headers.get("x-wasm-filter", "")
    own = greeting not in ("", "hello from wasm")
    yield found(
        own,
        f"a response carries a greeting of your own{f': `{greeting}`' if own else ''}",
        f"It carries `{greeting}`, as in the article: set `greeting`."
        if greeting
        else "It carries none: set `greeting`.",
    )
    yield found(
        headers.get("x-wasm-vm"),
        "a response says which VM handled it, in `x-wasm-vm`",
        f"{its_headers(headers)} The setting is `vm_header`, and its value the header's name.",
    )
    yield found(
        "x-auth" in headers,
        "it still carries a token",
        f"{its_headers(headers)} Leave `auth_header` as it is.",
    )
