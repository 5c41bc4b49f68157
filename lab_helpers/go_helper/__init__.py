"""The lab's one Go program: it knows Go's syntax tree and types. Built at setup, asked here."""

from __future__ import annotations

from lab_helpers.go_helper.adopting import Change, GoAdoption, adopt_go
from lab_helpers.go_helper.advising import (
    Advice,
    AdviceBeside,
    AdviceGiven,
    prepare_go_helper,
    read_advice,
)
from lab_helpers.go_helper.building import build_go_helper, built_go_helper, helper_modules
from lab_helpers.go_helper.exports import ExportUse, ExportUseBeside, read_export_use
from lab_helpers.go_helper.signatures import Signature, Signatures, read_signatures

__all__ = [
    "Advice",
    "AdviceBeside",
    "AdviceGiven",
    "Change",
    "ExportUse",
    "ExportUseBeside",
    "GoAdoption",
    "Signature",
    "Signatures",
    "adopt_go",
    "build_go_helper",
    "built_go_helper",
    "helper_modules",
    "prepare_go_helper",
    "read_advice",
    "read_export_use",
    "read_signatures",
]
