"""What the link makes a machine do on its own: lift the pen, home, park, set the zero.

All of these are procedures (see `procedure`); none of them is a program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from firmware_gcode.facts import CodedError, fact
from firmware_gcode.gcode.words import number
from firmware_gcode.grbl.commands import RealTime, jog
from firmware_gcode.grbl.connection import (
    ALARM_SECONDS,
    END_OF_MOVE,
    Connection,
    Procedure,
    Refused,
    Unanswered,
    Wait,
)
from firmware_gcode.grbl.protocol import Error
from firmware_gcode.program.pens.pen import Height, Pause, Pen, PenStep, Say, step_line
from firmware_gcode.program.profile import Profile

NEEDED = frozenset({"$$", "$#", "$G"})
"""Questions that every machine must answer; some builds refuse `$I` or `$N`."""
MODES = "G21G90G94G17G54"
"""Millimetres, absolute, feed per minute, XY plane, G54: what a reset may have undone."""
SYNC = "G4P0"
"""Answered only when all motion before it is done."""
HOMING_SECONDS = 180.0
"""A homing cycle of the largest hobby machines at GRBL's default speeds."""
MOVE_SLACK_SECONDS = 10.0
"""Added to the time of a move before it counts as stuck."""
HOMED_MM = 1.0
"""How far from its pull-off a homed axis may say to be."""
RAISED_MM = 0.1
"""By how much a lift may be shorter than it was asked for."""
GRIP_SECONDS = 0.5
"""A jog whose holder says nothing for so long is ended: the page or its network is gone."""
SOFT_LIMIT = 15
"""`error:15`: the jog would leave the machine's travel, as GRBL sees it."""


def learn(connection: Connection) -> Procedure[None]:
    """Read the buffer sizes, the settings, the stored positions and the modes."""
    for question in connection.dialect.asked:
        try:
            yield from connection.ask(question)
        except Refused:
            if question in NEEDED:
                raise
    connection.channel.size = connection.dialect.buffer_of(connection.machine.options)


def unlock(connection: Connection) -> Procedure[None]:
    """Take GRBL out of its alarm lock; moves nothing."""
    yield from connection.ask("$X")
    yield from connection.report()


def lift(connection: Connection) -> Procedure[None]:
    """Get the pen off the paper and wait until it is; a Z axis must know its height."""
    pen = connection.travel.profile.pen
    yield from carry_out(connection, pen.lift_steps(), pen)


def lower(connection: Connection) -> Procedure[None]:
    """Put the pen onto the paper; without known heights by a whole lift."""
    profile = connection.travel.profile
    pen = profile.pen
    if pen.by_height and not connection.travel.referenced:
        line = jog(0, 0, -pen.lift_mm, feed=pen.lift_feed)
        yield from move(connection, line, _z_seconds(pen))
    else:
        yield from carry_out(connection, pen.lower_steps(profile.grbl), pen)


def carry_out(connection: Connection, steps: Sequence[PenStep], pen: Pen) -> Procedure[None]:
    """Take the steps of lifting or lowering a pen, each to its end."""
    if any(isinstance(step, Height) for step in steps):
        yield from connection.ask(MODES)
    for step in steps:
        match step:
            case Height():
                yield from _straight(connection, step_line(step), _z_seconds(pen))
            case Say():
                yield from connection.ask(step_line(step))
            case Pause() if step.seconds > 0.0:
                yield from connection.ask(step_line(step), seconds=_patience(step.seconds))


def raise_blindly(connection: Connection, way: float) -> Procedure[None]:
    """Raise Z by `way` mm from an unknown height: too high is harmless, too low is not.

    After a power-on GRBL takes the height it stands at for the top, so its soft limits refuse
    to go up (FluidNC, and grblHAL if told to, cut the move short): they are switched off for
    this one move.
    """
    pen, machine = connection.travel.profile.pen, connection.machine
    up = jog(0, 0, way, feed=pen.lift_feed)
    yield from connection.report()
    before = machine.counted_z
    try:
        yield from move(connection, up, _z_seconds(pen))
        if before is None or machine.counted_z is None:
            return
        if machine.counted_z - before > way - RAISED_MM:
            return
        up = jog(0, 0, way - (machine.counted_z - before), feed=pen.lift_feed)
    except Refused as refusal:
        if refusal.error.code != SOFT_LIMIT:
            raise
    off, on = connection.dialect.unlimited
    yield from connection.ask(off)
    yield from move(connection, up, _z_seconds(pen))
    yield from connection.ask(on)


def move(connection: Connection, line: str, seconds: float) -> Procedure[None]:
    """A jog, until the machine stands again."""
    yield from connection.ask(line, seconds=_patience(seconds))
    yield from connection.report()
    yield Wait(lambda: connection.machine.standing, _patience(seconds), END_OF_MOVE)


@dataclass
class Grip:
    """A person's hold on a jog.

    Attributes:
        held: Whether it goes on.
        renewed: Whether its holder has said so since it was looked at.
    """

    held: bool = True
    renewed: bool = False


def move_while_held(connection: Connection, line: str, grip: Grip) -> Procedure[None]:
    """A jog until it is let go of, its holder says nothing any more, or it is at its end."""
    machine = connection.machine
    yield from connection.ask(line)
    sent = machine.reports

    def ended() -> bool:
        return machine.reports > sent and machine.standing

    try:
        while grip.held and not ended():
            grip.renewed = False
            yield Wait(
                lambda: not grip.held or grip.renewed or ended(), GRIP_SECONDS, END_OF_MOVE
            )
    except Unanswered:
        grip.held = False
    while not ended():
        sent = machine.reports
        connection.channel.realtime(RealTime.JOG_CANCEL)  # again, should one be lost
        yield from connection.report()
    connection.travel.doubt()


def park(connection: Connection) -> Procedure[None]:
    """Take the lifted pen to where it waits; only while the position is known."""
    profile = connection.travel.profile
    feed = profile.travel_feed
    seconds = math.hypot(profile.width, profile.height) / feed * 60.0
    yield from go(connection, *profile.park, feed, seconds)


def go(
    connection: Connection, x: float, y: float, feed: float, seconds: float
) -> Procedure[None]:
    """Take the lifted pen to a place in work coordinates."""
    yield from connection.ask(MODES)
    yield from _straight(connection, f"G1X{number(x)}Y{number(y)}F{number(feed)}", seconds)


def homing_cycle(connection: Connection) -> Procedure[None]:
    """Run `$H`; after a failed cycle GRBL answers, restarts, and is locked.

    Raises:
        HomingFailedError: The cycle ended in an alarm.
        Refused: GRBL does not home (`error:5` without `$22=1`).
        Unanswered: The cycle did not end.
    """
    connection.expect_alarm()
    connection.homing = True
    try:
        sent = connection.channel.send("$H")
        yield Wait(
            lambda: sent.answer is not None or connection.alarm is not None,
            HOMING_SECONDS,
            fact("await-end-of-homing"),
        )
        if connection.alarm is not None:
            yield from after_alarm(connection)
            alarm = connection.alarm
            raise HomingFailedError(
                "homing-failed", meaning=alarm.meaning, advice=alarm.advice
            )
    finally:
        connection.expects_alarm, connection.homing = False, False
    if isinstance(sent.answer, Error):
        raise Refused(sent.text, sent.answer)
    yield from connection.report()


class HomingFailedError(CodedError):
    """The homing cycle ended in an alarm, or not where a machine of the profile is then."""


def check_homed(connection: Connection) -> None:
    """See that the homed machine counts as GRBL does: from zero at its far ends downwards.

    FluidNC lets its file say which number the switches have (`mpos_mm`), and GRBL can be built
    to call their place zero: where the paper lies would then be computed wrongly.

    Raises:
        HomingFailedError: X or Y is elsewhere than the direction of homing says.
    """
    machine, profile = connection.machine, connection.travel.profile
    place = machine.status.mpos if machine.status is not None else None
    if place is None:
        return
    has = {**profile.grbl, **machine.settings}
    pull_off, mask = has.get("$27", 1.0), int(has.get("$23", 0))
    for axis, letter in enumerate("XY"):
        at = place[axis] * machine.unit
        due = pull_off - has[f"$13{axis}"] if mask >> axis & 1 else -pull_off
        if abs(at - due) > pull_off + HOMED_MM:
            raise HomingFailedError(
                "homed-elsewhere", axis=letter, at=round(at, 1), due=round(due, 1)
            )


def lay_coordinates(connection: Connection) -> Procedure[None]:
    """Lay the work coordinates onto the paper's corner; G54 is written only if it is wrong."""
    wanted = paper_corner(connection.travel.profile)
    stored = connection.machine.parameters.get("G54", ())
    axes = len(stored)
    if 2 <= axes <= 3 and all(
        abs(a - b) < 5e-4 for a, b in zip(stored, wanted[:axes], strict=True)
    ):
        return
    x, y, z = (number(value) for value in wanted)
    height = "" if axes == 2 else f"Z{z}"
    yield from connection.ask(f"G21G10L2P1X{x}Y{y}{height}")
    yield from connection.ask("$#")
    yield from connection.report()


def paper_corner(profile: Profile) -> tuple[float, float, float]:
    """The paper's lower left corner in the coordinates of the homed machine, mm."""
    x, y = profile.paper_origin
    return x - profile.grbl["$130"], y - profile.grbl["$131"], profile.pen.paper_height


def set_zero(connection: Connection) -> Procedure[None]:
    """Make the place where the pen is the paper's corner, and its height the paper's."""
    height = "Z0" if connection.travel.profile.pen.by_height else ""
    yield from connection.ask(f"G21G10L20P1X0Y0{height}")
    yield from connection.ask("$#")
    yield from connection.report()
    connection.travel.referenced, connection.travel.raised = True, 0.0
    yield from lift(connection)


def after_alarm(connection: Connection) -> Procedure[None]:
    """Let an alarm pass and reset GRBL, which limit alarms wait for; it stays locked."""
    yield from connection.rest(ALARM_SECONDS)
    connection.expects_alarm = True
    try:
        yield from connection.reset()
    finally:
        connection.expects_alarm = False


def _straight(connection: Connection, line: str, seconds: float) -> Procedure[None]:
    """A move, until it is done."""
    yield from connection.ask(line, seconds=_patience(0.0))
    try:
        yield from connection.ask(SYNC, seconds=_patience(seconds))
    except Unanswered as late:
        raise Unanswered(END_OF_MOVE) from late
    yield from connection.report()


def _z_seconds(pen: Pen) -> float:
    return pen.lift_mm / pen.lift_feed * 60.0


def _patience(seconds: float) -> float:
    return 2.0 * seconds + MOVE_SLACK_SECONDS
