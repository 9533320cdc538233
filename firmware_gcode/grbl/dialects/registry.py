"""All dialects that can be talked to, and be played by the simulated machine."""

from __future__ import annotations

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.esp32 import GRBL_ESP32
from firmware_gcode.grbl.dialects.fluidnc import FLUIDNC
from firmware_gcode.grbl.dialects.grbl09 import GRBL_09
from firmware_gcode.grbl.dialects.grblhal import GRBLHAL
from firmware_gcode.grbl.dialects.servo import SERVO, SERVO_XY
from firmware_gcode.grbl.dialects.stock import STOCK

DIALECTS: list[Dialect] = [GRBLHAL, FLUIDNC, GRBL_ESP32, GRBL_09, STOCK]
"""The first whose banner matches is the one; those with narrower banners stand first."""

BY_KEY = {each.key: each for each in [*DIALECTS, SERVO, SERVO_XY]}
"""The dialects by the words of `catplotter simulate --dialect`."""


def announced_by(line: str) -> Dialect | None:
    """The dialect whose banner a line is, or None."""
    return next((each for each in DIALECTS if each.announced(line)), None)


def identified_by(line: str) -> Dialect | None:
    """The dialect whose sign a line is: that is its own, a banner may be borrowed."""
    return next((each for each in DIALECTS if each.sign and each.sign.search(line)), None)
