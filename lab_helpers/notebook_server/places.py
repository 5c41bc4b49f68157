"""What Jupyter's server shows besides what is below its root: the work folder, wherever that is.

`LAB_WORK` may name a folder anywhere, and a hub may begin in a person's home while the lab lies
elsewhere. The server then shows the work folder as `work`, and the lab's filters and configurations
beside it: so a lesson has the same address, and the same way to the files that it shows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from jupyter_server.utils import ApiPath, to_os_path
from tornado.web import HTTPError

from lab_helpers.folders import repository_folder, work_folder

__all__ = ["Places"]

_BESIDE = ("filter", "envoy")


class Places:
    """The files of a server, and what is shown among them from elsewhere.

    Args:
        root: The server's root folder.
    """

    def __init__(self, root: str) -> None:
        self._root = Path(root).resolve()
        self.elsewhere: Mapping[str, Path] = dict(self._found())

    def file_of(self, path: str) -> Path | None:
        """Return the file of a server's path; None where the server finds it by itself.

        Args:
            path: The path, with slashes, from the server's root.

        Raises:
            HTTPError: It leads out of what is shown.
        """
        first, _, rest = path.strip("/").partition("/")
        if first not in self.elsewhere:
            return None
        folder = self.elsewhere[first]
        # By the words alone, as Jupyter has it: a link in the folder leads where it likes.
        file = Path(os.path.abspath(to_os_path(ApiPath(rest), str(folder))))  # noqa: PTH100
        if not file.is_relative_to(folder):
            raise HTTPError(404, f"{path} is outside of {first}")
        return file

    def path_of(self, file: Path) -> str:
        """Return the server's path of a file; "" where it does not show it.

        Args:
            file: The file, or a folder.
        """
        resolved = file.resolve()
        for name, folder in self.elsewhere.items():
            if resolved.is_relative_to(folder):
                return "/".join([name, *resolved.relative_to(folder).parts])
        below = resolved.is_relative_to(self._root)
        return resolved.relative_to(self._root).as_posix() if below else ""

    def _found(self) -> Iterator[tuple[str, Path]]:
        lab, work = repository_folder(), work_folder()
        if self._root / "work" != work:
            # In the lab's own folder it takes the place of the one that is not used.
            free = self._root == lab or not (self._root / "work").exists()
            yield ("work" if free else "lab-work"), work
        if self._root != lab:
            there = [name for name in _BESIDE if not (self._root / name).exists()]
            yield from ((name, lab / name) for name in there)
