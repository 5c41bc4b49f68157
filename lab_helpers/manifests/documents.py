"""The objects themselves: what each API can say of a filter, and what it cannot."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lab_helpers.manifests.order import Order

__all__ = ["Document", "documents"]

_ISTIO_POLICIES = {
    "fail_closed": "FAIL_CLOSE",
    "fail_open": "FAIL_OPEN",
    "fail_reload": "FAIL_RELOAD",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """One object, and what a person should know of it.

    Attributes:
        file: The file's name.
        about: What stands above it, a line each.
        value: The object.
    """

    file: str
    about: tuple[str, ...]
    value: dict[str, object]


def documents(
    order: Order, digest: str, *, calls_out: bool, reads_shared: bool
) -> Iterator[Document]:
    """Yield an object for each API.

    Args:
        order: What is to be said.
        digest: The image's digest, in hex.
        calls_out: Whether the filter calls a cluster of Envoy's.
        reads_shared: Whether it reads the data that VMs share, which a Wasm Service may write.
    """
    more = [*_secrets(order), *(_SHARED if reads_shared else ())]
    wasm = _istio_wasm(order, digest)
    yield Document(
        "trafficextension.yaml",
        (
            "For Istio 1.30 and later.",
            *_FIRST,
            *_where(order),
            *(_ISTIO_CLUSTER if calls_out else ()),
            *more,
            *_NOT_ISTIO,
        ),
        {
            "apiVersion": "extensions.istio.io/v1alpha1",
            "kind": "TrafficExtension",
            "metadata": _metadata(order),
            "spec": {**_selector(order), "wasm": wasm},
        },
    )
    yield Document(
        "wasmplugin.yaml",
        (
            "For Istio before 1.30. Later ones take it, too, and prefer trafficextension.yaml.",
            *_FIRST,
            *_where(order),
            *(_ISTIO_CLUSTER if calls_out else ()),
            *more,
            *_NOT_ISTIO,
        ),
        {
            "apiVersion": "extensions.istio.io/v1alpha1",
            "kind": "WasmPlugin",
            "metadata": _metadata(order),
            "spec": {**_selector(order), **wasm},
        },
    )
    yield Document(
        "envoyextensionpolicy.yaml",
        (
            "For Envoy Gateway 1.9.",
            *_FIRST,
            f"It applies to the Gateway {order.gateway}: give its own name, in its namespace.",
            *(_GATEWAY_CLUSTER if calls_out else ()),
            *more,
            *_gateway_policy(order),
            *_NOT_GATEWAY,
        ),
        {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "EnvoyExtensionPolicy",
            "metadata": _metadata(order),
            "spec": {
                "targetRefs": [
                    {
                        "group": "gateway.networking.k8s.io",
                        "kind": "Gateway",
                        "name": order.gateway,
                    }
                ],
                "wasm": [
                    {
                        "name": order.object_name,
                        "rootID": order.name,
                        "failOpen": order.failure_policy == "fail_open",
                        "code": {"type": "Image", "image": {"url": order.image, "sha256": digest}},
                        **({"config": dict(order.settings)} if order.settings else {}),
                    }
                ],
            },
        },
    )


def _metadata(order: Order) -> dict[str, object]:
    return {"name": order.object_name, "namespace": order.namespace}


def _selector(order: Order) -> dict[str, object]:
    if order.selector is None:
        return {}
    name, value = order.selector
    return {"selector": {"matchLabels": {name: value}}}


def _istio_wasm(order: Order, digest: str) -> dict[str, object]:
    told: dict[str, object] = {
        "url": f"oci://{order.image}",
        "sha256": digest,
        "pluginName": order.name,
        "failStrategy": _ISTIO_POLICIES[order.failure_policy],
    }
    return told | ({"pluginConfig": dict(order.settings)} if order.settings else {})


def _where(order: Order) -> tuple[str, ...]:
    if order.selector is None:
        return (f"Without a selector it applies to every pod of the namespace {order.namespace}.",)
    return (f"It applies to the pods with the label {'='.join(order.selector)}.",)


def _secrets(order: Order) -> Iterator[str]:
    for key in order.secrets:
        yield f"! The setting {key} looks like a secret. Whoever may read this object reads it."


def _gateway_policy(order: Order) -> Iterator[str]:
    if order.failure_policy == "fail_reload":
        yield "! It cannot say fail_reload: a VM that has failed stays so, and requests get a 503."


_FIRST = (
    "First push the image: docs/kubernetes.md says how. `sha256` is the image's digest; a cluster",
    "refuses another one.",
)
_SHARED = (
    "! The filter reads data that VMs share. Where a Wasm Service writes it (filter/service does),",
    "  nothing will be there: no object of this API starts one.",
)
_ISTIO_CLUSTER = (
    "! The filter calls a cluster of Envoy's. Istio calls the cluster of a service",
    "  outbound|PORT||NAME.NAMESPACE.svc.cluster.local: give that in the settings, as `cluster`.",
)
_GATEWAY_CLUSTER = (
    "! The filter calls a cluster of Envoy's. Envoy Gateway names clusters after routes:",
    "  httproute/NAMESPACE/NAME/rule/NUMBER, of a route whose backend is the service. Give that in",
    "  the settings, as `cluster`; `egctl config envoy-proxy cluster` lists them.",
)
_NOT_ISTIO = (
    "It cannot say: how soon a failed VM is started again (Envoy's reload_config, 1 s), that a",
    "callback's StopIteration stops more than headers (allow_on_headers_stop_iteration), a module",
    "in a local file, a VM id shared with another filter, a Wasm Service.",
)
_NOT_GATEWAY = (
    "It cannot say: how soon a failed VM is started again, nor that it is; that a callback's",
    "StopIteration stops more than headers; a module in a local file; a Wasm Service. Where the",
    "module cannot be fetched, Envoy Gateway answers the route with 500.",
)
