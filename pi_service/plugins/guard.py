"""What becomes of a plug-in that fails: it is told, tried again, and at last switched off."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from firmware_gcode.facts import Fact, fact
from pi_service.plugins.api import Group
from pi_service.plugins.child import Child, Patience, PluginError
from pi_service.plugins.sandbox import by_address
from pi_service.plugins.settings import Use

logger = logging.getLogger(__name__)

STRIKES = 3
"""So often within `WITHIN_S` it may fail by its own fault."""
WITHIN_S = 600.0
REST_S = (1.0, 10.0)
"""Before it is tried again, after the first and each further fault."""


class Guard:
    """Counts the faults of one plug-in, and tells of them.

    Args:
        report: Tells what is wrong with a part of the service, by the part's name, or (None)
            that nothing is any more.
        patience: How long it may take.
        timer: Monotonic seconds.

    Attributes:
        off: Whether it was switched off.
        fault: What was told last and still holds, or None.
    """

    def __init__(
        self,
        use: Use,
        report: Callable[[str, Fact | None], None],
        *,
        patience: Patience | None = None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.use = use
        self.patience = patience or Patience()
        self.off = False
        self.fault: Fact | None = None
        self._report = report
        self._timer = timer
        self._faults: deque[float] = deque(maxlen=STRIKES)

    @property
    def part(self) -> str:
        """Its name among the parts of the service."""
        return part_of(self.use.name)

    def child(self) -> Child:
        """A process for it, not started yet."""
        use = self.use
        return Child(
            use.group,
            use.kind,
            use.options,
            secrets=use.secrets,
            patience=self.patience,
        )

    def failed(self, error: PluginError) -> float:
        """Note a fault of its own; gives for how long it should rest, seconds."""
        now = self._timer()
        self._faults.append(now)
        self.off = len(self._faults) == STRIKES and now - self._faults[0] < WITHIN_S
        self.tell(fact("plugin-off" if self.off else "plugin-fails", **self._words(error)))
        return REST_S[min(len(self._faults), len(REST_S)) - 1]

    def late(self, error: PluginError) -> None:
        """Tell of a fault that is not its own: whoever it asks does not answer."""
        self.tell(self.not_answered(error.fact))

    def not_answered(self, why: Fact) -> Fact:
        """What is told then, with what may help."""
        code = "notifier-fails" if self.use.group is Group.NOTIFIER else "source-fails"
        moved = [fact("server-moved")] if by_address(self.use) else []
        return fact(code, name=self.use.name, why=[why, *moved])

    def well(self) -> None:
        """It did what it was asked."""
        self.tell(None)

    def tell(self, told: Fact | None) -> None:
        """Tell what is wrong with it, or that nothing is."""
        if told == self.fault:
            return
        self.fault = told
        if told is not None:
            logger.warning("%s", told)
        self._report(self.part, told)

    def _words(self, error: PluginError) -> dict[str, str | Fact]:
        return {"name": self.use.name, "why": error.fact}


def part_of(name: str) -> str:
    """A plug-in's name among the parts of the service."""
    return f"plug-in {name}"


class Runner:
    """One plug-in at work: a thread of the service that has a process beside it.

    Subclasses say in `_work` what is done with the process while it is well.
    """

    group: Group

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._end = threading.Event()
        self._child: Child | None = None
        self._thread = threading.Thread(target=self._run, name=guard.part, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End it, whatever it is doing; its faults are forgotten."""
        self._end.set()
        self._wake()
        child = self._child
        if child is not None:
            child.kill()
        if self._thread.is_alive():
            self._thread.join()
        self.guard.tell(None)

    def _run(self) -> None:
        while not self._end.is_set() and not self.guard.off:
            rest = 0.0
            try:
                self._work()
            except PluginError as error:
                rest = 0.0 if self._end.is_set() else self.guard.failed(error)
                self._failed()
            except Exception:
                logger.exception("%s goes on after an unexpected error", self.guard.part)
                rest = REST_S[-1]
            finally:
                self._drop()
            self._end.wait(rest)

    def _started(self) -> Child:
        """The plug-in's process, started if there is none. Raises PluginError."""
        if self._child is None:
            self._child = self.guard.child()
            self._child.start()
        return self._child

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.close()

    def _wake(self) -> None:
        """Have `_work` see that it is to end."""

    def _failed(self) -> None:
        """A fault was told just now."""

    def _work(self) -> None:
        """Do its work until it fails (PluginError) or is to end."""
        raise NotImplementedError
