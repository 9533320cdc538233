"""The controller's board: its parts, each with its own state, and how they are wired."""

from __future__ import annotations

from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.drive import Drive
from firmware_gcode.grbl.simulator.inputs import Inputs
from firmware_gcode.grbl.simulator.memory import Memory
from firmware_gcode.grbl.simulator.processor import Processor, Receiver, Work
from firmware_gcode.grbl.simulator.tool import Overrides, Tool
from firmware_gcode.motion.settings import FACTORY


class Board:
    """What the controller is made of, from one power-on to the next."""

    def __init__(
        self, memory: Memory, speech: Speech, pins: dict[str, bool], now: float = 0.0
    ) -> None:
        """Wire what is switched on at a moment; what is pressed stays so."""
        self.memory, self.speech = memory, speech
        self.settings = memory.settings
        self.settings |= FACTORY  # Until they are read from the EEPROM.
        self.parser = Interpreter()
        self.receiver = Receiver(speech.receive_bytes)
        self.processor = Processor(now, speech)
        self.inputs = Inputs(self.settings, pins)
        self.overrides = Overrides()
        self.tool = Tool(self.settings, self.overrides, self.parser)
        self.drive = Drive(self.processor, self.settings, self.tool)

    def configure(self) -> None:
        """Have motion and parser take over changed settings."""
        self.drive.trajectory.settings = self.settings.motion()
        self.parser.laser_mode = self.settings.on(32)
        self.parser.jog_limits = self.settings.axes(130) if self.settings.on(20) else None

    def reset_overrides(self) -> None:
        """Everything at 100 %."""
        self.overrides.reset()
        self.drive.trajectory.override(1.0, 1.0)

    def store(self) -> Work[None]:
        """Wait for the bytes just written to the EEPROM, with interrupts off for each."""
        writes = self.memory.take_writes()
        for seconds in writes if self.speech.deaf_writes else ():
            self.receiver.mask(self.processor.now, seconds)
            yield from self.processor.busy(seconds)
