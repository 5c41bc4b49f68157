"""Save a drawing to a file, with the words that say what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab_helpers.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["picture_file", "save_figure"]

_DPI = 150
# In which of a format's own fields the words go: programs show and search them.
_WORDS_IN = {".svg": "Description", ".png": "Description", ".pdf": "Subject"}


def picture_file(file: Path | str) -> Path:
    """Return where a picture goes; before it is made, so that a person need not wait for a refusal.

    Args:
        file: The file; `~` is the home folder.

    Raises:
        ConfigurationError: Pictures have no such format.
    """
    target = Path(file).expanduser().resolve()
    if target.suffix.lower() not in _WORDS_IN:
        raise ConfigurationError(
            f"A picture cannot be saved as {target.name}.",
            hint="a name that ends in .svg, .png or .pdf",
        )
    return target


def save_figure(figure: Figure, file: Path | str, words: str) -> Path:
    """Save a drawing.

    Args:
        figure: The drawing.
        file: Where to; its suffix says how: `.svg` and `.pdf` stay sharp at any size, `.png` goes
            everywhere.
        words: What it shows, for those who do not see it; it is kept in the file.

    Returns:
        The file's path.

    Raises:
        ConfigurationError: There is no such format, or the file cannot be written.
    """
    target = picture_file(file)
    try:
        figure.savefig(target, dpi=_DPI, metadata={_WORDS_IN[target.suffix.lower()]: words})
    except OSError as error:
        raise ConfigurationError(
            f"The picture cannot be written to {target}.",
            quote=str(error.strerror or error),
            hint="name a file in a folder that exists and is yours",
        ) from error
    return target
