"""What people may have the machine do by hand, beside what the studio does by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from firmware_gcode.facts import fact_of
from firmware_gcode.grbl.link import LinkError
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Machine
from pi_service.studio.jobs.job import JobError
from pi_service.studio.jobs.lease import Hands


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever refuses below, the caller hears one sentence: a StudioError."""
    try:
        yield
    except (JobError, LinkError, StoreError) as error:
        raise StudioError(fact_of(error)) from error


class Controls:
    """Passes a person's wishes on to the machine.

    Args:
        link: The machine.

    Attributes:
        hands: Whether a person has the machine, or the queue.
    """

    def __init__(self, link: Machine) -> None:
        self._link = link
        self.hands = Hands()

    def pause(self) -> None:
        """Halt the drawing and lift the pen. Raises StudioError if nothing is being drawn."""
        with refusals():
            self._link.pause()

    def resume(self) -> None:
        """Go on with the paused drawing. Raises StudioError if none is paused."""
        with refusals():
            self._link.resume()

    def home(self) -> None:
        """Have the machine find its position. Raises StudioError if it cannot now."""
        with refusals():
            self._link.home()

    def unlock(self) -> None:
        """Release the machine's alarm lock. Raises StudioError if it cannot now."""
        with refusals():
            self._link.unlock()

    def set_zero(self) -> None:
        """Call the pen's place the paper's lower left corner. Raises StudioError."""
        with refusals():
            self._link.set_zero()

    def jog(self, dx: float, dy: float) -> None:
        """Move the lifted pen by millimetres. Raises StudioError if it cannot now."""
        with refusals():
            self._link.jog(dx, dy)

    def pen(self, *, down: bool) -> None:
        """Lower or lift the pen by hand. Raises StudioError if it cannot now."""
        with refusals():
            if down:
                self._link.pen_down()
            else:
                self._link.pen_up()
