"""What the studio needs of the parts it is given; the real ones and the tests' fakes fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from firmware_gcode.facts import Fact
from firmware_gcode.grbl.events import LinkEvent, LinkState

if TYPE_CHECKING:
    from firmware_gcode.program.program import Program
    from pi_service.sketching.stroke import Sketch


class Artist(Protocol):
    """Draws sketches; `pi_service.sketching.sketcher.Sketcher` is the real one."""

    @property
    def classes(self) -> tuple[str, ...]:
        """What it can draw."""

    @property
    def model_hash(self) -> str:
        """Which model it is."""

    def draw(
        self, class_name: str = "cat", *, seed: int, candidates: int | None = None
    ) -> Sketch:
        """The sketch of that class and seed, the best of so many; always the same one.

        Where no number of candidates is given, it is one that takes less than a second.
        """


class Machine(Protocol):
    """Draws programs; `firmware_gcode.grbl.link.Link` is the real one.

    Requests return at once and raise `LinkError` where they are not possible.
    """

    @property
    def state(self) -> LinkState:
        """What it is doing."""

    @property
    def fault(self) -> Fact | None:
        """What went wrong last and what to do, or None."""

    @property
    def position(self) -> tuple[float, float] | None:
        """Where the pen is, in paper mm, or None while that is unknown."""

    @property
    def moving(self) -> bool:
        """Whether a program, a move or a conversation is going on."""

    @property
    def feed_percent(self) -> int:
        """How fast it draws, percent of the planned feed."""

    def subscribe(self, listener: Callable[[LinkEvent], None]) -> Callable[[], None]:
        """Call `listener` with every event, on the machine's thread."""

    def draw(self, program: Program) -> None:
        """Draw a checked program."""

    def onward(self, *, follows: bool) -> None:
        """Say whether another drawing follows, so that the pen need not be parked."""

    def park(self) -> None:
        """Take the lifted pen to where it waits."""

    def pause(self, *, at_once: bool = False) -> None:
        """Lift the pen at the end of the stroke, or at once."""

    def resume(self) -> None:
        """Go on."""

    def stop(self, *, park: bool = True) -> None:
        """Stop where it is and lift the pen."""

    def override_feed(self, percent: int) -> None:
        """Draw this drawing faster or slower."""

    def home(self) -> None:
        """Find the position."""

    def unlock(self) -> None:
        """Release the alarm lock."""

    def set_zero(self) -> None:
        """Call the pen's place the lower left corner of the paper."""

    def pen_up(self) -> None:
        """Lift the pen."""

    def pen_down(self) -> None:
        """Lower the pen."""

    def jog(self, dx: float, dy: float) -> None:
        """Move the lifted pen by millimetres."""
