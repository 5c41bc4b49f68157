"""What is read from a container: lines, exit codes, names, and whose it is."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any, ClassVar

import pytest

from lab_helpers.docker_engine.containers import exit_code_of
from lab_helpers.docker_engine.leftovers import forget, is_leftover, new_name
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import default_configuration
from lab_helpers.folders import repository_folder
from lab_helpers.launch.docker.inside import names_from_log, names_in
from lab_helpers.launch.docker.process import DockerProcess
from lab_helpers.launch.interface import Address, Places
from lab_helpers.owner import Owner

ME = Owner.this_process()


@pytest.mark.parametrize(
    ("status", "code"), [(0, 0), (1, 1), (126, 126), (128, 128), (137, -9), (139, -11), (255, 255)]
)
def test_a_signal_is_a_negative_number(status: int, code: int) -> None:
    assert exit_code_of(status) == code


def test_names_are_those_of_the_workers_and_of_process_1() -> None:
    said = "1 envoy\n10 dog:workers_gua\n11 wrk:worker_0\n13 wrk:worker_1\nsh: can't open\n"
    assert names_in(said) == {1: "main", 11: "worker_0", 13: "worker_1"}


def test_the_admin_port_of_a_container_that_ended_at_once_is_not_known() -> None:
    class Ended:
        """A container whose Envoy ended before the engine was asked for its ports."""

        attrs: ClassVar[dict[str, Any]] = {"NetworkSettings": {"Ports": {}}, "State": {"Pid": 0}}

        def wait(self) -> dict[str, int]:
            return {"StatusCode": 1}

        def reload(self) -> None:
            """Change nothing."""

    process = DockerProcess(None, Ended(), None, 1)  # type: ignore[arg-type]  # none is asked
    assert process.admin_address() is None


def test_without_a_shell_the_names_follow_the_threads_numbers() -> None:
    assert names_from_log((13, 11), 3) == {}
    assert names_from_log((13, 11, 20), 3) == {
        1: "main",
        11: "worker_0",
        13: "worker_1",
        20: "worker_2",
    }


def test_an_owner_is_read_back_as_it_was_written() -> None:
    assert Owner.parse(str(ME)) == ME
    assert ME.pid == os.getpid()
    for text in ("", "{}", "[1]", '["a", "b", "c", "d"]', "null", "3"):
        assert Owner.parse(text) is None


def test_an_owner_is_gone_only_when_that_is_known() -> None:
    assert not ME.gone(ME)
    earlier = dataclasses.replace(ME, started=ME.started - 3600)
    assert earlier.gone(ME)
    assert dataclasses.replace(ME, pid=1 << 22).gone(ME)  # the first id that Linux never gives
    assert not dataclasses.replace(earlier, host="elsewhere").gone(ME)
    assert not dataclasses.replace(earlier, user="somebody").gone(ME)


def test_a_clock_that_was_set_ends_nobody() -> None:
    moved = dataclasses.replace(ME, started=ME.started + 0.7)
    assert not moved.gone(ME)
    assert moved.same(ME)
    assert not dataclasses.replace(ME, started=ME.started + 60).same(ME)


def test_a_container_of_ones_own_is_left_over_once_it_is_forgotten() -> None:
    name = new_name("test")
    assert not is_leftover(name, str(ME), ME)
    forget(name)
    assert is_leftover(name, str(ME), ME)
    assert not is_leftover(name, "nonsense", ME)
    assert not is_leftover(name, json.dumps([1]), ME)


def test_the_dockers_configuration_is_the_articles_moved() -> None:
    """envoy/docker.yaml must not drift from envoy/envoy.yaml."""
    host = "host.docker.internal"
    places = Places("0.0.0.0", 10_000, 9_901, host, "/etc/envoy/optimized.wasm")  # noqa: S104
    moved = Configuration.read(default_configuration()).moved(places, upstream=Address(host, 8080))
    written = Configuration.read(repository_folder() / "envoy" / "docker.yaml")
    assert written.document == moved.document
