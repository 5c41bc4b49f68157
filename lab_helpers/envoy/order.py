"""What an Envoy is asked to run, checked, and made ready in a folder of its own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.board.levels import LOG_LEVELS, envoy_level
from lab_helpers.compiling.modules import Module
from lab_helpers.disk import writing_to
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import default_configuration
from lab_helpers.envoy.placement import Given, Placement
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch import Address, Launcher, LaunchPlan
from lab_helpers.launch.interface import Places
from lab_helpers.launch.library_failures import check_takes_libraries
from lab_helpers.launch.ports import check_ports
from lab_helpers.launch.runs import open_run, remove_run

__all__ = [
    "Order",
    "as_configuration",
    "checked_log_level",
    "checked_settings",
    "merged_settings",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Order:
    """What to run, and how.

    Attributes:
        modules: The compiled filter, or several by their plugins' names; None where the
            configuration runs its own code, or no Wasm.
        workers: How many worker threads.
        settings: Fields of the filter's plugin configuration; of several, by their names.
        configuration: The Envoy configuration as it was read.
        failure_policy: Another than the configuration's; None leaves it.
        reload_backoff_s: Another wait than the configuration's before a failed VM is made anew, in
            seconds; None leaves it.
        launcher: How to run it.
        port: The listener's port; 0 for a free one.
        admin_port: The admin port; 0 for a free one, None for none.
        see: What of the crossings is looked at: one of `lookout.SEE`.
        log_level: From which level on a filter's own lines are shown: one of `LOG_LEVELS`.
        upstream: Which clusters the lab's upstream answers for: one of `clusters.UPSTREAM_WAYS`.
    """

    modules: Given
    workers: int
    settings: Mapping[str, object]
    configuration: Configuration
    failure_policy: str | None
    launcher: Launcher
    port: int
    admin_port: int | None
    see: str
    log_level: str
    upstream: str | None = None
    reload_backoff_s: float | None = None

    @property
    def quiet_level(self) -> str:
        """Return how much Envoy's Wasm logs while nobody looks at the crossings."""
        return envoy_level(self.log_level)

    def check_ports(self) -> None:
        """Make sure that the ports that were asked for are free.

        Raises:
            LaunchError: One is taken, or no number that a port can have.
        """
        check_ports(self.port, self.admin_port, ("`port` (--port)", "`admin_port` (--admin-port)"))

    def prepare(self, upstream: Address | int, wasm_level: str = "info") -> LaunchPlan:
        """Make the run's folder, with a configuration that fits the launcher.

        Args:
            upstream: Where the token API is; its port alone, for wherever the launcher's Envoy
                finds this machine.
            wasm_level: How much Envoy's Wasm logs at the start.

        Returns:
            What to launch. Its folder is the caller's to remove.

        Raises:
            LabError: The configuration does not fit; no folder is left then.
        """
        # Before anything is made: a module without a place is no start.
        if any(one.module is not None and one.module.library for one in self.placements()):
            check_takes_libraries(self.launcher.version())
        modules = self.modules
        plan = LaunchPlan(
            folder=open_run(),
            wasm=modules.path if isinstance(modules, Module) else None,
            modules={name: one.path for name, one in modules.items()}
            if isinstance(modules, Mapping)
            else {},
            workers=self.workers,
            listener_port=self.port,
            admin_port=self.admin_port,
            wasm_level=wasm_level,
            source=modules.folder if isinstance(modules, Module) else None,
            libraries=self.quiet_level if self.configuration.has_libraries else "",
        )
        try:
            places = self.launcher.places(plan)
            if isinstance(upstream, int):
                upstream = Address(places.upstream_host, upstream)
            moved = self.moved(places, upstream)
            with writing_to(plan.folder, "name another folder with LAB_RUNS"):
                plan.configuration.write_text(moved.dump(), encoding="utf-8")
                plan.reload_folder.mkdir()
                plan.reload_folder.chmod(0o755)  # in a container Envoy is another user
                for one in moved.discovered:
                    one.write(plan.reload_folder)
        except BaseException:
            remove_run(plan.folder)
            raise
        return dataclasses.replace(plan, listening=moved.listening, chosen_ports=moved.chosen_ports)

    def moved(self, places: Places, upstream: Address | None = None) -> Configuration:
        """Return the configuration as it fits where it will run.

        Args:
            places: Where the Envoy that reads it finds things.
            upstream: Where the token API is; None leaves the clusters as they are.

        Raises:
            ConfigurationError: It does not fit.
        """
        modules = self.modules
        return self.configuration.moved(
            places,
            upstream=upstream,
            every_cluster=self.upstream == "all",
            settings=self.settings,
            failure_policy=self.failure_policy,
            reload_backoff_s=self.reload_backoff_s,
            filter_name=modules.name if isinstance(modules, Module) else None,
        )

    def placements(self) -> tuple[Placement, ...]:
        """Return which module runs where.

        Raises:
            ConfigurationError: A module has no place, or more than one is meant.
        """
        return self.configuration.placements(self.modules)


def as_configuration(
    given: Configuration | Path | str | None, modules: Given = None
) -> Configuration:
    """Return a configuration as it was given, read where it is a path.

    Args:
        given: The configuration or its path; None for `envoy/envoy.yaml`, and for a dynamic module
            `envoy/native.yaml`.
        modules: What it is to run.

    Raises:
        ConfigurationError: It cannot be read.
    """
    if isinstance(given, Configuration):
        return given
    library = isinstance(modules, Module) and modules.library
    return Configuration.read(given or default_configuration(library=library))


def checked_settings(
    settings: Mapping[str, object] | None, modules: Given = None
) -> dict[str, object]:
    """Return a copy of the settings.

    Args:
        settings: As they were given; None for none.
        modules: Whose they are; of several modules each has its own, by its name.

    Raises:
        ConfigurationError: They are none.
    """
    if settings and isinstance(modules, Mapping):
        strange = [name for name, own in settings.items() if not _of_one(name, own, modules)]
        if strange:
            raise ConfigurationError(
                f"With several modules it is not clear whose setting {strange[0]!r} is.",
                hint=f'name the module first: settings={{"{next(iter(modules))}": {{…}}}}',
            )
    return dict(settings or {})


def checked_log_level(log_level: str) -> str:
    """Return from which level on a filter's own lines are shown.

    Args:
        log_level: As it was given.

    Raises:
        ConfigurationError: There is no such level.
    """
    if log_level not in LOG_LEVELS:
        raise ConfigurationError(
            f"A filter's lines have no level {log_level!r} to be shown from.",
            hint=f"one of: {', '.join(LOG_LEVELS)}; Envoy's own trace of the crossings comes with"
            ' see="crossings"',
        )
    return log_level


def merged_settings(
    before: Mapping[str, object], settings: Mapping[str, object], modules: Given
) -> dict[str, object]:
    """Return settings with some of their fields changed; the others stay.

    Args:
        before: The settings until now.
        settings: What changes.
        modules: Whose they are; of several modules each has its own, by its name.
    """
    if not isinstance(modules, Mapping):
        return {**before, **settings}
    merged = dict(before)
    for name, own in settings.items():
        earlier = before.get(name)
        merged[name] = {
            **(earlier if isinstance(earlier, Mapping) else {}),
            **(own if isinstance(own, Mapping) else {}),
        }
    return merged


def _of_one(name: str, own: object, modules: Mapping[str, Module]) -> bool:
    return name in modules and isinstance(own, Mapping)
