"""The link to a GRBL machine: requests go in, events come out, one thread owns the port."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_gcode.grbl.events import LinkEvent, LinkState
from firmware_gcode.grbl.port import Port, open_serial

if TYPE_CHECKING:
    from firmware_gcode.program.profile import Profile
    from firmware_gcode.program.program import Program

__all__ = ["Link", "LinkError", "LinkEvent", "LinkState"]


class LinkError(RuntimeError):
    """A request that is not possible now; the message says why and what to do instead."""


class Link:
    """A GRBL machine behind a serial port.

    The link finds the port, connects, and connects again when the plotter was unplugged; it draws programs,
    and tells what is really on the paper. It never moves, resumes or sends again on its own guess: after the
    position was lost it stays `UNREFERENCED` or `LOCKED` until a person calls `home()` or `set_zero()`. The one
    exception is a profile with `home_at_start`: then it homes by itself when the machine is first met, and
    after a later power-on unless a fault is still to be looked at.

    Requests return at once, from any thread; their outcome comes as events. A request that is not possible
    in the present state raises `LinkError` with a sentence.

    Args:
        find_port: Gives the path of the plotter's port, or None while there is none. Called again
            whenever the link looks for the machine.
        profile: The machine's profile.
        open_port: Opens a port by path and baud rate.
        clock: Monotonic seconds.
        journal: File in which drawn strokes are recorded; None keeps no journal.
    """

    def __init__(
        self,
        find_port: Callable[[], str | None],
        profile: Profile,
        *,
        open_port: Callable[[str, int], Port] = open_serial,
        clock: Callable[[], float] = time.monotonic,
        journal: Path | None = None,
    ) -> None:
        self._find_port = find_port
        self._profile = profile
        self._open_port = open_port
        self._clock = clock
        self._journal = journal
        self._listeners: list[Callable[[LinkEvent], None]] = []

    @property
    def state(self) -> LinkState:
        """The state now."""
        return LinkState.ABSENT

    @property
    def fault(self) -> str | None:
        """What went wrong last and what to do, in a sentence; None when nothing is wrong."""
        return None

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the pen is, work coordinates in mm; None while that is not known."""
        return None

    def subscribe(self, listener: Callable[[LinkEvent], None]) -> Callable[[], None]:
        """Calls `listener` with every event from now on, on the link's thread.

        Returns:
            A function that ends the subscription.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def start(self) -> None:
        """Starts looking for the machine, in a thread of its own."""

    def close(self) -> None:
        """Stops what is being drawn, lifts the pen, and lets go of the port. Blocks for a few seconds at most."""

    def draw(self, program: Program) -> None:
        """Draws a program that was already checked. Only from `READY`.

        Raises:
            LinkError: In any other state.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")

    def pause(self, *, at_once: bool = False) -> None:
        """Pauses at the end of the stroke, or at once (the pen is lifted in the middle of the stroke).

        Raises:
            LinkError: When nothing is being drawn.
        """
        raise LinkError("Nothing is being drawn, so there is nothing to pause.")

    def resume(self) -> None:
        """Goes on with a paused program.

        Raises:
            LinkError: When nothing is paused.
        """
        raise LinkError("Nothing is paused.")

    def stop(self) -> None:
        """Stops the machine where it is, lifts the pen and parks it. The program ends as "stopped".

        Raises:
            LinkError: When there is no machine to stop.
        """
        raise LinkError("No plotter is connected.")

    def home(self) -> None:
        """Runs the homing cycle; the position is known afterwards.

        Raises:
            LinkError: While drawing, without a machine, or when the profile has no homing.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")

    def unlock(self) -> None:
        """Unlocks GRBL after an alarm; the position stays unknown until `home()` or `set_zero()`.

        Raises:
            LinkError: When the machine is not locked.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")

    def set_zero(self) -> None:
        """Declares that the pen now stands, lifted, over the paper's lower left corner.

        Raises:
            LinkError: While drawing or locked, or without a machine.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")

    def pen_up(self) -> None:
        """Lifts the pen.

        Raises:
            LinkError: While drawing or locked, or without a machine.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")

    def pen_down(self) -> None:
        """Lowers the pen onto the paper.

        Raises:
            LinkError: While drawing or locked, or without a machine.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")

    def jog(self, dx: float, dy: float) -> None:
        """Moves the lifted pen by (dx, dy) mm.

        Raises:
            LinkError: While drawing or locked, without a machine, or for a distance that is not finite.
        """
        raise LinkError("No plotter is connected. Plug it in and try again.")
