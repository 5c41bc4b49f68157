"""Go, TinyGo and Envoy: find them, or install what is missing."""

from __future__ import annotations

from lab_helpers.toolchain.envoy_binary import EnvoyBinary, find_envoy
from lab_helpers.toolchain.go import Go, find_go, go_environment
from lab_helpers.toolchain.install import install_toolchain
from lab_helpers.toolchain.tinygo import TinyGo, find_tinygo

__all__ = [
    "EnvoyBinary",
    "Go",
    "TinyGo",
    "find_envoy",
    "find_go",
    "find_tinygo",
    "go_environment",
    "install_toolchain",
]
