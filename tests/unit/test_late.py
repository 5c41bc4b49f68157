"""Large libraries are loaded when they are first used, and not before."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab_helpers.late import late

# Each takes a tenth of a second or more; together they took nine tenths.
LARGE = {
    "IPython",
    "cryptography",
    "docker",
    "filelock",
    "httpx",
    "ipywidgets",
    "jwt",
    "matplotlib",
    "pooch",
    "psutil",
    "ruamel.yaml",
    "starlette",
    "uvicorn",
}


@pytest.mark.parametrize("name", ["Envoy", "compile_filter", "Fault", "LabError", "TokenApi"])
def test_a_name_of_the_lab_loads_no_large_library(name: str) -> None:
    code = f"import sys; from lab_helpers import {name}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "lab_helpers" in loaded
    assert LARGE.isdisjoint(loaded)


def test_a_late_module_is_loaded_at_its_first_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lately_wanted.py").write_text("VALUE = 5\nclass Kind: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = late("lately_wanted")
    assert "lately_wanted" not in sys.modules
    assert module.VALUE == 5
    assert sys.modules["lately_wanted"].Kind is module.Kind
    with pytest.raises(AttributeError, match=r"lately_wanted.*ABSENT"):
        _ = module.ABSENT


def test_a_library_that_is_not_there_is_said_at_its_first_use() -> None:
    module = late("no_such_library_at_all")
    with pytest.raises(ModuleNotFoundError, match="no_such_library_at_all"):
        _ = module.anything


def test_several_threads_may_be_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `importlib.util.LazyLoader` does not stand (CPython 3.11.7)."""
    (tmp_path / "slowly_loaded.py").write_text("import time\ntime.sleep(0.2)\nVALUE = 5\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = late("slowly_loaded")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(module.VALUE)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [5] * 8
