"""A person's own flags for Go stay, on every path; what no filter can be compiled with does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.go import for_this_machine
from lab_helpers.toolchain.go_flags import dropped_go_flags, go_flags
from lab_helpers.toolchain.install import install_go_modules
from lab_helpers.toolchain.running import run_tool
from tests.conftest import TellFault

OURS = "-mod=readonly -buildvcs=false"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.delenv("GOFLAGS", raising=False)


@pytest.mark.parametrize(
    ("own", "kept", "dropped"),
    [
        ("", "", ()),
        ("-modcacherw -p=1", "-modcacherw -p=1 ", ()),
        ("-mod=vendor -trimpath", "-trimpath ", ("-mod=vendor",)),
        ("--buildmode=pie -race", "", ("--buildmode=pie", "-race")),
        ("'-ldflags=-s -w' -tags=a,b", "'-ldflags=-s -w' -tags=a,b ", ()),
        ("-buildvcs=true", "", ("-buildvcs=true",)),
        ("-mod=readonly -buildvcs=false", "", ()),
        ("-modfile=mine.mod", "-modfile=mine.mod ", ()),
    ],
)
def test_what_a_person_set_stays_but_for_what_no_filter_can_have(
    monkeypatch: pytest.MonkeyPatch, own: str, kept: str, dropped: tuple[str, ...]
) -> None:
    monkeypatch.setenv("GOFLAGS", own)
    assert go_flags() == kept + OURS
    assert dropped_go_flags() == dropped


def test_in_a_container_no_flag_names_a_file_of_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GOFLAGS", "-overlay=/home/ada/o.json -p=1 -toolexec=/home/ada/bin/t")
    assert go_flags(in_a_container=True) == f"-p=1 {OURS}"


def test_what_go_env_w_wrote_counts_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOENV", str(tmp_path / "env"))
    go = str(find_go().path)
    assert run_tool([go, "env", "-w", "GOFLAGS=-modcacherw"], {}).returncode == 0
    assert go_flags() == f"-modcacherw {OURS}"
    monkeypatch.setenv("GOFLAGS", "-p=1")
    assert go_flags() == f"-p=1 {OURS}"  # as Go has it: the environment comes first


def test_go_itself_takes_them_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOFLAGS", "'-ldflags=-s -w' -p=1 -mod=vendor")
    go = find_go().path
    said = run_tool([str(go), "env", "GOFLAGS"], go_environment(go)).stdout
    assert said == f"'-ldflags=-s -w' -p=1 {OURS}\n"


@pytest.mark.fault("GOFLAGS holds a word that is no flag")
def test_flags_that_go_cannot_read_are_said(
    monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setenv("GOFLAGS", "nonsense")
    with pytest.raises(ToolchainError) as caught:
        install_go_modules(lambda _text: None)
    assert "nonsense" in caught.value.quote
    assert "unset GOFLAGS" in caught.value.hint
    fault(caught.value, kept="what was installed", left="nothing")
    monkeypatch.delenv("GOFLAGS")  # what the hint says
    install_go_modules(lambda _text: None)


def test_go_builds_for_this_machine_whatever_a_person_builds_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOENV", str(tmp_path / "env"))
    go = find_go().path
    assert run_tool([str(go), "env", "-w", "GOOS=wasip1", "GOARCH=wasm"], {}).returncode == 0
    asked = run_tool([str(go), "env", "GOOS", "GOARCH"], go_environment(go) | for_this_machine())
    host = run_tool([str(go), "env", "GOHOSTOS", "GOHOSTARCH"], {})
    assert asked.stdout == host.stdout
