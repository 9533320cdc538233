"""GRBL's program from power-on: initialise, greet, read lines, answer them."""

from __future__ import annotations

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import MAX_LINE, upper_ascii
from firmware_gcode.grbl.simulator.commands import Commands
from firmware_gcode.grbl.simulator.core import FOREVER, Work
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


class Firmware(Commands):
    """The whole program; `run` never ends."""

    def run(self) -> Work[None]:
        """From power-on."""
        self.deaf = False
        yield from self._load_settings()
        self.state = State.ALARM if self.settings.on(22) else State.IDLE
        while True:
            yield from self._initialise()
            yield from self._main_loop()

    def _load_settings(self) -> Work[None]:
        settings = self.eeprom.read_settings()
        if settings is None:
            self.say(f"error:{int(ErrorCode.EEPROM_READ_FAILED)}")
            self.restore("*")
            yield from self.store()
            for text in self.settings.lines():
                self.say(text)
            yield from self.pay()
        else:
            self.settings = settings
        self.load_points()
        yield from self.store()

    def _initialise(self) -> Work[None]:
        """Everything that a reset does; the state and the motors' position remain."""
        self.clear_system()
        self.receiver.clear()
        self.reload_settings()
        self.interpreter.reset()
        self.stop_spindle()
        self.flood = False
        self.limits_watched = self.settings.on(21)
        self.planner.feed_override = self.planner.rapid_override = 1.0
        yield from self.drop_motion()
        self.motors.locked = (False, False, False)
        self.interpreter.position = self.to_mm(self.motors.position)
        self.say(BANNER)

    def _main_loop(self) -> Work[None]:
        if self.settings.on(21) and any(self.limits()):
            self.state = State.ALARM
            self.message("Check Limits")
        if self.state in (State.ALARM, State.SLEEP):
            self.message("'$H'|'$X' to unlock")
            self.state = State.ALARM
        else:
            self.state = State.IDLE
            yield from self.run_startup()
        buffer = LineBuffer()
        ring = self.receiver.ring
        while True:
            while ring:
                byte = ring.popleft()
                if byte not in b"\n\r":
                    buffer.add(byte)
                    continue
                yield from self._execute(buffer)
                if self.abort:
                    return
                buffer.clear()
            self.auto_start()
            yield from self.realtime()
            if self.abort:
                return
            if not ring and not self.asked:
                self.receiver.draining = True
                yield FOREVER
                self.receiver.draining = False

    def _execute(self, buffer: LineBuffer) -> Work[None]:
        yield from self.pay(effort.LINE_S + effort.CHARACTER_S * buffer.received)
        yield from self.realtime()
        if self.abort:
            return
        answer = yield from self._answer(buffer)
        yield from self.pay()
        self.say(answer)

    def _answer(self, buffer: LineBuffer) -> Work[str]:
        line = buffer.line
        if buffer.overflow:
            return f"error:{int(ErrorCode.LINE_TOO_LONG)}"
        if not line:
            return "ok"
        if line[0] == "$":
            try:
                yield from self.command(line)
            except GcodeError as error:
                return f"error:{error.code}"
            return "ok"
        if self.state in (State.ALARM, State.JOG):
            return f"error:{int(ErrorCode.LOCKED)}"
        return (yield from self.answer_gcode(line))
