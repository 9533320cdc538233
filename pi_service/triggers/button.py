"""The button on the plinth: a press asks the studio for a drawing, a long one does more.

A press asks at once, as the finger comes down, so that the pen moves within a second. If the
finger then stays for some seconds, it was an attendant's: what was asked for is taken back and
the studio does what a long press means now (stop what is drawn, take note of new paper). That
counts when the finger leaves: a button that is stuck never means anything but one drawing.

Where the owner lets a long press say yes to visitors' drawings (`LongPress.APPROVE`), and one
waits while nothing is drawn, the press counts when the finger leaves as well: else the pen had
begun a cat before anybody knows that the finger stays.

The pin is believed once it has stayed as it is for some milliseconds: a motor's spark, felt by
a long cable, is shorter, and so is the chatter of contacts. A pin that stays low is told.

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
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import gpiozero
from gpiozero.exc import GPIOZeroError, PinUnknownPi

from firmware_gcode.facts import CodedError, Fact, fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import LongPress
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.machine.standstill import BUTTON, PIN

if TYPE_CHECKING:
    from gpiozero.pins import Factory

    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

SETTLED_S = 0.008
"""A change of the pin that lasts less is chatter of contacts, or picked up by the cable."""
COOLDOWN_S = 1.0
"""Presses closer than this are the same impatient finger."""
LONG_S = 2.0
"""A press of at least this is a long one."""
STUCK_S = 15.0
"""A press of more than this is no finger."""
STOPS = frozenset({LongPress.AUTO, LongPress.STOP, LongPress.APPROVE})
"""Meanings of a long press that stop what is drawn before anything else."""
LOOK_S = 0.5
"""How often a pin that is low is looked at."""


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
        settled_s: float = SETTLED_S,
        cooldown_s: float = COOLDOWN_S,
    ) -> None:
        self._studio = studio
        self._wish = wish
        self._pin = pin
        self._clock = clock
        self._settled_s = settled_s
        self._cooldown_s = cooldown_s
        self._notes: queue.SimpleQueue[_Note] = queue.SimpleQueue()
        self._unsettled: tuple[bool, float] | None = None
        self._told_stuck = False
        self._asked_at = float("-inf")
        self._pressed_at = clock()
        self._asked: Job | None = None
        self._later = False
        self._button = _open(pin, pin_factory)
        self._pressed = bool(self._button.is_pressed)
        self._button.when_pressed = lambda: self._notes.put((True, self._clock()))
        self._button.when_released = lambda: self._notes.put((False, self._clock()))
        self._thread = threading.Thread(target=self._run, name="button", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let go of the pin and end the thread."""
        self._notes.put(None)
        self._thread.join()
        with suppress(GPIOZeroError):
            self._button.close()

    def _run(self) -> None:
        while self._wait():
            pass

    def _wait(self) -> bool:
        """Wait for an edge, or for the last one to settle; False at the end."""
        wait = self._settled_s if self._unsettled else LOOK_S if self._pressed else None
        try:
            note = self._notes.get(timeout=wait)
        except queue.Empty:
            self._look()
            return True
        if note is None:
            self._settle(self._clock())
            return False
        self._settle(note[1])
        self._unsettled = note if note[0] is not self._pressed else None
        return True

    def _look(self) -> None:
        """Nothing was heard for a while: see how the pin is."""
        low = bool(self._button.is_pressed)
        if self._unsettled is None and low is not self._pressed:
            self._unsettled = low, self._clock()  # an edge that nobody told
        if self._unsettled and self._unsettled[0] is low:
            self._settle(self._clock())
        if self._pressed and self._clock() - self._pressed_at > STUCK_S:
            self._tell_stuck(fact("button-stuck", pin=self._pin, seconds=round(STUCK_S)))

    def _settle(self, now: float) -> None:
        """Believe the last edge, if the pin has stayed so for long enough."""
        if self._unsettled is None or now - self._unsettled[1] < self._settled_s:
            return
        (self._pressed, at), self._unsettled = self._unsettled, None
        try:
            self._changed(self._pressed, at)
        except Exception:
            logger.exception("the button goes on after an unexpected error")

    def _changed(self, pressed: bool, at: float) -> None:
        """A press or a release that is believed."""
        if pressed:
            self._pressed_at = at
            if self._wish is Wish.STOP:
                self._try(lambda: self._stop(PIN))  # never too often
            elif self._may_answer():
                self._asked, self._later = None, True
            else:
                self._short(at)
            return
        self._tell_stuck(None)
        later, self._later = self._later, False
        if self._wish is Wish.DRAW and LONG_S <= at - self._pressed_at <= STUCK_S:
            self._long()
        elif later and at - self._pressed_at < LONG_S:
            self._short(at)

    def _may_answer(self) -> bool:
        """Whether a long press would say yes to a drawing that waits."""
        studio = self._studio
        wanted = studio.settings.long_press is LongPress.APPROVE
        return wanted and studio.approvals.count > 0 and not studio.machine.drawing

    def _tell_stuck(self, told: Fact | None) -> None:
        if (told is not None) is not self._told_stuck:
            self._told_stuck = told is not None
            self._studio.problems.report(f"{self._wish} button", told)

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
        stops = meaning in STOPS and studio.machine.drawing
        if mine or stops:  # the pen was drawing it already: stopping that is what was meant
            self._try(lambda: self._stop(BUTTON))
        if asked is not None and not mine:
            with suppress(StudioError):
                if studio.jobs.cancel(asked.id).state is not JobState.CANCELLED:
                    return  # the pen has just begun it, and is stopped
        if not (mine or stops):
            self._try(self._long_press)

    def _long_press(self) -> None:
        """Take note of new paper, or say yes to the oldest drawing, as the owner decided.

        Raises:
            StudioError: Nothing is drawn, the sheet has room and nothing waits for a yes.
        """
        studio, meaning = self._studio, self._studio.settings.long_press
        if meaning is LongPress.NOTHING:
            return
        if meaning is LongPress.STOP:
            raise StudioError("nothing-to-stop")
        sheet = studio.sheets.current
        room = sheet is not None and sheet.free and studio.preflight.paper_fault() is None
        if meaning is LongPress.APPROVE and room and studio.approvals.count:
            studio.approvals.approve()
            return
        if meaning is not LongPress.SHEET and sheet is not None and room:
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
    except PINS_FAIL as error:
        raise ButtonError("no-button", pin=pin, why=why_no_pins(error)) from error


PINS_FAIL = (GPIOZeroError, OSError, ImportError, AttributeError, TypeError)
"""What gpiozero and the library below it raise where they cannot have a pin."""


def why_no_pins(error: Exception) -> Fact:
    """Why a pin could not be had, for people."""
    if isinstance(error, ImportError):
        chips = any(Path("/dev").glob("gpiochip*"))
        return fact("pins-no-library" if chips else "pins-none")
    if isinstance(error, PinUnknownPi):
        return fact("pins-no-board")
    return fact("text", text=str(error))


def board_pins() -> Factory:
    """The pins of this board through lgpio.

    gpiozero's own search would end at libraries that lose presses on new boards.
    """
    from gpiozero.pins.lgpio import LGPIOFactory  # noqa: PLC0415 (only there on a Pi)

    return LGPIOFactory()
