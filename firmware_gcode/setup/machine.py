"""A machine for set-up: the link's requests as calls that return when the thing is done.

The link works by events, which suits a service; setting a machine up is a dialogue. Each call
here waits for its outcome and raises `SetupError` with a sentence where it failed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Self

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl import moves, routines
from firmware_gcode.grbl.connection import Procedure, Unanswered
from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    Notice,
    ProgramEnded,
    StateChanged,
    StrokeDrawn,
    state_fact,
)
from firmware_gcode.grbl.link import Link, LinkError
from firmware_gcode.grbl.session_state import SessionState
from firmware_gcode.grbl.travel import REFUSALS, LineRefusedError
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.pens.pen import Say
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import Readout, read_machine
from firmware_gcode.setup.typed_line import Kind, Said, TypedLine, carry_out
from firmware_gcode.setup.writing import Fate, Step, WriteReport, write_steps

CONVERSATION_SECONDS = 120.0
"""The longest conversation: forty settings, each read back twice, at 115,200 baud."""
MOVE_SECONDS = 300.0
"""The longest move or homing cycle waited for."""
LOOK_SECONDS = 0.1
"""Between two looks whether the machine is still there."""

GONE = frozenset({LinkState.ABSENT, LinkState.FAULTED, LinkState.CONNECTING})
"""States in which nothing that was asked for will be done any more."""
CONNECT_SECONDS = 20.0
"""An Uno restarts when its port is opened; a board that says nothing for this long is none."""


class SetupMachine:
    """A link in the hands of a set-up; use it as a context manager, or call `leave`.

    Args:
        link: The machine's link; whoever made it starts and closes it.

    Attributes:
        profile: What the machine is taken for now; `use` changes it.
    """

    def __init__(self, link: Link, profile: Profile) -> None:
        self._link = link
        self._changed = threading.Condition()
        self._refusals: list[Fact] = []
        self._ended: list[ProgramEnded] = []
        self._on_stroke: Callable[[int], None] | None = None
        self._reason: Fact | None = None
        self._broken: Fact | None = None
        self._stops: int | None = None
        self._said_absent = False
        self.leave = link.subscribe(self._heard)
        self.profile = profile

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.leave()

    @contextmanager
    def unless_stopped(self, stops: int) -> Iterator[None]:
        """Within, nothing moves once somebody has pressed Stop after `stops` of the link.

        What would move raises SetupError then, also where the Stop came between two moves.
        """
        self._stops = stops
        try:
            yield
        finally:
            self._stops = None

    @property
    def state(self) -> LinkState:
        """The link's state."""
        return self._link.state

    @property
    def ready(self) -> bool:
        """Whether the position is known and nothing is going on."""
        return self._link.state is LinkState.READY

    @property
    def position(self) -> tuple[float, float]:
        """Where the pen is, work coordinates in mm."""
        place = self._link.position
        if place is None:
            raise SetupError("link-is-unreferenced")
        return place

    def connect(self, seconds: float = CONNECT_SECONDS) -> LinkState:
        """Wait until the machine is there."""
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
            moves = typed.kind is Kind.MOVE
            self._converse(lambda core: carry_out(core, typed, said), moves=moves)
        return said

    def read(self) -> Readout:
        """Read everything that the machine has stored."""
        found: list[Readout] = []
        self._converse(lambda core: read_machine(core, found))
        return found[0]

    def write(self, steps: Sequence[Step], *, confirmed: bool = False) -> WriteReport:
        """Write values and read each back; the report says what became of every one.

        It never raises for a machine that goes away halfway: the report says how far it came.
        `confirmed` says that a person said yes to settings about which `lies` warns.
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
            core.travel.profile = profile
            if profile.homing and core.travel.referenced:
                yield from moves.lay_coordinates(core.connection)
            yield from core.connection.report()

        self._converse(change)
        self.profile = profile

    def forget_place(self) -> None:
        """Take the position for unknown, so that the zero can be set anew; nothing moves."""

        def forget(core: SessionState) -> Procedure[None]:
            core.travel.referenced = False
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
        if not self.ready:
            raise SetupError(self._why())
        self._converse(lambda core: routines.go(core, x, y), moves=True)

    def say(self, step: Say) -> None:
        """Send a line that moves the pen, and wait until it has."""

        def turn(core: SessionState) -> Procedure[None]:
            core.pen_may_be_down = step.down
            yield from core.connection.ask(step.text)
            yield from core.connection.ask("G4P0.3")

        self._converse(turn, moves=True)

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

        `drawn` is called with each stroke on the paper, on the link's thread. A test sheet is
        checked against `allowed`: its fastest feed is not the profile's.
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

    # How a request is waited for

    def _ask(self, request: Callable[[], None]) -> None:
        """Make a request and wait until the machine has done it."""
        self._request(request)
        done = threading.Event()

        def mark(core: SessionState) -> Procedure[None]:
            try:  # What the request had to tell is told before the next report comes in.
                yield from core.connection.report()
            finally:
                done.set()

        self._await(mark, done, MOVE_SECONDS)
        if self._refusals:
            raise SetupError(self._refusals[-1])

    def _converse(
        self, conversation: Callable[[SessionState], Procedure[None]], *, moves: bool = False
    ) -> None:
        """Hold a conversation and wait for its end."""
        done = threading.Event()
        trouble: list[Fact | None] = []

        def hold(core: SessionState) -> Procedure[None]:
            try:
                yield from conversation(core)
            except LineRefusedError as refusal:
                trouble.append(refusal.fact)
            except Unanswered as error:
                trouble.append(error.fact)
                raise
            except GeneratorExit:
                trouble.append(None)
                raise
            finally:
                done.set()

        self._begin()
        self._await(hold, done, CONVERSATION_SECONDS, moves=moves)
        if trouble:
            raise SetupError(trouble[0] or self._why())
        if self._broken:
            raise SetupError(self._why())

    def _begin(self) -> None:
        self._refusals, self._broken = [], None

    def _request(self, request: Callable[[], None]) -> None:
        self._begin()
        self._hand_over(request)

    def _hand_over(self, request: Callable[[], None], *, moves: bool = True) -> None:
        """Give the link a request that does not wait, unless a Stop has come before it."""
        stops = self._stops if moves else None
        try:
            with nullcontext() if stops is None else self._link.unless_stopped(stops):
                request()
        except LinkError as error:
            raise SetupError(error.fact) from error

    def _await(
        self,
        conversation: Callable[[SessionState], Procedure[None]],
        done: threading.Event,
        seconds: float,
        *,
        moves: bool = False,
    ) -> None:
        """Add a conversation and wait for `done`, or for it or the machine to be gone."""
        begun: list[Procedure[None]] = []
        stops = self._link.stops
        self._hand_over(lambda: begun.append(self._link.converse(conversation)), moves=moves)
        left = seconds
        while not done.wait(LOOK_SECONDS):
            left -= LOOK_SECONDS
            if self._broken or self.state in GONE:
                done.wait(LOOK_SECONDS)
                raise SetupError(self._why())
            if not self._link.converses(begun[0]) and not done.is_set():
                stopped = stops != self._link.stops
                raise SetupError(fact("stopped-meanwhile") if stopped else self._why())
            if left <= 0:
                raise SetupError("machine-takes-too-long", seconds=round(seconds))

    def _wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def _why(self) -> Fact:
        told = self._link.fault or self._broken or self._reason
        return told or state_fact(self.state)

    def _heard(self, event: LinkEvent) -> None:
        with self._changed:
            match event:
                case Notice(fact=told):
                    if told.code in REFUSALS:
                        self._refusals.append(told)
                case ProgramEnded():
                    self._ended.append(event)
                case StrokeDrawn(stroke=stroke):
                    if self._on_stroke is not None:
                        self._on_stroke(stroke)
                case StateChanged(state=state, reason=reason):
                    self._reason = reason
                    if state in GONE:
                        self._broken = reason or state_fact(state)
                    self._said_absent = state is LinkState.ABSENT and reason is not None
            self._changed.notify_all()
