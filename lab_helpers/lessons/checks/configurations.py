"""What several checks need of a configuration of the learner's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import learner_configurations
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.cell_lines import in_the_cell

__all__ = ["own_configuration", "routes_in"]


def own_configuration(name: str) -> Configuration:
    """Read a configuration of the learner's own.

    Args:
        name: Its name, such as `mine.yaml`.

    Raises:
        ConfigurationError: It is not there yet, or is none.
    """
    file = learner_configurations() / name
    if not file.is_file():
        raise ConfigurationError(
            f"There is no {name} of your own yet.",
            hint="run the lesson's cells from the one that calls start_configuration on",
        )
    try:
        return Configuration.read(file)
    except ConfigurationError as error:
        raise in_the_cell(error, file) from error


def routes_in(node: object) -> Iterator[Mapping[str, Any]]:
    """Yield each route below a part of a document, in the order in which Envoy tries them.

    Args:
        node: The part.
    """
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "routes" and isinstance(value, list):
                yield from (route for route in value if isinstance(route, Mapping))
            else:
                yield from routes_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from routes_in(value)
