"""The light beside the button: says from afar what the studio is doing.

It reads the same events as the page, so the two cannot disagree.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import gpiozero
from gpiozero.exc import GPIOZeroError

from firmware_gcode.facts import CodedError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.display import Shown
from pi_service.triggers.button import PINS_FAIL, board_pins, why_no_pins

if TYPE_CHECKING:
    from gpiozero.pins import Factory

    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1."""
WAIT_S = 1.0
"""The light looks at the closed stream at least this often, so that it can end."""


class LightError(CodedError, RuntimeError):
    """There is no light to switch; the message says why and that the rest goes on."""


GREEN, BLUE, YELLOW, RED = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.6, 0.0), (1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Mood:
    """How the light says something.

    Attributes:
        colour: For a light of three colours.
        on: Seconds; 0: it stays dark.
        off: Seconds; 0: it stays on.
    """

    colour: Colour
    on: float
    off: float


MOODS = {
    Shown.READY: Mood(GREEN, 1.0, 0.0),
    Shown.WORKING: Mood(BLUE, 0.2, 0.2),
    Shown.DRAWING: Mood(BLUE, 1.0, 1.0),
    Shown.PAUSED: Mood(YELLOW, 1.0, 1.0),
    Shown.STOPPED: Mood(RED, 1.8, 0.2),
    Shown.NEEDS_PAPER: Mood(YELLOW, 0.2, 1.8),
    Shown.NEEDS_SOMEBODY: Mood(RED, 0.2, 1.8),
    Shown.CLOSED: Mood(GREEN, 0.0, 1.0),
    Shown.FAULT: Mood(RED, 0.1, 0.4),
}
"""How each state is said; without colours, rhythms alone tell what a visitor needs to know."""
ASKS = Mood(YELLOW, 0.5, 0.2)
"""A visitor's drawing waits for the staff's yes; only where nothing else needs them."""
GOES_WELL = frozenset({Shown.READY, Shown.WORKING, Shown.DRAWING})


class Light:
    """A light on one pin, or one of three colours on three.

    Args:
        pins: One GPIO for a plain LED, or three (red, green, blue), in Broadcom's numbering.
        pin_factory: gpiozero's pins; None for those of this board.

    Raises:
        LightError: If there is no GPIO here, or a pin is taken.
    """

    def __init__(
        self, studio: Studio, pins: tuple[int, ...], *, pin_factory: Factory | None = None
    ) -> None:
        self._studio = studio
        self._lamp = _open(pins, pin_factory)
        self._shown: Shown | None = None
        self._mood: Mood | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="light", daemon=True)
        self._thread.start()

    @property
    def shown(self) -> Shown | None:
        """What it says now; None before the first look."""
        return self._shown

    def close(self) -> None:
        """Switch it off and let go of the pins."""
        self._closing = True
        self._thread.join()
        with suppress(GPIOZeroError):
            self._lamp.close()

    def _run(self) -> None:
        seen = 0
        while not self._closing and not self._studio.events.closed:
            try:
                seen = self._look(seen)
            except (StudioError, GPIOZeroError) as error:
                logger.warning("the light waits: %s", error)
                seen = self._studio.events.last_id

    def _look(self, seen: int) -> int:
        """Wait for news that matter, and show them."""
        news = self._studio.events.read(seen, WAIT_S)
        if not news or all(event.kind == "progress" for event in news):
            return news[-1].id if news else seen
        state = self._studio.board.now().state
        asks = state in GOES_WELL and self._studio.approvals.count > 0
        mood = ASKS if asks else MOODS[state]
        if mood != self._mood:
            self._show(mood)
            self._mood = mood
        self._shown = state
        return news[-1].id

    def _show(self, mood: Mood) -> None:
        if not mood.on:
            self._lamp.off()
        elif isinstance(self._lamp, gpiozero.RGBLED):
            if mood.off:
                self._lamp.blink(mood.on, mood.off, on_color=mood.colour)
            else:
                self._lamp.color = mood.colour
        elif mood.off:
            self._lamp.blink(mood.on, mood.off)
        else:
            self._lamp.on()


def _open(
    pins: tuple[int, ...], pin_factory: Factory | None
) -> gpiozero.LED | gpiozero.RGBLED:
    try:
        factory = pin_factory or board_pins()
        if len(pins) == 3:
            return gpiozero.RGBLED(*pins, pwm=False, pin_factory=factory)
        return gpiozero.LED(*pins, pin_factory=factory)
    except PINS_FAIL as error:
        names = ", ".join(str(pin) for pin in pins)
        raise LightError("no-light", pins=names, why=why_no_pins(error)) from error
