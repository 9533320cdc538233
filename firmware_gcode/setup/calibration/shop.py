"""What every step of a calibration needs: the machine, the profile's file, the paper."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import datetime

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.pens.pen import Pen, Trial
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.prompts import Answer, Nudge, Prompt, confirm, nudge
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.machine import SetupMachine
from firmware_gcode.setup.profile_file import Changes, ProfileFile

LONGEST_NUDGE = 100.0
"""A longer move by hand is a slip of the finger, mm."""
LONGEST_LIFT = 5.0
"""Likewise for a Z axis, mm."""


@dataclass(frozen=True)
class Shop:
    """Where a calibration happens; the `PenBench` of a pen whose heights are tried.

    Attributes:
        now: The time, for the names of kept files.
        drawn: Told of each stroke that is on the paper, with the number of all.
        stop: What stops the machine, as a person is told.
    """

    machine: SetupMachine
    file: ProfileFile
    paper: Paper
    now: Callable[[], datetime] = datetime.now
    drawn: Callable[[int, int], None] | None = None
    stop: str = "Ctrl-C"

    @property
    def profile(self) -> Profile:
        """The profile as the machine takes it now."""
        return self.machine.profile

    def save(self, changes: Changes) -> Fact:
        """Write changes to the profile's file and go by them; tells what was saved.

        Raises:
            ProfileError: A value that no profile may have.
            SetupError: The file cannot be written; it is as it was.
        """
        kept = self.file.change(changes, self.now())
        self.machine.use(self.file.profile)
        return fact("profile-saved", path=str(self.file.path), kept=kept.name)

    def try_out(self, trial: Trial) -> Fact | None:
        """Take the machine for a changed profile; why that cannot be, or None."""
        try:
            profile = self.file.planned(trial)
            profile.pen.check_top(profile)
        except CodedError as error:
            return error.fact
        self.machine.use(profile)
        return None

    def try_pen(self, pen: Pen) -> None:
        """Take the machine for another pen, unchecked; nothing moves."""
        self.machine.use(replace(self.machine.profile, pen=pen))

    def over_paper(self) -> Generator[Prompt, Answer, None]:
        """Make the position known and take the lifted pen over the paper."""
        yield from find_place(self)
        area = self.paper.drawable
        self.machine.go(area.x0, area.y0)

    def by_hand(self, told: Fact, axes: tuple[str, ...]) -> Generator[Prompt, Answer, None]:
        """Move as a person says until they are content; what the machine refuses is told."""
        said: Fact | None = None
        while True:
            move = yield from nudge(told, axes, LONGEST_NUDGE, after=said)
            if move is None:
                return
            said = self._moved(move)

    def _moved(self, move: Nudge) -> Fact | None:
        """Make one move; what went wrong, to be told before the next question."""
        way = {"x": 0.0, "y": 0.0, "z": 0.0, move.axis: move.amount}
        if abs(way["z"]) > LONGEST_LIFT:
            return fact("nudge-z-shorter", most=LONGEST_LIFT)
        try:
            self.machine.jog(way["x"], way["y"], way["z"])
        except SetupError as error:
            if self.machine.state not in {LinkState.READY, LinkState.UNREFERENCED}:
                raise
            return error.fact
        return None


def find_place(shop: Shop) -> Generator[Prompt, Answer, None]:
    """Make the position known: by homing, or by a person who takes the pen to the corner.

    Raises:
        SetupError: The person said no, or the machine could not.
    """
    machine = shop.machine
    if machine.ready:
        return
    if machine.profile.homing:
        if not (yield from confirm(fact("ask-way-free"))):
            raise SetupError("nothing-moves-unknown")
        machine.home()
        return
    yield from to_corner(shop)


def to_corner(shop: Shop) -> Generator[Prompt, Answer, None]:
    """A person takes the pen to the paper's corner, which becomes the zero."""
    machine = shop.machine
    if machine.state is LinkState.LOCKED:
        machine.unlock()
    elif machine.ready:
        machine.forget_place()  # The old zero's reach must not hold the pen back.
    if machine.profile.pen.by_height:
        yield from shop.by_hand(fact("ask-corner-touching"), ("x", "y", "z"))
    else:
        yield from shop.by_hand(fact("ask-corner-over"), ("x", "y"))
    machine.set_zero()
