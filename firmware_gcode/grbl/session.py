"""A session with a machine: the exchange, and everything that people may ask of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from functools import partial

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl import moves, routines
from firmware_gcode.grbl.commands import LineError, check_feed_override, jog
from firmware_gcode.grbl.connection import Procedure
from firmware_gcode.grbl.events import LinkError, LinkState, ProgramStarted, refuse
from firmware_gcode.grbl.exchange import WITH_PROGRAM, Exchange
from firmware_gcode.grbl.protocol import Triple
from firmware_gcode.grbl.session_state import Fault, SessionState
from firmware_gcode.grbl.streamer import Streamer, UnfitProgramError
from firmware_gcode.grbl.travel import TravelError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program

PENDING_MOVES = 8
"""Moves by hand that may wait for their turn."""
LONGEST_JOG_MM = 1000.0
"""A longer jog is a mistake."""
RUN_OUT_MM = 0.3
"""A jog that is let go of brakes within this way, so within some hundredths of a second."""
LEAST_HOLD_MM = 0.1
"""Nearer to the travel's end it is said that this is one."""

STOPPED = fact("drawing-stopped")
"""Why a program ends that somebody stopped."""

BY_HAND = frozenset({LinkState.READY, LinkState.UNREFERENCED})
HOMEABLE = BY_HAND | {LinkState.LOCKED}
TALKABLE = HOMEABLE | {LinkState.HOMING}
STOPPABLE = frozenset(LinkState) - {LinkState.ABSENT, LinkState.CONNECTING}


class Session(Exchange):
    """The exchange with its requests.

    Each request takes effect at once or raises `LinkError`; what becomes of it comes as
    events. The bytes go out at the next `tick`.
    """

    stops = 0
    """How often it was told to stop."""
    _goal: Triple | None = None
    _grip: moves.Grip | None = None
    _grips = 0

    def draw(self, program: Program) -> None:
        """Begin to draw a program that was already checked. See `Link.draw`."""
        core = self._core
        refuse(core.state, {LinkState.READY}, core.fault)
        place = self.position
        if place is None:
            raise LinkError("machine-position-unsaid")
        try:
            run = Streamer(program, core.travel.profile, place)
            core.travel.check_program(
                (line.text for line in program.lines), core.connection.machine
            )
        except (LineError, TravelError, UnfitProgramError) as error:
            raise LinkError("program-unfit", why=error.fact) from error
        core.streamer, core.fault = run, None
        digest = hashlib.sha256(program.text.encode()).hexdigest()
        core.emit(ProgramStarted(digest, program.first_stroke, len(program.strokes)))
        core.enter(LinkState.DRAWING)

    def pause(self, *, at_once: bool = False) -> None:
        """Pause at the end of the stroke, or at once. See `Link.pause`."""
        core = self._core
        if core.state not in WITH_PROGRAM or core.streamer is None:
            raise LinkError("nothing-to-pause")
        if core.state is LinkState.PAUSED or (core.runner.busy and not at_once):
            return
        if at_once and not core.runner.busy:
            self._pause_now(None)
        elif core.state is LinkState.DRAWING:
            core.streamer.holding = True
            core.enter(LinkState.PAUSING)

    def onward(self, *, follows: bool) -> None:
        """Say whether another drawing follows. See `Link.onward`."""
        if self._core.streamer is not None:
            self._core.streamer.onward = follows

    def park(self) -> None:
        """Take the lifted pen to where it waits. See `Link.park`."""
        refuse(self._core.state, {LinkState.READY}, self._core.fault)
        self._turn(moves.park(self._core.connection))

    def resume(self) -> None:
        """Go on with a paused program. See `Link.resume`."""
        core = self._core
        if core.streamer is None or core.state not in {LinkState.PAUSING, LinkState.PAUSED}:
            raise LinkError("nothing-paused")
        core.tell_pen(drawing=True)
        core.streamer.go_on()
        core.enter(LinkState.DRAWING)

    def stop(self, reason: Fact = STOPPED, *, park: bool = True) -> None:
        """Stop whatever moves. See `Link.stop`."""
        core = self._core
        self.stops += 1
        refuse(core.state, STOPPABLE, core.fault)
        if core.state in {LinkState.STOPPING, LinkState.FAULTED}:
            return
        busy = core.streamer is not None or core.runner.busy
        if not busy and core.connection.machine.standing:
            return
        if core.streamer is not None:
            core.pen_may_be_down = core.pen_may_be_down or core.streamer.pen_may_be_down
        core.enter(LinkState.STOPPING)
        core.runner.replace(
            routines.stop(core, reason, park=park and core.streamer is not None)
        )

    def home(self) -> None:
        """Run the homing cycle. See `Link.home`."""
        core = self._core
        refuse(core.state, HOMEABLE, core.fault)
        if not core.travel.profile.homing:
            raise LinkError("no-homing", machine=core.travel.profile.name)
        self._turn(routines.home(core))

    def unlock(self) -> None:
        """Unlock GRBL. See `Link.unlock`."""
        core = self._core
        if core.state in BY_HAND:
            raise LinkError("not-locked")
        refuse(core.state, {LinkState.LOCKED}, core.fault)
        self._turn(routines.unlock(core))

    def set_zero(self) -> None:
        """Declare the pen's place the paper's corner. See `Link.set_zero`."""
        core = self._core
        refuse(core.state, BY_HAND, core.fault)
        if not core.travel.referenced and core.connection.machine.settings.get("$20") == 1.0:
            raise LinkError("zero-needs-homing")
        self._turn(routines.set_zero(core))

    def pen_up(self) -> None:
        """Lift the pen. See `Link.pen_up`."""
        refuse(self._core.state, BY_HAND, self._core.fault)
        self._turn(routines.pen_up(self._core))

    def pen_down(self) -> None:
        """Lower the pen. See `Link.pen_down`."""
        refuse(self._core.state, BY_HAND, self._core.fault)
        self._turn(routines.pen_down(self._core))

    def jog(self, dx: float, dy: float, dz: float = 0.0) -> None:
        """Move the pen by hand. See `Link.jog`."""
        core = self._core
        refuse(core.state, BY_HAND, core.fault)
        way = math.hypot(dx, dy, dz)
        if not math.isfinite(way) or way > LONGEST_JOG_MM:
            raise LinkError("jog-too-long", longest=LONGEST_JOG_MM)
        self._check_jog((dx, dy, dz))
        feed = core.travel.profile.grbl["$112"] / 2 if dz else core.travel.profile.travel_feed
        line = jog(dx, dy, dz, feed=feed)
        core.travel.raised = max(0.0, core.travel.raised + dz)
        core.pen_may_be_down = core.pen_may_be_down or dz < 0
        self._turn(moves.move(core.connection, line, way / feed * 60.0))

    def go(self, x: float, y: float) -> None:
        """Take the lifted pen to a place. See `Link.go`."""
        core = self._core
        refuse(core.state, {LinkState.READY}, core.fault)
        here = self._goal if core.runner.busy else core.connection.machine.position
        if here is None:
            raise LinkError("machine-position-unsaid")
        self._check_jog((x - here[0], y - here[1], 0.0))
        self._turn(routines.go(core, x, y))

    def hold(self, x: float, y: float, percent: float) -> int:
        """Move while it is held. See `Link.hold`."""
        core, before = self._core, self._grip
        refuse(core.state, {LinkState.READY}, core.fault)
        brakes = before is not None and not before.held and not core.runner.queued
        if core.runner.busy and not brakes:
            raise LinkError("hold-while-moving")
        if core.connection.machine.position is None:
            raise LinkError("machine-position-unsaid")
        if self._held_line(x, y, percent) is None:
            self._check_jog((x, y, 0.0))
        self._grip, self._goal = moves.Grip(), None
        self._grips += 1
        line = partial(self._held_line, x, y, percent)
        self._turn(routines.move_while_held(core, line, self._grip))
        return self._grips

    def _held_line(self, x: float, y: float, percent: float) -> str | None:
        """The jog from here to the travel's end; None where that is as good as here."""
        travel, here = self._core.travel, self._core.connection.machine.position
        if here is None:
            return None
        profile = travel.profile
        way = travel.room(here, (x, y)) - 0.01
        if way < LEAST_HOLD_MM:
            return None
        brakes = min(profile.grbl["$120"], profile.grbl["$121"])
        fastest = min(profile.travel_feed, 60.0 * math.sqrt(2.0 * brakes * RUN_OUT_MM))
        return jog(x * way, y * way, feed=max(1.0, fastest * percent / 100.0))

    def grip(self, number: int, *, hold: bool) -> bool:
        """Say that a jog is still held, or let go of it. See `Link.grip`."""
        grip = self._grip
        if grip is None or number != self._grips or not self._core.runner.busy:
            return False
        grip.held = grip.held and hold
        grip.renewed = True
        return grip.held

    def _check_jog(self, way: Triple) -> None:
        """Refuse a move by hand that, after those that still wait, would leave the travel."""
        core = self._core
        if not core.runner.busy:
            self._goal = core.connection.machine.position
        try:
            core.travel.check_jog(self._goal, way)
        except TravelError as error:
            raise LinkError(error.fact) from error
        if self._goal is not None:
            x, y, z = self._goal
            self._goal = (x + way[0], y + way[1], z + way[2])

    def converse(
        self, conversation: Callable[[SessionState], Procedure[None]]
    ) -> Procedure[None]:
        """Run a conversation of the caller's in its turn. See `Link.converse`."""
        refuse(self._core.state, TALKABLE, self._core.fault)
        procedure = conversation(self._core)
        self._turn(procedure)
        return procedure

    def converses(self, procedure: Procedure[None]) -> bool:
        """Whether a conversation goes on, or waits for its turn. See `Link.converses`."""
        return self._core.runner.has(procedure)

    def use(self, profile: Profile) -> None:
        """Take the machine for another profile from now on. See `Link.use`."""
        if self._core.streamer is not None:
            raise LinkError("link-is-drawing")
        self._core.travel.profile = profile

    def override_feed(self, percent: int) -> None:
        """Draw faster or slower than planned. See `Link.override_feed`."""
        core = self._core
        refuse(core.state, BY_HAND | WITH_PROGRAM, core.fault)
        try:
            check_feed_override(percent)
        except LineError as error:
            raise LinkError(error.fact) from error
        core.feed_percent = percent
        self._steer_feed()

    def fail(self, reason: Fact) -> None:
        """Stop the drawing because it must not go on, such as when it cannot be recorded."""
        core = self._core
        if core.streamer is not None and core.state in WITH_PROGRAM:
            self._trouble(Fault(reason))

    def shut(self) -> None:
        """Begin to leave: stop what is being drawn and get the pen up."""
        core = self._core
        leaving = {LinkState.CONNECTING, LinkState.STOPPING, LinkState.FAULTED}
        if core.state in leaving or not self._open:
            return
        if core.streamer is not None or core.runner.busy:
            self.stop(fact("plotter-shut-down"))
        elif core.pen_may_be_down and core.state in BY_HAND:
            self.pen_up()

    def _turn(self, procedure: Procedure[None]) -> None:
        if self._core.runner.queued >= PENDING_MOVES:
            raise LinkError("moves-pending")
        self._core.runner.add(procedure)
