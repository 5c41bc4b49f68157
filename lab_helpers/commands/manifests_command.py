"""The command `lab manifests`: a filter's way to Kubernetes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from lab_helpers.errors import ConfigurationError
from lab_helpers.terminal import terminal

__all__ = ["manifests"]

_POLICIES = "fail_closed, fail_open or fail_reload"


def manifests(  # each is an option of the command
    filter_dir: Annotated[str, typer.Argument(help="A filter: its name or its folder.")],
    *,
    image: Annotated[
        str | None, typer.Option(help="Where the image will lie: registry/path:tag.")
    ] = None,
    settings: Annotated[
        str | None,
        typer.Option(help="The filter's settings: a JSON object, or @FILE that holds one."),
    ] = None,
    failure_policy: Annotated[str, typer.Option(help=f"{_POLICIES}.")] = "fail_closed",
    namespace: Annotated[str, typer.Option(help="The namespace of the objects.")] = "default",
    selector: Annotated[
        str | None, typer.Option(help="The pods that Istio gives it to: LABEL=VALUE; else all.")
    ] = None,
    gateway: Annotated[
        str, typer.Option(help="The Gateway that Envoy Gateway gives it to.")
    ] = "my-gateway",
    output: Annotated[Path | None, typer.Option(help="The folder to write.")] = None,
) -> None:
    """Write what runs a filter in Kubernetes: for Istio, for Envoy Gateway, and the image."""
    from lab_helpers.commands.given_settings import read_settings  # noqa: PLC0415  # quick `lab --help`
    from lab_helpers.compiling.commands import prepare_toolchain  # noqa: PLC0415
    from lab_helpers.compiling.compiler import compile_filter  # noqa: PLC0415
    from lab_helpers.filter_names import source_folder  # noqa: PLC0415
    from lab_helpers.manifests import Order, write_manifests  # noqa: PLC0415

    console = terminal()
    folder = source_folder(filter_dir)
    order = Order(
        name=folder.name,
        image=image or f"registry.example.com/{folder.name.replace('_', '-')}:v1",
        settings=read_settings(settings) or {},
        failure_policy=failure_policy,  # type: ignore[arg-type]  # it judges the text itself
        namespace=namespace,
        selector=_label(selector),
        gateway=gateway,
    )
    prepare_toolchain(console, folder=folder)
    module = compile_filter(folder, reuse=True)
    written = write_manifests(module, order, output)
    for file in written.files:
        console.print(f"[green]✓[/] {escape(str(file))}", highlight=False, soft_wrap=True)
    console.print(
        f"[green]✓[/] {escape(str(written.image))}, an image of {module.bytes / 1000:,.1f} KB with"
        f" the digest sha256:{written.digest}",
        highlight=False,
        soft_wrap=True,
    )
    for remark in written.remarks:
        console.print(escape(remark), highlight=False, soft_wrap=True)
    if image is None:
        console.print("! The image's name is made up: say where yours will lie with --image.")
    console.print("Next: push the image, then apply one of the files; docs/kubernetes.md says how.")


def _label(given: str | None) -> tuple[str, str] | None:
    if given is None:
        return None
    name, found, value = given.partition("=")
    if not found:
        raise ConfigurationError(
            f"{given!r} is no label with its value.", hint="write --selector app=web"
        )
    return name, value
