"""Compile for real: a module with its facts, and errors that name file, line and column."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab_helpers.compiling.cache import build_key, recall, remember
from lab_helpers.compiling.commands import chosen_toolchain, command_for
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import read_module
from lab_helpers.errors import CompileError, ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper.advising import read_advice
from lab_helpers.toolchain import find_go, find_tinygo, go_environment
from tests.conftest import TellFault
from tests.rooted import need_root, read_only

FILTERS = repository_folder() / "filter"


@pytest.fixture
def small_copy(tmp_path: Path) -> Path:
    """A copy of the smallest filter, for what does not depend on which one is compiled."""
    shutil.copytree(FILTERS, tmp_path / "filter")
    return tmp_path / "filter" / "hello"


@pytest.fixture
def filter_copy(tmp_path: Path) -> Path:
    """A copy of the token filter to break."""
    shutil.copytree(FILTERS, tmp_path / "filter")
    return tmp_path / "filter" / "token"


def edit(folder: Path, old: str, new: str) -> None:
    main = folder / "main.go"
    source = main.read_text()
    assert old in source
    main.write_text(source.replace(old, new, 1))


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
def test_the_command_that_is_shown_makes_the_same_module(tmp_path: Path, compiler: str) -> None:
    module = compile_filter(FILTERS / "hello", tmp_path / "f.wasm", compiler=compiler)  # type: ignore[arg-type]
    assert module.bytes == module.path.stat().st_size
    assert module.compiler == compiler
    assert module.seconds > 0
    assert "proxy_on_response_headers" in module.exports
    assert "env.proxy_replace_header_map_value" in module.imports
    by_hand = module.shell_line.replace("f.wasm", "by-hand.wasm")
    subprocess.run(["bash", "-c", by_hand], check=True)
    # The command's own, with all the exports that the SDK has.
    assert (tmp_path / "by-hand.wasm").stat().st_size == module.full_bytes


def test_the_filters_own_tests_compile_as_the_lab_does(tmp_path: Path) -> None:
    flags = command_for("tinygo", FILTERS / "hello", "native", None).words[2:]
    source = (FILTERS / "token" / "runners_test.go").read_text()
    in_go = re.search(
        r'"-o", filepath\.Join\(buildFolder, "tinygo\.wasm"\),(.*?) "\."\)', source, re.DOTALL
    )
    assert in_go is not None
    assert re.findall(r'"([^"]+)"', in_go[1]) == list(flags)


def test_tinygos_malloc_is_not_exported_so_that_nothing_leaks(tmp_path: Path) -> None:
    module = compile_filter(FILTERS / "token", tmp_path / "f.wasm", reuse=True)
    assert "malloc" not in module.exports
    assert "proxy_on_memory_allocate" in module.exports


def test_a_commit_makes_no_other_module_of_the_same_source(small_copy: Path) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *who, *words], cwd=small_copy.parent, check=True)

    git("init", "--quiet")
    made = set()
    for number in range(2):
        git("add", "--all")
        git("commit", "--quiet", "--allow-empty", "--message", f"Commit {number}")
        module = compile_filter(small_copy, small_copy.parent.parent / "f.wasm", compiler="go")
        made.add(module.sha256)
    assert len(made) == 1


def test_the_filters_leave_gos_own_json_out() -> None:
    """With it TinyGo makes more than twice the module, in more than twice the time."""
    go = find_go()
    listed = subprocess.run(
        [str(go.path), "list", "-deps", "./..."],
        cwd=FILTERS,
        env=os.environ | go_environment(go.path) | {"GOOS": "wasip1", "GOARCH": "wasm"},
        capture_output=True,
        text=True,
        check=True,
    )
    packages = listed.stdout.splitlines()
    assert "github.com/valyala/fastjson" in packages
    assert "encoding/json" not in packages


@pytest.mark.fault("The filter does not compile")
def test_a_compile_error_names_its_place_and_shows_the_line(
    filter_copy: Path, fault: TellFault
) -> None:
    edit(filter_copy, "func main() {}", "func main() {}\n\nvar broken = undefinedName\n")
    with pytest.raises(CompileError, match="tinygo cannot compile token") as caught:
        compile_filter(filter_copy, filter_copy / "f.wasm")
    problem = caught.value.problems[0]
    source = (filter_copy / "main.go").read_text().splitlines()
    assert problem.file == "main.go"
    assert source[problem.line - 1] == problem.source_line == "var broken = undefinedName"
    assert problem.source_line[problem.column - 1 :] == "undefinedName"
    assert problem.message == "undefined: undefinedName"
    assert "spelling" in caught.value.hint
    assert not (filter_copy / "f.wasm").exists()
    assert list(filter_copy.glob(".build-*")) == []
    fault(caught.value, kept="the module of the last compile")


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
@pytest.mark.parametrize(
    ("addition", "message", "hint"),
    [
        ('import "fmtt"', "fmtt", "import"),
        ("func f() { x := 1 }", "declared and not used: x", "use `x`, or remove the variable"),
        ("func f( {", "syntax error|expected", "compare the marked line"),
        ('import "os"', '"os" imported and not used', "remove the import"),
        (
            'import _ "github.com/nobody/nothing"',
            "nobody/nothing",
            "go get github.com/nobody/nothing",
        ),
    ],
)
def test_every_kind_of_error_has_a_place_with_both_compilers(
    filter_copy: Path, compiler: str, addition: str, message: str, hint: str
) -> None:
    (filter_copy / "more.go").write_text(f"package main\n\n{addition}\n")
    with pytest.raises(CompileError) as caught:
        compile_filter(filter_copy, filter_copy / "f.wasm", compiler=compiler)  # type: ignore[arg-type]
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == ("more.go", 3)
    assert re.search(message, problem.message)
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["token", "filter/token"])
def test_the_labs_own_filter_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert compile_filter(name, "token.wasm", reuse=True).folder == FILTERS / "token"
    assert (tmp_path / "token.wasm").is_file()


@pytest.mark.parametrize(
    ("slip", "hint"),
    [
        ("s := 'x-auth'; _ = s", "double quotes"),
        ('if s := ""; s == "" :\n\t}', "leave the colon out"),
        ('if s := ""; s == "" and true {\n\t}', "&& for and"),
        ('if s := ""; s {\n\t}', 'if s := ""; s != "" {'),
        ('s := ""; _ = s == 200', "in quotes"),
        ("n := 0\n\t++n", "behind the name"),
        ("a := proxywasm.LogInfo, 2; _ = a", "give each value"),
    ],
)
def test_a_habit_from_python_gets_a_hint(filter_copy: Path, slip: str, hint: str) -> None:
    main = filter_copy / "main.go"
    main.write_text(main.read_text().replace("func main() {", f"func main() {{\n\t{slip}\n"))
    with pytest.raises(CompileError) as caught:
        compile_filter(filter_copy, filter_copy / "x.wasm", compiler="go")
    assert hint in caught.value.hint


def test_a_file_of_another_package_gets_a_hint(filter_copy: Path) -> None:
    (filter_copy / "more.go").write_text("package mine\n")
    with pytest.raises(CompileError) as caught:
        compile_filter(filter_copy, filter_copy / "x.wasm", compiler="go")
    assert "package main" in caught.value.hint


def test_an_unchanged_filter_is_compiled_once(small_copy: Path, tmp_path: Path) -> None:
    first = compile_filter(small_copy, tmp_path / "1.wasm")
    again = compile_filter(small_copy, tmp_path / "2.wasm", reuse=True)
    assert not first.reused
    assert again.reused
    assert again.sha256 == first.sha256
    # Never the same, for an earlier run of this test may have left its module in the user's cache.
    edit(small_copy, "func main() {}", f"func main() {{}} // {time.time_ns()}")
    assert not compile_filter(small_copy, tmp_path / "3.wasm", reuse=True).reused


def test_a_file_that_is_saved_meanwhile_spoils_no_later_compilation(
    small_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = small_copy / "main.go"
    before = f"{main.read_text()}// {time.time_ns()}\n"
    main.write_text(before)
    saving = tmp_path / "tinygo"
    save = f"[ $1 = version ] || echo 'const Saved = 1' >> {shlex.quote(str(main))}"
    real = shlex.quote(str(find_tinygo().path))
    saving.write_text(f'#!/bin/sh\n{save}\nexec {real} "$@"\n')
    saving.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("LAB_TINYGO", str(saving))
        compile_filter(small_copy, tmp_path / "1.wasm")
        assert "Saved" in main.read_text()
        main.write_text(before)
        assert not compile_filter(small_copy, tmp_path / "2.wasm", reuse=True).reused


def test_a_link_that_leads_nowhere_is_no_part_of_a_filter(small_copy: Path) -> None:
    without = build_key(small_copy, (), "0")
    (small_copy / ".#main.go").symlink_to("me@host.123:456")
    assert build_key(small_copy, (), "0") == without is not None


def test_a_folder_with_a_file_that_went_has_no_key(
    small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_file: Path) -> bytes:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_bytes", gone)
    assert build_key(small_copy, (), "0") is None


@pytest.mark.parametrize("name", ["main.go", "/dev/null"])
def test_what_is_no_module_is_not_overwritten(small_copy: Path, name: str) -> None:
    before = (small_copy / "main.go").read_text()
    with pytest.raises(ConfigurationError, match="would be lost"):
        compile_filter(small_copy, small_copy / name)
    assert (small_copy / "main.go").read_text() == before


def test_a_cache_that_cannot_be_written_costs_only_time(
    small_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "modules").write_text("a file where a folder should be\n")
    module = compile_filter(small_copy, tmp_path / "1.wasm", compiler="go")
    monkeypatch.setenv("LAB_CACHE", str(cache))
    key = build_key(small_copy, (), "0")
    assert key is not None
    remember(key, module.path)
    assert not recall(key, tmp_path / "2.wasm")


def test_compilations_side_by_side_may_forget_the_same_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    module = tmp_path / "f.wasm"
    module.write_bytes(b"\0asm")
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda number: remember(f"{number:064x}", module), range(300)))
    assert len(list((tmp_path / "cache" / "modules").iterdir())) == 50


def test_a_workspace_above_does_not_hide_the_filters_own_module(small_copy: Path) -> None:
    (small_copy.parent.parent / "go.work").write_text("go 1.24\n")
    module = compile_filter(small_copy, small_copy / "f.wasm")
    assert "GOWORK=off" in module.shell_line


@pytest.mark.parametrize("name", ["no-such-folder", "."])
def test_a_folder_without_a_filter_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no filter|no \.go file"):
        compile_filter(tmp_path / name)


def test_a_compiler_that_is_none_is_said() -> None:
    with pytest.raises(ConfigurationError, match="compiler is 'rust'"):
        compile_filter(FILTERS / "token", compiler="rust")  # type: ignore[arg-type]


def test_a_folder_without_go_mod_is_said(tmp_path: Path) -> None:
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    with pytest.raises(CompileError) as caught:
        compile_filter(tmp_path, tmp_path / "f.wasm")
    assert "go.mod" in caught.value.hint


def test_read_module_knows_a_file_that_the_lab_did_not_compile(tmp_path: Path) -> None:
    built = compile_filter(FILTERS / "token", tmp_path / "f.wasm", reuse=True)
    read = read_module(built.path)
    assert (read.sha256, read.exports) == (built.sha256, built.exports)
    assert (read.compiler, read.shell_line) == ("", "")


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
@pytest.mark.parametrize(
    "flags", ["-mod=vendor", "-buildmode=pie -trimpath -mod=readonly -modcacherw", "-race -p=1"]
)
def test_a_persons_own_go_settings_do_not_break_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: str, flags: str
) -> None:
    monkeypatch.setenv("GOROOT", "/usr/lib")
    monkeypatch.setenv("TINYGOROOT", "/usr/lib")
    monkeypatch.setenv("GO111MODULE", "off")
    monkeypatch.setenv("GOFLAGS", flags)
    module = compile_filter(FILTERS / "hello", tmp_path / "f.wasm", compiler=compiler)  # type: ignore[arg-type]
    assert module.bytes > 0
    assert "GOFLAGS=" in module.shell_line  # for the person's own would break that line


def test_a_persons_own_tags_reach_standard_go(
    small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (small_copy / "more.go").write_text("//go:build mine\n\npackage main\n\nvar x = undefined1\n")
    compile_filter(small_copy, small_copy / "f.wasm", compiler="go")
    monkeypatch.setenv("GOFLAGS", "-tags=mine")
    with pytest.raises(CompileError):
        compile_filter(small_copy, small_copy / "f.wasm", compiler="go", reuse=True)


@pytest.fixture
def anothers(small_copy: Path) -> Path:
    """A filter in a checkout that is another user's, of whom Git tells nothing."""
    need_root("give a folder to another user")
    checkout = small_copy.parent.parent
    git = ["git", "-C", str(checkout), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for words in (("init", "-q"), ("add", "--all"), ("commit", "-q", "-m", "All")):
        subprocess.run([*git, *words], check=True)
    subprocess.run(["chown", "-R", "65534:65534", str(checkout)], check=True)
    refused = subprocess.run([*git, "status"], capture_output=True, text=True, check=False)
    assert "dubious ownership" in refused.stderr
    return small_copy


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
def test_a_checkout_of_another_user_compiles(
    anothers: Path, tmp_path_factory: pytest.TempPathFactory, compiler: str
) -> None:
    target = tmp_path_factory.mktemp("mine") / "f.wasm"
    module = compile_filter(anothers, target, compiler=compiler, keep_exports=True)  # type: ignore[arg-type]
    by_hand = module.shell_line.replace("f.wasm", "by-hand.wasm")
    subprocess.run(["bash", "-c", by_hand], check=True)
    assert (target.parent / "by-hand.wasm").read_bytes() == module.path.read_bytes()


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
def test_a_read_only_checkout_compiles(small_copy: Path, tmp_path: Path, compiler: str) -> None:
    with read_only(small_copy.parent):
        with pytest.raises(OSError, match="Read-only"):
            (small_copy / "more.go").touch()
        module = compile_filter(small_copy, tmp_path / "f.wasm", compiler=compiler)  # type: ignore[arg-type]
        assert module.bytes > 0
        assert read_advice(small_copy) == ()


def test_the_line_of_a_checkout_of_ones_own_has_no_more_than_it_needs(
    small_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOFLAGS", "-p=1")
    assert "GOFLAGS" not in compile_filter(small_copy, small_copy / "f.wasm").shell_line


@pytest.mark.fault("A module in the lab's cache is damaged")
@pytest.mark.parametrize("damage", [b"", b"\0asm\1\0\0\0", b"<html>"])
def test_a_damaged_module_in_the_cache_is_made_anew(
    small_copy: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: bytes,
    fault: TellFault,
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    first = compile_filter(small_copy, tmp_path / "1.wasm", compiler="go")
    (kept,) = (tmp_path / "cache" / "modules").iterdir()
    kept.write_bytes(damage)
    again = compile_filter(small_copy, tmp_path / "2.wasm", compiler="go", reuse=True)
    assert (again.reused, again.sha256) == (False, first.sha256)
    assert compile_filter(small_copy, tmp_path / "3.wasm", compiler="go", reuse=True).reused
    fault("nothing: it is compiled anew", kept="all", left="nothing")


@pytest.mark.parametrize("named", [None, "podman"])
def test_a_toolchain_that_is_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    monkeypatch.setenv("LAB_TOOLCHAIN", "podman")
    with pytest.raises(ConfigurationError, match=r"toolchain (is )?'podman'"):
        compile_filter(FILTERS / "hello", tmp_path / "f.wasm", toolchain=named)  # type: ignore[arg-type]


def test_in_docker_only_tinygo_compiles(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="with TinyGo, not with go"):
        compile_filter(FILTERS / "hello", tmp_path / "f.wasm", compiler="go", toolchain="docker")


def test_what_is_asked_for_comes_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_TOOLCHAIN", raising=False)
    assert chosen_toolchain() == "native"
    monkeypatch.setenv("LAB_TOOLCHAIN", "docker")
    assert chosen_toolchain() == "docker"
    assert chosen_toolchain("native") == "native"
