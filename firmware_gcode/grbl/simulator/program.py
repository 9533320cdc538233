"""The controller's program: from power-on and reset to reading lines and answering them."""

from __future__ import annotations

from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import strip_line
from firmware_gcode.grbl.simulator.commands import Commands
from firmware_gcode.grbl.simulator.executor import Executor
from firmware_gcode.grbl.simulator.parts import Parts
from firmware_gcode.grbl.simulator.phases import Phase
from firmware_gcode.grbl.simulator.processor import FOREVER, Restart, Work
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.motion import effort

_COMMAND_S: Final = 0.12e-3
"""To take up a line that begins with ``$``: one byte behind `$110=…` is heard before the first
changed byte of the EEPROM stops the interrupts, and six are lost (`eeprom-swallows-bytes`)."""


class Program:
    """Reads the ring of the receiver, line by line."""

    def __init__(self, parts: Parts, supervisor: Supervisor) -> None:
        self._parts, self._supervisor = parts, supervisor
        self._commands = Commands(parts, supervisor, Executor(parts, supervisor))

    def run(self) -> Work[None]:
        """From power-on, for ever."""
        parts = self._parts
        parts.processor.deaf = False
        parts.processor.say(*parts.speech.boot)
        if parts.memory.load():
            parts.parser.stored = parts.memory.points()
            yield from parts.store()
        else:
            parts.processor.say(parts.speech.refusal(ErrorCode.EEPROM_READ_FAILED))
            yield from self._commands.restore("*")
            parts.processor.say(*self._supervisor.reporter.settings())
            yield from parts.processor.pay()
        if parts.settings.on(22):
            self._supervisor.phase = Phase.ALARM
        while True:
            yield from self._begin()
            try:
                yield from self._serve()
            except Restart:
                continue

    def _begin(self) -> Work[None]:
        """Everything that a reset does; the phase and the motors' position remain."""
        parts = self._parts
        parts.receiver.ring.clear()
        self._supervisor.clear()
        parts.overrides.reset()
        parts.due.offset = parts.due.overrides = 0
        parts.configure()
        parts.parser.reset()
        parts.inputs.reset()
        parts.tool.reset()
        parts.drive.trajectory.override(1.0, 1.0)
        yield from self._supervisor.drop_motion()
        parts.drive.locked = (False, False, False)
        parts.processor.say(f"\r\n{parts.speech.banner}")

    def _serve(self) -> Work[None]:
        supervisor, inputs = self._supervisor, self._parts.inputs
        if inputs.watched and any(inputs.limits):
            supervisor.phase = Phase.ALARM
            self._parts.processor.message("Check Limits")
        if supervisor.phase in {Phase.ALARM, Phase.SLEEP}:
            self._parts.processor.message("'$H'|'$X' to unlock")
            supervisor.phase = Phase.ALARM
        else:
            supervisor.phase = Phase.IDLE
            yield from self._commands.run_startup()
        yield from self._read()

    def _read(self) -> Work[None]:
        """Read bytes; those that came while it waited for them are `known` already."""
        supervisor, receiver = self._supervisor, self._parts.receiver
        line, known = bytearray(), 0
        while True:
            while receiver.ring:
                byte = receiver.ring.popleft()
                if byte not in b"\n\r":
                    line.append(byte)
                    continue
                yield from self._execute(line.decode("latin-1"), max(len(line) - known, 0))
                line.clear()
                known = 0
            supervisor.start_planned()
            yield from supervisor.attend()
            if not receiver.ring and not supervisor.asked:
                receiver.draining = True
                yield FOREVER
                receiver.draining = False
                known = len(line) + len(receiver.ring)

    def _execute(self, raw: str, unread: int) -> Work[None]:
        processor = self._parts.processor
        begin = _COMMAND_S if raw.startswith("$") else effort.LINE_S
        yield from processor.pay(begin + effort.CHARACTER_S * unread)
        yield from self._supervisor.attend()
        try:
            answer = yield from self._commands.answer(strip_line(raw))
        except GcodeError as error:
            answer = self._parts.speech.refusal(error.code)
        except Restart:
            processor.say("ok")  # A reset answers the line that it interrupts.
            raise
        yield from processor.pay()
        processor.say(answer)
