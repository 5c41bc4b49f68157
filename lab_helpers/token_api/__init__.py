"""The JWT service that the filter asks for its tokens, and the upstream: one real HTTP server."""

from __future__ import annotations

from lab_helpers.token_api.api import TokenApi
from lab_helpers.token_api.faults import Fault
from lab_helpers.token_api.records import ASKED_KEPT
from lab_helpers.token_api.signing import Verdict, fingerprint, verify_token

__all__ = ["ASKED_KEPT", "Fault", "TokenApi", "Verdict", "fingerprint", "verify_token"]
