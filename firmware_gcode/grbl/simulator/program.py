"""GRBL's program from power-on: initialise, greet, read lines, answer them."""

from __future__ import annotations

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import MAX_LINE, upper_ascii
from firmware_gcode.grbl.simulator.commands import (
    answer_gcode,
    command,
    load_points,
    restore,
    run_startup,
)
from firmware_gcode.grbl.simulator.firmware import FOREVER, Firmware, Work
from firmware_gcode.grbl.simulator.motion import auto_start
from firmware_gcode.grbl.simulator.realtime import drop_motion, realtime
from firmware_gcode.grbl.simulator.reports import BANNER
from firmware_gcode.grbl.simulator.state import State
from firmware_gcode.motion import effort


class LineBuffer:
    """Collects the characters of a line, without blanks and comments."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a new line."""
        self.text: list[str] = []
        self.received = 0
        self.overflow = False
        self._parentheses = False
        self._semicolon = False

    def add(self, byte: int) -> None:
        """Take one character that does not end the line."""
        self.received += 1
        character = chr(byte)
        if self.overflow or self._parentheses or self._semicolon:
            if character == ")":
                self._parentheses = False
        elif character <= " " or character == "/":
            pass
        elif character == "(":
            self._parentheses = True
        elif character == ";":
            self._semicolon = True
        elif len(self.text) >= MAX_LINE:
            self.overflow = True
        else:
            self.text.append(character)

    @property
    def line(self) -> str:
        """The line in capitals."""
        return upper_ascii("".join(self.text))


def run(grbl: Firmware) -> Work[None]:
    """From power-on."""
    grbl.deaf = False
    yield from _load_settings(grbl)
    grbl.state = State.ALARM if grbl.settings.on(22) else State.IDLE
    while True:
        yield from _initialise(grbl)
        yield from _main_loop(grbl)


def _load_settings(grbl: Firmware) -> Work[None]:
    settings = grbl.eeprom.read_settings()
    if settings is None:
        grbl.say(f"error:{int(ErrorCode.EEPROM_READ_FAILED)}")
        restore(grbl, "*")
        yield from grbl.store()
        for text in grbl.settings.lines():
            grbl.say(text)
        yield from grbl.pay()
    else:
        grbl.settings = settings
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
    grbl.say(BANNER)


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
    buffer = LineBuffer()
    ring = grbl.receiver.ring
    while True:
        while ring:
            byte = ring.popleft()
            if byte not in b"\n\r":
                buffer.add(byte)
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


def _execute(grbl: Firmware, buffer: LineBuffer) -> Work[None]:
    yield from grbl.pay(effort.LINE_S + effort.CHARACTER_S * buffer.received)
    yield from realtime(grbl)
    if grbl.abort:
        return
    answer = yield from _answer(grbl, buffer)
    yield from grbl.pay()
    grbl.say(answer)


def _answer(grbl: Firmware, buffer: LineBuffer) -> Work[str]:
    line = buffer.line
    if buffer.overflow:
        return f"error:{int(ErrorCode.LINE_TOO_LONG)}"
    if not line:
        return "ok"
    if line[0] == "$":
        try:
            yield from command(grbl, line)
        except GcodeError as error:
            return f"error:{error.code}"
        return "ok"
    if grbl.state in (State.ALARM, State.JOG):
        return f"error:{int(ErrorCode.LOCKED)}"
    return (yield from answer_gcode(grbl, line))
