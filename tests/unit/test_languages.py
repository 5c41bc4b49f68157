"""Which language a filter is written in: by what its folder holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import repository_folder
from lab_helpers.languages import holds_source, language_of, source_files
from tests.conftest import TellFault

CGO = 'package main\n\n/*\n#include <stdint.h>\n*/\nimport "C"\n'


def filter_of(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_dot_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "language"),
    [
        ({"main_dot_go": "package main\n"}, "go"),
        ({"main_dot_go": 'package main\n\n// import "C"\nvar a = `\n"C"\n`\n'}, "go"),
        ({"main_dot_go": CGO}, "native"),
        ({"main_dot_go": 'package main\n\nimport (\n\t"C"\n\t"fmt"\n)\n'}, "native"),
        ({"main_dot_go": CGO, "bridge_dot_c": "", "bridge_dot_h": ""}, "native"),
        ({"main_dot_go": "package main\n", "c_test_dot_go": CGO}, "go"),
        ({"Cargo_dot_toml": "[package]\n", "src__lib_dot_rs": ""}, "rust"),
        ({"Cargo_dot_toml": "[package]\n", "build_dot_rs": "", "shim_dot_c": ""}, "rust"),
        ({"filter_dot_c": "", "abi_dot_h": ""}, "c"),
    ],
)
def test_the_language_follows_from_the_files(
    tmp_path: Path, files: dict[str, str], language: str
) -> None:
    folder = filter_of(tmp_path, **files)
    assert holds_source(folder)
    assert language_of(folder) == language


def test_the_labs_own_filters_are_of_the_languages_that_they_say() -> None:
    filters = repository_folder() / "filter"
    assert language_of(filters / "hello") == "go"
    assert language_of(filters / "hello_c") == "c"


@pytest.mark.fault("A folder holds filters in two languages")
def test_two_languages_in_one_folder_are_refused(tmp_path: Path, fault: TellFault) -> None:
    folder = filter_of(tmp_path, main_dot_go="package main\n", Cargo_dot_toml="[package]\n")
    with pytest.raises(
        ConfigurationError, match=r"Go \(main.go\) and Rust \(Cargo.toml\)"
    ) as caught:
        language_of(folder)
    fault(caught.value, kept="all files")


@pytest.mark.parametrize(
    "files", [{}, {"main_dot_py": ""}, {"abi_dot_h": ""}, {"src__main_dot_go": ""}]
)
def test_a_folder_without_source_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    folder = filter_of(tmp_path, **files)
    assert not holds_source(folder)
    with pytest.raises(ConfigurationError, match=r"no \.go file, no Cargo\.toml, no \.c file"):
        source_folder(folder)


def test_a_folder_that_is_not_there_holds_no_source(tmp_path: Path) -> None:
    assert not holds_source(tmp_path / "none")


@pytest.mark.parametrize("name", ["main.go", "filter.c", "src/lib.rs"])
def test_a_pipe_among_the_source_is_refused_and_never_read(tmp_path: Path, name: str) -> None:
    filter_of(tmp_path, **({"Cargo_dot_toml": ""} if name.endswith(".rs") else {}))
    (tmp_path / name).parent.mkdir(exist_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(ConfigurationError, match="is a pipe"):
        source_folder(tmp_path)


def test_the_files_of_a_crate_are_those_of_its_source(tmp_path: Path) -> None:
    folder = filter_of(
        tmp_path,
        Cargo_dot_toml="",
        Cargo_dot_lock="",
        src__lib_dot_rs="",
        src__net__mod_dot_rs="",
        target__debug__out_dot_rs="",
    )
    names = [file.relative_to(folder).as_posix() for file in source_files(folder)]
    assert names == ["Cargo.lock", "Cargo.toml", "src/lib.rs", "src/net/mod.rs"]
