"""Grbl_Esp32 1.3a, the forerunner of FluidNC: GRBL's settings, an ESP32's noise at the start.

Facts are those of its wiki (github.com/bdring/Grbl_Esp32/wiki) and of what its users quote:
`$I` tells letters without buffer sizes, and messages about machine and radio follow.
"""

from __future__ import annotations

import re

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.speech import Speech

GRBL_ESP32 = Dialect(
    name="Grbl_Esp32",
    key="grbl_esp32",
    banner=re.compile(r"Grbl (1\.3[\w.]*) \["),
    sign=re.compile(r"\[VER:1\.3"),
    versions=("1.3",),
    wide=True,
    speech=Speech(
        version="1.3a.20211103",
        banner="Grbl 1.3a ['$' for help]",
        boot=(
            "ets Jun  8 2016 00:22:57",
            "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
            "[MSG:Grbl_ESP32 Ver 1.3a Date 20211103]",
            "[MSG:Compiled with ESP32 SDK:v3.2.3-14-gd3e562907]",
            "[MSG:Using machine:Simulated]",
            "[MSG:Axis count 3]",
        ),
        identity=(
            "[VER:{version}:{label}]",
            "[OPT:PHSW]",
            "[MSG:Using machine:Simulated]",
            "[MSG:No Radios]",
        ),
        deaf_writes=False,
    ),
)
