"""Triggers: what a plug-in asks for becomes a job, as a press of the button does."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from firmware_gcode.facts import fact
from pi_service.plugins.api import Group, Wish
from pi_service.plugins.child import PluginError
from pi_service.plugins.guard import Guard, Runner
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Request

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

COOLDOWN_S = 1.0
"""Presses closer than this are the same impatient finger."""
FLOOD, FLOOD_S = 100, 10.0
"""No finger presses so often in so long."""
HEAR_S = 0.5
SOURCE = "trigger"
"""The source of the jobs that plug-ins ask for."""


class Presses(Runner):
    """Listens to one trigger.

    Args:
        timer: Monotonic seconds.
    """

    group = Group.TRIGGER

    def __init__(
        self, guard: Guard, studio: Studio, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(guard)
        self._studio = studio
        self._timer = timer
        self._asked_at = self._stopped_at = float("-inf")
        self._heard: deque[float] = deque(maxlen=FLOOD)

    def _work(self) -> None:
        child = self._started()
        silent = self._timer()
        while not self._end.is_set():
            said = child.hear(HEAR_S)
            now = self._timer()
            if said is None:
                if now - silent > self.guard.patience.silence:
                    seconds = round(self.guard.patience.silence)
                    raise PluginError("plugin-hangs", seconds=seconds)
                continue
            silent = now
            self._heard.append(now)
            if len(self._heard) == FLOOD and now - self._heard[0] < FLOOD_S:
                raise PluginError("plugin-floods")
            if "wish" in said:
                self._do(said["wish"], now)
            else:
                self.guard.well()

    def _do(self, wish: object, now: float) -> None:
        studio, jobs = self._studio, self._studio.jobs
        try:
            if wish == Wish.STOP and now - self._stopped_at >= COOLDOWN_S:
                self._stopped_at = now
                studio.machine.stop(fact("by-plugin", name=self.guard.use.name))
            elif wish == Wish.DRAW and now - self._asked_at >= COOLDOWN_S:
                self._asked_at = now
                jobs.request(Request(SOURCE))
                if studio.standstill.stopped is not None:
                    studio.notices.say(fact("asked-while-stopped"))
        except StudioError as error:
            logger.info("the press was refused: %s", error)
            studio.notices.say(error.fact)
