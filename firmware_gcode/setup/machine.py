"""A machine for set-up: the link's requests as calls that return when the thing is done.

The link works by events, which suits a service; setting a machine up is a dialogue. Each call
here waits for its outcome and raises `SetupError` with a sentence where it failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact
from firmware_gcode.grbl import moves
from firmware_gcode.grbl.commands import jog as jog_line
from firmware_gcode.grbl.commands import number
from firmware_gcode.grbl.connection import Procedure
from firmware_gcode.grbl.core import Core
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.link import Link
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.pen import ServoPen
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.setup.calls import GONE, MOVE_SECONDS, Caller
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import Readout, read_machine
from firmware_gcode.setup.writing import Fate, Step, WriteReport, equal, write_steps

CONNECT_SECONDS = 20.0
"""An Uno restarts when its port is opened; a board that says nothing for this long is none."""


class Machine(Caller):
    """A link in the hands of a set-up.

    Args:
        link: The machine's link; whoever made it starts and closes it.
        profile: The profile that the link was made with.

    Attributes:
        profile: What the machine is taken for now; `use` changes it.
    """

    def __init__(self, link: Link, profile: Profile) -> None:
        super().__init__(link)
        self.profile = profile

    @property
    def ready(self) -> bool:
        """Whether the position is known and nothing is going on."""
        return self._link.state is LinkState.READY

    @property
    def position(self) -> tuple[float, float]:
        """Where the pen is, work coordinates in mm.

        Raises:
            SetupError: Nobody knows.
        """
        place = self._link.position
        if place is None:
            raise SetupError("Nobody knows where the pen is. Home it or set its zero.")
        return place

    def connect(self, seconds: float = CONNECT_SECONDS) -> LinkState:
        """Waits until the machine is there.

        Raises:
            SetupError: It is not; says why.
        """
        waiting = {LinkState.ABSENT, LinkState.CONNECTING}
        self._wait(lambda: self.state not in waiting or self._said_absent, seconds)
        if self.state in GONE:
            raise SetupError(self._why())
        return self.state

    def converse(self, conversation: Callable[[Core], Procedure[None]]) -> None:
        """Holds any conversation and waits for its end.

        Raises:
            SetupError: It could not be held, or did not come to its end; says why.
        """
        self._converse(conversation)

    def read(self) -> Readout:
        """Reads everything that the machine has stored."""
        found: list[Readout] = []
        self._converse(lambda core: read_machine(core, found))
        return found[0]

    def write(self, steps: Sequence[Step]) -> WriteReport:
        """Writes values and reads each back; the report says what became of every one.

        It never raises for a machine that goes away halfway: the report says how far it came.
        """
        report = WriteReport(steps)
        try:
            self._converse(lambda core: write_steps(core, report))
        except SetupError as error:
            report.trouble = report.trouble or str(error)
            report.place_lost = self._link.position is None
            for step in report.named(Fate.SENT):
                step.note = "nobody knows whether it was stored; read the machine again."
        return report

    def use(self, profile: Profile) -> None:
        """From now on the machine has this profile; nothing moves.

        On a machine that was homed the work coordinates are laid where the profile says.
        """

        def change(core: Core) -> Procedure[None]:
            core.profile = profile
            corner = moves.paper_corner(profile)
            stored = core.talk.view.parameters.get("G54", ())
            if profile.homing and core.referenced and not equal("G54", stored, corner):
                x, y, z = (number(value) for value in corner)
                yield from core.talk.ask(f"G21G10L2P1X{x}Y{y}Z{z}")
                yield from core.talk.ask("$#")
            yield from core.talk.report()

        self._converse(change)
        self.profile = profile

    def forget_place(self) -> None:
        """Takes the position for unknown, so that the zero can be set anew; nothing moves."""

        def forget(core: Core) -> Procedure[None]:
            core.referenced = False
            yield from core.talk.report()
            core.enter(core.rest_state(), fact("zero-to-be-set-anew"))

        self._converse(forget)

    def home(self) -> None:
        """Homes the machine."""
        self._ask(self._link.home)
        if not self.ready:
            raise SetupError(self._why())

    def unlock(self) -> None:
        """Takes GRBL out of its lock; the position stays unknown."""
        self._ask(self._link.unlock)

    def set_zero(self) -> None:
        """Takes a person's word that the pen is at the paper's lower left corner."""
        self._ask(self._link.set_zero)
        if not self.ready:
            raise SetupError(self._why())

    def pen_up(self) -> None:
        """Lifts the pen."""
        self._ask(self._link.pen_up)

    def pen_down(self) -> None:
        """Lowers the pen."""
        self._ask(self._link.pen_down)

    def jog(self, dx: float, dy: float) -> None:
        """Moves the pen in the plane, by hand."""
        self._ask(lambda: self._link.jog(dx, dy))

    def jog_height(self, dz: float) -> None:
        """Moves a Z pen up or down; from the first way down it counts as on the paper."""

        def move(core: Core) -> Procedure[None]:
            core.pen_may_be_down = core.pen_may_be_down or dz < 0
            feed = core.profile.grbl["$112"] / 2
            yield from moves.move(
                core.talk, jog_line(0, 0, dz, feed=feed), abs(dz) / feed * 60.0
            )

        self._converse(move)

    def go(self, x: float, y: float) -> None:
        """Takes the lifted pen to a place in work coordinates, mm; the position is known."""
        profile = self.profile
        if not profile.reach.contains([(x, y)], 1e-6):
            raise SetupError(f"({x:g}, {y:g}) is out of the machine's reach.")
        if not self.ready:
            raise SetupError(self._why())
        way = profile.width + profile.height

        def move(core: Core) -> Procedure[None]:
            yield from moves.lift(core.talk, core.profile, referenced=core.referenced)
            core.pen_may_be_down = False
            feed = core.profile.travel_feed
            yield from moves.go(core.talk, x, y, feed, way / feed * 60.0)

        self._converse(move)

    def servo(self, value: float) -> None:
        """Turns a servo to an S value; anything but the profile's `up` counts as down."""
        pen = self.profile.pen
        if not isinstance(pen, ServoPen):
            raise SetupError("The profile's pen is not on a servo.")

        def turn(core: Core) -> Procedure[None]:
            core.pen_may_be_down = value != pen.up
            yield from core.talk.ask(f"M3S{number(value)}")
            yield from core.talk.ask("G4P0.3")

        self._converse(turn)

    def machine_height(self) -> float:
        """Where Z is in machine coordinates, mm; below zero on a homed machine."""
        found: list[float] = []

        def look(core: Core) -> Procedure[None]:
            yield from core.talk.report()
            place = core.talk.view.position
            offset = core.talk.view.parameters.get("G54", (0.0, 0.0, 0.0))
            if place is not None:
                found.append(place[2] + offset[2])

        self._converse(look)
        if not found:
            raise SetupError("The machine does not say where it is. Try again.")
        return found[0]

    def draw(
        self,
        program: Program,
        paper: Paper,
        drawn: Callable[[int], None] | None = None,
        *,
        allowed: Profile | None = None,
    ) -> None:
        """Checks a program and draws it to its end.

        Args:
            program: What to draw.
            paper: The paper under the pen.
            drawn: Called with each stroke that is on the paper, on the link's thread.
            allowed: What the program is checked against instead of the profile: a test sheet
                has its own fastest feed.

        Raises:
            SetupError: It does not pass the check, or was not drawn to its end.
        """
        try:
            check_program(program.text, allowed or self.profile, paper)
        except ProgramError as error:
            raise SetupError(f"This cannot be drawn here: {error}.") from error
        self._ended.clear()
        self._on_stroke = drawn
        self._request(lambda: self._link.draw(program))
        if not self._wait(lambda: bool(self._ended), 3.0 * program.seconds + MOVE_SECONDS):
            self._link.stop()
            raise SetupError("The drawing takes far too long; it was stopped.")
        if self._ended[0].outcome != "done":
            raise SetupError(str(self._ended[0].reason or "The drawing was stopped."))

    def stop(self) -> None:
        """Stops whatever moves; from any thread."""
        self._link.stop()
