"""What the link makes a machine do on its own: lift the pen, home, park, set the zero.

All of these are procedures (see `procedure`); none of them is a program.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from firmware_gcode.facts import CodedError, fact
from firmware_gcode.gcode.words import number
from firmware_gcode.grbl.commands import jog
from firmware_gcode.grbl.connection import (
    ALARM_SECONDS,
    BANNER_SECONDS,
    END_OF_MOVE,
    Procedure,
    Refused,
    Talk,
    Unanswered,
    Wait,
)
from firmware_gcode.grbl.protocol import Error
from firmware_gcode.program.pens.pen import Height, Pause, Pen, PenStep, Say, step_line
from firmware_gcode.program.profile import Profile

MODES = "G21G90G94G17G54"
"""Millimetres, absolute, feed per minute, XY plane, G54: what a reset may have undone."""
SYNC = "G4P0"
"""Answered only when all motion before it is done."""
HOMING_SECONDS = 180.0
"""A homing cycle of the largest hobby machines at GRBL's default speeds."""
MOVE_SLACK_SECONDS = 10.0
"""Added to the time of a move before it counts as stuck."""
SOFT_LIMIT = 15
"""`error:15`: the jog would leave the machine's travel, as GRBL sees it."""


def learn(talk: Talk) -> Procedure[None]:
    """Read the buffer sizes, the settings, the stored positions and the modes."""
    for question in talk.dialect.asked:
        yield from talk.ask(question)
    talk.channel.size = talk.dialect.buffer_of(talk.view.options)


def unlock(talk: Talk) -> Procedure[None]:
    """Takes GRBL out of its alarm lock; moves nothing."""
    yield from talk.ask("$X")
    yield from talk.report()


def lift(talk: Talk, profile: Profile, *, referenced: bool) -> Procedure[None]:
    """Get the pen off the paper and wait until it is.

    Args:
        talk: The machine, idle.
        profile: Its pen.
        referenced: Whether heights are known. If not, a Z axis is raised by the whole lift
            from where it is: too high is harmless, too low is not.
    """
    pen = profile.pen
    if pen.by_height and not referenced:
        yield from _raise(talk, pen)
    else:
        yield from carry_out(talk, pen.lift_steps(), pen)


def lower(talk: Talk, profile: Profile, *, referenced: bool) -> Procedure[None]:
    """Put the pen onto the paper; without known heights by a whole lift."""
    pen = profile.pen
    if pen.by_height and not referenced:
        line = jog(0, 0, -pen.lift_mm, feed=pen.lift_feed)
        yield from move(talk, line, _z_seconds(pen))
    else:
        yield from carry_out(talk, pen.lower_steps(profile.grbl), pen)


def carry_out(talk: Talk, steps: Sequence[PenStep], pen: Pen) -> Procedure[None]:
    """Take the steps of lifting or lowering a pen, each to its end."""
    if any(isinstance(step, Height) for step in steps):
        yield from talk.ask(MODES)
    for step in steps:
        match step:
            case Height():
                yield from _straight(talk, step_line(step), _z_seconds(pen))
            case Say():
                yield from talk.ask(step_line(step))
            case Pause() if step.seconds > 0.0:
                yield from talk.ask(step_line(step), seconds=_patience(step.seconds))


def _raise(talk: Talk, pen: Pen) -> Procedure[None]:
    """Raise Z from an unknown height.

    After a power-on GRBL takes the height it stands at for the top, so its soft limits refuse
    to go up: they are switched off for this one move.
    """
    up = jog(0, 0, pen.lift_mm, feed=pen.lift_feed)
    try:
        yield from move(talk, up, _z_seconds(pen))
    except Refused as refusal:
        if refusal.error.code != SOFT_LIMIT:
            raise
        yield from talk.ask("$20=0")
        yield from move(talk, up, _z_seconds(pen))
        yield from talk.ask("$20=1")


def move(talk: Talk, line: str, seconds: float) -> Procedure[None]:
    """A jog, until the machine stands again."""
    yield from talk.ask(line, seconds=_patience(seconds))
    yield from talk.report()
    yield Wait(lambda: talk.view.standing, _patience(seconds), END_OF_MOVE)


def park(talk: Talk, profile: Profile) -> Procedure[None]:
    """Takes the lifted pen to where it waits; only while the position is known."""
    x, y = profile.park
    feed = profile.travel_feed
    way = math.hypot(profile.width, profile.height)
    line = f"G1X{number(x)}Y{number(y)}F{number(feed)}"
    yield from talk.ask(MODES)
    yield from _straight(talk, line, way / feed * 60.0)


def go(talk: Talk, x: float, y: float, feed: float, seconds: float) -> Procedure[None]:
    """Takes the lifted pen to a place in work coordinates."""
    yield from talk.ask(MODES)
    yield from _straight(talk, f"G1X{number(x)}Y{number(y)}F{number(feed)}", seconds)


def home(talk: Talk, profile: Profile) -> Procedure[None]:
    """Runs the homing cycle, then lays the work coordinates onto the paper's corner.

    Raises:
        Refused: GRBL does not home (`error:5` without `$22=1`), or the cycle ended in an
            alarm.
        Unanswered: The cycle did not end.
    """
    if not profile.pen.by_height:
        if talk.view.state == "Alarm":
            yield from unlock(talk)
        yield from lift(talk, profile, referenced=False)
    yield from _homing_cycle(talk)
    yield from _set_offset(talk, profile)
    talk.travel.referenced = True
    yield from lift(talk, profile, referenced=True)


def _homing_cycle(talk: Talk) -> Procedure[None]:
    """After a failed cycle GRBL answers, restarts, and is locked."""
    talk.expect_alarm()
    talk.homing = True
    try:
        sent = talk.channel.send("$H")
        yield Wait(
            lambda: sent.answer is not None or talk.alarm is not None,
            HOMING_SECONDS,
            fact("await-end-of-homing"),
        )
        if talk.alarm is not None:
            yield from after_alarm(talk)
            raise HomingFailedError(
                fact("homing-failed", meaning=talk.alarm.meaning, advice=talk.alarm.advice)
            )
    finally:
        talk.expects_alarm, talk.homing = False, False
    if isinstance(sent.answer, Error):
        raise Refused(sent.text, sent.answer)
    yield from talk.report()


class HomingFailedError(CodedError):
    """The homing cycle ended in an alarm."""


def _set_offset(talk: Talk, profile: Profile) -> Procedure[None]:
    """G54 is in the EEPROM: it is written only when it is not right already."""
    wanted = paper_corner(profile)
    stored = talk.view.parameters.get("G54", ())
    if len(stored) == 3 and all(
        abs(a - b) < 5e-4 for a, b in zip(stored, wanted, strict=True)
    ):
        return
    x, y, z = (number(value) for value in wanted)
    yield from talk.ask(f"G21G10L2P1X{x}Y{y}Z{z}")
    yield from talk.ask("$#")
    yield from talk.report()


def paper_corner(profile: Profile) -> tuple[float, float, float]:
    """The paper's lower left corner in the coordinates of the homed machine, mm."""
    x, y = profile.paper_origin
    return x - profile.grbl["$130"], y - profile.grbl["$131"], profile.pen.paper_height


def set_zero(talk: Talk, profile: Profile) -> Procedure[None]:
    """Makes the place where the pen is the paper's corner, and its height the paper's."""
    height = "Z0" if profile.pen.by_height else ""
    yield from talk.ask(f"G21G10L20P1X0Y0{height}")
    yield from talk.ask("$#")
    yield from talk.report()
    talk.travel.referenced = True
    yield from lift(talk, profile, referenced=True)


def after_alarm(talk: Talk) -> Procedure[None]:
    """Lets an alarm pass and resets GRBL, which limit alarms wait for; it stays locked."""
    yield from talk.rest(ALARM_SECONDS)
    talk.expects_alarm = True
    try:
        yield from talk.reset()
    finally:
        talk.expects_alarm = False


def after_start(talk: Talk) -> Procedure[None]:
    """After a banner: lets the start-up lines pass and waits for a report."""
    yield from talk.report(seconds=BANNER_SECONDS)


def _straight(talk: Talk, line: str, seconds: float) -> Procedure[None]:
    """A move, until it is done."""
    yield from talk.ask(line, seconds=_patience(0.0))
    try:
        yield from talk.ask(SYNC, seconds=_patience(seconds))
    except Unanswered as late:
        raise Unanswered(END_OF_MOVE) from late
    yield from talk.report()


def _z_seconds(pen: Pen) -> float:
    return pen.lift_mm / pen.lift_feed * 60.0


def _patience(seconds: float) -> float:
    return 2.0 * seconds + MOVE_SLACK_SECONDS
