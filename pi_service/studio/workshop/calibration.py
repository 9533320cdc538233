"""The calibration under way: the same guide as in the terminal, answered from a page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.prompts import Prompt
from firmware_gcode.setup.calibration.guide import Guide
from firmware_gcode.setup.calibration.shop import Shop
from firmware_gcode.setup.calibration.steps import CALIBRATION
from firmware_gcode.setup.files import SetupError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.workshop.machine_session import MachineSession

FORGOTTEN_S = 900.0
"""A question that nobody answers for so long ends the step, and the queue goes on."""


class Calibration:
    """Takes one step of the calibration at a time.

    Args:
        now: The time, for the names of kept files.
        timer: Monotonic seconds.
    """

    def __init__(
        self,
        session: MachineSession,
        *,
        now: Callable[[], datetime] = datetime.now,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._now = now
        self._timer = timer
        self._guide: Guide | None = None
        self._step = ""
        self._drawn: tuple[int, int] | None = None
        self._answered_at = 0.0
        session.lease.calibrating = lambda: self.open

    @property
    def open(self) -> bool:
        """Whether a question waits for its answer, or a step for its first question."""
        return bool(self._step) and (self._guide is None or self._guide.prompt is not None)

    def view(self) -> dict[str, Any]:
        """The guide as it stands; the fields are those of the web's `CalibrationSchema`."""
        guide = self._guide
        problem = None if guide is None else guide.problem
        result = None if guide is None else guide.result
        return {
            "steps": [
                {"name": name, "title": str(what), "title_fact": what.as_dict()}
                for name, (what, _) in CALIBRATION.items()
            ],
            "step": self._step or None,
            "open": self.open,
            "prompt": None if guide is None else _prompt(guide.prompt),
            "problem": str(problem or ""),
            "problem_fact": None if problem is None else problem.as_dict(),
            "result": str(result or ""),
            "result_fact": None if result is None else result.as_dict(),
            "failed": guide is not None and guide.failed,
            "drawn": None if self._drawn is None else list(self._drawn),
        }

    def begin(self, step: str, *, wait_s: float, stops: int | None = None) -> dict[str, Any]:
        """Begin a step; one that is open is ended first. Gives the `view`.

        `stops` as in `MachineSession.begin`, here and below.
        """
        if step not in CALIBRATION:
            raise StudioError("step-unknown", step=step, known=", ".join(CALIBRATION))

        def work() -> None:
            self._close()
            self._step, self._guide = step, None
            try:
                self._guide = Guide(CALIBRATION[step][1](self._shop()))
            except BaseException:
                self._step = ""
                raise
            self._after_answer()

        self._do(fact("task-calibration", step=CALIBRATION[step][0]), work, wait_s, stops)
        return self.view()

    def answer(self, text: str, *, wait_s: float, stops: int | None = None) -> dict[str, Any]:
        """Answer the question that is asked now. Gives the `view`.

        The next question is there when nothing is done any more.
        """
        guide = self._guide
        if guide is None or guide.prompt is None:
            raise StudioError("nothing-asked")

        def work() -> None:
            try:
                guide.answer(text)
            finally:
                self._after_answer()

        step = CALIBRATION[self._step][0]
        self._do(fact("task-calibration", step=step), work, wait_s, stops)
        return self.view()

    def end(self, *, wait_s: float, stops: int | None = None) -> dict[str, Any]:
        """End the step where it stands, with the pen lifted; nothing more is written."""
        self._do(fact("task-calibration-end"), self._close, wait_s, stops)
        return self.view()

    def look_around(self) -> None:
        """End a step whose question nobody answers; only for tasks."""
        if self.open and self._timer() - self._answered_at > FORGOTTEN_S:
            self._close()
            self._session.changed()

    def _do(
        self, doing: Fact, work: Callable[[], None], wait_s: float, stops: int | None
    ) -> None:
        self._session.do(doing, work, wait_s, calibration=True, stops=stops)

    def _shop(self) -> Shop:
        return Shop(
            self._session.machine,
            self._session.own.file(),
            self._session.paper,
            now=self._now,
            drawn=self._stroke,
            stop="Stop",
        )

    def _stroke(self, stroke: int, of: int) -> None:
        self._drawn = (stroke, of)
        self._session.changed()

    def _after_answer(self) -> None:
        """What a step has written counts from now on for everybody."""
        self._answered_at, self._drawn = self._timer(), None
        if not self.open and self._session.own.reload():
            self._session.adopt(self._session.own.profile)

    def _close(self) -> None:
        guide, self._drawn = self._guide, None
        if guide is None or guide.prompt is None:
            return
        guide.cancel()
        with suppress(SetupError):
            self._session.machine.pen_up()
        self._after_answer()


def _prompt(prompt: Prompt | None) -> dict[str, Any] | None:
    if prompt is None:
        return None
    return {
        "kind": prompt.kind,
        "text": prompt.text,
        "fact": prompt.told.as_dict(),
        "choices": list(prompt.choices),
        "unit": prompt.unit,
        "low": prompt.low if math.isfinite(prompt.low) else None,
        "high": prompt.high if math.isfinite(prompt.high) else None,
        "default": prompt.default,
    }
