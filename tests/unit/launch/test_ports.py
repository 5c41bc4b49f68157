from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys

import pytest

from lab_helpers.errors import LaunchError
from lab_helpers.folders import repository_folder
from lab_helpers.launch.ports import check_port_free, check_ports, port_is_free
from tests.conftest import TellFault


@pytest.mark.fault("The port that was asked for is taken")
def test_a_port_somebody_listens_on_is_taken_and_said(fault: TellFault) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not port_is_free(port)
        with pytest.raises(LaunchError, match=f"Port {port} for the listener is taken") as caught:
            check_port_free(port, "the listener", "--port")
    assert "--port" in caught.value.hint
    assert caught.value.quote == "Address already in use"
    assert port_is_free(port)
    fault(caught.value, kept="everything")


def test_of_two_taken_ports_both_are_said() -> None:
    with socket.socket() as first, socket.socket() as second:
        for taken in (first, second):
            taken.bind(("127.0.0.1", 0))
            taken.listen()
        port, admin_port = first.getsockname()[1], second.getsockname()[1]
        with pytest.raises(LaunchError) as caught:
            check_ports(port, admin_port)
        assert caught.value.what == (
            f"Port {port} for the listener is taken by another program."
            f" Port {admin_port} for the admin port is taken by another program."
        )
        assert f":{port}'` names it" in caught.value.hint
        assert caught.value.hint.endswith("The same for the admin port, with --admin-port")
        with pytest.raises(LaunchError) as alone:
            check_ports(port, 0)
        assert alone.value.what == f"Port {port} for the listener is taken by another program."


def test_port_0_is_always_fine() -> None:
    check_port_free(0, "the listener", "--port")


@pytest.mark.fault("The port that was asked for needs root")
def test_a_port_that_needs_root_is_said(monkeypatch: pytest.MonkeyPatch, fault: TellFault) -> None:
    def refuse(_socket: socket.socket, _address: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(LaunchError, match="Port 80 for the listener needs root") as caught:
        check_port_free(80, "the listener", "--port")
    assert "from 1024 up" in caught.value.hint
    with pytest.raises(LaunchError, match="Port 8080 for the listener is taken"):
        check_port_free(8080, "the listener", "--port")
    fault(caught.value, kept="everything")


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(LaunchError, match="is no TCP port"):
        check_port_free(port, "the listener", "--port")


def test_one_port_for_two_purposes_is_refused() -> None:
    check_ports(0, 0)
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        free = once.getsockname()[1]
    check_ports(free, 0)
    with pytest.raises(LaunchError, match=f"cannot both be {free}") as caught:
        check_ports(free, free)
    assert "0 for a free one" in caught.value.hint


# The hint is `ip link set lo up`, which needs a program that may not be there: this does the same.
LOOPBACK = repository_folder() / "tests" / "fresh" / "loopback.py"
TELLING = """
import runpy, sys
from lab_helpers.launch.ports import check_ports, loopback_problem
from lab_helpers.errors import LaunchError
problem = loopback_problem()
print(problem.what)
print(problem.quote)
print(problem.hint)
try:
    check_ports(0, 0)
except LaunchError as error:
    print(error.what)
runpy.run_path(sys.argv[1])
check_ports(0, 0)
print(loopback_problem())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has network namespaces")
@pytest.mark.fault("The loopback network is off, as in a new network namespace")
def test_no_loopback_network_is_said_and_switched_on(fault: TellFault) -> None:
    namespace = ["unshare", "--user", "--map-root-user", "--net"]
    words = [*namespace, sys.executable, "-c", TELLING, str(LOOPBACK)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if "unshare: " in done.stderr and os.environ.get("CI") != "true":
        pytest.skip(f"no network namespace of one's own here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    what, quote, hint, refused, after = done.stdout.splitlines()
    assert "can reach another at 127.0.0.1" in what
    assert "unreachable" in quote
    assert "ip link set lo up" in hint
    assert refused == what
    assert after == "None"
    fault(f"{what} Try: {hint}", kept="nothing had begun")
