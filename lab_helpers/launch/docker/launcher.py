"""Run Envoy in a container, as the article does."""

from __future__ import annotations

import functools
import itertools
import re
from typing import ClassVar

from rich.console import Console

from lab_helpers.docker_engine.containers import bounds, run_once, start_container
from lab_helpers.docker_engine.daemon import (
    DockerClient,
    ask_engine,
    connected,
    in_plain_words,
    open_client,
)
from lab_helpers.docker_engine.engine import HOST_NAME, Engine
from lab_helpers.docker_engine.images import ensure_image
from lab_helpers.docker_engine.leftovers import clear_containers
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch.docker.options import (
    ADMIN_PORT,
    CONFIGURATION,
    ENVOY,
    LISTENER_PORT,
    RELOAD,
    check_readable,
    envoy_image,
    envoy_options,
    module_path,
    module_paths,
    modules,
    note_file,
)
from lab_helpers.launch.docker.process import DockerProcess
from lab_helpers.launch.failures import refused_configuration
from lab_helpers.launch.flags import envoy_flags
from lab_helpers.launch.interface import ADMIN_PATHS, EnvoyProcess, LaunchPlan, Places
from lab_helpers.launch.runs import clear_leftovers
from lab_helpers.toolchain.versions import version_in

__all__ = ["DockerLauncher"]

_ANY = "0.0.0.0"  # noqa: S104  # in the container; only loopback ports of this machine lead there
_VALIDATE_S = 60.0
_VARIABLE = "LAB_ENVOY_IMAGE"
# Of Envoy's own images alone the name tells.
_VERSION_IN_TAG = re.compile(r"(?<=^envoyproxy/envoy:v)\d+\.\d+")
_LISTS_PATHS = (1, 37)


class DockerLauncher:
    """Launch Envoy from an image.

    Args:
        image: The image; `LAB_ENVOY_IMAGE` names it else, and else it is Envoy's own.
    """

    name = "docker"
    # By the image's id: asked once, for it takes a container.
    _versions: ClassVar[dict[str, str]] = {}

    def __init__(self, image: str | None = None) -> None:
        self.image = envoy_image(image)

    def prepare(self, console: Console | None = None) -> None:
        """Fetch the image unless it is there, with a progress bar.

        Args:
            console: Where to show progress; standard output by default.

        Raises:
            LaunchError: There is no Docker to ask, or the image cannot be had.
        """
        with connected() as client:
            ask_engine(client)
            ensure_image(client, self.image, variable=_VARIABLE, console=console)

    def version(self) -> str:
        """Ask the image's Envoy for its version.

        Raises:
            LaunchError: There is no Docker to ask, or the image runs no Envoy.
        """
        with connected() as client:
            engine = self._ready(client)
            image_id = str(client.images.get(self.image).id)
            if image_id not in self._versions:
                self._versions[image_id] = self._ask_version(client, engine)
            return self._versions[image_id]

    def upstream_hosts(self) -> tuple[str, ...]:
        """Return the loopback address and, on Linux, the bridge's gateway.

        Raises:
            LaunchError: There is no Docker to ask.
        """
        with connected() as client:
            return ask_engine(client).upstream_hosts()

    def places(self, plan: LaunchPlan) -> Places:
        """Say where the container has things; the article's ports are its own in there."""
        return Places(
            listen_host=_ANY,
            listener_port=LISTENER_PORT,
            admin_port=ADMIN_PORT,
            admin_paths=self._admin_paths(plan),
            upstream_host=HOST_NAME,
            wasm_path=module_path(plan.wasm) if plan.wasm else None,
            wasm_paths=module_paths(plan),
            path_of=functools.partial(note_file, plan),
            reload_folder=RELOAD,
            # No neighbour is in there: any number will do that is not another's.
            spare_port=itertools.count(LISTENER_PORT + 1).__next__,
        )

    def _admin_paths(self, plan: LaunchPlan) -> tuple[str, ...]:
        """Return what the published admin port answers, where nobody asked for one.

        Every user of this machine can reach it, and so it shall end no Envoy and show no
        configuration. Envoy knows such a list from 1.37 on, and refuses it before (measured).
        """
        if plan.admin_port is not None:
            return ()
        named = _VERSION_IN_TAG.search(self.image)
        major, minor = (named[0] if named else self.version()).split(".")[:2]
        return ADMIN_PATHS if (int(major), int(minor)) >= _LISTS_PATHS else ()

    def validate(self, plan: LaunchPlan) -> None:
        """Let Envoy check the plan's configuration.

        Raises:
            ConfigurationError: Envoy refuses it; its reason is quoted.
            LaunchError: There is no Docker, or the container cannot be started.
        """
        with connected() as client:
            engine = self._ready(client)
            words = ["--mode", "validate", "-c", CONFIGURATION]
            self._lay_out(plan, engine)
            options = envoy_options(plan, self.image, engine, words, serving=False)
            try:
                code, said, _ = run_once(client, "validate", options, _VALIDATE_S)
            except TimeoutError as error:
                raise ConfigurationError(
                    f"Envoy did not finish checking the configuration within {_VALIDATE_S:.0f} s.",
                    hint="look for an endless loop where the filter starts (OnVMStart,"
                    " OnPluginStart)",
                ) from error
        if code != 0:
            raise refused_configuration(said, plan.wasm, plan.source)

    def launch(self, plan: LaunchPlan) -> EnvoyProcess:
        """Start Envoy in a container of its own.

        Raises:
            LaunchError: There is no Docker, or the container cannot be started; none is left then.
        """
        client = open_client()
        try:
            with in_plain_words():
                engine = self._ready(client)
                self._lay_out(plan, engine)
                words = [
                    *envoy_flags(
                        plan.workers,
                        main_level="debug",
                        wasm_level=plan.wasm_level,
                        libraries=plan.libraries,
                    ),
                    "-c",
                    CONFIGURATION,
                ]
                options = envoy_options(plan, self.image, engine, words, serving=True)
                with start_container(client, "envoy", options) as container:
                    return DockerProcess(client, container, engine, plan.workers)
        except BaseException:
            client.close()
            raise

    def clear_leftovers(self) -> int:
        """Remove the containers and run folders of lab processes that are gone.

        Returns:
            How many containers and processes that were.

        Raises:
            LaunchError: There is no Docker to ask.
        """
        with connected() as client:
            return clear_containers(client) + clear_leftovers()

    def _ready(self, client: DockerClient) -> Engine:
        engine = ask_engine(client)
        ensure_image(client, self.image, variable=_VARIABLE)
        return engine

    def _lay_out(self, plan: LaunchPlan, engine: Engine) -> None:
        """Let the container's user read its files."""
        plan.configuration.chmod(0o644)
        check_readable([plan.configuration, *modules(plan).values(), *plan.files.values()], engine)

    def _ask_version(self, client: DockerClient, engine: Engine) -> str:
        options = bounds(engine) | {
            "image": self.image,
            "entrypoint": [ENVOY],
            "command": ["--version"],
            "user": "101:101",
            "network_mode": "none",
        }
        _, said, _ = run_once(client, "version", options, _VALIDATE_S)
        version = version_in(said)
        if not version:
            raise LaunchError(
                f"The image {self.image} does not say which Envoy it runs.",
                quote=said[-500:],
                hint=f"name an image of Envoy with {_VARIABLE}",
            )
        return version
