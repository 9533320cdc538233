"""All dialects that can be talked to."""

from __future__ import annotations

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK

DIALECTS: list[Dialect] = [STOCK]
"""The first whose banner matches is the one; those with narrower banners stand first."""


def announced_by(line: str) -> Dialect | None:
    """The dialect whose banner a line is, or None."""
    return next((each for each in DIALECTS if each.announced(line)), None)
