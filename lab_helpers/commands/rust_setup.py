"""What `lab setup` does for Rust, which nobody needs to have."""

from __future__ import annotations

from collections.abc import Iterator

from lab_helpers.errors import ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.toolchain.rust import fetch_crates, find_rust

__all__ = ["prepare_rust"]


def prepare_rust() -> Iterator[str]:
    """Fetch the crates of the lab's filter in Rust, where there is a Rust for Wasm.

    Yields:
        What to print. Where something is missing, that is no failure: the lab brings the module.
    """
    try:
        rust = find_rust()
    except ToolchainError:
        yield "  · no Rust for Wasm here: filter/hello_rust runs as the module that the lab brings"
        return
    yield "  · Fetching the crates of filter/hello_rust (seconds)"
    problem = fetch_crates(rust, repository_folder() / "filter" / "hello_rust")
    if problem:
        yield f"  ! they cannot be fetched now: {problem.splitlines()[-1].strip()}"
    else:
        yield f"  ✓ Rust {rust.version}, for {rust.target}"
