"""The files that JupyterLab opens and saves: a lesson's copy is made when it is first asked for.

Nothing of a copy is lost when a page saves over a newer one; the lab's own lessons are only read.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.filecheckpoints import AsyncFileCheckpoints
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError
from traitlets import default

from lab_helpers.errors import LabError
from lab_helpers.lessons.copies.folder import is_original, make_copy
from lab_helpers.lessons.copies.saving import keep_what_is_newer
from lab_helpers.notebook_server.places import Places

__all__ = ["LabCheckpoints", "LabFiles"]


class LabCheckpoints(AsyncFileCheckpoints):
    """Jupyter's checkpoints, also of what is shown from elsewhere."""

    @functools.cached_property
    def _places(self) -> Places:
        return Places(self.root_dir)

    def _get_os_path(self, path: str) -> str:
        found = self._places.file_of(path)
        return str(super()._get_os_path(path)) if found is None else str(found)


class LabFiles(AsyncLargeFileManager):
    """Jupyter's files, and what the lab adds to them."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        if self._places.elsewhere:
            # Jupyter judges by the way from its root whether a file is hidden, and there is none.
            # So what begins with a dot is not listed instead.
            self.allow_hidden = True
            self.hide_globs = [*self.hide_globs, ".*"]

    @functools.cached_property
    def _places(self) -> Places:
        return Places(self.root_dir)

    @default("checkpoints_class")
    def _checkpoints_class(self) -> type[LabCheckpoints]:
        return LabCheckpoints

    def _get_os_path(self, path: str) -> str:
        found = self._places.file_of(path)
        return str(super()._get_os_path(path)) if found is None else str(found)

    def is_writable(self, path: str) -> bool:
        """Return whether a file may be written: not one of the lab's own lessons."""
        return bool(super().is_writable(path)) and not self._is_read_only(path)

    async def _dir_model(self, path: str, content: bool = True) -> dict[str, Any]:
        model: dict[str, Any] = await super()._dir_model(path, content)
        if content and not path.strip("/"):
            there = {entry["name"] for entry in model["content"]}
            besides = [name for name in self._places.elsewhere if name not in there]
            model["content"] += [await self.get(name, content=False) for name in besides]
        return model

    async def get(self, path: str, *options: object, **more: object) -> dict[str, Any]:
        """Return a file; a lesson's copy that is missing is made."""
        await self._guarded(make_copy, Path(self._get_os_path(path)))
        model: dict[str, Any] = await super().get(path, *options, **more)
        return model

    async def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        """Save a file; what is newer in a lesson's copy than in the page is kept beside it."""
        self._refuse_originals(path)
        content = model.get("content")
        if isinstance(content, dict):
            await self._guarded(keep_what_is_newer, Path(self._get_os_path(path)), content)
        saved: dict[str, Any] = await super().save(model, path)
        return saved

    async def delete_file(self, path: str) -> None:
        """Remove a file."""
        self._refuse_originals(path)
        await super().delete_file(path)

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Give a file another name, or another place."""
        self._refuse_originals(old_path)
        self._refuse_originals(new_path)
        await super().rename_file(old_path, new_path)

    def _is_read_only(self, path: str) -> bool:
        return not os.environ.get("LAB_EDIT_LESSONS") and is_original(
            Path(self._get_os_path(path)).resolve()
        )

    def _refuse_originals(self, path: str) -> None:
        if self._is_read_only(path):
            raise HTTPError(
                403,
                "This is the lab's own lesson, which stays as it is. Yours is in work/lessons."
                " Whoever writes lessons sets LAB_EDIT_LESSONS=1 before `make lab`.",
            )

    async def _guarded(self, do: Callable[..., object], *arguments: object) -> None:
        """Do what waits for a lock or a disk, and say in the page what the lab says."""
        try:
            await asyncio.to_thread(do, *arguments)
        except LabError as error:
            raise HTTPError(500, str(error)) from error
