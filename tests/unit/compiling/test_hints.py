"""What Python people type gets a hint that fits, from Go and from TinyGo, and that works."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.hints import hint_for
from lab_helpers.compiling.hints.sdk_names import PROXYWASM, TYPES
from lab_helpers.compiling.hints.slip import Slip as Row
from lab_helpers.compiling.hints.slip import Spot, first_hint
from lab_helpers.errors import CompileError, CompileProblem
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.go_cells import compile_problem
from lab_helpers.toolchain import find_go, go_environment
from tests.unit.compiling.slips import FILES, HOOK, MENDED, SLIPS, File, Slip

HELLO = repository_folder() / "filter" / "hello"
# TinyGo takes half a second for each, so every sixth stands for all; all were tried once by hand.
SAMPLE = range(3, len(SLIPS), 6)


def hook(lines: str) -> str:
    body = lines.replace("LOG(", "proxywasm.LogInfo(")
    return HOOK.replace("BODY", "\n".join(f"\t{line}" for line in body.split("\n")))


def filter_with(folder: Path, cell: str) -> Path:
    folder.mkdir()
    for name in ("contexts.go", "main.go"):
        shutil.copy(HELLO / name, folder / name)
    (folder / "cell.go").write_text(cell, encoding="utf-8")
    return folder


def module_in(folder: Path) -> Path:
    for name in ("go.mod", "go.sum"):
        shutil.copy(HELLO.parent / name, folder / name)
    return folder


def failure_of(folder: Path) -> CompileError:
    problem = compile_problem(folder, "cell.go")
    assert problem is not None, (folder / "cell.go").read_text("utf-8")
    return problem


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CompileError]:
    """What `%%go` says of each slip; two at a time, as each waits for a process."""
    root = module_in(tmp_path_factory.mktemp("slips"))
    sources = [*(hook(slip.typed) for slip in SLIPS), *(file.source for file in FILES)]
    folders = [filter_with(root / f"slip{n}", source) for n, source in enumerate(sources)]
    with ThreadPoolExecutor(2) as several:
        return dict(zip(sources, several.map(failure_of, folders), strict=True))


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.typed[:30])
def test_a_slip_in_a_cell_gets_a_hint_that_fits(
    said: Mapping[str, CompileError], slip: Slip
) -> None:
    error = said[hook(slip.typed)]
    assert slip.hint in error.hint, error
    assert error.problems[0].file == "cell.go"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.source[:40])
def test_a_slip_outside_of_functions_gets_a_hint_that_fits(
    said: Mapping[str, CompileError], file: File
) -> None:
    error = said[file.source]
    assert file.hint in error.hint, error


def test_what_the_hints_lead_to_compiles(tmp_path: Path) -> None:
    start = HOOK.index("func (ctx")
    bodies = [
        hook(slip.mended)[start:].replace("OnHttpResponseHeaders", f"mended{number}")
        for number, slip in enumerate(SLIPS)
        if slip.mended
    ]
    folder = filter_with(module_in(tmp_path) / "mended", MENDED + "\n".join(bodies))
    assert compile_problem(folder) is None


@pytest.fixture(scope="module")
def said_by_tinygo(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, CompileError]:
    """What `lab build` says of some of them, in TinyGo's words."""
    root = module_in(tmp_path_factory.mktemp("slips"))

    def build(index: int) -> CompileError:
        folder = filter_with(root / f"slip{index}", hook(SLIPS[index].typed))
        with pytest.raises(CompileError) as caught:
            compile_filter(folder, folder / "x.wasm")
        return caught.value

    with ThreadPoolExecutor(2) as several:
        return dict(zip(SAMPLE, several.map(build, SAMPLE), strict=True))


@pytest.mark.parametrize("index", SAMPLE, ids=lambda index: SLIPS[index].typed[:30])
def test_tinygos_other_words_lead_to_the_same_hint(
    said_by_tinygo: Mapping[int, CompileError], index: int
) -> None:
    error = said_by_tinygo[index]
    assert SLIPS[index].hint in error.hint, error


def test_the_names_of_the_sdk_are_the_sdks() -> None:
    go = find_go()
    for package, names in (("proxywasm", PROXYWASM), ("proxywasm/types", TYPES)):
        words = [
            str(go.path),
            "doc",
            "-short",
            f"github.com/proxy-wasm/proxy-wasm-go-sdk/{package}",
        ]
        result = subprocess.run(
            words,
            cwd=HELLO,
            env=os.environ | go_environment(go.path),
            capture_output=True,
            text=True,
            check=True,
        )
        shown = {word.split("(")[0] for word in result.stdout.split()}
        assert len({name for name in names if name in shown}) > len(names) / 2
        missing = [
            line.split()[1].split("(")[0]
            for line in result.stdout.splitlines()
            if line.startswith("func ")
        ]
        assert set(missing) <= names


def test_a_problem_that_nobody_knows_gets_no_hint_but_the_general_one(tmp_path: Path) -> None:
    folder = filter_with(module_in(tmp_path) / "odd", "package main\n\nfunc f( {\n}\n")
    assert failure_of(folder).hint.startswith("compare the marked line, and the one above it")
    odd = [CompileProblem("cell.go", line, 1, "odd", "") for line in (3, 4)]
    assert hint_for(odd, "", folder) == "mend the first problem, then compile again"


def test_a_row_fits_by_all_of_its_patterns() -> None:
    row = Row("write $name", message="^undefined", code=r"(?P<name>\w+)\(")
    assert row.fits(Spot("undefined: f", "\tf(1)")) == "write f"
    assert not row.fits(Spot("undefined: f", '\tx = "f(1)" // f(1)'))  # in a text, and a comment
    assert not row.fits(Spot("other", "\tf(1)"))
    assert first_hint((row,), Spot("other")) == ""


@pytest.mark.parametrize(
    ("key", "pair"),
    [(":a", '{":a", ":b"}'), (":c", '{":c", "d: e"}'), (":f", '{":f", value}')],
)
def test_of_several_pairs_that_which_go_names_is_put_right(
    tmp_path: Path, key: str, pair: str
) -> None:
    line = 'p := [][2]string{{":a": ":b"}, {"x", ":y"}, {":c": "d: e"}, {":f": value}}'
    (tmp_path / "cell.go").write_text(line, encoding="utf-8")
    message = f'cannot convert "{key}" (untyped string constant) to type int'
    hint = hint_for([CompileProblem("cell.go", 1, 20, message, line)], "", tmp_path)
    assert hint == f"put a comma between the two, not a colon: `{pair}`"


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ('token = reply["authorization"]', True),
        ("token = value", True),
        ('if token == "" {', False),
        ("proxywasm.LogInfo(token)", False),
    ],
)
def test_a_name_that_is_a_field_may_be_meant_for_a_new_variable(
    tmp_path: Path, line: str, *, new: bool
) -> None:
    head = "type pluginContext struct {\n\ttoken string\n}\n\nfunc (plugin *pluginContext) f() {"
    (tmp_path / "cell.go").write_text(f"{head}\n\t{line}\n}}\n", encoding="utf-8")
    hint = hint_for([CompileProblem("cell.go", 6, 2, "undefined: token", line)], "", tmp_path)
    assert "write `plugin.token`: it is a field of this method's receiver" in hint
    assert ("`token := …`, for a variable of this function alone" in hint) == new
