"""An image: is it there, and if not, fetch it with a bar."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import docker.errors
from docker.utils import parse_repository_tag
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn

from lab_helpers.docker_engine.daemon import DOCKER_ERRORS, DockerClient, words_of
from lab_helpers.errors import LaunchError
from lab_helpers.terminal import terminal

__all__ = ["Layers", "ensure_image", "has_image", "pull_problem"]

_ABSENT = ("not found", "manifest unknown", "does not exist", "pull access denied", "denied:")


def has_image(client: DockerClient, image: str) -> bool:
    """Return whether the engine has the image already.

    Args:
        client: A client of the engine.
        image: Its name.
    """
    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        return False
    return True


def ensure_image(
    client: DockerClient, image: str, *, variable: str, console: Console | None = None
) -> None:
    """Fetch an image unless it is there.

    Args:
        client: A client of the engine.
        image: Its name.
        variable: The variable by which a person names another, for the hint.
        console: Where to show progress; standard output by default.

    Raises:
        LaunchError: It cannot be had.
    """
    if has_image(client, image):
        return
    console = console or terminal()
    console.print(f"  · Fetching the image {image}, once", highlight=False)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    repository, tag = parse_repository_tag(image)
    layers = Layers()
    try:
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(image, total=None)
            for news in client.api.pull(repository, tag or "latest", stream=True, decode=True):
                layers.note(news)
                progress.update(task, completed=layers.done, total=layers.total or None)
    except DOCKER_ERRORS as error:
        raise pull_problem(image, words_of(error), variable) from error
    if layers.error:
        raise pull_problem(image, layers.error, variable)
    if not has_image(client, image):
        raise pull_problem(image, "the engine does not have it after fetching it", variable)


@dataclasses.dataclass(slots=True)
class Layers:
    """How far a pull is, put together from what the engine says of each layer.

    Attributes:
        error: The engine's words if the pull failed.
    """

    error: str = ""
    _sizes: dict[str, int] = dataclasses.field(default_factory=dict)
    _here: dict[str, int] = dataclasses.field(default_factory=dict)

    def note(self, news: Mapping[str, Any]) -> None:
        """Take in one line of the engine's.

        Args:
            news: The line, parsed.
        """
        if "error" in news:
            self.error = str(news["error"])
        layer, status = str(news.get("id", "")), news.get("status")
        detail = news.get("progressDetail") or {}
        # "Extracting" counts the same bytes once more: only what comes over the network moves the
        # bar, so that it never runs backwards.
        if status == "Downloading" and detail.get("total"):
            self._sizes[layer] = int(detail["total"])
            self._here[layer] = int(detail.get("current", 0))
        elif status in ("Download complete", "Pull complete") and layer in self._sizes:
            self._here[layer] = self._sizes[layer]

    @property
    def done(self) -> int:
        """Return how many bytes have come."""
        return sum(self._here.values())

    @property
    def total(self) -> int:
        """Return how many bytes there are, as far as is known."""
        return sum(self._sizes.values())


def pull_problem(image: str, said: str, variable: str) -> LaunchError:
    """Say why an image could not be fetched.

    Args:
        image: Its name.
        said: The engine's words.
        variable: The variable by which a person names another.
    """
    if _says_any(said, _ABSENT):
        return LaunchError(
            f"There is no image {image}, or it is not for you.",
            quote=said,
            hint=f"check the name and its tag ({variable} names another), or `docker login`",
        )
    if _says_any(said, ("no space left",)):
        return LaunchError(
            f"The image {image} does not fit on the disk.",
            quote=said,
            hint="`docker system df` says what Docker keeps, `docker image prune` frees some",
        )
    return LaunchError(
        f"The image {image} is not here, and its registry cannot be reached.",
        quote=said,
        hint="check the network and Docker's proxy settings, or bring it from another machine:"
        " `docker save` there, `docker load` here",
    )


def _says_any(said: str, words: Iterable[str]) -> bool:
    return any(word in said.lower() for word in words)
