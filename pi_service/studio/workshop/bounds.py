"""What the workshop takes and tells, for whoever describes it."""

from __future__ import annotations

from typing import Final

from firmware_gcode.setup.shop import LONGEST_LIFT, LONGEST_NUDGE
from firmware_gcode.setup.steps import CALIBRATION
from firmware_gcode.setup.writing import Fate

LONGEST_WAY: Final = LONGEST_NUDGE
"""The longest jog in the plane, mm."""
LONGEST_RISE: Final = LONGEST_LIFT
"""The longest jog of the pen's axis, mm."""
STEPS: Final = tuple(CALIBRATION)
"""The names of the calibration's steps, in the order in which they are taken."""
FATES: Final = tuple(map(str, Fate))
"""What may become of a value that was to be written."""
PLACES: Final = ("corner", "centre", "park")
"""Where the pen can be sent by name."""
