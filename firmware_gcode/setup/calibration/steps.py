"""The steps of a calibration by their names, in the order in which they are taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from firmware_gcode.setup.calibration.guide import Dialogue
from firmware_gcode.setup.calibration.heights import pen_step
from firmware_gcode.setup.calibration.reading import read_step, sheet_step
from firmware_gcode.setup.calibration.scale import corner_step, scale_step
from firmware_gcode.setup.calibration.shop import Shop

CALIBRATION: Final[Mapping[str, tuple[str, Callable[[Shop], Dialogue]]]] = {
    "corner": ("Where the paper lies", corner_step),
    "pen": ("How high the pen is lifted, how deep it presses", pen_step),
    "scale-x": ("Steps per millimetre of x", lambda shop: scale_step(shop, "x")),
    "scale-y": ("Steps per millimetre of y", lambda shop: scale_step(shop, "y")),
    "sheet": ("Draw the test sheet", sheet_step),
    "read": ("Read the test sheet", read_step),
}
"""What each step finds out, and the dialogue that does; each can be taken alone."""
