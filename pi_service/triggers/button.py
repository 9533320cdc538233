"""The button on the plinth: a press asks the studio for a drawing.

GPIO libraries call back on a thread of their own, without any net: an exception there ends all
presses for good, and a slow handler holds them up. So the handler only drops a note into a
queue; a thread of ours decides what it means and asks the studio.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, TypeAlias

import gpiozero
from gpiozero.exc import GPIOZeroError

from pi_service.studio.errors import StudioError
from pi_service.studio.job import Job

if TYPE_CHECKING:
    from gpiozero.pins import Factory

logger = logging.getLogger(__name__)

DEBOUNCE_S = 0.03
"""Edges closer than this are chatter of the contacts."""
COOLDOWN_S = 1.0
"""Presses closer than this are the same impatient finger."""


class ButtonError(RuntimeError):
    """There is no button to listen to; the message says why and that the rest goes on."""


class Asks(Protocol):
    """What the button needs of the studio."""

    def request(self, source: str) -> Job:
        """Ask for a drawing; raises StudioError where it is refused."""

    def report(self, part: str, problem: str | None) -> None:
        """Say what is wrong, or that nothing is any more."""


_Note: TypeAlias = tuple[bool, float] | None
"""Pressed or released, and when, in monotonic seconds; None ends the thread."""


class Button:
    """A push button between a pin and ground.

    Args:
        studio: Is asked for the drawings.
        pin: The GPIO, in Broadcom's numbering.
        pin_factory: gpiozero's pins; None for those of this board.
        clock: Monotonic seconds.
        debounce_s: See `DEBOUNCE_S`.
        cooldown_s: See `COOLDOWN_S`.

    Raises:
        ButtonError: If there is no GPIO here, or the pin is taken.
    """

    def __init__(
        self,
        studio: Asks,
        pin: int,
        *,
        pin_factory: Factory | None = None,
        clock: Callable[[], float] = time.monotonic,
        debounce_s: float = DEBOUNCE_S,
        cooldown_s: float = COOLDOWN_S,
    ) -> None:
        self._studio = studio
        self._clock = clock
        self._debounce_s = debounce_s
        self._cooldown_s = cooldown_s
        self._notes: queue.SimpleQueue[_Note] = queue.SimpleQueue()
        self._changed_at = float("-inf")
        self._asked_at = float("-inf")
        self._button = _open(pin, pin_factory)
        self._button.when_pressed = lambda: self._notes.put((True, self._clock()))
        self._button.when_released = lambda: self._notes.put((False, self._clock()))
        self._thread = threading.Thread(target=self._run, name="button", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go of the pin and end the thread."""
        with suppress(GPIOZeroError):
            self._button.close()
        self._notes.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (note := self._notes.get()) is not None:
            try:
                self._changed(*note)
            except Exception:
                logger.exception("the button goes on after an unexpected error")

    def _changed(self, pressed: bool, at: float) -> None:
        """An edge: a press counts if the contacts were at rest and the finger is a new one."""
        rested = at - self._changed_at >= self._debounce_s
        self._changed_at = at
        if not (pressed and rested) or at - self._asked_at < self._cooldown_s:
            return
        self._asked_at = at
        try:
            self._studio.request("button")
        except StudioError as error:
            logger.info("the press was refused: %s", error)
            self._studio.report("button", str(error))
        else:
            self._studio.report("button", None)


def _open(pin: int, pin_factory: Factory | None) -> gpiozero.Button:
    try:
        return gpiozero.Button(pin, pin_factory=pin_factory or _board_pins())
    except (GPIOZeroError, OSError, ImportError, AttributeError) as error:
        raise ButtonError(
            f"There is no button on GPIO {pin} ({error}). Everything else works: use the page."
        ) from error


def _board_pins() -> Factory:
    """The pins of this board through lgpio.

    gpiozero's own search would end at libraries that lose presses on new boards.
    """
    from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 (only there on a Pi)

    return LGPIOFactory()
