"""What the controller keeps over a power cut, and what storing it costs.

A byte that changes keeps the processor's interrupts off for up to 3.4 ms: what arrives on the
serial line meanwhile is lost, but for the bytes that the UART itself holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_gcode.gcode.actions import Point
from firmware_gcode.gcode.interpreter import ORIGIN
from firmware_gcode.grbl.dialects.speech import Extra, Speech
from firmware_gcode.grbl.simulator.eeprom import POINTS, Eeprom
from firmware_gcode.grbl.simulator.processor import Processor, Work
from firmware_gcode.grbl.simulator.settings import Settings
from firmware_gcode.grbl.simulator.uart import Receiver


@dataclass(eq=False, slots=True)
class Memory:
    """Settings and the EEPROM behind them.

    Attributes:
        extras: Settings that GRBL 1.1h has not, by number.
    """

    eeprom: Eeprom
    processor: Processor
    receiver: Receiver
    speech: Speech
    settings: Settings
    extras: dict[int, Extra] = field(default_factory=dict)

    def store(self) -> Work[None]:
        """Wait for the bytes just written to the EEPROM, with interrupts off for each."""
        writes = self.eeprom.take_writes()
        for seconds in writes if self.speech.deaf_writes else ():
            self.receiver.mask(self.processor.now, seconds)
            yield from self.processor.busy(seconds)

    def load(self) -> bool:
        """Read the settings; whether they are valid."""
        self.extras = dict(self.speech.extras)
        stored = self.eeprom.read_settings()
        if stored is None:
            return False
        self.settings.take(stored)
        self.extras.update(self.eeprom.read_extras())
        return True

    def points(self) -> list[Point]:
        """The stored positions: G54 to G59, G28, G30."""
        return [self.eeprom.read_point(index) or ORIGIN for index in range(POINTS)]

    def restore(self, what: str) -> None:
        """Put factory values back: ``$`` settings, ``#`` positions, ``*`` everything."""
        if what in "$*":
            self.settings.take(Settings())
            self.extras = dict(self.speech.extras)
            self.write_settings()
        if what in "#*":
            self.eeprom.clear_points()
        if what == "*":
            self.eeprom.clear_texts()

    def write_settings(self) -> None:
        """Store all settings."""
        self.eeprom.write_settings(self.settings)
        self.eeprom.write_extras(self.extras)
