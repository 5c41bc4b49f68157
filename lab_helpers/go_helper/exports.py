"""Which of the SDK's exports lead to a filter's own code: the Go helper reads its types."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from lab_helpers.go_helper.asking import ask_go_helper
from lab_helpers.go_helper.beside import Beside
from lab_helpers.go_helper.building import built_go_helper

__all__ = ["ExportUse", "ExportUseBeside", "read_export_use"]

# As long as the helper itself may take: whether a module is trimmed is no matter of patience.
_PATIENCE_S = 125.0


@dataclasses.dataclass(frozen=True, slots=True)
class ExportUse:
    """What a filter makes of the callbacks that the SDK exports for it.

    Attributes:
        used: The exports behind which there is code of the filter.
        unused: Those behind which there is only the SDK's own answer.
        unknown: Why nothing is known of this filter; "" where it is.
        settled: Whether the same source gets the same answer the next time.
    """

    used: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    unknown: str = ""
    settled: bool = True


def read_export_use(folder: Path, tags: str, program: Path | None = None) -> ExportUse:
    """Read a filter's source, and say which of the SDK's exports it needs.

    Args:
        folder: The filter's folder.
        tags: The compiler's build tags, with commas between.
        program: The Go helper, where it is known to be built; else it is built if need be.

    Raises:
        ToolchainError: There is no Go, or the source does not compile; the reason is quoted.
    """
    answer = ask_go_helper("exports", str(folder), tags, program=program)
    return ExportUse(tuple(answer["used"]), tuple(answer["unused"]), answer["unknown"])


class ExportUseBeside:
    """The use of exports, looked for while the filter is compiled."""

    def __init__(self, folder: Path, tags: str) -> None:
        """Begin.

        Args:
            folder: The filter's folder.
            tags: The compiler's build tags, with commas between.
        """
        self._found = Beside(lambda: read_export_use(folder, tags, built_go_helper()), "exports")

    def wait(self) -> ExportUse:
        """Return what was found, or why nothing is known; it never fails."""
        found = self._found.wait(_PATIENCE_S)
        return ExportUse(unknown=found, settled=False) if isinstance(found, str) else found
