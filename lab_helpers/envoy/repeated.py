"""A repeated field that is given as one value, as protobuf's JSON lets anybody write it.

`listeners: {address: …}` means a list with one listener (the Rust SDK's examples are written so).
The lab goes through lists, so those that it goes through are written as lists.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from lab_helpers.envoy.document import fields_of, walk
from lab_helpers.envoy.spelling import snake_case
from lab_helpers.late import late

if TYPE_CHECKING:
    from ruamel.yaml import comments
else:
    comments = late("ruamel.yaml.comments")

__all__ = ["as_lists"]

# The repeated fields that the lab looks into, each with the fields that it stands below; none where
# the name means the same wherever it stands.
_REPEATED: dict[str, tuple[str, ...]] = {
    "listeners": ("static_resources",),
    "clusters": ("static_resources",),
    "additional_addresses": ("listeners",),
    "listener_filters": ("listeners",),
    "filter_chains": (),
    "filters": ("filter_chains", "default_filter_chain"),
    "http_filters": (),
    "virtual_hosts": (),
    "domains": ("virtual_hosts",),
    "endpoints": ("load_assignment",),
    "lb_endpoints": (),
    "bootstrap_extensions": (),
}


def as_lists(root: MutableMapping[str, Any]) -> None:
    """Write a single value of a repeated field as a list of one.

    Args:
        root: The document, which is changed.
    """
    for way, node in walk(root):
        parent = "".join(fields_of(way)[-1:])
        for key, value in node.items():
            below = _REPEATED.get(snake_case(str(key)))
            if below is None or value is None or isinstance(value, list):
                continue
            if not below or parent in below:
                node[key] = comments.CommentedSeq([value])
