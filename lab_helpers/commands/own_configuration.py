"""The configuration that one of the lab's own filters comes with."""

from __future__ import annotations

from pathlib import Path

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import repository_folder

__all__ = ["own_configuration"]

# Not the service: its one module is two plugins, and `lab up service` shows the filter alone.
_WITH_ONE = ("gate", "upstream")


def own_configuration(filter_dir: Path | str) -> Configuration | None:
    """Read `envoy/NAME.yaml` where a filter of the lab's own needs it.

    The gate without its keys lets nobody pass, and the upstream's filter needs an upstream.

    Args:
        filter_dir: The filter's folder, as `compile_filter` takes it.

    Returns:
        The configuration; None for a filter that the article's fits.

    Raises:
        ConfigurationError: There is no such folder, or the file cannot be read.
    """
    folder = source_folder(filter_dir)
    if folder.parent != repository_folder() / "filter" or folder.name not in _WITH_ONE:
        return None
    return Configuration.read(repository_folder() / "envoy" / f"{folder.name}.yaml")
