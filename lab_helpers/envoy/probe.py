"""Look at an Envoy that does not answer: its process, its threads, its watchdog, its callbacks."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence

from lab_helpers.board.sdk_names import callback_name
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.no_answer import NoAnswerError
from lab_helpers.envoy.placement import Given
from lab_helpers.envoy.stuck import Look, Seen
from lab_helpers.launch.interface import AdminAddress, EnvoyProcess
from lab_helpers.launch.threads import Standing, ThreadStat

__all__ = ["Probe"]

# An innocent thread is not found at work by each of six looks.
_LOOKS = 6
_APART_S = 0.1
_RUNS = "R"
_ANSWER_S = 2.0
# A callback of the lab's filters takes microseconds; one that lasts this long does not come back.
_LONG_S = 1.0
_MISSED = r"^server\.(main_thread|worker_\d+)\.watchdog_mega_miss$"
_NAMED = re.compile(_MISSED)
_CALLBACK = "proxy_on_"


@dataclasses.dataclass(frozen=True, slots=True)
class Probe:
    """What is known of an Envoy without asking it.

    Attributes:
        picture: Returns the board at this moment.
        modules: Its filters; None where the configuration names its own code.
        has_wasm: Whether its configuration runs Wasm.
    """

    picture: Callable[[], Snapshot]
    modules: Given = None
    has_wasm: bool = True

    def look(
        self, process: EnvoyProcess, admin: AdminAddress | None, ended: threading.Event
    ) -> Look:
        """Look at it for a moment.

        Args:
            process: The Envoy.
            admin: Where its admin port is; None where that is not known yet.
            ended: Set once its log has ended: then there is no more to see.
        """
        standing = process.standing()
        if standing not in (Standing.RUNS, Standing.NOT_SEEN):
            threads = {name: Seen(state=stat.state) for name, stat in process.threads().items()}
            return Look(standing, process.go_on_command, threads)
        answers, state, missed = _ask(admin)
        began, looks = time.monotonic(), [process.threads()]
        while len(looks) < _LOOKS and not ended.wait(_APART_S):
            looks.append(process.threads())
        over_s = time.monotonic() - began
        picture = self.picture()
        inside = self._inside(picture, process.thread_names())
        failures = {thread.name: thread.failure for thread in picture.threads if thread.failure}
        names = sorted({*looks[0], *missed, *inside, *failures})
        return Look(
            standing,
            process.go_on_command,
            {
                name: _seen(
                    [look[name] for look in looks if name in look],
                    over_s,
                    inside.get(name, ("", 0.0)),
                    missed=name in missed,
                    failure=failures.get(name, ""),
                )
                for name in names
            },
            over_s,
            answers,
            state,
            picture.seeing.not_seen,
            self._imports,
            self.has_wasm,
        )

    @property
    def _imports(self) -> Collection[str] | None:
        """Return what the filters call of Envoy; None where they are not known."""
        if self.modules is None:
            return None
        given = self.modules
        modules = (given,) if isinstance(given, Module) else given.values()
        return {name for module in modules for name in module.imports}

    @staticmethod
    def _inside(picture: Snapshot, names: Mapping[int, str]) -> dict[str, tuple[str, float]]:
        """Return the callbacks that were entered and not left, and for how long, by thread."""
        seeing = picture.seeing
        return {
            names.get(thread.tid, thread.name): (
                callback_name(thread.callback),
                picture.time - thread.entered,
            )
            for thread in picture.threads
            # What was entered while nobody looked may have been left while nobody looked.
            if seeing.on and thread.entered is not None and thread.entered >= seeing.since
            if thread.callback.startswith(_CALLBACK) and picture.time - thread.entered > _LONG_S
        }


def _ask(address: AdminAddress | None) -> tuple[bool, str, set[str]]:
    """Ask the admin port whether it answers, how far Envoy is, and whom its watchdog has missed."""
    if address is None:
        return False, "it has no admin port yet", set()
    admin = Admin(address, _ANSWER_S)
    try:
        state, counts = admin.state(), admin.stats(_MISSED)
    except NoAnswerError as silence:
        return False, silence.quote, set()  # which is what was asked
    finally:
        admin.close()
    found = ((_NAMED.match(name), count) for name, count in counts.items())
    missed = {match[1].removesuffix("_thread") for match, count in found if match and count}
    return True, state, missed


def _seen(
    stats: Sequence[ThreadStat],
    over_s: float,
    inside: tuple[str, float],
    *,
    missed: bool,
    failure: str,
) -> Seen:
    callback, inside_s = inside
    if not stats:
        return Seen(callback=callback, inside_s=inside_s, missed=missed, failure=failure)
    return Seen(
        state=stats[-1].state,
        busy=len(stats) == _LOOKS and all(stat.state == _RUNS for stat in stats),
        share=(stats[-1].cpu_s - stats[0].cpu_s) / over_s if over_s else 0.0,
        callback=callback,
        inside_s=inside_s,
        missed=missed,
        failure=failure,
    )
