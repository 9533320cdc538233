"""The `$` commands."""

from __future__ import annotations

from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import read_number
from firmware_gcode.grbl.simulator.core import Work
from firmware_gcode.grbl.simulator.cycles import Cycles
from firmware_gcode.grbl.simulator.reports import HELP, parameters, parser_state
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.state import Flag, State

_VERSION: Final = "1.1h.20190830"
_OPTIONS: Final = "[OPT:V,15,128]"
STARTUP_LINES: Final = 2


class Commands(Cycles):
    """Executes `$` lines; errors are raised as GRBL would answer them."""

    def command(self, line: str) -> Work[None]:
        """Execute one line that begins with ``$``.

        Raises:
            GcodeError: With the number of GRBL's answer.
        """
        letter = line[1:2]
        if not letter:
            self.say(HELP)
        elif letter == "J":
            yield from self._jog(line)
        elif letter in "$GCX":
            if len(line) > 2:
                raise GcodeError(ErrorCode.INVALID_STATEMENT)
            self._simple(letter)
        else:
            if self.state not in (State.IDLE, State.ALARM):
                raise GcodeError(ErrorCode.NOT_IDLE)
            yield from self._idle_command(line, letter)

    def _jog(self, line: str) -> Work[None]:
        if self.state not in (State.IDLE, State.JOG):
            raise GcodeError(ErrorCode.NOT_IDLE)
        if line[2:3] != "=":
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        actions = self.interpreter.execute_stripped(line)
        yield from self.perform(actions)
        if self.state is State.IDLE and self.planner.blocks and not self.abort:
            self.state = State.JOG
            self.maker.release()
            self.fill_segments()
            self.motors.start(self.now)

    def _simple(self, letter: str) -> None:
        if letter == "$":
            if self.state in (State.CYCLE, State.HOLD):
                raise GcodeError(ErrorCode.NOT_IDLE)
            for text in self.settings.lines():
                self.say(text)
        elif letter == "G":
            self.say(parser_state(self))
        elif letter == "C":
            self._toggle_check()
        elif self.state is State.ALARM:
            self.message("Caution: Unlocked")
            self.state = State.IDLE

    def _toggle_check(self) -> None:
        if self.state is State.CHECK:
            self.request_reset()
            self.message("Disabled")
        elif self.state is State.IDLE:
            self.state = State.CHECK
            self.interpreter.checking = True
            self.message("Enabled")
        else:
            raise GcodeError(ErrorCode.NOT_IDLE)

    def _idle_command(self, line: str, letter: str) -> Work[None]:
        if letter == "#":
            if len(line) > 2:
                raise GcodeError(ErrorCode.INVALID_STATEMENT)
            for text in parameters(self):
                self.say(text)
        elif letter == "H":
            yield from self._home_command(line)
        elif letter == "S":
            if line != "$SLP":
                raise GcodeError(ErrorCode.INVALID_STATEMENT)
            self.flags |= Flag.SLEEP
        elif letter == "I":
            yield from self._build_info(line)
        elif letter == "R":
            yield from self._restore_defaults(line)
        elif letter == "N":
            yield from self._startup_line(line)
        else:
            yield from self._setting(line)

    def _home_command(self, line: str) -> Work[None]:
        if not self.settings.on(22):
            raise GcodeError(ErrorCode.HOMING_DISABLED)
        self.state = State.HOMING
        if len(line) > 2:
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        yield from self.home()
        if not self.abort:
            self.state = State.IDLE
            pause = self.idle_pause()
            if pause:
                yield from self.busy(pause)
            yield from self.run_startup()

    def run_startup(self) -> Work[None]:
        """Execute the stored start-up lines."""
        for index in range(STARTUP_LINES):
            line = self.eeprom.read_line(index)
            yield from self.store()
            if line is None:
                self.say(f">:error:{int(ErrorCode.EEPROM_READ_FAILED)}")
            elif line:
                answer = yield from self.answer_gcode(line)
                self.say(f">{line}:{answer}")

    def answer_gcode(self, line: str) -> Work[str]:
        """Execute a stripped line of G-code; returns ``ok`` or ``error:N``."""
        try:
            actions = self.interpreter.execute_stripped(line)
        except GcodeError as error:
            return f"error:{error.code}"
        yield from self.perform(actions)
        return "ok"

    def _build_info(self, line: str) -> Work[None]:
        if len(line) == 2:
            text = self.eeprom.read_build_info()
            yield from self.store()
            self.say(f"[VER:{_VERSION}:{text or ''}]")
            self.say(_OPTIONS)
        elif line[2] != "=":
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        else:
            self.eeprom.write_build_info(line[3:])
            yield from self.store()

    def _restore_defaults(self, line: str) -> Work[None]:
        if not line.startswith("$RST=") or len(line) > 6 or line[5:6] not in ("$", "#", "*"):
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        self.restore(line[5])
        yield from self.store()
        self.message("Restoring defaults")
        self.request_reset()

    def restore(self, what: str) -> None:
        """Put factory values back: ``$`` settings, ``#`` positions, ``*`` everything."""
        if what in "$*":
            self.settings = Settings()
            self.eeprom.write_settings(self.settings)
            self.reload_settings()
        if what in "#*":
            self.eeprom.clear_points()
            self.load_points()
        if what == "*":
            self.eeprom.clear_texts()

    def load_points(self) -> bool:
        """Read the stored positions into the parser; whether all were valid."""
        points = [self.eeprom.read_point(index) for index in range(8)]
        self.interpreter.stored = [point or (0.0, 0.0, 0.0) for point in points]
        return None not in points

    def _startup_line(self, line: str) -> Work[None]:
        if len(line) == 2:
            for index in range(STARTUP_LINES):
                text = self.eeprom.read_line(index)
                yield from self.store()
                if text is None:
                    self.say(f"error:{int(ErrorCode.EEPROM_READ_FAILED)}")
                else:
                    self.say(f"$N{index}={text}")
            return
        if self.state is not State.IDLE:
            raise GcodeError(ErrorCode.NOT_IDLE)
        number, place = read_number(line, 2)
        if line[place : place + 1] != "=":
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        text = line[place + 1 :]
        yield from self.perform(self.interpreter.execute_stripped(text))
        yield from self.synchronise()
        self.eeprom.write_line(int(number) & 0xFF, text)
        yield from self.store()

    def _setting(self, line: str) -> Work[None]:
        number, place = read_number(line, 1)
        if line[place : place + 1] != "=":
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        value, end = read_number(line, place + 1)
        if end != len(line) or number > 255:
            raise GcodeError(ErrorCode.INVALID_STATEMENT)
        self.settings.change(int(number) & 0xFF, value)
        self._setting_changed(int(number))
        self.eeprom.write_settings(self.settings)
        yield from self.store()

    def _setting_changed(self, number: int) -> None:
        self.reload_settings()
        if number == 13:
            self.wco_counter = 0
        elif number == 21:
            self.limits_watched = self.settings.on(21)
        elif number in (30, 31, 32):
            self.stop_spindle()
