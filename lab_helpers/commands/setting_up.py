"""The command `lab setup`: install what is missing, and do once what would hold up a person."""

from __future__ import annotations

from rich.console import Console

from lab_helpers.commands.rust_setup import prepare_rust
from lab_helpers.compiling.commands import prepare_toolchain
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import prepare_go_helper
from lab_helpers.lessons.copies.folder import make_copies
from lab_helpers.toolchain import install_toolchain

__all__ = ["run_setup"]


def run_setup(console: Console) -> None:
    """Install the tools, compile the token filter, and copy the lessons.

    Args:
        console: Where to say what is done.

    Raises:
        LabError: A tool cannot be installed, or the filter does not compile.
    """
    if prepare_toolchain(console) == "docker":
        console.print("  ✓ TinyGo's image (LAB_TOOLCHAIN=docker), so that none is installed")
    else:
        install_toolchain(console)
    # It downloads its own modules: where a bundle brought them, there is nothing to fetch.
    prepare_go_helper(lambda text: console.print(f"  · {text}", highlight=False))
    console.print("  ✓ the lab's Go helper")
    console.print("  · Compiling the token filter, so that the first start is quick (5 to 30 s)")
    compile_filter(repository_folder() / "filter" / "token", reuse=True)
    console.print("  ✓ the token filter")
    for line in prepare_rust():
        console.print(line, highlight=False)
    make_copies()  # for an editor that opens notebooks without Jupyter's server
