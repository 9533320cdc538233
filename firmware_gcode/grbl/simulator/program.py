"""The controller's program: from power-on and reset to reading lines and answering them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.words import strip_line
from firmware_gcode.grbl.simulator.commands import Commands
from firmware_gcode.grbl.simulator.phases import Phase
from firmware_gcode.grbl.simulator.processor import FOREVER, Restart, Work
from firmware_gcode.grbl.simulator.uart import Receiver
from firmware_gcode.motion import effort

_COMMAND_S: Final = 0.12e-3
"""To take up a line that begins with ``$``: one byte behind `$110=…` is heard before the first
changed byte of the EEPROM stops the interrupts, and six are lost (`eeprom-swallows-bytes`)."""


@dataclass(eq=False, slots=True)
class Program:
    """Reads the ring of the receiver, line by line."""

    receiver: Receiver
    commands: Commands

    def run(self) -> Work[None]:
        """From power-on, for ever."""
        commands, supervisor = self.commands, self.commands.supervisor
        supervisor.processor.deaf = False
        for text in commands.memory.speech.boot:
            supervisor.console.say(text)
        if commands.memory.load():
            supervisor.parser.stored = commands.memory.points()
            yield from commands.memory.store()
        else:
            refusal = commands.memory.speech.refusal(ErrorCode.EEPROM_READ_FAILED)
            supervisor.console.say(refusal)
            yield from commands.restore("*")
            commands.say_settings()
            yield from supervisor.processor.pay()
        if commands.memory.settings.on(22):
            supervisor.phase = Phase.ALARM
        while True:
            yield from self._begin()
            try:
                yield from self._serve()
            except Restart:
                continue

    def _begin(self) -> Work[None]:
        """Everything that a reset does; the phase and the motors' position remain."""
        commands, supervisor = self.commands, self.commands.supervisor
        self.receiver.ring.clear()
        supervisor.clear()
        supervisor.overrides.reset()
        due = commands.reporter.due
        due.offset = due.overrides = 0
        commands.configure()
        supervisor.parser.reset()
        supervisor.inputs.reset()
        supervisor.tool.reset()
        supervisor.drive.trajectory.override(1.0, 1.0)
        yield from supervisor.drop_motion()
        supervisor.drive.motors.locked = (False, False, False)
        supervisor.console.say(f"\r\n{commands.memory.speech.banner}")

    def _serve(self) -> Work[None]:
        commands, supervisor = self.commands, self.commands.supervisor
        if supervisor.inputs.watched and any(supervisor.inputs.limits):
            supervisor.phase = Phase.ALARM
            supervisor.console.message("Check Limits")
        if supervisor.phase in {Phase.ALARM, Phase.SLEEP}:
            supervisor.console.message("'$H'|'$X' to unlock")
            supervisor.phase = Phase.ALARM
        else:
            supervisor.phase = Phase.IDLE
            yield from commands.run_startup()
        yield from self._read()

    def _read(self) -> Work[None]:
        """Read bytes; those that came while it waited for them are `known` already."""
        supervisor, receiver = self.commands.supervisor, self.receiver
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
        supervisor = self.commands.supervisor
        processor = supervisor.processor
        begin = _COMMAND_S if raw.startswith("$") else effort.LINE_S
        yield from processor.pay(begin + effort.CHARACTER_S * unread)
        yield from supervisor.attend()
        try:
            answer = yield from self._answer(raw)
        except Restart:
            supervisor.console.say("ok")  # A reset answers the line that it interrupts.
            raise
        yield from processor.pay()
        supervisor.console.say(answer)

    def _answer(self, raw: str) -> Work[str]:
        commands = self.commands
        speech = commands.memory.speech
        try:
            line = strip_line(raw)
        except GcodeError as error:
            return speech.refusal(error.code)
        return (yield from commands.answer(line))
