"""The machine for everybody but the worker: what people may have it do, and who has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from firmware_gcode.grbl.events import LinkEvent, StateChanged
from firmware_gcode.grbl.link import LinkError
from firmware_gcode.program.profile import Profile
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.parts import Machine
from pi_service.studio.machine import status
from pi_service.studio.machine.lease import Lease


class Act(StrEnum):
    """What a person may have the machine do."""

    PAUSE = "pause"
    """Halt the drawing at the end of the stroke, and lift the pen."""
    RESUME = "resume"
    HOME = "home"
    UNLOCK = "unlock"
    ZERO = "zero"
    """Take the pen's place for the paper's lower left corner."""
    PEN_UP = "pen_up"
    PEN_DOWN = "pen_down"


@contextmanager
def refused() -> Iterator[None]:
    """Turn the machine's refusal into a StudioError."""
    try:
        yield
    except LinkError as error:
        raise StudioError(str(error)) from error


class MachineControl:
    """The machine, its profile, and the lease that keeps queue and people apart.

    Args:
        link: The machine.
        profile: The machine's profile.

    Attributes:
        link: As given; programs are sent to it by the worker alone.
        profile: The profile that counts now.
        lease: Who has the machine: the queue, or a person.
        reason: What the machine said when it came into its state.
        on_stop: Called after a stop: a program may be just about to be sent.
    """

    def __init__(self, link: Machine, profile: Profile) -> None:
        self.link = link
        self.profile = profile
        self.lease = Lease()
        self.reason = ""
        self.on_stop: Callable[[], None] = lambda: None
        self._acts = {
            Act.PAUSE: link.pause,
            Act.RESUME: link.resume,
            Act.HOME: link.home,
            Act.UNLOCK: link.unlock,
            Act.ZERO: link.set_zero,
            Act.PEN_UP: link.pen_up,
            Act.PEN_DOWN: link.pen_down,
        }
        self.close = link.subscribe(self._hear)

    def act(self, act: Act) -> None:
        """Have the machine do something.

        Raises:
            StudioError: It cannot now, or the calibration has the machine.
        """
        if act not in {Act.PAUSE, Act.RESUME}:
            self.lease.check()
        with refused():
            self._acts[act]()

    def stop(self) -> None:
        """Stop whatever moves and lift the pen; the active job becomes cancelled.

        Raises:
            StudioError: There is no machine to stop.
        """
        with refused():
            self.link.stop()
        self.on_stop()

    def view(self) -> dict[str, Any]:
        """The machine ready for JSON: ``state``, ``sentence``, ``fault``, ``position``."""
        return status.view(self.link, self.reason)

    def _hear(self, event: LinkEvent) -> None:
        if isinstance(event, StateChanged):
            self.reason = str(event.reason or "")
