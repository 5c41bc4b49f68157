"""A virtual host that names its listener's port answers on the port that the lab gives it."""

from __future__ import annotations

import json

import pytest

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.document import walk
from tests.unit.envoy.documents import HOME, move
from tests.unit.envoy.test_addresses import in_camel_case, plain


def with_hosts(*domains: list[str]) -> str:
    """Return HOME with a virtual host for each list of domains."""
    (before, after) = HOME.split("                    - name: here\n")
    after = after.split('                      domains: ["*"]\n')[1]
    routes, after = after.split("                http_filters:")
    hosts = "".join(
        f"                    - name: here_{number}\n"
        f"                      domains: {json.dumps(each)}\n{routes}"
        for number, each in enumerate(domains)
    )
    return f"{before}{hosts}                http_filters:{after}"


def domains_of(configuration: Configuration) -> list[list[str]]:
    return [
        [*map(str, node["domains"])]
        for _, node in walk(configuration.document)
        if "domains" in node
    ]


@pytest.mark.parametrize(
    ("domains", "freed"),
    [
        (["localhost:10000"], ["localhost:*", "127.0.0.1:*"]),
        (["127.0.0.1:10000"], ["127.0.0.1:*"]),
        (["example.com", "example.com:10000"], ["example.com", "example.com:*"]),
        (["[::1]:10000"], ["[::1]:*", "127.0.0.1:*"]),
        (["*:10000"], ["*"]),
        (["localhost:8080", "localhost"], ["localhost:8080", "localhost"]),
        (["*.example.com:10000"], ["*.example.com:10000"]),
    ],
)
def test_the_port_of_a_moved_listener_may_be_any(domains: list[str], freed: list[str]) -> None:
    assert domains_of(move(with_hosts(domains))) == [freed]
    camel = in_camel_case(plain(Configuration.parse(with_hosts(domains))))
    assert domains_of(move(json.dumps(camel))) == [freed]


def test_no_domain_stands_twice() -> None:
    hosts = (["localhost:10000", "127.0.0.1:10000"], ["a.org:10000", "a.org:*"], ["*"])
    moved = domains_of(move(with_hosts(*hosts)))
    assert moved == [["localhost:*", "127.0.0.1:*"], ["a.org:10000", "a.org:*"], ["*"]]


def test_what_is_written_otherwise_is_said() -> None:
    given = Configuration.parse(with_hosts(["localhost:10000", "*.a.org:10000"]), "theirs.yaml")
    changed, kept = given.remarks(None)
    assert changed.startswith("the port in the domains localhost:10000 is written as *")
    assert kept.startswith("the domain *.a.org:10000 names a port")
    assert Configuration.parse(HOME, "theirs.yaml").remarks(None) == ()
