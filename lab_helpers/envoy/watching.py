"""Watch a filter's source: each save is tried in the emulator, compiled, and reloaded.

The emulator and the first compiler run beside each other. What was measured before decides which
compiler is first: standard Go compiles in a fraction of TinyGo's time, and Envoy loads its module
many times as long. TinyGo's module is what runs in the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Protocol

from lab_helpers.arguments import Seconds, checked
from lab_helpers.compiling.commands import Compiler
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.reloaded import Reloaded
from lab_helpers.envoy.rounds import Round
from lab_helpers.errors import LabError

__all__ = ["Bench", "Watching"]

_LOOK_S = 0.05
_ROUNDS_KEPT = 100
# From save to live, in seconds, until it is measured here: as on a quiet machine with two cores. Of
# other compilers a filter has one, so there is no choice.
_BEFORE = {"tinygo": 4.7, "go": 6.0}


class Bench(Protocol):
    """A filter's source: has it changed, what does the emulator say, compile it."""

    name: str
    compilers: tuple[Compiler, ...]
    """What compiles it; the first makes what runs in the end."""
    emulated: bool
    """Whether there is an emulator for its language."""

    def state(self) -> Mapping[object, tuple[int, int]]:
        """Return when each file was written, in nanoseconds, and how long it is."""

    def judge(self, settings: Mapping[str, object]) -> None:
        """Try it in the emulator.

        Raises:
            LabError: It fails there.
        """

    def compile(self, compiler: Compiler) -> Module:
        """Compile it.

        Raises:
            LabError: It does not compile.
        """


class Watching:
    """A filter that is watched, until `stop`.

    Args:
        bench: The filter's source.
        running: Says whether Envoy runs; while it does not, nothing is done.
        settings: Says what the filter's settings are.
        reload: Hands Envoy a module.
        tell: Is told of each round, in the watching thread.
        emulator: Whether the emulator tries it first.
    """

    def __init__(  # each is a part of its own
        self,
        bench: Bench,
        *,
        running: Callable[[], bool],
        settings: Callable[[], Mapping[str, object]],
        reload: Callable[[Module], Reloaded],
        tell: Callable[[Round], object],
        emulator: bool,
    ) -> None:
        self._bench = bench
        self._running = running
        self._settings = settings
        self._reload = reload
        self._tell = tell
        self._emulator = emulator and bench.emulated
        self._took = {one: _BEFORE.get(one, 0.0) for one in bench.compilers}
        self._seen = bench.state()
        self._changed = threading.Condition()
        self._rounds: list[Round] = []
        self._settled = self._seen
        self._ended = threading.Event()
        # One that is still compiling what was saved before does not hold up the other compiler.
        self._compilers: dict[Compiler, ThreadPoolExecutor] = {
            one: ThreadPoolExecutor(1, f"lab-watch-{one}") for one in bench.compilers
        }
        self._thread = threading.Thread(target=self._serve, name="lab-watch", daemon=True)
        self._thread.start()

    @property
    def rounds(self) -> tuple[Round, ...]:
        """Return the last rounds, oldest first."""
        with self._changed:
            return tuple(self._rounds)

    @property
    def active(self) -> bool:
        """Return whether it still watches."""
        return not self._ended.is_set()

    @checked
    def wait(self, count: int, timeout_s: Seconds = 60.0) -> Round | None:
        """Wait for a round.

        Args:
            count: Which, from 1 on.
            timeout_s: How long at most, in seconds.

        Returns:
            The round; None where it did not come in time.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._rounds) >= count, timeout_s)
            return self._rounds[count - 1] if len(self._rounds) >= count else None

    @checked
    def wait_for_newest(self, timeout_s: Seconds = 60.0) -> Round | None:
        """Wait until what is saved now is live, or failed on its way.

        Args:
            timeout_s: How long at most, in seconds.

        Returns:
            The newest round; None where nothing was saved, or it did not come in time.
        """
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while self._settled != self._bench.state() and not self._ended.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                # What is saved meanwhile says nothing by itself.
                self._changed.wait(min(left, 10 * _LOOK_S))
            return self._rounds[-1] if self._rounds else None

    def stop(self) -> None:
        """Watch no more; twice is fine. A round that is under way changes nothing any more."""
        with self._changed:
            self._ended.set()
            self._changed.notify_all()
            for pool in self._compilers.values():
                pool.shutdown(wait=False, cancel_futures=True)

    def __repr__(self) -> str:
        if not self.active:
            return f"{self._bench.name} is watched no more"
        return f"{self._bench.name} is watched: each save is compiled, tried and reloaded"

    def _serve(self) -> None:
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001  # whoever waits for a round is told
            fault = LabError(
                f"The thread that watches {self._bench.name} has failed.",
                quote=repr(error),
                hint=f'watch it again: envoy.watch("{self._bench.name}"); and report this as a bug',
            )
            self._keep(
                Round(self._bench.name, time.time(), self._bench.compilers[0], problem=fault)
            )
            self.stop()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_S):
            now = self._bench.state()
            if now == self._seen or not self._running():
                continue
            if self._ended.wait(_LOOK_S) or self._bench.state() != now:
                continue  # it is still being written
            self._seen = now
            saved = max((written for written, _ in now.values()), default=0) / 1e9
            self._live(saved)

    def _live(self, saved: float) -> None:
        last = self._bench.compilers[0]
        first = min(self._bench.compilers, key=self._took.__getitem__)
        if self._one(saved, first, judge=self._emulator) and first != last:
            self._one(saved, last, judge=False)

    def _one(self, saved: float, compiler: Compiler, *, judge: bool) -> bool:
        """Bring what was saved to life; return whether it lives, and is still the newest."""
        name = self._bench.name
        began = time.time()
        verdict_s = compiled_s = 0.0
        with self._changed:
            if self._ended.is_set():
                return False
            module = self._compilers[compiler].submit(self._bench.compile, compiler)
        try:
            if judge:
                self._bench.judge(self._settings())
                verdict_s = time.time() - saved
            compiled = module.result()
            compiled_s = time.time() - saved
            if self._ended.is_set() or not self._is_newest():
                return False
            reloaded = self._reload(compiled)
            if not compiled.reused:
                self._took[compiler] = time.time() - began
            done = Round(
                name, saved, compiler, verdict_s, compiled_s, time.time() - saved, reloaded
            )
        except CancelledError:
            return False  # `stop` came between
        except LabError as error:
            module.cancel()
            done = Round(name, saved, compiler, verdict_s, compiled_s, problem=error)
        self._keep(done)
        return done.problem is None and self._is_newest()

    def _is_newest(self) -> bool:
        return self._bench.state() == self._seen

    def _keep(self, done: Round) -> None:
        if self._ended.is_set():
            return
        with self._changed:
            self._rounds.append(done)
            self._settled = self._seen
            self._changed.notify_all()
        self._tell(done)
