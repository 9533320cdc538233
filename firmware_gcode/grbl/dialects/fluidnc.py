"""FluidNC: GRBL's protocol on an ESP32, configured by a file of its own.

Facts are those of its wiki (wiki.fluidnc.com: "Config file", "Commands and settings"): the
machine is described in ``config.yaml``, so GRBL's numbered settings do not exist or cannot be
written; start-up lines are a part of that file; `$I` tells no buffer sizes. Entries of it can
be changed by their names until the next start (``$/axes/z/soft_limits=false``), and a jog that
would leave the travel is cut short and answered with ``ok``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.speech import Speech

_AXES = "xyz"
_PER_AXIS = {
    100: "steps_per_mm",
    110: "max_rate_mm_per_min",
    120: "acceleration_mm_per_sec2",
    130: "max_travel_mm",
}
YAML = {
    "$0": "stepping/pulse_us",
    "$1": "stepping/idle_ms",
    "$11": "junction_deviation_mm",
    "$12": "arc_tolerance_mm",
    "$13": "report_inches",
    "$20": "axes/x/soft_limits",
    "$21": "axes/x/motor0/hard_limits",
    "$22": "axes/x/homing/cycle",
    "$24": "axes/x/homing/feed_mm_per_min",
    "$25": "axes/x/homing/seek_mm_per_min",
    "$26": "axes/x/homing/settle_ms",
    "$27": "axes/x/motor0/pulloff_mm",
    "$30": "pwm/speed_map",
    "$31": "pwm/speed_map",
    "$32": "laser",
    "$2": "axes/x/motor0/stepstick/step_pin",
    "$3": "axes/x/motor0/stepstick/direction_pin",
    "$4": "axes/shared_stepper_disable_pin",
    "$5": "axes/x/motor0/limit_neg_pin",
    "$6": "probe/pin",
    "$23": "axes/x/homing/positive_direction",
    **{
        f"${number + axis}": f"axes/{_AXES[axis]}/{name}"
        for number, name in _PER_AXIS.items()
        for axis in range(3)
    },
}
"""Where its file has what GRBL keeps in a setting."""


@dataclass(frozen=True)
class FluidSpeech(Speech):
    """The words of FluidNC."""

    def writes(self, number: int) -> bool:
        """Its file is the only place where a machine is described."""
        return number == 10


FLUIDNC = Dialect(
    name="FluidNC",
    key="fluidnc",
    banner=re.compile(r"Grbl (\d[\w.]*) \[FluidNC"),
    sign=re.compile(r"\[VER:[^\]]*FluidNC"),
    versions=("3.", "4."),
    wide=True,
    stored=("$I", "$$", "$#"),
    elsewhere=YAML,
    unlimited=("$/axes/z/soft_limits=false", "$/axes/z/soft_limits=true"),
    speech=FluidSpeech(
        version="3.7 FluidNC v3.7.16",
        banner="Grbl 3.7 [FluidNC v3.7.16 (wifi) '$' for help]",
        boot=(
            "ets Jul 29 2019 12:21:46",
            "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)",
            "configsip: 0, SPIWP:0xee",
            "[MSG:INFO: FluidNC v3.7.16 https://github.com/bdring/FluidNC]",
            "[MSG:INFO: Configuration file:config.yaml]",
            "[MSG:INFO: Machine Simulated]",
        ),
        help="[HLP:$$ $+ $# $S $L $G $I $x=val $J=line $SLP $C $X $H $F $E=err ~ ! ? ctrl-x]",
        identity=("[VER:{version}:{label}]", "[OPT:PHS]", "[MSG: Machine: Simulated]"),
        message="[MSG:INFO: {text}]",
        deaf_writes=False,
        paths={"AXESZSOFT_LIMITS": 20},
        trims_jogs=True,
        refused=("$N", "$I="),
        hidden=frozenset(
            {0, 1, 2, 4, 5, 6, 11, 12, 13, 24, 25, 26, 27, 30, 31}
            | {number + axis for number in _PER_AXIS for axis in range(3)}
        ),
    ),
)
