"""Hand a running Envoy other code or settings for its Wasm HTTP filters, and wait until they serve.

A filter's file is renamed into the folder that Envoy watches (`discovery`). Envoy's counters of its
updates say whether it took it; where it did not, its log says why, and the old filter goes on.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from lab_helpers.board import events
from lab_helpers.board.watch import Watch
from lab_helpers.compiling.modules import Module
from lab_helpers.disk import writing_to
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.discovery import Discovered
from lab_helpers.envoy.order import Order
from lab_helpers.envoy.placement import Placement
from lab_helpers.envoy.plugins import LIBRARY
from lab_helpers.envoy.reloaded import Reloaded
from lab_helpers.envoy.run import Run
from lab_helpers.errors import ConfigurationError, LaunchError, TrafficError
from lab_helpers.launch.failures import refused_update

__all__ = ["exchange"]

_TAKEN_S = 60.0
_OLD_GONE_S = 2.0
_LOG_S = 5.0
_POLL_S = 0.005
_BUILDS = itertools.count(1)
# Before it, the environment was no part of a VM's identity (envoy#40881).
_SINCE_ENVIRONMENT = (1, 39)
_SECTION = b"lab.build"


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """A filter whose file is to be written, and what runs in it."""

    filter: Discovered
    placement: Placement


def exchange(
    run: Run, order: Order, watch: Watch, concerns: Callable[[Placement], bool]
) -> Reloaded:
    """Hand Envoy what an order says for some of its plugins.

    Args:
        run: The running Envoy.
        order: What it is to run.
        watch: The board's; it is told when a reload begins and ends.
        concerns: Says which plugins are exchanged.

    Returns:
        How long each stage took; no worker has been asked yet.

    Raises:
        LabError: Envoy does not take it, or it cannot be exchanged while Envoy runs. What ran
            before runs on.
    """
    with writing_to(run.plan.folder, "start it again, with another folder named with LAB_RUNS"):
        return _exchange(run, order, watch, concerns)


def _exchange(
    run: Run, order: Order, watch: Watch, concerns: Callable[[Placement], bool]
) -> Reloaded:
    began = time.monotonic()
    build = next(_BUILDS)
    modules = _Modules(run, order, build)
    try:
        moved = order.moved(modules.places)
        wanted = _wanted(moved, order.placements(), concerns)
        vms_before = run.admin.vms()
        watch.record(events.ReloadBegan(time.time()))
        with run.lookout.looking_anew():
            written = time.monotonic()
            _write_all(run, wanted, build)
            loaded = time.monotonic()
            vms = _old_gone(run, vms_before)
            gone = time.monotonic()
    except BaseException:
        modules.remove()
        raise
    watch.record(events.Reloaded(time.time()))
    modules.remove_older()
    return Reloaded(
        filters=tuple(one.filter.label for one in wanted),
        written_s=written - began,
        loaded_s=loaded - written,
        old_gone_s=gone - loaded,
        answered_s=0.0,
        vms_before=vms_before,
        vms=vms,
        crossings_missed=run.lookout.missed,
    )


class _Modules:
    """The modules of one build, copied to where Envoy sees them; everybody may read the copies."""

    def __init__(self, run: Run, order: Order, build: int) -> None:
        self._folder = run.plan.reload_folder / "modules"
        self._build = f"build-{build}-"
        self._folder.mkdir(exist_ok=True)
        self._folder.chmod(0o755)
        places = order.launcher.places(run.plan)
        # Envoy would keep its VMs where neither the code nor the configuration is another.
        mark = b"" if run.admin.version() >= _SINCE_ENVIRONMENT else _section(build)
        given = order.modules
        paths = {
            name: f"{places.reload_folder}/modules/{self._copy(one, mark)}"
            for name, one in _named(given).items()
        }
        several = isinstance(given, Mapping)
        self.places = dataclasses.replace(
            places,
            wasm_path=None if several else paths.get(""),
            wasm_paths=paths if several else {},
        )

    def remove(self) -> None:
        """Remove the copies: nobody runs them."""
        for file in self._folder.glob(f"{self._build}*"):
            file.unlink()

    def remove_older(self) -> None:
        """Remove the copies of earlier builds: nobody runs them any more."""
        for file in self._folder.iterdir():
            if not file.name.startswith(self._build):
                file.unlink()

    def _copy(self, module: Module, mark: bytes) -> str:
        try:
            content = module.path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"The module {module.path} cannot be read.",
                quote=str(error.strerror or error),
                hint="compile it again",
            ) from error
        number = len([*self._folder.glob(f"{self._build}*")]) + 1
        copy = self._folder / f"{self._build}{number}{module.path.suffix}"
        copy.write_bytes(content + mark)
        copy.chmod(0o644)
        return copy.name


def _named(given: Module | Mapping[str, Module] | None) -> Mapping[str, Module]:
    if isinstance(given, Mapping):
        return given
    return {} if given is None else {"": given}


def _section(build: int) -> bytes:
    """Return a custom section, which changes a module's bytes and nothing that it does."""
    content = bytes([len(_SECTION)]) + _SECTION + f"{build}".encode()
    return bytes([0, len(content)]) + content


def _wanted(
    moved: Configuration, placements: tuple[Placement, ...], concerns: Callable[[Placement], bool]
) -> list[_Wanted]:
    found = {one.number: one for one in moved.discovered}
    wanted = []
    for number, placement in enumerate(placements):
        if not concerns(placement):
            continue
        if placement.kind == LIBRARY:
            raise ConfigurationError(
                f"{placement.plugin} is a dynamic module: Envoy loads it once, into its own"
                " process, and cannot let it go again. So nothing of it can be exchanged while"
                " Envoy runs.",
                hint="give what is new to a new Envoy; other settings: envoy.restart(settings=…)",
            )
        if number not in found:
            raise ConfigurationError(
                "While Envoy runs, the lab exchanges only HTTP filters that stand among the"
                f" http_filters of a connection manager, and {placement.plugin} of"
                f" {moved.source} is {_kind(placement)}.",
                hint="stop this Envoy, and start one with what is new",
            )
        wanted.append(_Wanted(found[number], placement))
    return wanted


def _kind(placement: Placement) -> str:
    """Return what a plugin is, in words: one that stands elsewhere is an HTTP filter as well."""
    elsewhere = " that stands elsewhere" if placement.kind == "HTTP filter" else ""
    article = "an" if placement.kind[0] in "aeiouAEIOUH" else "a"
    return f"{article} {placement.kind}{elsewhere}"


def _write_all(run: Run, wanted: list[_Wanted], build: int) -> None:
    """Write the files one after another; where Envoy refuses one, those before it go back."""
    folder = run.plan.reload_folder
    before: list[tuple[Discovered, str]] = []
    for one in wanted:
        earlier = one.filter.file(folder).read_text(encoding="utf-8")
        try:
            _take(run, one, lambda one=one: one.filter.write(folder, build))  # type: ignore[misc]
        except BaseException:
            for done, text in reversed(before):
                done.put(folder, text)
            raise
        before.append((one.filter, earlier))


def _take(run: Run, wanted: _Wanted, write: Callable[[], None]) -> None:
    """Write a file, and wait until Envoy has taken it or refused it."""
    mark = run.log.kept
    taken, refused = _updates(run, wanted.filter)
    write()
    deadline = time.monotonic() + _TAKEN_S
    while True:
        try:
            now = _updates(run, wanted.filter)
        except TrafficError:
            run.check()
            # The thread that answers is the one that loads: standard Go's modules take seconds.
            now = taken, refused
        if now[1] > refused:
            raise _refusal(run, wanted, mark)
        if now[0] > taken:
            return
        if time.monotonic() > deadline:
            raise LaunchError(
                f"Envoy had not loaded {wanted.filter.label} after {_TAKEN_S:.0f} s. Its workers go"
                " on with the filter as it was.",
                hint="look for an endless loop where the filter starts (OnVMStart, OnPluginStart),"
                " then start Envoy again: envoy.restart()",
            )
        if run.log.ended.wait(_POLL_S):
            run.check()


def _updates(run: Run, one: Discovered) -> tuple[int, int]:
    """Return how many updates of a filter Envoy has taken, and how many it has not."""
    stats = run.admin.stats("^extension_config_discovery")
    counts = {
        name: stats.get(f"{one.counters}update_{name}", 0)
        for name in ("success", "rejected", "failure")
    }
    return counts["success"], counts["rejected"] + counts["failure"]


def _refusal(run: Run, wanted: _Wanted, mark: int) -> LaunchError:
    """Return why Envoy refused it, as soon as the log has said so: it may come a moment later."""
    deadline = time.monotonic() + _LOG_S
    while time.monotonic() < deadline:
        lines = run.log.since(mark)
        if any("Filesystem config update" in line for line in lines):
            break
        if run.log.ended.wait(_POLL_S):
            break
    module = wanted.placement.module
    path: Path | None = module.path if module else None
    return refused_update(run.log.since(mark), path, module.folder if module else None)


def _old_gone(run: Run, before: int) -> int:
    """Wait until there are no more VMs than before; return how many there are."""
    deadline = time.monotonic() + _OLD_GONE_S
    while (vms := run.admin.vms()) > before and time.monotonic() < deadline:
        if run.log.ended.wait(_POLL_S):
            run.check()
    return vms
