"""What of a running Envoy can be exchanged: the code of its HTTP filters, and their settings."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.asking import judged
from lab_helpers.envoy.exchange import exchange
from lab_helpers.envoy.lifecycle import Lifecycle
from lab_helpers.envoy.order import checked_settings, merged_settings
from lab_helpers.envoy.placement import Given, Placement, as_modules
from lab_helpers.envoy.reloaded import Reloaded
from lab_helpers.envoy.requests import Request, as_request
from lab_helpers.envoy.rounds import Round
from lab_helpers.envoy.watching import Bench, Watching
from lab_helpers.errors import ConfigurationError, TrafficError
from lab_helpers.offers import offered

__all__ = ["Live"]


class Live(Lifecycle):
    """Exchange code and settings while Envoy runs."""

    @checked
    def reload(self, module: Module | Path | str | Mapping[str, Module | Path | str]) -> Reloaded:
        """Run another module in the place of the one that runs, without a restart.

        Envoy makes new VMs. Requests that are under way end in the old ones; none is lost. Where
        Envoy refuses the module, the old one serves on.

        Args:
            module: The compiled filter, its path, or a filter's name, as `Envoy` takes it; where
                there are several, those that change, by the names of their plugins.

        Returns:
            How long each stage took, once Envoy's own counter said that the module is in place,
            and each worker has answered `GET /` after that.

        Raises:
            LabError: Envoy does not run, refuses the module, or can exchange it only by a restart.
        """
        given = as_modules(module)
        with self._control:
            modules = self._with(given)
            fresh = set(map(id, given.values() if isinstance(given, Mapping) else (given,)))
            return self._exchange(
                modules, self.settings, lambda placement: id(placement.module) in fresh
            )

    @checked
    def configure(self, settings: Mapping[str, object]) -> Reloaded:
        """Give the filter other settings, without a restart.

        Envoy makes new VMs, so a filter begins anew, as after a restart.

        Args:
            settings: Fields of the plugin configuration to change, as `restart` takes them; the
                others stay.

        Returns:
            How long each stage took, as `reload` does.

        Raises:
            LabError: Envoy does not run, the filter refuses the settings (it then serves on with
                the old ones), or they can be changed only by a restart.
        """
        with self._control:
            modules = self.module
            changed = checked_settings(settings, modules)
            merged = merged_settings(self.settings, changed, modules)

            def concerns(placement: Placement) -> bool:
                if not isinstance(modules, Mapping):
                    return True
                return any(placement.module is modules[name] for name in changed)

            return self._exchange(modules, merged, concerns)

    @checked
    def watch(
        self,
        name: Path | str,
        *,
        plugin: str | None = None,
        emulator: bool = True,
        tell: Callable[[Round], object] = print,
    ) -> Watching:
        """Bring each save of a filter's source to life in this Envoy, while it runs.

        A save, in an editor or by a `%%go` cell, is tried in the emulator, compiled and reloaded.
        Where one of these fails, the code that ran serves on. Standard Go compiles first where
        that is live sooner; TinyGo's module is what runs in the end.

        Args:
            name: The filter: one of your own, such as `mine`, or one of the lab's; or its folder.
            plugin: Whose module it is, where there are several.
            emulator: Whether the emulator tries it first: it starts, ticks, and a response passes.
            tell: Is told what became of each save, stage by stage.

        Returns:
            What watches: it keeps its `rounds`, and ends with `stop()`, or as this Envoy is
            stopped. A restart it survives.

        Raises:
            LabError: Envoy does not run, or there is no such filter or plugin.
        """
        self._started()
        if isinstance(self.module, Mapping) and plugin not in self.module:
            raise ConfigurationError(
                f"This Envoy runs several modules, and none is called {plugin!r}.",
                hint=f'name the plugin: envoy.watch("{name}", plugin="{next(iter(self.module))}")',
            )
        watched = (
            self.module[plugin] if isinstance(self.module, Mapping) and plugin else self.module
        )
        if isinstance(watched, Module) and watched.library:
            raise ConfigurationError(
                f"{name} cannot be watched: {watched.path.name} is a dynamic module, which stays in"
                " Envoy's process once it is loaded. A save of its source changes nothing there.",
                hint="start a new Envoy with it; or watch a Wasm filter, such as `token`",
            )
        bench: Bench = offered("a filter's bench")(name)
        before = self._watchings.pop(plugin or "", None)
        if before is not None:
            before.stop()

        def settings() -> Mapping[str, object]:
            own = self.settings.get(plugin) if plugin else self.settings
            return own if isinstance(own, Mapping) else {}

        watching = Watching(
            bench,
            running=lambda: self.running,
            settings=settings,
            reload=lambda module: self.reload({plugin: module} if plugin else module),
            tell=tell,
            emulator=emulator,
        )
        self._watchings[plugin or ""] = watching
        return watching

    def stop(self) -> None:
        """End Envoy, and the token API if it is this Envoy's own; twice is fine.

        Raises:
            LabError: A thread that watched Envoy had failed; Envoy is ended all the same.
        """
        for watching in self._watchings.values():
            watching.stop()
        self._watchings.clear()
        super().stop()

    @functools.cached_property
    def _watchings(self) -> dict[str, Watching]:
        return {}

    def _exchange(
        self, modules: Given, settings: dict[str, object], concerns: Callable[[Placement], bool]
    ) -> Reloaded:
        run = self._started()
        order = dataclasses.replace(self._order, modules=modules, settings=settings)
        done = exchange(run, order, self._watch, concerns)
        # A restart begins with what runs now.
        self.module, self.settings = modules, settings
        began = time.monotonic()
        if run.ways_in.speaks != "http":
            return done
        request = as_request("/", "GET", None, None)
        try:
            for number in range(self.workers):
                self._ask(f"worker_{number}", request)
        except TrafficError as error:
            error.add_note("Note: Envoy has taken what is new, and this happened with it.")
            raise
        return dataclasses.replace(done, answered_s=time.monotonic() - began)

    def _with(self, given: Given) -> Given:
        """Return all modules, with those exchanged that were given."""
        if isinstance(self.module, Mapping) and isinstance(given, Mapping):
            return {**self.module, **given}
        if isinstance(self.module, Mapping):
            raise ConfigurationError(
                "This Envoy runs several modules, and one was given without the name of its"
                " plugin.",
                hint=f'name the plugin: envoy.reload({{"{next(iter(self.module))}": …}})',
            )
        return given

    def _ask(self, worker: str, request: Request) -> Answer:
        answer = self._started().ask(worker, request)
        answer = judged(answer, request, self._watch, self.configuration)
        self.record(answer.event)
        return answer
