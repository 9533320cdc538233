"""A machine for set-up: the link's requests as calls that return when the thing is done.

The link works by events, which suits a service; setting a machine up is a dialogue. Each call
here waits for its outcome and raises `SetupError` with a sentence where it failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import fact
from firmware_gcode.gcode.words import number
from firmware_gcode.grbl import moves
from firmware_gcode.grbl.connection import Procedure
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.session_state import SessionState
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.pens.pen import Say
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.setup.calls import GONE, MOVE_SECONDS, Caller
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import Readout, read_machine
from firmware_gcode.setup.typed_line import Kind, Said, TypedLine, carry_out
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
            raise SetupError("link-is-unreferenced")
        return place

    def connect(self, seconds: float = CONNECT_SECONDS) -> LinkState:
        """Wait until the machine is there.

        Raises:
            SetupError: It is not; says why.
        """
        waiting = {LinkState.ABSENT, LinkState.CONNECTING}
        self._wait(lambda: self.state not in waiting or self._said_absent, seconds)
        if self.state in GONE:
            raise SetupError(self._why())
        return self.state

    def send(self, typed: TypedLine) -> Said:
        """Carry out a line that a person typed; a setting is written by `write` instead."""
        said = Said()
        if typed.kind in {Kind.HOME, Kind.UNLOCK}:
            (self.home if typed.kind is Kind.HOME else self.unlock)()
            said.lines.append("ok")
        else:
            self._converse(lambda core: carry_out(core, typed, said))
        return said

    def read(self) -> Readout:
        """Read everything that the machine has stored."""
        found: list[Readout] = []
        self._converse(lambda core: read_machine(core, found))
        return found[0]

    def write(self, steps: Sequence[Step], *, confirmed: bool = False) -> WriteReport:
        """Write values and read each back; the report says what became of every one.

        It never raises for a machine that goes away halfway: the report says how far it came.

        Args:
            steps: What to write.
            confirmed: Whether a person said yes to settings about which `lies` warns.
        """
        report = WriteReport(steps, confirmed=confirmed)
        try:
            self._converse(lambda core: write_steps(core, report))
        except SetupError as error:
            report.trouble = report.trouble or error.fact
            report.place_lost = self._link.position is None
            for step in report.named(Fate.SENT):
                step.note = fact("write-unknown")
        return report

    def use(self, profile: Profile) -> None:
        """From now on the machine has this profile; nothing moves.

        On a machine that was homed the work coordinates are laid where the profile says.
        """

        def change(core: SessionState) -> Procedure[None]:
            core.profile = profile
            corner = moves.paper_corner(profile)
            stored = core.connection.machine.parameters.get("G54", ())
            if profile.homing and core.referenced and not equal("G54", stored, corner):
                x, y, z = (number(value) for value in corner)
                yield from core.connection.ask(f"G21G10L2P1X{x}Y{y}Z{z}")
                yield from core.connection.ask("$#")
            yield from core.connection.report()

        self._converse(change)
        self.profile = profile

    def forget_place(self) -> None:
        """Take the position for unknown, so that the zero can be set anew; nothing moves."""

        def forget(core: SessionState) -> Procedure[None]:
            core.referenced = False
            yield from core.connection.report()
            core.enter(core.rest_state(), fact("zero-to-be-set-anew"))

        self._converse(forget)

    def home(self) -> None:
        """Home the machine."""
        self._ask(self._link.home)
        if not self.ready:
            raise SetupError(self._why())

    def unlock(self) -> None:
        """Take GRBL out of its lock; the position stays unknown."""
        self._ask(self._link.unlock)

    def set_zero(self) -> None:
        """Take a person's word that the pen is at the paper's lower left corner."""
        self._ask(self._link.set_zero)
        if not self.ready:
            raise SetupError(self._why())

    def pen_up(self) -> None:
        """Lift the pen."""
        self._ask(self._link.pen_up)

    def pen_down(self) -> None:
        """Lower the pen."""
        self._ask(self._link.pen_down)

    def jog(self, dx: float, dy: float, dz: float = 0.0) -> None:
        """Move the pen by hand; from the first way down it counts as on the paper."""
        self._ask(lambda: self._link.jog(dx, dy, dz))

    def go(self, x: float, y: float) -> None:
        """Take the lifted pen to a place in work coordinates, mm; the position is known."""
        profile = self.profile
        if not self.ready:
            raise SetupError(self._why())
        way = profile.width + profile.height

        def move(core: SessionState) -> Procedure[None]:
            yield from moves.lift(core.connection, core.profile, referenced=core.referenced)
            core.pen_may_be_down = False
            feed = core.profile.travel_feed
            yield from moves.go(core.connection, x, y, feed, way / feed * 60.0)

        self._converse(move)

    def say(self, step: Say) -> None:
        """Send a line that moves the pen, and wait until it has."""

        def turn(core: SessionState) -> Procedure[None]:
            core.pen_may_be_down = step.down
            yield from core.connection.ask(step.text)
            yield from core.connection.ask("G4P0.3")

        self._converse(turn)

    def machine_height(self) -> float:
        """Where Z is in machine coordinates, mm; below zero on a homed machine."""
        found: list[float] = []

        def look(core: SessionState) -> Procedure[None]:
            yield from core.connection.report()
            place = core.connection.machine.position
            offset = core.connection.machine.parameters.get("G54", (0.0, 0.0, 0.0))
            if place is not None:
                found.append(place[2] + offset[2])

        self._converse(look)
        if not found:
            raise SetupError("machine-position-unsaid")
        return found[0]

    def draw(
        self,
        program: Program,
        paper: Paper,
        drawn: Callable[[int], None] | None = None,
        *,
        allowed: Profile | None = None,
    ) -> None:
        """Check a program and draw it to its end.

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
            raise SetupError("program-not-here", why=error.fact) from error
        self._ended.clear()
        self._on_stroke = drawn
        self._request(lambda: self._link.draw(program))
        if not self._wait(lambda: bool(self._ended), 3.0 * program.seconds + MOVE_SECONDS):
            self._link.stop()
            raise SetupError("drawing-too-long")
        if self._ended[0].outcome != "done":
            raise SetupError(self._ended[0].reason or fact("drawing-stopped"))

    def stop(self) -> None:
        """Stop whatever moves; from any thread."""
        self._link.stop()
