"""What goes into a bundle, and the tools' way out of it: real git, real Go, a real TinyGo."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

import lab_helpers
from lab_helpers.bundle import making, receiving
from lab_helpers.bundle.making import bundle_name, refuse_python
from lab_helpers.bundle.manifest import GO_SUMS, Host, Manifest, sha256_of_text_file
from lab_helpers.bundle.parts import (
    collect_go_modules,
    collect_repository,
    commit_of,
    pack_folder,
    uncommitted,
)
from lab_helpers.bundle.portable_tinygo import copy_tinygo, relocated
from lab_helpers.bundle.writing import write_bundle
from lab_helpers.errors import BundleError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import helper_modules
from lab_helpers.toolchain import TinyGo, find_go, find_tinygo, go_environment
from lab_helpers.toolchain.install import install_go_modules
from tests.unit.bundle.test_manifest import MANIFEST

ROOT = repository_folder()
FIRST_WORDS = Path(lab_helpers.__file__).parent / "bundle" / "first_words.sh"


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    return subprocess.run(
        ["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "lab"
    for name in ("requirements.lock", *GO_SUMS, "README.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{name}\n", encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


def test_the_last_commit_goes_in_and_changes_do_not(checkout: Path, tmp_path: Path) -> None:
    assert commit_of(checkout) == git(checkout, "rev-parse", "HEAD")
    assert uncommitted(checkout) == 0
    (checkout / "README.md").write_text("changed\n", encoding="utf-8")
    assert uncommitted(checkout) == 1
    collect_repository(checkout, tmp_path / "lab.tar")
    with tarfile.open(tmp_path / "lab.tar") as tar:
        readme = tar.extractfile("README.md")
        assert readme is not None
        assert readme.read() == b"README.md\n"
        assert tar.getmember("README.md").mode & 0o777 == 0o644


@pytest.mark.parametrize("name", ["requirements.lock", *GO_SUMS])
def test_a_lock_that_is_not_committed_is_refused(checkout: Path, name: str) -> None:
    (checkout / name).write_text("changed\n", encoding="utf-8")
    with pytest.raises(BundleError, match=f"{name} is changed") as caught:
        commit_of(checkout)
    assert "commit it" in caught.value.hint


def test_what_came_from_a_bundle_is_no_clone(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="git clone") as caught:
        commit_of(tmp_path)
    assert "pass on the bundle" in caught.value.hint


def test_the_go_modules_in_it_are_enough_for_an_empty_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling, vetting and testing find all they import, with no other proxy to ask."""
    proxy = collect_go_modules([ROOT / "filter", helper_modules()], tmp_path)
    zips = list(proxy.rglob("*.zip"))
    assert any("proxy-wasm-go-sdk" in str(path) for path in zips)
    assert not any("tinygo-org" in str(path) for path in zips)
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("GOPROXY", "off")
    with pytest.raises(ToolchainError):
        install_go_modules(lambda _text: None)
    install_go_modules(lambda _text: None, proxy=proxy.as_uri())
    go = find_go()
    listed = subprocess.run(
        [str(go.path), "list", "-deps", "-test", "./..."],
        cwd=ROOT / "filter",
        env=os.environ | go_environment(go.path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert listed.returncode == 0, listed.stderr
    clean_modcache = [str(go.path), "clean", "-modcache"]  # Go writes it read-only
    subprocess.run(clean_modcache, env=os.environ | go_environment(), check=True)


def test_a_module_that_go_sum_does_not_know_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever changes a module in a bundle, list and all, is stopped by the clone's own go.sum."""
    proxy = collect_go_modules([ROOT / "filter", helper_modules()], tmp_path)
    target = next(path for path in proxy.rglob("*.zip") if "fastjson" in str(path))
    with zipfile.ZipFile(target) as module:
        content = {name: module.read(name) for name in module.namelist()}
    with zipfile.ZipFile(target, "w") as module:
        for name, data in content.items():
            module.writestr(name, data + b"// evil\n" if name.endswith("/parser.go") else data)
    for stated in target.parent.glob("*.ziphash"):
        stated.unlink()
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("GOFLAGS", "")
    with pytest.raises(ToolchainError, match="cannot be taken from the bundle") as caught:
        install_go_modules(lambda _text: None, proxy=proxy.as_uri())
    assert "checksum mismatch" in caught.value.quote


def test_a_tinygo_of_the_persons_own_is_not_taken(tmp_path: Path) -> None:
    own = TinyGo(Path("/opt/tinygo/bin/tinygo"), "0.41.1", "PATH")
    with pytest.raises(BundleError, match="is from PATH") as caught:
        copy_tinygo(own, tmp_path / "copy")
    assert "lab setup" in caught.value.hint


def test_a_release_is_taken_as_it_is(tmp_path: Path) -> None:
    program = tmp_path / "release" / "bin" / "tinygo"
    program.parent.mkdir(parents=True)
    program.write_text("release", encoding="utf-8")
    copy_tinygo(TinyGo(program, "0.41.1", "archive"), tmp_path / "copy")
    assert (tmp_path / "copy" / "bin" / "tinygo").read_text() == "release"
    assert not (tmp_path / "copy" / "system").exists()


def test_the_target_names_the_copies_beside_it() -> None:
    built = {
        "cflags": ["-mbulk-memory", "-isystem", "/usr/include/wasm32-wasi"],
        "ldflags": [
            "--stack-first",
            "/usr/lib/wasm32-wasi/libc.a",
            "/usr/lib/llvm-19/lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a",
        ],
    }
    changed = relocated(built)
    assert "/usr/" not in json.dumps(changed)
    assert "/usr/" in json.dumps(built)
    assert changed["cflags"] == ["-mbulk-memory", "-isystem", "{root}/system/wasi/include"]


def test_a_tinygo_that_was_built_here_names_nothing_outside_of_its_copy(tmp_path: Path) -> None:
    tinygo = find_tinygo()
    if tinygo.source != "source":
        pytest.skip("this machine's TinyGo is a release, which is whole by itself")
    copy = tmp_path / "my copy"
    copy_tinygo(tinygo, copy)
    assert (copy / "installed-by").read_text() == "source\n"
    assert "/usr/" not in (copy / "targets" / "wasip1.json").read_text().replace("{root}", "")
    # Each library that is asked for is beside it, or is glibc's.
    environment = {"LD_LIBRARY_PATH": str(copy / "system" / "lib")}
    for program in (copy / "libexec" / "tinygo", *(copy / "system" / "libexec").iterdir()):
        said = subprocess.run(
            ["ldd", str(program)], env=environment, capture_output=True, text=True, check=True
        ).stdout
        outside = [line for line in said.splitlines() if "=> /" in line and str(copy) not in line]
        names = {line.split()[0].partition(".")[0] for line in outside}
        assert names <= {"libc", "libm", "libresolv", "libpthread", "libdl", "librt"}, said
    version = subprocess.run(
        [str(copy / "bin" / "tinygo"), "version"], capture_output=True, text=True, check=False
    )
    assert "0.41.1" in version.stdout


def test_the_file_is_named_after_whom_it_is_for() -> None:
    assert bundle_name(Host("linux-x86_64", "3.11.2", "2.36"), ["3.11", "3.12"]) == (
        "envoy-wasm-lab-linux-x86_64-python3.11-3.12.run"
    )


@pytest.mark.parametrize("python", ["3", "3.10", "3.12.1", "2.7", "python3.12", "", "3.x"])
def test_what_is_no_python_version_is_said_so(python: str) -> None:
    refuse_python(["3.11", "3.14"])
    with pytest.raises(BundleError, match="no Python version") as caught:
        refuse_python(["3.11", python])
    assert "3.12" in caught.value.hint


def test_the_tools_come_out_once_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An install that is interrupted leaves nothing; the next one is not disturbed by it."""
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}/bin")
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "tinygo").write_text("#!/bin/sh\necho tinygo version 0.41.1\n")
    (root / "bin" / "tinygo").chmod(0o755)
    (root / "installed-by").write_text("source\n")
    (tmp_path / "parts").mkdir()
    pack_folder(root, tmp_path / "parts" / "tinygo.tar.gz")
    (tmp_path / "parts" / "go-modules.tar.gz").write_bytes(b"not reached")
    manifest = _for_here()
    write_bundle(tmp_path / "lab.run", tmp_path / "parts", manifest)
    toolchain = tmp_path / "cache" / "toolchain"

    def interrupted(*_words: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(receiving, "unpack_tar", interrupted)
        with pytest.raises(KeyboardInterrupt):
            receiving.unbundle_tools(tmp_path / "lab.run", Console(file=io.StringIO()))
    assert [path.name for path in toolchain.iterdir()] == ["install.lock"]
    with pytest.raises(BundleError, match=r"go-modules.tar.gz cannot be unpacked"):
        receiving.unbundle_tools(tmp_path / "lab.run", Console(file=io.StringIO()))
    assert find_tinygo().source == "source"
    left = [path.name for path in (tmp_path / "cache").iterdir()]
    assert left == ["toolchain"]


def _for_here() -> Manifest:
    host = Host.this()
    return dataclasses.replace(
        MANIFEST,
        platform=host.platform,
        pythons=(host.python.rpartition(".")[0],),
        glibc=host.glibc,
        lock=sha256_of_text_file(ROOT / "requirements.lock"),
        go_sum=sha256_of_text_file(*(ROOT / name for name in GO_SUMS)),
    )


def run_first_words(file: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=file.parent,
        env=os.environ | {"PYTHON": sys.executable} | environment,
    )


def test_the_shell_script_says_what_is_wrong(tmp_path: Path) -> None:
    cut = tmp_path / "cut.run"
    cut.write_bytes(FIRST_WORDS.read_bytes() + b"PK\x03\x04\x00\xff half of it")
    run = run_first_words(cut)
    assert run.returncode == 1
    assert "only a part of a bundle" in run.stderr
    run = run_first_words(cut, PYTHON="python9.99")
    assert run.returncode == 1
    assert "There is no python9.99" in run.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.run"]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A Python without any package, as the machine has on which a bundle is opened."""
    program = tmp_path / "bin" / "bare"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


def test_a_bundle_is_opened_without_the_labs_packages(tmp_path: Path, bare: Path) -> None:
    package = Path(lab_helpers.__file__).parent
    bundle = tmp_path / "lab.run"
    bundle.write_bytes(FIRST_WORDS.read_bytes())
    with zipfile.ZipFile(bundle, "a") as archive:
        for name in making.CODE:  # and nothing else
            archive.write(package / name, Path("lab_helpers", name))
    run = run_first_words(bundle, PYTHON=str(bare))
    assert run.returncode == 1
    assert run.stderr.startswith("✗ ")
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("command", [("check",), ("wheels", "place")], ids=["check", "wheels"])
def test_setup_asks_a_bundle_without_the_labs_packages(
    tmp_path: Path, bare: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "lab.run").write_bytes(FIRST_WORDS.read_bytes())
    alone = Path(lab_helpers.__file__).parent / "bundle" / "alone.py"
    what, *places = command
    words = [str(bare), "-I", str(alone), what, str(tmp_path / "lab.run")]
    words += [str(tmp_path / place) for place in places]
    run = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert run.returncode == 1
    assert run.stderr.startswith("✗ ")
    assert "Traceback" not in run.stderr


def test_setup_opens_bundles_that_way_alone() -> None:
    said = (ROOT / "bootstrap.sh").read_text(encoding="utf-8")
    assert said.count('"$PYTHON" -I lab_helpers/bundle/alone.py') == 2
    assert "-m lab_helpers" not in said.replace('"$VENV_PYTHON" -m lab_helpers', "")


def test_one_bundle_is_made_at_a_time_and_a_killed_ones_parts_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    (tmp_path / ".bundling-killed" / "parts").mkdir(parents=True)
    with making._scratch() as folder:  # noqa: SLF001  # the whole of it takes a minute
        assert [path.name for path in tmp_path.glob(".bundling-*")] == [folder.name]
        with pytest.raises(BundleError, match="Another `lab bundle` is at work"):
            making._scratch().__enter__()  # noqa: SLF001
        assert folder.is_dir()  # the first one's is left alone
    assert list(tmp_path.glob(".bundling-*")) == []
    with making._scratch():  # noqa: SLF001  # free again
        assert len(list(tmp_path.glob(".bundling-*"))) == 1


def test_ctrl_c_before_a_bundle_is_read_shows_no_stack_trace(tmp_path: Path) -> None:
    bundle = tmp_path / "lab.run"
    bundle.write_bytes(FIRST_WORDS.read_bytes())
    interrupted = "import signal; signal.raise_signal(signal.SIGINT)"
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("lab_helpers/__init__.py", "")
        archive.writestr("lab_helpers/bundle/__init__.py", interrupted)
    run = run_first_words(bundle)
    assert (run.returncode, run.stderr) == (-signal.SIGINT, "")
