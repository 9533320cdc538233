"""What every step of a calibration needs: the machine, the profile's file, the paper."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.pen import ZPen
from firmware_gcode.setup.calibration.guide import Answer, Nudge, Prompt, confirm, nudge
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.machine import Machine
from firmware_gcode.setup.profile_file import Changes, ProfileFile

LONGEST_NUDGE = 100.0
"""A longer move by hand is a slip of the finger, mm."""
LONGEST_LIFT = 5.0
"""Likewise for a Z axis, mm."""


@dataclass(frozen=True)
class Shop:
    """Where a calibration happens.

    Attributes:
        machine: The machine, connected.
        file: The profile's file; changes go there.
        paper: The paper under the pen.
        now: The time, for the names of kept files.
        drawn: Told of each stroke that is on the paper, with the number of all.
        stop: What stops the machine, as a person is told.
    """

    machine: Machine
    file: ProfileFile
    paper: Paper
    now: Callable[[], datetime] = datetime.now
    drawn: Callable[[int, int], None] | None = None
    stop: str = "Ctrl-C"

    def save(self, changes: Changes) -> str:
        """Writes changes to the profile's file and takes the machine for that from now on.

        Returns:
            What was saved, a sentence.

        Raises:
            ProfileError: A value that no profile may have.
            SetupError: The file cannot be written; it is as it was.
        """
        kept = self.file.change(changes, self.now())
        self.machine.use(self.file.profile)
        return f"{self.file.path} is changed; what it was is in {kept.name}."


def find_place(shop: Shop) -> Generator[Prompt, Answer, None]:
    """Makes the position known: by homing, or by a person who takes the pen to the corner.

    Raises:
        SetupError: The person said no, or the machine could not.
    """
    machine = shop.machine
    if machine.ready:
        return
    if machine.profile.homing:
        free = yield from confirm(
            "The machine must find its place and will home now. Is its way free?"
        )
        if not free:
            raise SetupError("Nothing moves before the position is known.")
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
    z_pen = isinstance(machine.profile.pen, ZPen)
    how = "so that it just touches the paper" if z_pen else "lifted, right over the paper"
    axes = ("x", "y", "z") if z_pen else ("x", "y")
    yield from by_hand(
        shop,
        f"Take the pen to the paper's lower left corner, {how} (a pen that is down draws).",
        axes,
    )
    machine.set_zero()


def by_hand(shop: Shop, text: str, axes: tuple[str, ...]) -> Generator[Prompt, Answer, None]:
    """Moves as a person says until they are content; what the machine refuses is told."""
    said = ""
    while True:
        move = yield from nudge(said + text, axes, LONGEST_NUDGE)
        if move is None:
            return
        said = _moved(shop, move)


def _moved(shop: Shop, move: Nudge) -> str:
    """Makes one move; what went wrong as the beginning of the next question."""
    machine, way = shop.machine, move.amount
    if move.axis == "z" and abs(way) > LONGEST_LIFT:
        return f"Move z at most {LONGEST_LIFT:g} mm at a time. "
    try:
        match move.axis:
            case "x":
                machine.jog(way, 0.0)
            case "y":
                machine.jog(0.0, way)
            case _:
                machine.jog_height(way)
    except SetupError as error:
        if machine.state not in {LinkState.READY, LinkState.UNREFERENCED}:
            raise
        return f"{error} "
    return ""
