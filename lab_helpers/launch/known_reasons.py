"""Reasons that Envoy gives for not starting, what they mean, and what to try."""

from __future__ import annotations

import re

from lab_helpers.launch.causes import Known

__all__ = ["CONFIGURATION"]

# Measured with Envoy 1.40; each has a test that makes Envoy say it.
CONFIGURATION = (
    Known(
        re.compile(r"cannot bind '(?P<detail>[^']+)': Address already in use"),
        "Envoy's port is taken: {detail}.",
        "choose another port, or 0 for a free one",
    ),
    Known(
        re.compile(r"cannot bind '(?P<detail>[^']+)': Permission denied"),
        "Envoy may not use the port {detail}.",
        "choose a port from 1024 up, or 0 for a free one",
    ),
    Known(
        re.compile(r"no such field:\s+'(?P<detail>[^':=\s]+:[^']+)'"),
        "The configuration has a field that Envoy does not know: {detail}.",
        "YAML wants a space behind the colon, as in `path: /health`: without it, all that is one"
        " name",
    ),
    Known(
        re.compile(r"no such field:\s+'(?P<detail>[^':=]+=[^']*)'"),
        "The configuration has a field that Envoy does not know: {detail}.",
        "YAML wants a colon and a space in place of =, as in `path: /health`",
    ),
    Known(
        re.compile(r"no such field:\s+'(?P<detail>[^']+)'|(?P<other>\w+): Cannot find field"),
        "The configuration has a field that Envoy does not know: {detail}.",
        "check its spelling and its place in the document",
    ),
    Known(
        re.compile(r"@ (?P<detail>[^\s:]+): message google\.protobuf\.Duration"),
        "The configuration has no duration where Envoy wants one: {detail}.",
        "write seconds as a number with an s behind it, such as 1s or 0.25s",
    ),
    Known(
        re.compile(r"@ (?P<detail>[^\s:]+): .*unexpected character: '[^']'; expected '\{'"),
        "The configuration has a single value where Envoy wants fields: {detail}.",
        "write a mapping there, {field: value}, or indented lines below it; each colon in it has a"
        " space behind it",
    ),
    Known(
        re.compile(r"@ (?P<detail>[^\s:]+): .*unexpected character: '[^']'; expected '[^']'"),
        "The configuration has another kind of value than Envoy wants: {detail}.",
        "write one plain value there, without brackets or braces",
    ),
    Known(
        re.compile(
            r"@ (?P<detail>[^\s:]+): .*(?:invalid (?:number|value|bool)|non-number characters)"
        ),
        "The configuration has another kind of value than Envoy wants: {detail}.",
        "compare it with a number, True or False, or one of the words that the field may have",
    ),
    Known(
        re.compile(r"'(?P<detail>\w+)' has already been set .*oneof"),
        "The field {detail} and another stand in one place, and only one of them may be there.",
        "keep one of the two: a route, say, has either route: or direct_response:",
    ),
    Known(
        re.compile(r'caused by field: "(?P<detail>\w+)", reason: is required'),
        "A part of the configuration lacks what Envoy needs there: {detail}.",
        "the quote names the part; the action of a route is route: or direct_response:",
    ),
    Known(
        re.compile(r"route: unknown cluster '(?P<detail>[^']+)'"),
        "A route leads to the cluster {detail}, which the configuration does not have.",
        "write the name as it stands under clusters:",
    ),
    Known(
        re.compile(r"could not find @type 'type\.googleapis\.com/(?P<detail>[^']+)'"),
        "This Envoy has nothing of the type {detail}.",
        "check the spelling of that @type; an extension of Envoy's `contrib` is in its contrib"
        " builds alone: name one with LAB_ENVOY, or take that part out",
    ),
    Known(
        re.compile(r"filesystem watch for file (?P<detail>[^:]+): No such file or directory"),
        "Envoy finds no file at {detail}.",
        "make it, or take the part of the configuration out that names it",
    ),
    Known(
        re.compile(
            r"Failed to load (?:incomplete )?(?:private key|certificate chain|trusted CA\D*?)"
            r" from(?: path:)? (?P<detail>\S+)"
        ),
        "Envoy finds nothing that it can use at {detail}.",
        "put the certificate and its key (PEM) there, or take the transport_socket out that names"
        " them",
    ),
    Known(
        re.compile(r"module '(?P<detail>[\w.]+)' not found:"),
        "A Lua script of the configuration wants the module {detail}, which is not there.",
        "put its file into the folder that Envoy is started in, below lib/, or take the filter out",
    ),
    Known(
        re.compile(r"GLIBC_(?P<detail>[\d.]+)' not found"),
        "This system's C library is too old for Envoy: it wants glibc {detail}.",
        "use a newer system (glibc 2.31 or later), or the docker launcher",
    ),
)
