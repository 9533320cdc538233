"""GRBL's program from power-on: initialise, greet, read lines, answer them."""

from __future__ import annotations

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import strip_line
from firmware_gcode.grbl.simulator.commands import (
    answer_gcode,
    command,
    load_points,
    restore,
    run_startup,
    setting_lines,
)
from firmware_gcode.grbl.simulator.firmware import FOREVER, Firmware, Work
from firmware_gcode.grbl.simulator.motion import auto_start
from firmware_gcode.grbl.simulator.realtime import drop_motion, realtime
from firmware_gcode.grbl.simulator.state import State
from firmware_gcode.motion import effort


def run(grbl: Firmware) -> Work[None]:
    """From power-on."""
    grbl.deaf = False
    for text in grbl.speech.boot:
        grbl.say(text)
    yield from _load_settings(grbl)
    grbl.state = State.ALARM if grbl.settings.on(22) else State.IDLE
    while True:
        yield from _initialise(grbl)
        yield from _main_loop(grbl)


def _load_settings(grbl: Firmware) -> Work[None]:
    settings = grbl.eeprom.read_settings()
    if settings is None:
        grbl.say(grbl.speech.refusal(ErrorCode.EEPROM_READ_FAILED))
        restore(grbl, "*")
        yield from grbl.store()
        for text in setting_lines(grbl):
            grbl.say(text)
        yield from grbl.pay()
    else:
        grbl.settings = settings
        grbl.extras.update(grbl.eeprom.read_extras())
    load_points(grbl)
    yield from grbl.store()


def _initialise(grbl: Firmware) -> Work[None]:
    """Everything that a reset does; the state and the motors' position remain."""
    grbl.clear_system()
    grbl.receiver.ring.clear()
    grbl.reload_settings()
    grbl.interpreter.reset()
    grbl.set_pwm(0)
    grbl.flood = False
    grbl.limits_watched = grbl.settings.on(21)
    grbl.trajectory.feed_factor = grbl.trajectory.rapid_factor = 1.0
    yield from drop_motion(grbl)
    grbl.motors.locked = (False, False, False)
    grbl.interpreter.position = grbl.to_mm(grbl.motors.position)
    grbl.say(f"\r\n{grbl.speech.banner}")


def _main_loop(grbl: Firmware) -> Work[None]:
    if grbl.settings.on(21) and any(grbl.limits()):
        grbl.state = State.ALARM
        grbl.message("Check Limits")
    if grbl.state in (State.ALARM, State.SLEEP):
        grbl.message("'$H'|'$X' to unlock")
        grbl.state = State.ALARM
    else:
        grbl.state = State.IDLE
        yield from run_startup(grbl)
    buffer = bytearray()
    ring = grbl.receiver.ring
    while True:
        while ring:
            byte = ring.popleft()
            if byte not in b"\n\r":
                buffer.append(byte)
                continue
            yield from _execute(grbl, buffer)
            if grbl.abort:
                return
            buffer.clear()
        auto_start(grbl)
        yield from realtime(grbl)
        if grbl.abort:
            return
        if not ring and not grbl.asked:
            grbl.receiver.draining = True
            yield FOREVER
            grbl.receiver.draining = False


def _execute(grbl: Firmware, buffer: bytearray) -> Work[None]:
    yield from grbl.pay(effort.LINE_S + effort.CHARACTER_S * len(buffer))
    yield from realtime(grbl)
    if grbl.abort:
        return
    answer = yield from _answer(grbl, buffer)
    yield from grbl.pay()
    grbl.say(answer)


def _answer(grbl: Firmware, buffer: bytearray) -> Work[str]:
    try:
        line = strip_line(buffer.decode("latin-1"))
    except GcodeError as error:
        return grbl.speech.refusal(error.code)
    if not line:
        return "ok"
    if line[0] == "$":
        try:
            yield from command(grbl, line)
        except GcodeError as error:
            return grbl.speech.refusal(error.code)
        return "ok"
    if grbl.state in (State.ALARM, State.JOG):
        return grbl.speech.refusal(ErrorCode.LOCKED)
    return (yield from answer_gcode(grbl, line))
