"""GRBL 1.1f as it is built for a pen on a servo, with three axes and with two.

Such builds are forks of GRBL 1.1f with another prescaler at the spindle pin; they are met as
GRBL 1.1 is, and are dialects only in what they say. Those with two axes report ``MPos:x,y``
and refuse a Z word; some know no `$I`, and some have settings beyond `$132`.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.dialects.stock import STOCK

SERVO = replace(
    STOCK,
    key="servo",
    speech=Speech(version="1.1f.servo", banner="Grbl 1.1f ['$' for help]"),
)
SERVO_XY = replace(
    SERVO,
    key="servo-xy",
    speech=replace(
        SERVO.speech,
        axes=2,
        refused=("$I",),
        hidden=frozenset({102, 112, 122, 132}),
        extras={140: 0.0, 141: 1.0},
    ),
)
