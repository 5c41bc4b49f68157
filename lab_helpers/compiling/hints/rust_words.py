"""What rustc and Cargo say of a filter in Rust, and what to try.

rustc itself often proposes something; that stands in the problem, below its first line.
"""

from __future__ import annotations

from lab_helpers.compiling.hints.slip import Slip

__all__ = ["RUST_WORDS"]

RUST_WORDS = (
    Slip(
        "write this into Cargo.toml, for a module that Envoy calls into: [lib], and below it"
        ' crate-type = ["cdylib"]',
        message=r"Cargo made no module",
    ),
    Slip(
        "install the standard library for it: `rustup target add wasm32-wasip1`",
        message=r"can't find crate for `(?:core|std)`",
    ),
    Slip(
        "compile once with a network: Cargo keeps what it has fetched",
        message=r"Could not resolve host|failed to download|[Cc]ouldn't connect|spurious network"
        r"|--offline was specified|network failure",
    ),
    Slip(
        "mend the crate's name, version or path in Cargo.toml",
        message=r"no matching package|failed to select a version|no such crate"
        r"|failed to load source",
    ),
    Slip(
        "mend Cargo.toml where it is marked",
        message=r"failed to parse manifest|TOML parse error|invalid table header|Cargo\.toml:\d+",
    ),
    Slip(
        "look for it where the SDK has it: in proxy_wasm::traits, ::types or ::hostcalls",
        message=r"could not find `\w+` in `proxy_wasm|no `\w+` in `(?:traits|types|hostcalls)`",
    ),
    Slip(
        "write what rustc proposes: `$better`",
        message=r"similar name(?: exists)?: `(?P<better>[^`]+)`",
    ),
    Slip(
        "begin with `use $path;`, as rustc proposes",
        message=r"help: consider importing (?:this|one of)[^\n]*: `use (?P<path>[\w:]+)",
    ),
    Slip(
        "declare `$name` first, or mend its spelling; what the SDK has is brought in by `use"
        " proxy_wasm::…;` at the top",
        message=r"cannot find (?:value|function|type|trait|macro|struct)[^`]*`(?P<name>\w+)`",
    ),
    Slip(
        "add the crate to Cargo.toml, under [dependencies], or mend its name",
        message=r"unresolved (?:import|module)|use of (?:undeclared|unresolved)",
    ),
    Slip(
        "end the statement with a semicolon: `;`", message=r"expected `;`|expected one of[^\n]*`;`"
    ),
    Slip(
        "close what was opened: there is one `{`, `(` or `[` more than its other half, or less",
        message=r"unclosed delimiter|mismatched closing delimiter|unexpected closing delimiter",
    ),
    Slip(
        "write the hook as the SDK's trait has it: its names and parameters stand in"
        " proxy_wasm::traits, on docs.rs",
        message=r"is not a member of trait|has an incompatible type for trait|E0050|E0053|E0407",
    ),
    Slip(
        "add it to the `impl`: a trait wants it, and has no answer of its own",
        message=r"not all trait items implemented",
    ),
    Slip(
        'a text in quotes is a `&str`; write "…".to_string() where a `String` is wanted, and &text'
        " the other way",
        message=r"expected `(?:String|&str)`, found `(?:&?str|String)`|E0308[^\n]*\n[^\n]*String",
    ),
    Slip(
        "give it a value of the type that rustc expects, or change the declaration",
        message=r"mismatched types",
    ),
    Slip(
        "a value has one owner: hand on a copy (`.clone()`), or lend it (`&`)",
        message=r"use of moved value|borrow of moved value|cannot move out",
    ),
    Slip(
        "write `let mut` for what is changed later, and `&mut self` where a hook changes its own"
        " fields",
        message=r"cannot (?:borrow|assign)[^\n]*(?:mutable|immutable|twice)|cannot assign to",
    ),
    Slip("give it as many arguments as its declaration has", message=r"takes \d+ [^\n]*arguments?"),
    Slip(
        "mend the name of the method, or bring its trait in: `use proxy_wasm::traits::*;`",
        message=r"no (?:method|function or associated item) named",
    ),
    Slip(
        "free some disk space there; or name other folders with TMPDIR, LAB_CACHE and LAB_WORK",
        message=r"[Nn]o space left on device",
    ),
)
