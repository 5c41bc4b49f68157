"""Where configurations lie: the lab's own in `envoy/`, a learner's in `work/envoy`."""

from __future__ import annotations

from pathlib import Path

from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.languages import holds_source

__all__ = [
    "default_configuration",
    "filter_of",
    "find_configuration",
    "is_the_labs",
    "learner_configurations",
]


def default_configuration(*, library: bool = False) -> Path:
    """Return the article's configuration, `envoy/envoy.yaml`.

    Args:
        library: Whether it is to run a dynamic module: then `envoy/native.yaml`.
    """
    return repository_folder() / "envoy" / ("native.yaml" if library else "envoy.yaml")


def learner_configurations() -> Path:
    """Return the folder of the learner's own configurations, `work/envoy`; make it when missing."""
    folder = work_folder() / "envoy"
    folder.mkdir(exist_ok=True)
    return folder


def find_configuration(name: Path | str) -> Path:
    """Return where a configuration lies, so that a notebook need not know where it lies itself.

    Args:
        name: A path; or from anywhere `bare.yaml` for the lab's, `mine.yaml` for the learner's own.

    Returns:
        The learner's own of that name first, then the lab's; the path as given if neither is there.
    """
    path = Path(name).expanduser()
    own = work_folder() / "envoy" / path
    ours = repository_folder() / "envoy" / path
    places = (path, own, ours, repository_folder() / path)
    return next((place for place in places if place.is_file()), path)


def filter_of(configuration: Path | str | None) -> Path:
    """Return the folder of the lab's filter that a configuration is for: the one of its own name.

    Args:
        configuration: Its path or its name, as `find_configuration` takes it; None for the lab's.

    Returns:
        That of the token filter where the lab has none of that name.
    """
    filters = repository_folder() / "filter"
    file = find_configuration(configuration or default_configuration())
    own = filters / file.stem
    return own if is_the_labs(file) and holds_source(own) else filters / "token"


def is_the_labs(file: Path | None) -> bool:
    """Return whether a file is one of the lab's own; a learner's copy of it is the learner's.

    Args:
        file: The file; None for a text.
    """
    return file is not None and file.resolve().parent == repository_folder() / "envoy"
