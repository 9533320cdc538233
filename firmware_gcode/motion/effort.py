"""How long GRBL's 16 MHz processor itself needs.

A line is read, planned and cut into segments in a few milliseconds. That shows where lines are
short: the plan is no longer full, and the machine slows down. The figures were fitted to the
times that the real firmware took for short segments and for programs with many stops.
"""

from __future__ import annotations

from typing import Final

LINE_S: Final = 0.2e-3
"""To take up a line, seconds."""

CHARACTER_S: Final = 0.03e-3
"""To read a character, seconds."""

MOVE_S: Final = 0.6e-3
"""To work out a motion, seconds."""

REPLAN_S: Final = 0.17e-3
"""To plan one earlier block anew, seconds."""

ARC_STEP_S: Final = 0.2e-3
"""To work out where the next line of an arc ends, seconds."""

SEGMENT_S: Final = 0.3e-3
"""To cut a segment, seconds."""

DWELL_STEP_S: Final = 0.05
"""The unit in which GRBL waits: a dwell is rounded up to whole ones."""

DWELL_CHECK_S: Final = 0.1e-3
"""To look for real-time commands after each of them, seconds."""
