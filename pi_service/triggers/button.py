"""The button on the plinth: a press asks the studio for a drawing, a long one does more.

A press asks at once, as the finger comes down, so that the pen moves within a second. If the
finger then stays for some seconds, it was an attendant's: what was asked for is taken back and
the studio does what a long press means now (stop what is drawn, take note of new paper). That
counts when the finger leaves: a button that is stuck never means anything but one drawing.

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
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import gpiozero
from gpiozero.exc import GPIOZeroError

from firmware_gcode.facts import CodedError, Fact, fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import LongPress
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.machine.standstill import BUTTON, PIN

if TYPE_CHECKING:
    from gpiozero.pins import Factory

    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

DEBOUNCE_S = 0.03
"""Edges closer than this are chatter of the contacts."""
COOLDOWN_S = 1.0
"""Presses closer than this are the same impatient finger."""
LONG_S = 2.0
"""A press of at least this is a long one."""
STUCK_S = 15.0
"""A press of more than this is no finger."""


class ButtonError(CodedError, RuntimeError):
    """There is no button to listen to; the message says why and that the rest goes on."""


_Note: TypeAlias = tuple[bool, float] | None
"""Pressed or released, and when, in monotonic seconds; None ends the thread."""


class Wish(StrEnum):
    """What a press means."""

    DRAW = "draw"
    """Ask for a drawing; a long press means more."""
    STOP = "stop"
    """Stop what is drawn, at once and however long the finger stays."""


class Button:
    """A push button between a pin and ground.

    Args:
        pin: The GPIO, in Broadcom's numbering.
        pin_factory: gpiozero's pins; None for those of this board.
        clock: Monotonic seconds.

    Raises:
        ButtonError: If there is no GPIO here, or the pin is taken.
    """

    def __init__(
        self,
        studio: Studio,
        pin: int,
        *,
        wish: Wish = Wish.DRAW,
        pin_factory: Factory | None = None,
        clock: Callable[[], float] = time.monotonic,
        debounce_s: float = DEBOUNCE_S,
        cooldown_s: float = COOLDOWN_S,
    ) -> None:
        self._studio = studio
        self._wish = wish
        self._clock = clock
        self._debounce_s = debounce_s
        self._cooldown_s = cooldown_s
        self._notes: queue.SimpleQueue[_Note] = queue.SimpleQueue()
        self._changed_at = float("-inf")
        self._asked_at = float("-inf")
        self._pressed_at = float("-inf")
        self._asked: Job | None = None
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
        """An edge of the contacts; those that follow one another too quickly are chatter."""
        rested = at - self._changed_at >= self._debounce_s
        self._changed_at = at
        if pressed and rested:
            self._pressed_at = at
            if self._wish is Wish.STOP:
                self._try(lambda: self._stop(PIN))  # never too often
            else:
                self._short(at)
        elif (
            self._wish is Wish.DRAW
            and not pressed
            and rested
            and LONG_S <= at - self._pressed_at <= STUCK_S
        ):
            self._long()

    def _short(self, at: float) -> None:
        self._asked = None
        if at - self._asked_at < self._cooldown_s:
            return
        self._asked_at = at
        self._try(self._ask)

    def _ask(self) -> None:
        self._asked = self._studio.jobs.request(Request("button"))
        if self._studio.standstill.stopped is not None:
            self._studio.notices.say(fact("asked-while-stopped"))

    def _stop(self, who: Fact) -> None:
        self._studio.machine.stop(who)

    def _long(self) -> None:
        """An attendant's press: the machine is stopped before anything is looked up."""
        asked, self._asked = self._asked, None
        studio, meaning = self._studio, self._studio.settings.long_press
        mine = asked is not None and studio.jobs.on_paper(asked.id)
        stops = meaning in {LongPress.AUTO, LongPress.STOP} and studio.machine.drawing
        if mine or stops:  # the pen was drawing it already: stopping that is what was meant
            self._try(lambda: self._stop(BUTTON))
        if asked is not None and not mine:
            with suppress(StudioError):
                if studio.jobs.cancel(asked.id).state is not JobState.CANCELLED:
                    return  # the pen has just begun it, and is stopped
        if not (mine or stops):
            self._try(self._long_press)

    def _long_press(self) -> None:
        """Take note of new paper, as the owner decided.

        Raises:
            StudioError: Nothing is drawn and the sheet has room: nothing is to be done.
        """
        studio, meaning = self._studio, self._studio.settings.long_press
        if meaning is LongPress.NOTHING:
            return
        if meaning is LongPress.STOP:
            raise StudioError("nothing-to-stop")
        sheet = studio.sheets.current
        if meaning is LongPress.AUTO and sheet is not None and sheet.free:
            raise StudioError("nothing-to-do", free=sheet.free)
        studio.sheets.new_sheet()

    def _try(self, action: Callable[[], None]) -> None:
        try:
            action()
        except StudioError as error:
            logger.info("the press was refused: %s", error)
            self._studio.notices.say(error.fact)


def _open(pin: int, pin_factory: Factory | None) -> gpiozero.Button:
    try:
        return gpiozero.Button(pin, pin_factory=pin_factory or board_pins())
    except (GPIOZeroError, OSError, ImportError, AttributeError) as error:
        raise ButtonError("no-button", pin=pin, why=str(error)) from error


def board_pins() -> Factory:
    """The pins of this board through lgpio.

    gpiozero's own search would end at libraries that lose presses on new boards.
    """
    from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 (only there on a Pi)

    return LGPIOFactory()
