"""Read the text of a configuration: YAML or JSON, one document, and of Envoy's own kind."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from lab_helpers.envoy.document import yaml_format
from lab_helpers.envoy.yaml_slips import where_and_how
from lab_helpers.errors import ConfigurationError
from lab_helpers.late import late

if TYPE_CHECKING:
    from ruamel.yaml import error as yaml_error
else:
    yaml_error = late("ruamel.yaml.error")

__all__ = ["parse_text"]

# What to do with a Kubernetes resource, by its kind.
_COPY = "begin with a copy of envoy/envoy.yaml"
_KUBERNETES = {
    "WasmPlugin": f"{_COPY}, and hand its pluginConfig over as settings=",
    "TrafficExtension": f"{_COPY}, and hand its pluginConfig over as settings=",
    "EnvoyExtensionPolicy": f"{_COPY}, and hand its config over as settings=",
    "EnvoyFilter": f"{_COPY}, and put what stands below patch.value in place of its Wasm filter",
    "ConfigMap": "save the text below its data: as a file of its own, and name that file",
}
_KUBERNETES_ELSE = (
    "name the file that Envoy itself reads there: what it mounts as envoy.yaml, often kept in a"
    f" ConfigMap; or {_COPY}"
)


def parse_text(text: str, source: str) -> MutableMapping[str, Any]:
    """Return the one document that a text holds.

    Args:
        text: YAML, or JSON.
        source: What to call it in messages.

    Raises:
        ConfigurationError: It is neither, holds no mapping, several documents, or a resource of
            Kubernetes.
    """
    documents = [document for document in _documents(text, source) if document is not None]
    for document in documents:
        _refuse_kubernetes(document, source)
    if len(documents) > 1:
        raise ConfigurationError(
            f"{source} holds {len(documents)} documents, and Envoy reads one.",
            hint="save the one that begins with admin: or static_resources: as a file of its own",
        )
    if not documents or not isinstance(documents[0], MutableMapping):
        raise ConfigurationError(
            f"{source} holds no Envoy configuration.",
            hint="it must begin with keys such as admin: and static_resources:",
        )
    return documents[0]


def _documents(text: str, source: str) -> list[object]:
    try:
        return list(yaml_format().load_all(text))
    except yaml_error.YAMLError as error:
        if not text.lstrip().startswith("{"):
            raise _no_yaml(error, source, text) from error
        # JSON is YAML but for its tabs; without a line for each value, then.
        try:
            return [json.loads(text)]
        except json.JSONDecodeError as no_json:
            raise ConfigurationError(
                f"{source} is not valid JSON, nor YAML, at line {no_json.lineno},"
                f" column {no_json.colno}.",
                quote=no_json.msg,
                hint="check the comma, quote or bracket there, and just before it",
            ) from no_json


def _no_yaml(error: yaml_error.YAMLError, source: str, text: str) -> ConfigurationError:
    if not isinstance(error, yaml_error.MarkedYAMLError):
        return ConfigurationError(
            f"{source} is not valid YAML.",
            quote=str(error),
            hint="save it as plain text in UTF-8, without control characters",
        )
    mark, begun = error.problem_mark, error.context_mark
    said = " ".join(part for part in (error.context, error.problem) if part)
    if mark is None:
        return ConfigurationError(f"{source} is not valid YAML.", quote=said)
    no_colon = begun is not None and "could not find expected ':'" in said
    line, hint = where_and_how(text, mark.line + 1, begun.line + 1 if no_colon else None)
    column = mark.column + 1 if line == mark.line + 1 else 1
    return ConfigurationError(
        f"{source} is not valid YAML at line {line}, column {column}.", quote=said, hint=hint
    )


def _refuse_kubernetes(document: object, source: str) -> None:
    if not isinstance(document, MutableMapping) or "kind" not in document:
        return
    if "apiVersion" not in document and "spec" not in document:
        return
    kind = str(document["kind"])
    raise ConfigurationError(
        f"{source} is a Kubernetes resource ({kind}), not Envoy's own configuration.",
        quote=f"apiVersion: {document.get('apiVersion', '')}\nkind: {kind}",
        hint=_KUBERNETES.get(kind, _KUBERNETES_ELSE),
    )
