"""Compiled modules as tables: what each flag is for, what goes in and out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.shown.export_tables import show_exports
from lab_helpers.lessons.shown.module_tables import show_command, show_interface


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    target = tmp_path_factory.mktemp("modules") / "token.wasm"
    return compile_filter(repository_folder() / "filter" / "token", target, reuse=True)


def test_every_flag_of_the_command_is_there_and_explained(module: Module) -> None:
    table = show_command(module)
    flags = [flag.strip("`") for flag, _ in table.rows]
    assert flags == [word for word in module.command if word.startswith("-")]
    assert "-tags=custommalloc" in flags
    assert all(meaning for _, meaning in table.rows), table.rows
    assert table.title == "tinygo build … -o token.wasm ."


def test_the_flags_of_standard_go_are_explained_too(module: Module, tmp_path: Path) -> None:
    other = dataclasses.replace(
        module, compiler="go", command=("go", "build", *GO_FLAGS, "-o", "x.wasm", ".")
    )
    table = show_command(other)
    assert table.title.startswith("go build ")
    assert all(meaning for _, meaning in table.rows), table.rows


GO_FLAGS = ("-buildmode=c-shared", "-buildvcs=false")


def test_a_flag_that_is_not_known_stays_in_the_table(module: Module) -> None:
    table = show_command(dataclasses.replace(module, command=("go", "build", "-x")))
    assert table.rows == [("`-x`", "")]


def test_what_goes_in_and_out_is_all_there_once(module: Module) -> None:
    table = show_interface(module)
    rows = [tuple(row) for row in table.rows]
    imports = [name.strip("`") for kind, name, _ in rows if kind == "import"]
    exports = [name.strip("`") for kind, name, _ in rows if kind == "export"]
    of_envoy = [name for name in module.imports if name.startswith("env.")]
    assert imports == [*of_envoy, f"{len(module.imports) - len(of_envoy)} of WASI"]
    assert exports[-1] == f"{len(module.exports) - len(exports) + 1} more"
    assert "proxy_on_request_body" not in exports
    assert set(exports[:-1]) <= set(module.exports)
    assert table.title == (
        f"token.wasm: {len(module.imports)} imports, {len(module.exports)} exports"
    )


def test_both_modules_of_a_filter_side_by_side(module: Module, tmp_path: Path) -> None:
    folder = repository_folder() / "filter" / "token"
    full = compile_filter(folder, tmp_path / "all.wasm", reuse=True, keep_exports=True)
    table = show_exports(full, module)
    rows = {name.strip("`"): tuple(cells) for name, _, *cells in table.rows}
    assert rows["proxy_on_tick"] == ("✓", "✓")
    assert rows["proxy_on_request_body"] == ("✓", "left out")
    assert sum(cells == ("✓", "left out") for cells in rows.values()) == len(module.removed)
    assert f"all.wasm has {len(full.exports)}, token.wasm has {len(module.exports)}" in table.title
    assert [meaning for _, meaning, *_ in table.rows[:-1] if not meaning] == []
    # What a filter never had was not left out.
    bare = read_module(repository_folder() / "filter/hello_c/prebuilt/hello_c.wasm")
    rows = {name.strip("`"): tuple(cells) for name, _, *cells in show_exports(full, bare).rows}
    assert rows["proxy_on_tick"] == ("✓", "no")


def test_what_the_token_filter_uses_is_explained(module: Module) -> None:
    rows = [tuple(row) for row in show_interface(module).rows]
    assert ("import", "`env.proxy_http_call`", "DispatchHttpCall") in rows
    assert ("export", "`proxy_on_tick`", "OnTick") in rows
    assert [row for row in rows if not row[2]] == []
