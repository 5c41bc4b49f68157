"""Where a notebook's kernel begins: in its folder, also where that is shown from elsewhere."""

from __future__ import annotations

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

from lab_helpers.notebook_server.places import Places

__all__ = ["LabKernels"]


class LabKernels(AsyncMappingKernelManager):
    """Jupyter's kernels."""

    def cwd_for_path(self, path: str, **options: object) -> str:
        """Return the folder that a kernel begins in."""
        found = Places(self.root_dir).file_of(path)
        if found is None:
            return str(super().cwd_for_path(path, **options))
        return str(next(folder for folder in (found, *found.parents) if folder.is_dir()))
