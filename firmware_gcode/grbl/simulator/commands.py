"""The `$` commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from firmware_gcode.gcode.actions import Action
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import leading_number
from firmware_gcode.grbl.dialects.speech import Extra
from firmware_gcode.grbl.simulator.firmware import Firmware, Work
from firmware_gcode.grbl.simulator.motion import home, perform, synchronise
from firmware_gcode.grbl.simulator.reports import parameters, parser_state
from firmware_gcode.grbl.simulator.settings import Settings, print_extra
from firmware_gcode.grbl.simulator.state import Flag, State
from firmware_gcode.motion.trajectory import CAPACITY

STARTUP_LINES: Final = 2


def command(grbl: Firmware, line: str) -> Work[None]:
    """Execute one line that begins with ``$``.

    Raises:
        GcodeError: With the number of GRBL's answer.
    """
    letter = line[1:2]
    if not grbl.speech.knows(line):
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    if not letter:
        grbl.say(grbl.speech.help)
    elif letter == "J":
        yield from _jog(grbl, line)
    elif letter in "$GCX":
        if len(line) > 2:
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        _simple(grbl, letter)
    else:
        if grbl.state not in (State.IDLE, State.ALARM):
            raise GcodeError(ErrorCode.NOT_IDLE)
        yield from _idle_command(grbl, line, letter)


def _jog(grbl: Firmware, line: str) -> Work[None]:
    if grbl.state not in (State.IDLE, State.JOG):
        raise GcodeError(ErrorCode.NOT_IDLE)
    if line[2:3] != "=":
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    actions = _understood(grbl, line)
    yield from perform(grbl, actions)
    if grbl.state is State.IDLE and grbl.trajectory.blocks and not grbl.abort:
        grbl.state = State.JOG
        grbl.trajectory.release()
        grbl.feed_motors()
        grbl.motors.start(grbl.now)


def _simple(grbl: Firmware, letter: str) -> None:
    if letter == "$":
        if grbl.state in (State.CYCLE, State.HOLD):
            raise GcodeError(ErrorCode.NOT_IDLE)
        for text in setting_lines(grbl):
            grbl.say(text)
    elif letter == "G":
        grbl.say(parser_state(grbl))
    elif letter == "C":
        _toggle_check(grbl)
    elif grbl.state is State.ALARM:
        grbl.message("Caution: Unlocked")
        grbl.state = State.IDLE


def _toggle_check(grbl: Firmware) -> None:
    if grbl.state is State.CHECK:
        grbl.request_reset()
        grbl.message("Disabled")
    elif grbl.state is State.IDLE:
        grbl.state = State.CHECK
        grbl.interpreter.checking = True
        grbl.message("Enabled")
    else:
        raise GcodeError(ErrorCode.NOT_IDLE)


def _idle_command(grbl: Firmware, line: str, letter: str) -> Work[None]:
    if letter == "#":
        if len(line) > 2:
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        for text in parameters(grbl):
            grbl.say(text)
    elif letter == "H":
        yield from _home_command(grbl, line)
    elif letter == "S":
        if line != "$SLP":
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        grbl.flags |= Flag.SLEEP
    elif letter == "I":
        yield from _build_info(grbl, line)
    elif letter == "R":
        yield from _restore_defaults(grbl, line)
    elif letter == "N":
        yield from _startup_line(grbl, line)
    else:
        yield from _setting(grbl, line)


def _home_command(grbl: Firmware, line: str) -> Work[None]:
    if not grbl.settings.on(22):
        raise GcodeError(ErrorCode.HOMING_DISABLED)
    grbl.state = State.HOMING
    if len(line) > 2:
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    yield from home(grbl)
    if not grbl.abort:
        grbl.state = State.IDLE
        pause = grbl.idle_pause()
        if pause:
            yield from grbl.busy(pause)
        yield from run_startup(grbl)


def run_startup(grbl: Firmware) -> Work[None]:
    """Execute the stored start-up lines."""
    for index in range(STARTUP_LINES):
        line = grbl.eeprom.read_line(index)
        yield from grbl.store()
        if line is None:
            grbl.say(
                grbl.speech.ran.format(
                    line="", answer=grbl.speech.refusal(ErrorCode.EEPROM_READ_FAILED)
                )
            )
        elif line:
            answer = yield from answer_gcode(grbl, line)
            grbl.say(grbl.speech.ran.format(line=line, answer=answer))


def answer_gcode(grbl: Firmware, line: str) -> Work[str]:
    """Execute a stripped line of G-code; returns ``ok`` or ``error:N``."""
    try:
        actions = _understood(grbl, line)
    except GcodeError as error:
        return grbl.speech.refusal(error.code)
    yield from perform(grbl, actions)
    return "ok"


def _understood(grbl: Firmware, line: str) -> list[Action]:
    """What a line asks for; a word for an axis that the build has not is unknown to it."""
    if set("XYZ"[grbl.speech.axes :]) & set(line):
        raise GcodeError(ErrorCode.UNSUPPORTED_COMMAND)
    return grbl.interpreter.execute_stripped(line)


def _build_info(grbl: Firmware, line: str) -> Work[None]:
    if len(line) == 2:
        text = grbl.eeprom.read_build_info()
        yield from grbl.store()
        for told in grbl.speech.build_info(text or "", CAPACITY):
            grbl.say(told)
    elif line[2] != "=":
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    else:
        grbl.eeprom.write_build_info(line[3:])
        yield from grbl.store()


def _restore_defaults(grbl: Firmware, line: str) -> Work[None]:
    if not line.startswith("$RST=") or len(line) > 6 or line[5:6] not in ("$", "#", "*"):
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    restore(grbl, line[5])
    yield from grbl.store()
    grbl.message("Restoring defaults")
    grbl.request_reset()


def restore(grbl: Firmware, what: str) -> None:
    """Put factory values back: ``$`` settings, ``#`` positions, ``*`` everything."""
    if what in "$*":
        grbl.settings, grbl.extras = Settings(), dict(grbl.speech.extras)
        grbl.eeprom.write_settings(grbl.settings)
        grbl.eeprom.write_extras(grbl.extras)
        grbl.reload_settings()
    if what in "#*":
        grbl.eeprom.clear_points()
        load_points(grbl)
    if what == "*":
        grbl.eeprom.clear_texts()


def load_points(grbl: Firmware) -> None:
    """Read the stored positions into the parser."""
    points = [grbl.eeprom.read_point(index) for index in range(8)]
    grbl.interpreter.stored = [point or (0.0, 0.0, 0.0) for point in points]


def _startup_line(grbl: Firmware, line: str) -> Work[None]:
    if len(line) == 2:
        for index in range(STARTUP_LINES):
            text = grbl.eeprom.read_line(index)
            yield from grbl.store()
            if text is None:
                grbl.say(grbl.speech.refusal(ErrorCode.EEPROM_READ_FAILED))
            else:
                grbl.say(f"$N{index}={text}")
        return
    if grbl.state is not State.IDLE:
        raise GcodeError(ErrorCode.NOT_IDLE)
    number, text = _assignment(line[2:])
    yield from perform(grbl, grbl.interpreter.execute_stripped(text))
    yield from synchronise(grbl)
    grbl.eeprom.write_line(int(number) & 0xFF, text)
    yield from grbl.store()


def _assignment(text: str) -> tuple[float, str]:
    """The number before the equals sign and what stands behind it."""
    number, rest = leading_number(text)
    if rest[:1] != "=":
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    return number, rest[1:]


def _setting(grbl: Firmware, line: str) -> Work[None]:
    number, text = _assignment(line[1:])
    if not grbl.speech.writes(int(number)):
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    if int(number) in grbl.extras:
        yield from _extra(grbl, int(number), text)
        return
    value, rest = leading_number(text)
    if rest or number > 255:
        raise GcodeError(ErrorCode.INVALID_STATEMENT)
    grbl.settings.change(int(number) & 0xFF, value)
    _setting_changed(grbl, int(number))
    grbl.eeprom.write_settings(grbl.settings)
    yield from grbl.store()


def _extra(grbl: Firmware, number: int, text: str) -> Work[None]:
    """Write a setting that only this dialect has."""
    value: Extra = text
    if not isinstance(grbl.extras[number], str):
        value, rest = leading_number(text)
        if rest:
            raise GcodeError(ErrorCode.BAD_NUMBER)
    grbl.extras[number] = value
    grbl.eeprom.write_extras(grbl.extras)
    grbl.wco_counter = 0
    yield from grbl.store()


def setting_lines(grbl: Firmware) -> Iterator[str]:
    """The answer to ``$$``, line by line."""
    own = {number: print_extra(value) for number, value in grbl.extras.items()}
    return grbl.speech.settings({**dict(grbl.settings.printed()), **own}.items())


def _setting_changed(grbl: Firmware, number: int) -> None:
    grbl.reload_settings()
    if number == 13:
        grbl.wco_counter = 0
    elif number == 21:
        grbl.limits_watched = grbl.settings.on(21)
    elif number in (30, 31, 32):
        grbl.set_pwm(0)
