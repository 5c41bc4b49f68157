"""See an Envoy live in a notebook: `Dashboard`, or its parts `Lanes`, `Headers`, `Controls`."""

from __future__ import annotations

from lab_helpers.dashboard.controls import Controls
from lab_helpers.dashboard.dashboard import Dashboard, Headers, Lanes

__all__ = ["Controls", "Dashboard", "Headers", "Lanes"]
