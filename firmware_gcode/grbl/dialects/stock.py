"""GRBL 1.1 as its authors publish it."""

from __future__ import annotations

import re

from firmware_gcode.grbl.dialects.dialect import Dialect

STOCK = Dialect(
    name="GRBL 1.1",
    key="stock",
    banner=re.compile(r"Grbl(?:HAL)? (\d[\w.]*)[^\[]*\["),
    versions=("1.1",),
)
