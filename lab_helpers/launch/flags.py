"""The command-line flags that every Envoy of the lab is started with."""

from __future__ import annotations

from lab_helpers.board.parsing import LOG_FORMAT

__all__ = ["envoy_flags"]


def envoy_flags(
    workers: int,
    *,
    main_level: str = "warning",
    wasm_level: str = "info",
    libraries: str = "",
) -> list[str]:
    """Return the flags.

    The log goes to standard error, for `--log-path` delays lines by up to 10 s (measured).

    Args:
        workers: How many worker threads.
        wasm_level: The level of the component `wasm`; at `trace` it tells of each crossing.
        main_level: The level of the component `main`; at `debug` each worker says that it started.
        libraries: The level of the component `dynamic_modules`; "" for none, as an Envoy that knows
            no such component ends at its name.

    Returns:
        The words after the binary's name, but for the configuration's.
    """
    heard = f",dynamic_modules:{libraries}" if libraries else ""
    return [
        "--concurrency",
        str(workers),
        "-l",
        "warning",
        "--component-log-level",
        f"wasm:{wasm_level},main:{main_level}" + heard,
        "--log-format",
        LOG_FORMAT,
        "--disable-hot-restart",
        "--drain-time-s",
        "1",
    ]
