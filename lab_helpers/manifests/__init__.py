"""A filter on its way to Kubernetes: manifests for Istio and Envoy Gateway, and an image."""

from __future__ import annotations

from lab_helpers.manifests.order import FailurePolicy, Order
from lab_helpers.manifests.writing import Written, write_manifests

__all__ = ["FailurePolicy", "Order", "Written", "write_manifests"]
