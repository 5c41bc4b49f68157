"""Envoy's admin becomes a Unix socket where nothing needs a port of it."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest

from lab_helpers.envoy.spelling import field
from lab_helpers.launch import ADMIN_PATHS
from tests.unit.envoy.documents import HOME, PLACES, move
from tests.unit.envoy.test_references import calling, listening

SOCKET = Path("/somewhere/admin.sock")
PIPE = {"pipe": {"path": str(SOCKET), "mode": 0o600}}
PRIVATE = dataclasses.replace(
    PLACES, admin_socket=SOCKET, spare_port=itertools.count(5000).__next__
)


@pytest.mark.parametrize(
    "admin",
    [
        "",
        "admin: {}",
        "admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9901}}}",
        "admin: {address: {socketAddress: {address: '::', portValue: 9901}}}",
        "admin: {address: {pipe: {path: /tmp/theirs.sock, mode: 511}}, allow_paths: [{exact: /x}]}",
    ],
)
def test_whatever_it_was_it_is_a_socket_of_ones_own(admin: str) -> None:
    moved = move(f"static_resources: {{}}\n{admin}\n", PRIVATE)
    assert field(moved.document, "admin", "address") == PIPE
    assert "allow_paths" not in moved.document["admin"]


def test_a_port_that_a_cluster_calls_stays_one() -> None:
    text = listening("0.0.0.0", 7000, calling("localhost", 9901))  # noqa: S104
    text += "admin: {address: {socket_address: {address: 0.0.0.0, port_value: 9901}}}\n"
    moved = move(text, PRIVATE)
    socket = moved.document["admin"]["address"]["socket_address"]
    assert socket["address"] == "127.0.0.1"
    assert socket["port_value"] >= 5000


def test_what_may_be_asked_is_written_where_others_can_ask() -> None:
    shared = dataclasses.replace(PLACES, admin_paths=("/ready", "/stats"))
    admin = move(HOME, shared).document["admin"]
    assert admin["allow_paths"] == [{"prefix": "/ready"}, {"prefix": "/stats"}]


def test_a_persons_own_list_of_paths_stays_where_others_can_ask() -> None:
    text = "admin: {allowPaths: [{exact: /mine}]}\nstatic_resources: {}\n"
    (theirs, *asked) = move(text).document["admin"]["allow_paths"]
    assert theirs == {"exact": "/mine"}
    assert asked == [{"prefix": path} for path in ADMIN_PATHS]  # else the lab could not ask
    assert "allow_paths" not in move("static_resources: {}").document["admin"]
