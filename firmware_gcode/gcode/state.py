"""What GRBL's parser remembers between lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware_gcode.gcode.actions import Point
from firmware_gcode.gcode.modal import COORDINATE_SYSTEMS, Modal
from firmware_gcode.gcode.words import float32

ORIGIN: Final[Point] = (0.0, 0.0, 0.0)


class ParserState:
    """Modes, position and offsets.

    Attributes:
        modal: Modes in force.
        position: Where the last commanded motion ends, machine mm.
        feed: F in force, mm/min (0: none).
        spindle_speed: S in force.
        tool: The T of the last line (GRBL forgets it with the next line).
        offset: The G92 offset, mm.
        tool_offset: The G43.1 offset of Z, mm.
        coordinates: The coordinate system in force (G54 … G59), machine mm.
        stored: Positions of G54 … G59, G28 and G30 in the EEPROM, machine mm.
        laser_mode: Setting ``$32``: S and M3 behave for a laser.
        checking: Check mode ``$C``: M2 leaves the coordinate system loaded as it is.
        jog_limits: Travel of X, Y, Z in mm that jogs must not leave (machine space from
            minus the travel to 0), or None if soft limits are off.
    """

    def __init__(self, stored: Sequence[Point] | None = None) -> None:
        self.stored: list[Point] = list(stored or [ORIGIN] * (COORDINATE_SYSTEMS + 2))
        self.laser_mode = False
        self.jog_limits: Point | None = None
        self.position: Point = ORIGIN
        self.reset()

    def reset(self) -> None:
        """Go back to the state after a soft reset; stored positions and position remain."""
        self.checking = False
        self.modal = Modal()
        self.feed = 0.0
        self.spindle_speed = 0.0
        self.tool = 0
        self.offset: Point = ORIGIN
        self.tool_offset = 0.0
        self.coordinates: Point = self.stored[0]

    @property
    def work_offset(self) -> Point:
        """Machine position minus work position, mm (GRBL's ``WCO``)."""
        x, y, z = self.coordinates
        dx, dy, dz = self.offset
        return (float32(x + dx), float32(y + dy), float32(float32(z + dz) + self.tool_offset))

    @property
    def work_position(self) -> Point:
        """Where the last commanded motion ends, work mm."""
        (x, y, z), (dx, dy, dz) = self.position, self.work_offset
        return (x - dx, y - dy, z - dz)
