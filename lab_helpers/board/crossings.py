"""Read Envoy's trace of the crossings between itself and a module: a pure function on a message.

With `--component-log-level wasm:trace` Envoy 1.36 to 1.40 writes one line for each step:

    [host->vm] proxy_on_tick(1)
    [vm->host] env.proxy_http_call(115530, 13, 125200, 102, 0, 0, 125328, 4, 5000, 65200)
    [vm<-host] env.proxy_http_call return: 0
    [host<-vm] proxy_on_tick return: void

The words are those of proxy-wasm-cpp-host, which Envoy uses (`include/proxy-wasm/wasm_vm.h` and
`src/v8/v8.cc` there).
"""

from __future__ import annotations

from lab_helpers.board.events import (
    Crossing,
    LogEvent,
    ModuleLoaded,
    OddTrace,
    Step,
    VmCreated,
    VmEnded,
)

__all__ = ["TRACE_LEVEL", "parse_crossing", "parse_vm_life"]

TRACE_LEVEL = "trace"

_STEPS = {step.value: step for step in Step}
_WORD = len(Step.ENTERED.value)
_WAYS_IN = (Step.ENTERED, Step.CALLED)
_ABI_MODULE = "env."
_RETURN = " return: "
_NOTHING = "void"


def parse_crossing(time: float, tid: int, message: str) -> Crossing | OddTrace | None:
    """Read one message of the logger `wasm` at the level `trace`.

    Args:
        time: When it was logged, in seconds since the epoch.
        tid: The thread that logged it.
        message: The message.

    Returns:
        The crossing; an `OddTrace` where it begins like one and reads otherwise; None where it is
        something else.
    """
    step = _STEPS.get(message[:_WORD])
    if step is None:
        return OddTrace(time, tid, message) if message.startswith("[") else None
    rest = message[_WORD + 1 :]
    try:
        if step in _WAYS_IN:
            function, bracket, values = rest.partition("(")
            if not bracket or values[-1] != ")":
                return OddTrace(time, tid, message)
            arguments = tuple(map(int, values[:-1].split(", "))) if len(values) > 1 else ()
            return Crossing(time, tid, step, function.removeprefix(_ABI_MODULE), arguments)
        function, word, value = rest.partition(_RETURN)
        if not word:
            return OddTrace(time, tid, message)
        result = None if value == _NOTHING else int(value)
        return Crossing(time, tid, step, function.removeprefix(_ABI_MODULE), (), result)
    except (IndexError, ValueError):
        return OddTrace(time, tid, message)


def parse_vm_life(time: float, tid: int, message: str) -> LogEvent | None:
    """Read what Envoy says at the level `debug` of a VM's beginning and end.

    Args:
        time: When it was logged, in seconds since the epoch.
        tid: The thread that logged it.
        message: The message.

    Returns:
        The event; None where the message is about something else.
    """
    if message.startswith("Base Wasm created"):
        return ModuleLoaded(time, tid)
    if message.startswith("Thread-Local Wasm created"):
        return VmCreated(time, tid)
    if message.startswith("~Wasm "):
        return VmEnded(time, tid)
    return None
