"""What `go get` adds to the learner's module stays; the lab's own modules come and stay as well."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from lab_helpers.compiling.failures import compile_failure
from lab_helpers.lessons.cells.go_module import keep_module
from lab_helpers.lessons.cells.workspace import learner_filters, start_filter
from lab_helpers.toolchain import find_go, go_environment

OURS = "module envoywasmlab/filter\n\ngo 1.24\n\nrequire (\n\ta.b/c v1.0.0\n)\n"


def test_what_was_added_stays_and_what_is_new_comes(tmp_path: Path) -> None:
    keep_module(tmp_path, OURS, "a.b/c v1.0.0 h1:x\n")
    assert (tmp_path / "go.mod").read_text() == OURS.replace("envoywasmlab/filter", "filters")
    got = (tmp_path / "go.mod").read_text().replace(")", "\td.e/f v2.1.0 // indirect\n)")
    (tmp_path / "go.mod").write_text(got)
    (tmp_path / "go.sum").write_text("a.b/c v1.0.0 h1:x\nd.e/f v2.1.0 h1:y\n")
    keep_module(tmp_path, OURS, "a.b/c v1.0.0 h1:x\n")
    assert (tmp_path / "go.mod").read_text() == got
    assert (tmp_path / "go.sum").read_text().splitlines()[1:] == ["d.e/f v2.1.0 h1:y"]
    # The lab's own changes: a later version, and one module more.
    later = OURS.replace("v1.0.0", "v1.2.0").replace(")", "\tg.h/i v1.0.0\n)")
    keep_module(tmp_path, later, "a.b/c v1.2.0 h1:z\n")
    text = (tmp_path / "go.mod").read_text()
    assert "a.b/c v1.2.0" in text
    assert "g.h/i v1.0.0" in text
    assert "d.e/f v2.1.0 // indirect" in text
    assert "v1.0.0 h1:x\nd.e/f v2.1.0 h1:y\na.b/c v1.2.0 h1:z" in (tmp_path / "go.sum").read_text()


def test_a_later_one_that_was_got_is_not_taken_back(tmp_path: Path) -> None:
    keep_module(tmp_path, OURS, "")
    got = OURS.replace("envoywasmlab/filter", "filters").replace(
        "v1.0.0", "v1.10.0\n\td.e/f v2.1.0"
    )
    (tmp_path / "go.mod").write_text(got)
    keep_module(tmp_path, OURS.replace("v1.0.0", "v1.9.0"), "")
    assert "a.b/c v1.10.0" in (tmp_path / "go.mod").read_text()


def test_go_reads_a_module_with_both(work: Path) -> None:
    start_filter("mine")
    folder = learner_filters()
    go_mod = folder / "go.mod"
    go_mod.write_text(go_mod.read_text() + "\nrequire example.org/odd v1.0.0 // indirect\n")
    listed = subprocess.run(
        [str(find_go().path), "mod", "edit", "-json"],
        cwd=learner_filters(),
        env=os.environ | go_environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "example.org/odd" in listed
    assert "github.com/valyala/fastjson" in listed


def test_no_network_is_said_as_such(work: Path) -> None:
    start_filter("mine")
    folder = learner_filters()
    with (folder / "go.mod").open("a") as go_mod:
        go_mod.write("\nrequire example.org/odd v1.0.0\n")
    with (folder / "go.sum").open("a") as go_sum:
        go_sum.write("example.org/odd v1.0.0 h1:x\nexample.org/odd v1.0.0/go.mod h1:x\n")
    (folder / "mine" / "more.go").write_text('package main\n\nimport _ "example.org/odd"\n')
    go = find_go()
    nobody = {"GOPROXY": "https://127.0.0.1:1", "GONOSUMDB": "*", "GOFLAGS": "-mod=mod"}
    result = subprocess.run(
        [str(go.path), "build", "-o", os.devnull, "."],
        cwd=folder / "mine",
        env=os.environ | go_environment(go.path) | nobody,
        capture_output=True,
        text=True,
        check=False,
    )
    error = compile_failure(result, folder / "mine", "Go")
    assert "Go cannot reach the place that modules come from: is there a network?" in error.what
    assert "dial tcp" in error.quote
    assert "GOPROXY" in error.hint
