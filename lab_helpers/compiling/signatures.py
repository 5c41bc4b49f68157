"""A hook with another signature than the SDK's: marked where it is written.

Go reports it where the context is handed to the SDK, often in another file, and there only as a
type that "does not implement" an interface. The learner has to look at the method.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from lab_helpers.errors import CompileProblem

__all__ = ["HOOKS", "hook_as_the_sdk_has_it", "marked_at_the_method"]

# The parameters by the SDK's own names; what the method returns, Go's words tell.
HOOKS = {
    "NewHttpContext": "contextID uint32",
    "NewPluginContext": "contextID uint32",
    "NewTcpContext": "contextID uint32",
    "OnDownstreamClose": "peerType types.PeerType",
    "OnDownstreamData": "dataSize int, endOfStream bool",
    "OnHttpRequestBody": "bodySize int, endOfStream bool",
    "OnHttpRequestHeaders": "numHeaders int, endOfStream bool",
    "OnHttpRequestTrailers": "numTrailers int",
    "OnHttpResponseBody": "bodySize int, endOfStream bool",
    "OnHttpResponseHeaders": "numHeaders int, endOfStream bool",
    "OnHttpResponseTrailers": "numTrailers int",
    "OnHttpStreamDone": "",
    "OnNewConnection": "",
    "OnPluginDone": "",
    "OnPluginStart": "pluginConfigurationSize int",
    "OnQueueReady": "queueID uint32",
    "OnStreamDone": "",
    "OnTick": "",
    "OnUpstreamClose": "peerType types.PeerType",
    "OnUpstreamData": "dataSize int, endOfStream bool",
    "OnVMStart": "vmConfigurationSize int",
}
_WRONG = re.compile(
    r"(?:^|: )\*?(?P<type>[\w.]+) does not implement (?P<interface>[\w.]+)"
    r" \(wrong type for method (?P<method>\w+)\)"
)
_WANT = re.compile(r"^want (?P<method>\w+)\((?P<parameters>.*?)\)(?P<result>.*)$", re.MULTILINE)
_METHOD = (
    r"^func[ \t]*\([ \t]*(?:(?P<receiver>\w+)[ \t]+)?\*?{type}[ \t]*\)[ \t]*(?P<method>{name})\b"
)


def marked_at_the_method(problem: CompileProblem, folder: Path) -> CompileProblem:
    """Move a problem to the method that it is about.

    Args:
        problem: What the compiler found.
        folder: The filter's folder.

    Returns:
        The problem with the method's place, and all that the compiler said; itself where it is of
        another kind, or the method is not in this folder.
    """
    match = _WRONG.search(problem.message)
    if match is None:
        return problem
    first, _, signatures = problem.message.partition("\n")
    owner = match["type"].rpartition(".")[2]
    pattern = re.compile(
        _METHOD.format(type=re.escape(owner), name=re.escape(match["method"])), re.MULTILINE
    )
    for file in sorted(folder.glob("*.go")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if found := pattern.search(text):
            start = found.start("method")
            line = text.count("\n", 0, start) + 1
            column = start - text.rfind("\n", 0, start)
            return dataclasses.replace(
                problem,
                file=file.name,
                line=line,
                column=len(text[start - column + 1 : start].encode()) + 1,
                message=f"{match['method']} has another signature than {match['interface']}"
                f" wants:\n{signatures}\n{problem.file}:{problem.line}:{problem.column}: {first}",
                source_line=text.splitlines()[line - 1],
            )
    return problem


def hook_as_the_sdk_has_it(message: str, line: str) -> str:
    """Return how the beginning of a hook is written; "" where that is not known.

    Args:
        message: What the compiler said of its signature.
        line: How it is written now.
    """
    want = _WANT.search(message)
    if want is None or want["method"] not in HOOKS:
        return ""
    head, name, _ = line.partition(want["method"])
    return f"{head}{name}({HOOKS[want['method']]}){want['result']} {{"
