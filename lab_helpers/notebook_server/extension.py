"""Begin with the server: make the copies, and tell the page where they are."""

from __future__ import annotations

import json
import os

from jupyter_server.serverapp import ServerApp

from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.copies.folder import (
    lessons_folder,
    make_copies,
    offered,
    pages_to_read,
    word_for,
)
from lab_helpers.notebook_server.places import Places

__all__ = ["load"]


def load(server: ServerApp) -> None:
    """Make the lessons' copies, and say which lessons are newer than theirs.

    Args:
        server: Jupyter's.
    """
    try:
        make_copies()
        newer = offered()
    except LabError as error:
        # The server has more to show than lessons.
        server.log.error("The lessons' copies: %s", error)  # noqa: TRY400  # no stack trace
        return
    for copy in newer:
        server.log.warning(
            "Lesson %s is newer than your copy of it. To take it: lab reset %s (yours is kept)",
            copy.stem,
            word_for(copy),
        )
    places = Places(server.root_dir)
    page = server.web_app.settings.setdefault("page_config_data", {})
    page["labLessons"] = places.path_of(lessons_folder())
    editing = bool(os.environ.get("LAB_EDIT_LESSONS"))
    originals = places.path_of(repository_folder() / "notebooks")
    page["labOriginals"] = "" if editing else originals
    page["labToRead"] = json.dumps(pages_to_read())
