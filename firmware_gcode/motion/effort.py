"""How long GRBL's 16 MHz processor itself needs, in seconds.

A line is read, planned and cut into slices in a few milliseconds. That shows where lines are
short: the plan is no longer full, and the machine slows down. The figures were fitted to the
times that the real firmware took for short lines (`dev-circle-segments-fast` comes out 1.2 to
2.3 % short without any one of them) and for programs with many stops (the `servo` cats, 0.1 to
0.2 %).
"""

from __future__ import annotations

from typing import Final

LINE_S: Final = 0.2e-3  # to take up a line
CHARACTER_S: Final = 0.03e-3  # to read a character
MOVE_S: Final = 0.6e-3  # to work out a motion
REPLAN_S: Final = 0.17e-3  # to plan one earlier block anew
ARC_STEP_S: Final = 0.2e-3  # to work out where the next line of an arc ends
SLICE_S: Final = 0.3e-3  # to cut a slice of motion
DWELL_STEP_S: Final = 0.05  # the unit in which GRBL waits: a dwell is rounded up to whole ones
DWELL_CHECK_S: Final = 0.1e-3  # to look for real-time commands after each of them
