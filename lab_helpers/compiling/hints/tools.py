"""What keeps a compiler from beginning: a module that is missing, no network, a package."""

from __future__ import annotations

from collections.abc import Mapping

from lab_helpers.compiling.hints.slip import Slip, Spot
from lab_helpers.toolchain.go_flags import ANOTHER_PLACE, MEND_GOFLAGS, NO_PLACE, NO_SPACE

__all__ = ["MODULES", "NO_NETWORK", "PACKAGES", "TOOLS"]

# What Go says where it cannot reach the place that modules come from.
NO_NETWORK = (
    r"dial tcp|no such host|network is unreachable|connection refused|i/o timeout|proxyconnect"
    r"|TLS handshake timeout|failed to verify certificate|server misbehaving"
    r"|Temporary failure in name resolution|module lookup disabled by GOPROXY=off"
)
# What the lab's go.mod has already, by a word in the path of what does the same.
_ALREADY = {
    "gjson": ("JSON", "github.com/valyala/fastjson"),
    "sjson": ("JSON", "github.com/valyala/fastjson"),
    "json": ("JSON", "github.com/valyala/fastjson"),
    "sonic": ("JSON", "github.com/valyala/fastjson"),
    "yaml": ("YAML", "gopkg.in/yaml.v3"),
    "testify": ("tests", "github.com/stretchr/testify"),
    "assert": ("tests", "github.com/stretchr/testify"),
}
_IN_STD = {
    "json": "encoding/json",
    "base64": "encoding/base64",
    "hex": "encoding/hex",
    "csv": "encoding/csv",
    "sha256": "crypto/sha256",
    "hmac": "crypto/hmac",
    "rand": "math/rand",
    "url": "net/url",
    "utf8": "unicode/utf8",
    "string": "strings",
    "str": "strings",
    "re": "regexp",
    "random": "math/rand",
    "datetime": "time",
    "logging": "log",
    "sys": "os",
    "proxywasm": "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm",
    "types": "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types",
    "proxytest": "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest",
    "fastjson": "github.com/valyala/fastjson",
    "gjson": "github.com/tidwall/gjson",
}
_SOCKETS = {"requests", "urllib", "aiohttp", "httpx", "socket"}
_GOROUTINE = (
    "a filter has no goroutines: Envoy calls it and waits, so do it in OnTick or in the callback of"
    " `proxywasm.DispatchHttpCall`"
)


def _module(spot: Spot, groups: Mapping[str, str]) -> str:
    path = groups["path"]
    word = next((word for word in _ALREADY if word in path.lower()), "")
    what, ours = _ALREADY.get(word, ("", ""))
    get = f"`{spot.get} {path}` in a terminal, with a network"
    if ours and path != ours:
        return f'import "{ours}", the {what} that the lab has already; else {get}'
    return f"{get}; else look at the path's spelling"


def _not_in_std(_spot: Spot, groups: Mapping[str, str]) -> str:
    path = groups["path"]
    if path in _SOCKETS or path.partition("/")[0] == "net":
        return "a filter has no sockets: ask through Envoy, with `proxywasm.DispatchHttpCall`"
    known = _IN_STD.get(path)
    return f'write the whole path: `import "{known}"`' if known else ""


PACKAGES = (
    Slip(_GOROUTINE, message="goroutine without a scheduler"),
    Slip(
        "a filter cannot wait: go on in OnTick, or in a callback of `proxywasm.DispatchHttpCall`",
        message=r"a channel that has to wait",
    ),
    Slip(
        "let Envoy call you: `proxywasm.SetTickPeriodMilliSeconds`, and a method OnTick",
        message=r"Go's timers end the filter",
    ),
    Slip(
        "a filter has no sockets: ask through Envoy, with `proxywasm.DispatchHttpCall`",
        message=r"cannot compile what (?:net|crypto/(?:tls|x509))\b|undefined: syscall\.",
    ),
    Slip(
        "leave the package out: a filter has no threads, sockets or files",
        message=r"cannot compile what",
    ),
    Slip(_not_in_std, message=r"package (?P<path>\S+) is not in std"),
    Slip("check the spelling of the import's path", message="is not in std"),
    Slip("check the spelling of the import's path", message="malformed import path"),
)
MODULES = (
    Slip(
        "compile again with a network, or with GOPROXY naming your proxy: what is fetched stays",
        message=NO_NETWORK,
    ),
    Slip(
        'import "github.com/proxy-wasm/proxy-wasm-go-sdk$rest" instead; `lab adopt FOLDER`'
        " brings a whole filter over",
        message=r"github\.com/tetratelabs/proxy-wasm-go-sdk(?P<rest>(?:/[\w/]+)?)",
    ),
    Slip(
        "write the import as it stands in filter/go.mod: the SDK is"
        " github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm",
        message=r"package \S*proxy-wasm-go-sdk",
    ),
    Slip(
        _module,
        message=r"(?:cannot find module providing|no required module provides) package"
        r" (?P<path>[^\s:;]+)",
    ),
)
TOOLS = (
    Slip(
        "$command",
        message=r"(?:to add it|to add|to update it|to fix it)[^\n]*:\n\s*(?P<command>go .+)",
    ),
    Slip(
        "take a later Go (LAB_GO names one), or write `go 1.24` into go.mod",
        message=r"requires go >=|invalid go version|unknown directive: toolchain",
    ),
    Slip("begin each file of a filter with `package main`", message="exactly one main package"),
    Slip("begin each file of a filter with `package main`", message="found packages"),
    Slip(
        "sudo apt-get install binaryen, or name one with WASMOPT", message="could not find wasm-opt"
    ),
    Slip("leave an empty main there: `func main() {}`", message="function main is undeclared"),
    Slip(
        "keep the filter in a folder that has a go.mod, or below one",
        message="go.mod file not found|cannot find main module",
    ),
    Slip(
        "the Go modules are not there yet: run `lab setup` once", message="module lookup disabled"
    ),
    Slip(
        "free some disk space there; or name other folders with TMPDIR, GOCACHE and LAB_WORK",
        message=NO_SPACE,
    ),
    Slip(ANOTHER_PLACE, message=NO_PLACE),
    Slip(MEND_GOFLAGS, message=r"\$GOFLAGS"),
)
