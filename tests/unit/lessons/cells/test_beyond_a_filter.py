"""A cell with what a filter cannot have gets no ✓, although Go compiles it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.compiling.limits import beyond_a_filter, doubtful_imports
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.cells.workspace import start_filter

TICK = "package main\n\nIMPORT\n\nfunc (plugin *pluginContext) OnTick() {\n\tBODY\n}\n"


@pytest.fixture
def mine(work: Path) -> Path:
    start_filter("mine")
    return work / "filters" / "mine"


def cell(body: str, path: str = "") -> str:
    return TICK.replace("IMPORT", f'import "{path}"' if path else "").replace("BODY", body)


@pytest.mark.parametrize(
    ("body", "path", "line", "words", "hint"),
    [
        ("go func() { plugin.ticks++ }()", "", 6, "goroutine without a", "no goroutines"),
        ("go plugin.OnTick()", "", 6, "goroutine without a", "no goroutines"),
        ("c := make(chan int)\n\tc <- 1", "", 6, "scheduler is disabled", "cannot wait"),
        ("select {}", "", 6, "scheduler is disabled", "cannot wait"),
        ("<-time.After(1)", "time", 6, "scheduler is disabled", "cannot wait"),
        ("t := time.NewTicker(1)\n\tt.Stop()", "time", 6, "timers not supported", "OnTick"),
        ('_, _ = http.Get("http://a/")', "net/http", 3, "not in std", "no sockets"),
        ("println(tls.VersionTLS13)", "crypto/tls", 3, "what crypto/tls needs", "no sockets"),
        (
            "_, stop := context.WithCancel(context.Background())\n\tstop()",
            "context",
            3,
            "what context needs: attempted to start a goroutine",
            "no goroutines",
        ),
    ],
)
def test_what_a_filter_cannot_have_is_marked(
    mine: Path, body: str, path: str, line: int, words: str, hint: str
) -> None:
    shown = save_go("mine/tick.go", cell(body, path))
    assert isinstance(shown, Source)
    assert "✓" not in shown.text
    assert words in shown.problems[line]
    assert hint in shown.text.splitlines()[0]
    assert len(shown.text) < 3_000  # not all that Go's own library lacks


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('println("go func() {}() <- chan") // go home; select {', ""),
        ("plugin.ticks = int(time.Now().Unix())", "time"),
        ("_, _ = json.Marshal(1)", "encoding/json"),
        ("var m sync.Mutex\n\tm.Lock()\n\tm.Unlock()", "sync"),
        ("var p fastjson.Parser\n\t_ = p", "github.com/valyala/fastjson"),
        ("_ = context.Background()", "context"),  # TinyGo is asked, and takes this much of it
    ],
)
def test_what_a_filter_can_have_gets_its_mark(mine: Path, body: str, path: str) -> None:
    assert save_go("mine/tick.go", cell(body, path)).text.startswith("✓")


def test_the_labs_own_filters_have_nothing_of_it() -> None:
    root = Path(__file__).resolve().parents[4] / "filter"
    for folder in (root / "hello", root / "token"):
        assert beyond_a_filter(folder) == ()
        assert doubtful_imports(folder) == ()


@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("github.com/tidwall/gjson", 'import "github.com/valyala/fastjson"'),
        ("sigs.k8s.io/yaml", 'import "gopkg.in/yaml.v3"'),
        ("github.com/json-iterator/go", 'import "github.com/valyala/fastjson"'),
        ("github.com/google/uuid", "in a terminal"),
    ],
)
def test_a_module_that_is_missing_gets_its_command_and_what_is_there(
    mine: Path, path: str, ours: str
) -> None:
    text = save_go("mine/tick.go", f'package main\n\nimport _ "{path}"\n').text
    assert ours in text
    assert f"cd {mine.parent} && " in text
    assert f"go get {path}`" in text
    assert "with a network" in text
