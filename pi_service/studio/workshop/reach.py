"""How far a move by hand may go."""

from __future__ import annotations

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.core import Details
from firmware_gcode.program.pen import ZPen
from firmware_gcode.program.profile import Profile
from pi_service.studio.workshop.guard import beyond

SLACK_MM = 0.05
"""Positions are reported in whole steps."""


def fault(
    found: Details, profile: Profile, goal: tuple[float, float, float] | None
) -> Fact | None:
    """Why a move by hand may not be made; None if it may.

    While nobody knows where the pen is, nobody knows where the travel ends.

    Args:
        found: The machine now.
        profile: How far it goes.
        goal: Where the move leads, work coordinates, mm; None if that is not known.
    """
    if not found.referenced or goal is None:
        return None
    x, y, z = goal
    if not profile.reach.contains([(x, y)], SLACK_MM):
        told = beyond(x, y, profile)
        return told if profile.homing else fact("move-beyond-zero", why=told)
    if isinstance(profile.pen, ZPen) and profile.homing:
        height = z + (profile.pen.paper_z or 0.0)
        low, top = -profile.grbl["$132"], -profile.grbl.get("$27", 0.0)
        if not low - SLACK_MM <= height <= top + SLACK_MM:
            return fact("move-beyond-z", height=f"{height:.1f}", low=low, top=top)
    return None
