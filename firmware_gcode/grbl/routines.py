"""What a session does in several turns: connect, make safe, stop, pause, home.

Each routine is a procedure on the session's `Core`. After a fault they follow one rule: stop,
get the pen up as soon as the machine listens, say what happened; and move nothing else.
"""

from __future__ import annotations

from contextlib import suppress

from firmware_gcode.facts import CodedError, Fact, fact, listed
from firmware_gcode.grbl import moves
from firmware_gcode.grbl.connection import Procedure, Unanswered, Wait
from firmware_gcode.grbl.core import Core, Fault
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.travel import LineRefusedError

LISTEN_SECONDS = 2.5
"""How long a board that resets on opening needs until its banner; 1.0 s measured."""
SILENT_SECONDS = 10.0
"""After that much silence the port is closed and opened again."""
POSITION_LOST = fact("position-lost")


def connect(core: Core, *, started: bool = False) -> Procedure[None]:
    """From an open port to a machine at rest whose pen is up.

    Args:
        core: The session's state.
        started: Whether the machine's banner has just come.
    """
    core.connecting = True
    core.enter(LinkState.CONNECTING)
    try:
        yield from moves.after_start(core.talk) if started else _meet(core)
        yield from moves.learn(core.talk)
    except Unanswered:
        core.fault, core.stranger = _stranger(core), True
        core.enter(LinkState.FAULTED, core.fault)
        yield from _wait_for_life(core)
        return
    if core.stranger:
        core.fault, core.stranger = None, False
    _compare_settings(core)
    yield from _raise_pen(core)
    core.connecting = False
    core.enter(core.rest_state(), core.fault or _rest_reason(core))


def _meet(core: Core) -> Procedure[None]:
    """Waits for the banner, or finds a GRBL that did not reset and brings it to a stop.

    What a dead program left in the machine's buffer must not run on, and half a line of it
    must not become the start of ours: so a GRBL that was not just started is halted and reset.
    """
    talk = core.talk
    talk.expects_banner = True
    with suppress(Unanswered):
        yield Wait(
            lambda: talk.banner is not None or talk.view.reports > 0,
            LISTEN_SECONDS,
            fact("await-grbl"),
        )
    if talk.banner is not None:
        yield from moves.after_start(talk)
        return
    if talk.view.reports > 0:
        yield from talk.halt()
    else:
        # After a limit alarm GRBL answers nothing but a reset.
        talk.expects_alarm = True
        yield from talk.reset()
        talk.expects_alarm = False


def _stranger(core: Core) -> Fact:
    if core.talk.noise:
        return fact("port-speaks-no-grbl", port=core.port, said=core.talk.noise[:40])
    return fact("port-silent", port=core.port)


def _wait_for_life(core: Core) -> Procedure[None]:
    """Waits until something at the port speaks GRBL after all; else asks for a fresh port."""
    talk = core.talk
    reports = talk.view.reports
    talk.banner, talk.expects_banner = None, True
    core.helpless = True
    try:
        yield Wait(
            lambda: talk.banner is not None or talk.view.reports > reports,
            SILENT_SECONDS,
            fact("await-life"),
        )
    except Unanswered:
        core.reopen = True
        return
    finally:
        core.helpless = False
    core.runner.add(connect(core))


def _compare_settings(core: Core) -> None:
    if different := core.talk.view.differences(core.profile.grbl):
        name = core.profile.name
        core.notice(fact("settings-differ", profile=name, differences=listed(different)))


def _rest_reason(core: Core) -> Fact | None:
    if core.state is LinkState.READY or core.referenced:
        return None
    if core.talk.view.state == "Alarm":
        return fact("link-is-locked")
    return fact("not-homed-yet") if core.profile.homing else fact("zero-not-set-yet")


def _raise_pen(core: Core) -> Procedure[None]:
    """Gets the pen up if it may be down; a lock is opened for that."""
    locked = core.talk.view.state == "Alarm"
    if not core.pen_may_be_down and (locked or core.profile.pen.by_height):
        return
    if locked:
        yield from moves.unlock(core.talk)
    yield from moves.lift(core.talk, core.profile, referenced=core.referenced)
    core.pen_may_be_down = False


def make_safe(core: Core, fault: Fault) -> Procedure[None]:
    """After a fault: the machine stopped, the pen up, the program ended, the state told."""
    talk = core.talk
    core.referenced = core.referenced and not fault.lost
    alarm = fault.alarm
    try:
        if fault.alarm:
            yield from moves.after_alarm(talk)
        elif not (yield from talk.halt()):
            # After a restart too: what was sent between it and its banner is being executed.
            core.referenced = False
        alarm = alarm or talk.view.state == "Alarm"
        _settle(core)
        yield from _raise_pen(core)
    except (Unanswered, LineRefusedError) as trouble:
        yield from _out_of_reach(core, fault, trouble)
        return
    finish(core, fault, locked=alarm)


def finish(core: Core, fault: Fault, *, locked: bool) -> None:
    """Says how a fault ended: the program failed, the state, what to do."""
    tail = fault.advice or (fact("draw-again") if core.referenced else POSITION_LOST)
    core.fault = fact("machine-fault", what=fault.what, advice=tail)
    core.end_program("failed", core.fault)
    locked = locked and not core.referenced
    core.enter(LinkState.LOCKED if locked else core.rest_state(), core.fault)


def _out_of_reach(core: Core, fault: Fault, trouble: CodedError) -> Procedure[None]:
    """The machine cannot be made safe: say so, and try again when it speaks."""
    core.referenced = False
    said = fact("it-does-not-answer") if isinstance(trouble, Unanswered) else trouble.fact
    core.fault = fact("machine-out-of-reach", what=fault.what, trouble=said)
    core.end_program("failed", core.fault)
    core.enter(LinkState.FAULTED, core.fault)
    yield from _wait_for_life(core)


def _settle(core: Core) -> None:
    """Counts the strokes that were seen to be drawn to their end."""
    if core.run is not None:
        place = core.talk.view.position if core.referenced else None
        core.drawn(core.run.settled(place))


def stop(core: Core, reason: Fact, *, park: bool = True) -> Procedure[None]:
    """The clean stop of a drawing or a move: stand, keep the position, pen up, park."""
    was = core.referenced
    talk = core.talk
    kept = True
    moving = core.run is None or not core.run.dry or talk.view.state != "Idle"
    if moving:
        kept = yield from talk.halt()
    core.referenced = was and kept
    locked = talk.view.state == "Alarm" and not kept
    _settle(core)
    yield from _raise_pen(core)
    if core.referenced and park:
        yield from moves.park(talk, core.profile)
    core.end_program("stopped", reason)
    if not core.referenced and was:
        reason = fact("machine-fault", what=reason, advice=POSITION_LOST)
    core.enter(LinkState.LOCKED if locked else core.rest_state(), reason)


def pause_now(core: Core, reason: Fact | None) -> Procedure[None]:
    """Stops in the middle of a stroke, lifts the pen, and makes ready to go on from there."""
    kept = yield from core.talk.halt()
    place = core.talk.view.position
    if not kept or place is None or core.run is None:
        yield from make_safe(core, Fault(fact("position-lost-stopping"), lost=True))
        return
    _settle(core)
    core.run = core.run.interrupted(place[:2])
    yield from _raise_pen(core)
    core.enter(LinkState.PAUSED, reason)


def home(core: Core) -> Procedure[None]:
    """Homes the machine; the position is known afterwards."""
    core.referenced = False
    core.enter(LinkState.HOMING)
    try:
        yield from moves.home(core.talk, core.profile)
    except (LineRefusedError, moves.HomingFailedError) as error:
        core.fault = error.fact
        yield from core.talk.report()
        core.enter(core.rest_state(), core.fault)
        return
    core.referenced, core.pen_may_be_down, core.fault = True, False, None
    core.enter(LinkState.READY)


def unlock(core: Core) -> Procedure[None]:
    """Unlocks GRBL on a person's word; the position stays unknown."""
    if core.talk.view.state == "Alarm":
        yield from moves.unlock(core.talk)
    yield from _raise_pen(core)
    core.fault = None
    core.enter(core.rest_state(), _rest_reason(core))


def set_zero(core: Core) -> Procedure[None]:
    """Takes a person's word for where the pen is."""
    yield from moves.set_zero(core.talk, core.profile)
    core.referenced, core.pen_may_be_down, core.fault = True, False, None
    core.enter(LinkState.READY)


def pen_up(core: Core) -> Procedure[None]:
    """Lifts the pen; a Z axis whose height is unknown only if the pen may be down."""
    if core.referenced or core.pen_may_be_down or not core.profile.pen.by_height:
        yield from moves.lift(core.talk, core.profile, referenced=core.referenced)
    core.pen_may_be_down = False


def pen_down(core: Core) -> Procedure[None]:
    """Lowers the pen; a Z axis whose height is unknown only if it is not down already."""
    if core.referenced or not core.pen_may_be_down or not core.profile.pen.by_height:
        core.pen_may_be_down = True
        yield from moves.lower(core.talk, core.profile, referenced=core.referenced)
