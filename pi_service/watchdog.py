"""Feeds systemd's watchdog, but only while every part of the service lives.

A process that is there but hangs is worse than one that died: systemd restarts the second. So
the watchdog is fed only while the loops turn: the link to the plotter, the worker, the
schedule, the page's server. It looks at the loops themselves and asks nothing of the page:
visitors can fill that, and a full page is no reason to end a drawing.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping

from pi_service.systemd import notify

logger = logging.getLogger(__name__)

PATIENCE_S = 15.0
"""A loop that has not turned for so long hangs; a slow card takes seconds to write."""
FEEDINGS = 4
"""Feedings within the time after which systemd loses its patience."""


def period(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds from feeding to feeding; None where systemd does not watch."""
    microseconds = environment.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 / FEEDINGS if microseconds.isdecimal() else None


class Watchdog:
    """Looks after the parts, and feeds systemd's watchdog while all of them live.

    Args:
        turned: For each part's name, when its loop last turned, in monotonic seconds.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        turned: Mapping[str, Callable[[], float]],
        *,
        every_s: float,
        tell: Callable[[str], object] = notify,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turned = turned
        self._every_s = every_s
        self._tell = tell
        self._clock = clock
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def hanging(self) -> list[str]:
        """The parts that do not live, by name."""
        now = self._clock()
        return [name for name, turned in self._turned.items() if now - turned() > PATIENCE_S]

    def look(self) -> bool:
        """Feed the watchdog if all is well; whether it was fed."""
        hanging = self.hanging()
        if hanging:
            logger.error("not alive: %s; systemd will restart the service", ", ".join(hanging))
            return False
        self._tell("WATCHDOG=1")
        return True

    def _run(self) -> None:
        self.look()
        while not self._end.wait(self._every_s):
            self.look()
