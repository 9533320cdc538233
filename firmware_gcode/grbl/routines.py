"""What a session does in several turns: connect, make safe, stop, pause, home.

Each routine is a procedure on the `SessionState`. After a fault they follow one rule: stop,
get the pen up as soon as the machine listens, say what happened; and move nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from firmware_gcode.facts import CodedError, Fact, fact, listed
from firmware_gcode.grbl import moves
from firmware_gcode.grbl.connection import BANNER_SECONDS, Procedure, Unanswered, Wait
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.session_state import Fault, SessionState
from firmware_gcode.grbl.strangers import stranger
from firmware_gcode.grbl.travel import LineRefusedError

LISTEN_SECONDS = 2.5
"""How long a board that resets on opening needs until its banner; 1.0 s measured."""
SILENT_SECONDS = 10.0
"""After that much silence the port is closed and opened again."""
POSITION_LOST = fact("position-lost")


def connect(core: SessionState, *, started: bool = False) -> Procedure[None]:
    """From an open port to a machine at rest whose pen is up.

    `started` says that the machine's banner has just come.
    """
    core.connecting = True
    core.enter(LinkState.CONNECTING)
    try:
        yield from _after_banner(core) if started else _meet(core)
        yield from moves.learn(core.connection)
    except Unanswered:
        core.fault, core.stranger = _stranger(core), True
        core.enter(LinkState.FAULTED, core.fault)
        yield from _wait_for_life(core)
        return
    if core.stranger or core.unplugged:  # neither is so any more
        core.fault, core.stranger, core.unplugged = None, False, False
    _compare_settings(core)
    yield from _raise_pen(core)
    core.connecting = False
    core.enter(core.rest_state(), core.fault or _rest_reason(core))


def _after_banner(core: SessionState) -> Procedure[None]:
    """Let the start-up lines pass and wait for a report.

    Raises:
        Unanswered: None came; or a firmware greeted whose reports are not understood.
    """
    if not core.connection.dialect.known:
        raise Unanswered(fact("await-report"))
    return core.connection.report(seconds=BANNER_SECONDS)


def _meet(core: SessionState) -> Procedure[None]:
    """Wait for the banner, or find a GRBL that did not reset and bring it to a stop.

    What a dead program left in the machine's buffer must not run on, and half a line of it
    must not become the start of ours: so a GRBL that was not just started is halted and reset.
    """
    connection = core.connection
    connection.expects_banner = True
    with suppress(Unanswered):
        yield Wait(
            lambda: connection.banner is not None or connection.machine.reports > 0,
            LISTEN_SECONDS,
            fact("await-grbl"),
        )
    if connection.banner is not None:
        yield from _after_banner(core)
        return
    if connection.machine.reports > 0:
        yield from connection.halt()
    else:
        # After a limit alarm GRBL answers nothing but a reset.
        connection.expects_alarm = True
        yield from connection.reset()
        connection.expects_alarm = False


def _stranger(core: SessionState) -> Fact:
    connection = core.connection
    if not connection.dialect.known and connection.banner is not None:
        return fact("firmware-too-old", port=core.port, version=connection.banner.version)
    if core.connection.noise:
        return stranger(core.port, core.connection.noise)
    return fact("port-silent", port=core.port)


def _wait_for_life(core: SessionState) -> Procedure[None]:
    """Wait until something at the port speaks GRBL after all; else asks for a fresh port."""
    connection = core.connection
    reports = connection.machine.reports
    connection.banner, connection.expects_banner = None, True
    core.helpless = True
    try:
        yield Wait(
            lambda: connection.banner is not None or connection.machine.reports > reports,
            SILENT_SECONDS,
            fact("await-life"),
        )
    except Unanswered:
        core.reopen = True
        return
    finally:
        core.helpless = False
    core.runner.add(connect(core))


def _compare_settings(core: SessionState) -> None:
    connection, profile = core.connection, core.travel.profile
    has = connection.machine.settings
    wanted = connection.dialect.wanted(profile.grbl, has)
    different = [
        fact("setting-differs", key=key, has=has[key], wanted=value)
        for key, value in wanted.items()
        if key in has and abs(has[key] - value) > 1e-3 * max(1, value)
    ]
    if different:
        name = profile.name
        core.notice(fact("settings-differ", profile=name, differences=listed(different)))


def _rest_reason(core: SessionState) -> Fact | None:
    if core.state is LinkState.READY or core.travel.referenced:
        return None
    if core.connection.machine.state == "Alarm":
        return fact("link-is-locked")
    return fact("not-homed-yet") if core.travel.profile.homing else fact("zero-not-set-yet")


def _raise_pen(core: SessionState) -> Procedure[None]:
    """Get the pen up if it may be down; a lock is opened for that."""
    locked = core.connection.machine.state == "Alarm"
    if not core.pen_may_be_down and (locked or core.travel.profile.pen.by_height):
        return
    if locked:
        yield from moves.unlock(core.connection)
    yield from _lift(core)
    core.pen_may_be_down = False


def _lift(core: SessionState) -> Procedure[None]:
    """Lift the pen. One of unknown height is raised once, and no higher than its axis is."""
    travel = core.travel
    if travel.referenced or not travel.profile.pen.by_height:
        yield from moves.lift(core.connection)
        return
    way = travel.blind_lift
    if way <= 0.0:
        core.notice(fact("pen-raised-already", raised=round(travel.raised, 1)))
        return
    travel.raised += way
    core.tell_pen()  # Before it moves: a lift that is cut off counts as well.
    yield from moves.raise_blindly(core.connection, way)


def make_safe(core: SessionState, fault: Fault) -> Procedure[None]:
    """After a fault: the machine stopped, the pen up, the program ended, the state told."""
    connection = core.connection
    core.travel.referenced = core.travel.referenced and not fault.lost
    alarm = fault.alarm
    try:
        if fault.alarm:
            yield from moves.after_alarm(connection)
        elif not (yield from connection.halt()):
            # After a restart too: what was sent between it and its banner is being executed.
            core.travel.referenced = False
        alarm = alarm or connection.machine.state == "Alarm"
        _settle(core)
        yield from _raise_pen(core)
    except (Unanswered, LineRefusedError) as trouble:
        yield from _out_of_reach(core, fault, trouble)
        return
    finish(core, fault, locked=alarm)


def finish(core: SessionState, fault: Fault, *, locked: bool) -> None:
    """Say how a fault ended: the program failed, the state, what to do."""
    tail = fault.advice or (fact("draw-again") if core.travel.referenced else POSITION_LOST)
    core.fault = fact("machine-fault", what=fault.what, advice=tail)
    core.end_program("failed", core.fault)
    locked = locked and not core.travel.referenced
    core.enter(LinkState.LOCKED if locked else core.rest_state(), core.fault)


def _out_of_reach(core: SessionState, fault: Fault, trouble: CodedError) -> Procedure[None]:
    """The machine cannot be made safe: say so, and try again when it speaks."""
    core.travel.referenced = False
    said = fact("it-does-not-answer") if isinstance(trouble, Unanswered) else trouble.fact
    core.fault = fact("machine-out-of-reach", what=fault.what, trouble=said)
    core.end_program("failed", core.fault)
    core.enter(LinkState.FAULTED, core.fault)
    yield from _wait_for_life(core)


def _settle(core: SessionState) -> None:
    """Count the strokes that were seen to be drawn to their end."""
    if core.streamer is not None:
        place = core.connection.machine.position if core.travel.referenced else None
        core.drawn(core.streamer.settled(place))


def stop(core: SessionState, reason: Fact, *, park: bool = True) -> Procedure[None]:
    """The clean stop of a drawing or a move: stand, keep the position, pen up, park."""
    was = core.travel.referenced
    connection = core.connection
    kept = True
    if core.streamer is None or not core.streamer.rests:
        kept = yield from connection.halt()
    core.travel.referenced = was and kept
    locked = connection.machine.state == "Alarm" and not kept
    _settle(core)
    yield from _raise_pen(core)
    if core.travel.referenced and park:
        yield from moves.park(connection)
    core.end_program("stopped", reason)
    if not core.travel.referenced:
        lost = fact("machine-fault", what=reason, advice=POSITION_LOST)
        reason = lost if was else _rest_reason(core) or reason
    core.enter(LinkState.LOCKED if locked else core.rest_state(), reason)


def pause_now(core: SessionState, reason: Fact | None) -> Procedure[None]:
    """Stop in the middle of a stroke, lifts the pen, and make ready to go on from there."""
    kept = yield from core.connection.halt()
    place = core.connection.machine.position
    if not kept or place is None or core.streamer is None:
        yield from make_safe(core, Fault(fact("position-lost-stopping"), lost=True))
        return
    _settle(core)
    core.streamer = core.streamer.interrupted(place[:2])
    yield from _raise_pen(core)
    core.enter(LinkState.PAUSED, reason)


def home(core: SessionState) -> Procedure[None]:
    """Home the machine, a pen off the Z axis lifted first; the position is known then."""
    connection, profile = core.connection, core.travel.profile
    core.travel.referenced = False
    core.enter(LinkState.HOMING)
    try:
        if not profile.pen.by_height:
            if connection.machine.state == "Alarm":
                yield from moves.unlock(connection)
            yield from moves.lift(connection)
        yield from moves.homing_cycle(connection)
        moves.check_homed(connection)
        yield from moves.lay_coordinates(connection)
        core.travel.referenced, core.travel.raised = True, 0.0
        yield from moves.lift(connection)
    except (LineRefusedError, moves.HomingFailedError) as error:
        core.travel.referenced, core.fault = False, error.fact
        yield from connection.report()
        core.enter(core.rest_state(), core.fault)
        return
    core.pen_may_be_down, core.fault = False, None
    core.enter(LinkState.READY)


def unlock(core: SessionState) -> Procedure[None]:
    """Unlock GRBL on a person's word; the position stays unknown."""
    if core.connection.machine.state == "Alarm":
        yield from moves.unlock(core.connection)
    yield from _raise_pen(core)
    core.fault = None
    core.enter(core.rest_state(), _rest_reason(core))


def set_zero(core: SessionState) -> Procedure[None]:
    """Take a person's word for where the pen is."""
    yield from moves.set_zero(core.connection)
    core.travel.referenced, core.pen_may_be_down, core.fault = True, False, None
    core.enter(LinkState.READY)


def pen_up(core: SessionState) -> Procedure[None]:
    """Lift the pen; a Z axis whose height is unknown only if the pen may be down."""
    if core.travel.referenced or core.pen_may_be_down or not core.travel.profile.pen.by_height:
        yield from _lift(core)
    core.pen_may_be_down = False


def go(core: SessionState, x: float, y: float) -> Procedure[None]:
    """Take the lifted pen to a place in work coordinates, mm; the position is known."""
    yield from moves.lift(core.connection)
    core.pen_may_be_down = False
    profile = core.travel.profile
    feed = profile.travel_feed
    seconds = (profile.width + profile.height) / feed * 60.0
    yield from moves.go(core.connection, x, y, feed, seconds)


def move_while_held(
    core: SessionState, line: Callable[[], str | None], grip: moves.Grip
) -> Procedure[None]:
    """A jog for as long as a person holds it, with the pen lifted; `line` gives it then."""
    if core.pen_may_be_down:
        yield from _lift(core)
        core.pen_may_be_down = False
    if grip.held and (text := line()) is not None:
        yield from moves.move_while_held(core.connection, text, grip)


def pen_down(core: SessionState) -> Procedure[None]:
    """Lower the pen; a Z axis whose height is unknown only if it is not down already."""
    if (
        core.travel.referenced
        or not core.pen_may_be_down
        or not core.travel.profile.pen.by_height
    ):
        core.travel.raised = max(0.0, core.travel.raised - core.travel.profile.pen.lift_mm)
        core.pen_may_be_down = True
        yield from moves.lower(core.connection)
