"""An OCI image that holds a module, as a folder that tools push to a registry.

Istio and Envoy Gateway pull three kinds of images (`pkg/wasm/imagefetcher.go` of istio.io/istio at
eed52ebb66ad, and `internal/wasm` of github.com/envoyproxy/gateway v1.9.0, which began as the same).
This is the one that every registry and every tool knows: a usual image with one layer, a packed
archive that holds `plugin.wasm`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

__all__ = ["INSIDE", "write_image"]

INSIDE = "plugin.wasm"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_LAYOUT = {"imageLayoutVersion": "1.0.0"}


def write_image(module: bytes, folder: Path, tag: str) -> str:
    """Write an OCI image layout, https://github.com/opencontainers/image-spec.

    The same module makes the same image: nothing in it tells of a time or a machine.

    Args:
        module: The Wasm module.
        folder: Where; it is there, and empty.
        tag: The image's tag.

    Returns:
        The image's digest, 64 digits in hex: that of its manifest.
    """
    archive = _archive(module)
    layer = _blob(folder, gzip.compress(archive, mtime=0))
    config = _json_blob(
        folder,
        {
            "architecture": "wasm",
            "os": "wasip1",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_sha256(archive)}"]},
        },
    )
    manifest = _json_blob(
        folder,
        {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": {"mediaType": _CONFIG, **config},
            "layers": [{"mediaType": _LAYER, **layer}],
        },
    )
    named = {"org.opencontainers.image.ref.name": tag}
    index = {
        "schemaVersion": 2,
        "manifests": [{"mediaType": _MANIFEST, **manifest, "annotations": named}],
    }
    _write_json(folder / "index.json", index)
    _write_json(folder / "oci-layout", _LAYOUT)
    return str(manifest["digest"]).removeprefix("sha256:")


def _archive(module: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        about = tarfile.TarInfo(INSIDE)
        about.size, about.mode = len(module), 0o644
        archive.addfile(about, io.BytesIO(module))
    return packed.getvalue()


def _blob(folder: Path, content: bytes) -> dict[str, object]:
    """Write a blob under its digest; return what names it."""
    digest = _sha256(content)
    file = folder / "blobs" / "sha256" / digest
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def _json_blob(folder: Path, value: object) -> dict[str, object]:
    return _blob(folder, json.dumps(value, sort_keys=True, separators=(",", ":")).encode())


def _write_json(file: Path, value: object) -> None:
    file.write_text(f"{json.dumps(value, indent=2)}\n", encoding="utf-8")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
