"""Where a file that a person names is to be written: looked at before the work that makes it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lab_helpers.errors import ConfigurationError

__all__ = ["output_file"]


def output_file(file: Path | str) -> Path:
    """Return where a file is to be written, and make its folder when missing.

    Args:
        file: The file; `~` is the home folder.

    Returns:
        Its whole path.

    Raises:
        ConfigurationError: No file can be written there.
    """
    target = Path(file).expanduser().resolve()
    if target.is_dir():
        raise ConfigurationError(
            f"{target} is a folder, so no file can be written there.",
            hint=f"name a file in it, such as {target / 'out'}{target.suffix}",
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Tried, not asked: to root every folder says that it may be written to, /proc as well.
        with tempfile.TemporaryFile(dir=target.parent):
            return target
    except OSError as error:
        raise ConfigurationError(
            f"{target.name} cannot be written to {target.parent}.",
            quote=str(error.strerror),
            hint="name a file in a folder that is yours",
        ) from error
