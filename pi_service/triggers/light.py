"""The light beside the button: says from afar what the studio is doing.

It reads the same events as the page, so the two cannot disagree.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

import gpiozero
from gpiozero.exc import GPIOZeroError

from pi_service.studio.core.errors import StudioError
from pi_service.triggers.button import board_pins

if TYPE_CHECKING:
    from gpiozero.pins import Factory

    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

Colour: TypeAlias = tuple[float, float, float]
"""Red, green and blue, each from 0 to 1."""
WAIT_S = 1.0
"""The light looks at the closed stream at least this often, so that it can end."""


class LightError(RuntimeError):
    """There is no light to switch; the message says why and that the rest goes on."""


class Mood(Enum):
    """What the light says: its colour, and seconds on and off (0 off: it stays on)."""

    READY = ((0.0, 1.0, 0.0), 1.0, 0.0)
    THINKING = ((0.0, 0.0, 1.0), 0.2, 0.2)
    DRAWING = ((0.0, 0.0, 1.0), 1.0, 1.0)
    NO_PAPER = ((1.0, 0.6, 0.0), 0.2, 1.8)
    ATTENTION = ((1.0, 0.0, 0.0), 0.1, 0.4)

    @property
    def colour(self) -> Colour:
        """For a light of three colours."""
        return self.value[0]

    @property
    def rhythm(self) -> tuple[float, float]:
        """Seconds on, seconds off."""
        return self.value[1], self.value[2]


class Light:
    """A light on one pin, or one of three colours on three.

    Args:
        studio: What it shows.
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
        self._mood: Mood | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="light", daemon=True)
        self._thread.start()

    @property
    def mood(self) -> Mood | None:
        """What it says now; None before the first look."""
        return self._mood

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
        shown = self._studio.snapshot()
        mood = mood_of(shown)
        if mood is not self._mood:
            self._show(mood)
            self._mood = mood
        return int(shown["event"])

    def _show(self, mood: Mood) -> None:
        on, off = mood.rhythm
        if isinstance(self._lamp, gpiozero.RGBLED):
            if off:
                self._lamp.blink(on, off, on_color=mood.colour)
            else:
                self._lamp.color = mood.colour
        elif off:
            self._lamp.blink(on, off)
        else:
            self._lamp.on()


def mood_of(snapshot: Mapping[str, Any]) -> Mood:
    """What the light says of a snapshot of the studio."""
    machine, sheet = str(snapshot["machine"]["state"]), snapshot["sheet"]
    if snapshot["job"] is not None:
        return Mood.DRAWING
    if machine in ("absent", "locked", "unreferenced", "faulted") or snapshot["interrupted"]:
        return Mood.ATTENTION
    if (sheet is not None and sheet["free"] == 0) or _waits_for_somebody(snapshot["queue"]):
        return Mood.NO_PAPER
    if snapshot["queue"] or machine != "ready":
        return Mood.THINKING
    return Mood.READY


def _waits_for_somebody(queue: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the next job waits for more than the plotter: a pen, a person, the morning."""
    reason = str(queue[0]["reason"]) if queue else ""
    return reason.startswith("Waits") and not reason.startswith("Waits for the plotter")


def _open(
    pins: tuple[int, ...], pin_factory: Factory | None
) -> gpiozero.LED | gpiozero.RGBLED:
    try:
        factory = pin_factory or board_pins()
        if len(pins) == 3:
            return gpiozero.RGBLED(*pins, pwm=False, pin_factory=factory)
        return gpiozero.LED(*pins, pin_factory=factory)
    except (GPIOZeroError, OSError, ImportError, TypeError) as error:
        names = ", ".join(str(pin) for pin in pins)
        raise LightError(
            f"There is no light on GPIO {names} ({error}). Everything else works."
        ) from error
