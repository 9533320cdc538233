"""The controller: its parts, and how they are wired."""

from __future__ import annotations

from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.commands import Commands
from firmware_gcode.grbl.simulator.drive import Drive
from firmware_gcode.grbl.simulator.eeprom import Eeprom
from firmware_gcode.grbl.simulator.executor import Executor
from firmware_gcode.grbl.simulator.inputs import PINS, Inputs, Switches
from firmware_gcode.grbl.simulator.memory import Memory
from firmware_gcode.grbl.simulator.overrides import Due, Overrides
from firmware_gcode.grbl.simulator.processor import Processor, Work
from firmware_gcode.grbl.simulator.program import Program
from firmware_gcode.grbl.simulator.reports import Console, Reporter
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.supervisor import Supervisor
from firmware_gcode.grbl.simulator.tool import Tool
from firmware_gcode.grbl.simulator.uart import Receiver, Transmitter


class Board:
    """Parts, from one power-on to the next, and the steps in which time passes for them.

    Attributes:
        wake: When the program goes on.
    """

    def __init__(
        self,
        eeprom: Eeprom,
        speech: Speech,
        switches: Switches | None,
        *,
        now: float = 0.0,
        pins: dict[str, bool] | None = None,
    ) -> None:
        """Wire a board that is switched on at a moment; what is pressed stays so."""
        due = Due()
        self.settings = Settings()
        self.parser = Interpreter()
        self.transmitter = Transmitter()
        self.processor = Processor(now, self.transmitter.blocked_until)
        self.receiver = Receiver(self._hear, speech.receive_bytes)
        self.inputs = Inputs(self.settings, pins or dict.fromkeys(PINS, False))
        self.switches = switches
        self.memory = memory = Memory(
            eeprom, self.processor, self.receiver, speech, self.settings
        )
        overrides = Overrides(due)
        self.tool = Tool(self.settings, overrides, self.parser, due)
        self.drive = Drive(self.processor, self.settings, self.tool)
        console = Console(self.processor, self.transmitter, speech)
        reporter = Reporter(
            memory, self.parser, self.drive, self.tool, self.inputs, overrides,
            self.receiver, due,
        )  # fmt: skip
        self.supervisor = supervisor = Supervisor(
            self.processor, console, self.settings, self.parser, self.drive, self.tool,
            self.inputs, overrides, lambda: reporter.status(supervisor.phase),
        )  # fmt: skip
        executor = Executor(supervisor, memory, reporter)
        commands = Commands(supervisor, memory, reporter, executor)
        if switches is not None:
            switches.attach(self.drive.motors, self.settings)
        self.program: Work[None] = Program(self.receiver, commands).run()
        self.wake = now

    def _hear(self, byte: int) -> None:
        self.supervisor.hear(byte)

    def next_due(self) -> float:
        """When something happens next."""
        due = max(self.wake, self.processor.frozen_until)
        received, moved = self.receiver.next_event(), self.drive.motors.next_event()
        if received is not None and received < due:
            due = received
        if moved is not None and moved < due:
            due = moved
        if self.switches is not None and (met := self.switches.next_event()) is not None:
            due = min(due, met)
        return due

    def step(self) -> None:
        """What happens at this moment."""
        processor, motors = self.processor, self.drive.motors
        now = processor.now
        happened = self.receiver.deliver(now)
        if motors.moving:
            waiting = motors.waiting
            if motors.advance(now):
                self.supervisor.motors_ended()
                happened = True
            elif motors.waiting != waiting:
                happened = self._refill() or happened
        if self.switches is not None:
            for pin, closed in self.switches.states():
                if closed != self.inputs.pins[pin]:
                    self.supervisor.set_pin(pin, closed)
                    happened = True
        if happened:
            self.rouse()
        if now >= max(self.wake, processor.frozen_until):
            self.wake = next(self.program)

    def rouse(self) -> None:
        """Have the program notice that something has happened, unless it is deaf."""
        if not self.processor.deaf:
            self.wake = min(self.wake, self.processor.now)

    def _refill(self) -> bool:
        """A slice is done. Often all that the program would do is to cut another one.

        Returns:
            Whether the program must run.
        """
        if self.processor.deaf or self.supervisor.asked or self.tool.renew:
            return True
        planned = len(self.drive.trajectory.blocks)
        self.drive.cut()
        return len(self.drive.trajectory.blocks) != planned
