"""Say what is there, what is missing, and what to do about it."""

from __future__ import annotations

import shutil
import sys

from lab_helpers.doctor.machine import (
    ARTICLE_PORTS,
    check_disk,
    check_folders,
    check_memory,
    check_ports,
    check_python,
)
from lab_helpers.doctor.memory import available_bytes
from lab_helpers.doctor.report import Check, Report, render
from lab_helpers.doctor.tools import (
    check_c,
    check_c_compiler,
    check_chromium,
    check_docker,
    check_envoy,
    check_go,
    check_rust,
    check_tinygo,
    check_wasm_opt,
    find_chromium,
    look,
)
from lab_helpers.folders import cache_folder
from lab_helpers.launch.ports import loopback_problem, port_is_free
from lab_helpers.toolchain.wasm_opt import find_wasm_opt

__all__ = ["Check", "Report", "examine", "render"]


def examine() -> Report:
    """Look at everything that the lab uses.

    Returns:
        One check for each, in the order in which a person would mend them. It never raises: what
        cannot be looked at is a line of the report.
    """
    docker = check_docker()
    tinygo = check_tinygo(docker)
    return Report(
        (
            check_python(sys.version_info[:3]),
            check_go(),
            tinygo,
            check_envoy(docker),
            docker,
            look("wasm-opt", lambda: check_wasm_opt(find_wasm_opt(), tinygo)),
            check_c_compiler(),
            look("C to Wasm", check_c),
            look("Rust to Wasm", check_rust),
            look("Folders", check_folders),
            check_ports(
                [port for port in ARTICLE_PORTS if not port_is_free(port)], loopback_problem()
            ),
            look("Memory", lambda: check_memory(available_bytes() // 1_000_000)),
            look("Disk", lambda: check_disk(shutil.disk_usage(cache_folder()).free // 1_000_000)),
            check_chromium(find_chromium()),
        )
    )
