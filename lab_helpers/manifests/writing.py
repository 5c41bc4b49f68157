"""Write the manifests and the image of a filter into a folder."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import ruamel.yaml
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from lab_helpers.compiling.modules import Module
from lab_helpers.disk import made_folder, writing_to
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import work_folder
from lab_helpers.manifests.documents import Document, documents
from lab_helpers.manifests.image import write_image
from lab_helpers.manifests.order import Order
from lab_helpers.outputs import output_file

__all__ = ["Written", "write_manifests"]

_IMAGE = "image"
# The first line of each manifest. By it the lab knows its own, and a person that it is the lab's.
_MARK = "Written by `lab manifests`, which writes it anew: copy it elsewhere before you change it."
_FILES = frozenset({"trafficextension.yaml", "wasmplugin.yaml", "envoyextensionpolicy.yaml"})
_FOLDERS = frozenset({_IMAGE, f"{_IMAGE}/blobs", f"{_IMAGE}/blobs/sha256"})
_OF_IMAGE = re.compile(rf"{_IMAGE}/(?:index\.json|oci-layout|blobs/sha256/[0-9a-f]{{64}})")
_CALLS = ("env.proxy_http_call", "env.proxy_grpc_call", "env.proxy_grpc_stream")
_READS_SHARED = "env.proxy_get_shared_data"
_WIDTH = 100
# No word of YAML's own is as long as this, or has a capital within.
_PLAIN = re.compile(
    r"[a-z]{6,}|[a-z]+[A-Z][A-Za-z]+|name|spec|wasm|code|type|kind|image|url|sha256"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """What was written.

    Attributes:
        folder: Where.
        files: The manifests.
        image: The folder of the OCI image layout.
        digest: The image's digest, in hex.
        remarks: What a person has to know first.
    """

    folder: Path
    files: tuple[Path, ...]
    image: Path
    digest: str
    remarks: tuple[str, ...]


def write_manifests(module: Module, order: Order, output: Path | None = None) -> Written:
    """Write what Istio and Envoy Gateway need to run a filter.

    What was written there before is replaced as a whole; another folder's content never is.

    Args:
        module: The compiled filter.
        order: What is to be said of it.
        output: The folder; by default `build/manifests/<name>` in the work folder.

    Raises:
        ConfigurationError: It is no Wasm module, or the folder holds something else.
        LabError: The disk is full.
    """
    if not module.path.read_bytes().startswith(b"\0asm"):
        raise ConfigurationError(
            f"{module.path} is no Wasm module; Istio and Envoy Gateway pull Wasm.",
            hint="name a filter that is compiled to Wasm. For a dynamic module, Envoy Gateway has"
            " EnvoyExtensionPolicy.spec.dynamicModule, and an image of Envoy's that holds the file",
        )
    folder = (output or work_folder() / "build" / "manifests" / order.name).expanduser().resolve()
    _need_ours(folder)
    with (
        writing_to(folder.parent, "name another folder: --output"),
        made_folder(folder.parent, ".manifests-") as scratch,
    ):
        fresh = Path(scratch) / folder.name
        (fresh / _IMAGE).mkdir(parents=True)
        digest = write_image(module.path.read_bytes(), fresh / _IMAGE, order.tag)
        written = list(
            documents(
                order,
                digest,
                calls_out=any(call in module.imports for call in _CALLS),
                reads_shared=_READS_SHARED in module.imports,
            )
        )
        for document in written:
            (fresh / document.file).write_text(_text(document), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        fresh.replace(folder)
    remarks = dict.fromkeys(
        line for one in written for line in one.about if line.startswith(("!", "  "))
    )
    files = tuple(folder / one.file for one in written)
    return Written(folder, files, folder / _IMAGE, digest, tuple(remarks))


def _need_ours(folder: Path) -> None:
    """Refuse to replace a folder that was not written here, whatever its files are called."""
    if not folder.exists():
        output_file(folder)
        return
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder.", hint="name another one: --output")
    if others := sorted(_others(folder)):
        raise ConfigurationError(
            f"{folder} holds what is not of `lab manifests`, and would be lost: {others[0]}.",
            hint="name another folder: --output",
        )


def _others(folder: Path) -> Iterator[str]:
    """Yield each file in a folder that does not look as if it was written here."""
    for file in folder.rglob("*"):
        inside = file.relative_to(folder).as_posix()
        if file.is_symlink() or not (file.is_dir() or file.is_file()):
            yield inside
        elif file.is_dir():
            if inside not in _FOLDERS:
                yield inside
        elif inside in _FILES:
            if not file.read_bytes().startswith(f"# {_MARK}".encode()):
                yield inside
        elif not _OF_IMAGE.fullmatch(inside):
            yield inside


def _quoted(value: object) -> object:
    """Put every text in quotes, and every key that a person chose.

    Kubernetes reads YAML 1.1, where `on` and `no` are no texts but booleans, `12:30` is a number,
    and a digest of digits with one `e` among them is one, too.
    """
    if isinstance(value, str):
        return DoubleQuotedScalarString(value)
    if isinstance(value, list | tuple):
        return [_quoted(one) for one in value]
    if isinstance(value, Mapping):
        return {_key(key): _quoted(one) for key, one in value.items()}
    return value


def _key(key: str) -> str:
    return key if _PLAIN.fullmatch(key) else DoubleQuotedScalarString(key)


def _text(document: Document) -> str:
    yaml = ruamel.yaml.YAML()
    yaml.width = _WIDTH
    text = io.StringIO()
    yaml.dump(_quoted(document.value), text)
    head = "".join(f"# {line}\n" for line in (_MARK, *document.about))
    return f"{head}{text.getvalue()}"
