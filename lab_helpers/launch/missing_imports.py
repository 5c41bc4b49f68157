"""A module that wants what Envoy has not: for which host it was built, and how to build it."""

from __future__ import annotations

import re

from lab_helpers.launch.causes import Cause

__all__ = ["missing_import"]

_BUILD = (
    "build it for WASI: `tinygo build -target=wasi -buildmode=c-shared`, or"
    " `GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared`"
)
# By the import, as `module.name`: what such a module was made for, and how to make a filter of it.
_HOSTS = (
    (r"^(?:gojs|go)\.", "it was built for JavaScript (GOOS=js, or TinyGo's -target=wasm)", _BUILD),
    (
        r"^(?:wbg|__wbindgen\w*)\.",
        "it was built for JavaScript (wasm-bindgen)",
        "build it with the crate proxy-wasm, for --target wasm32-wasip1",
    ),
    (
        r"^wasi:",
        "it was built for WASI 0.2",
        "build it for the first WASI: -target=wasi for TinyGo, wasm32-wasip1 for Rust",
    ),
    (
        r"^wasi_\w+\.",
        "Envoy has only a part of WASI",
        "leave out what calls it: a filter has no files, sockets or threads",
    ),
    (
        r"^env\.proxy_",
        "its SDK speaks another version of Proxy-Wasm, or another host's",
        "build it with an SDK for Proxy-Wasm 0.2.1, which is Envoy's",
    ),
    (
        r"^env\.abort$",
        "it was built by AssemblyScript as a program of its own",
        "build it with `--use abort=abort_proc_exit` and the proxy-wasm SDK for AssemblyScript",
    ),
    (
        r"^env\.",
        "its build left that open for the host",
        "define it in the filter, or leave out what calls it",
    ),
    (r"^", "it was built for another host than Envoy", _BUILD),
)


def missing_import(name: str, quote: str) -> Cause:
    """Return why a module cannot be linked.

    Args:
        name: The import that Envoy has not, as `module.name`.
        quote: Envoy's words.
    """
    why, hint = next((why, hint) for host, why, hint in _HOSTS if re.search(host, name))
    return Cause(f"The module wants {name} of its host, which Envoy has not: {why}.", quote, hint)
