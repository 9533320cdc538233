"""The `$`-settings of GRBL that decide how fast it moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from firmware_gcode.facts import CodedError

Axes: TypeAlias = tuple[float, float, float]
"""One value for each of X, Y and Z."""

FACTORY: Final[Mapping[str, float]] = {
    "$1": 25,
    "$11": 0.01,
    "$12": 0.002,
    **{f"${n}": 250.0 for n in (100, 101, 102)},
    **{f"${n}": 500.0 for n in (110, 111, 112)},
    **{f"${n}": 10.0 for n in (120, 121, 122)},
}
"""What GRBL 1.1h is delivered with (`DEFAULTS_GENERIC`), as far as motion depends on it."""

KEEP_ENABLED: Final = 255
"""The value of `$1` that leaves the motors on, and saves the pause at every stop."""


class MotionSettingsError(CodedError, ValueError):
    """A setting with which no machine can move."""


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """How a machine moves.

    Attributes:
        steps_per_mm: ``$100`` to ``$102``.
        max_rate: ``$110`` to ``$112``, mm/min.
        acceleration: ``$120`` to ``$122``, mm/s².
        junction_deviation: ``$11``, mm.
        arc_tolerance: ``$12``, mm.
        idle_lock_ms: ``$1``: after each stop the controller pauses this many milliseconds and
            switches the motors off; 255 keeps them on and does not pause.
    """

    steps_per_mm: Axes
    max_rate: Axes
    acceleration: Axes
    junction_deviation: float = 0.01
    arc_tolerance: float = 0.002
    idle_lock_ms: int = KEEP_ENABLED

    def __post_init__(self) -> None:
        positive = (
            ("$100", self.steps_per_mm),
            ("$110", self.max_rate),
            ("$120", self.acceleration),
        )
        for name, values in positive:
            for axis, value in enumerate(values):
                if not (math.isfinite(value) and value > 0):
                    key = f"${int(name[1:]) + axis}"
                    raise MotionSettingsError("motion-not-positive", key=key, value=value)
        for name, value in (("$11", self.junction_deviation), ("$12", self.arc_tolerance)):
            if not (math.isfinite(value) and value >= 0):
                raise MotionSettingsError("motion-negative", key=name, value=value)

    @classmethod
    def from_grbl(cls, settings: Mapping[str, float]) -> MotionSettings:
        """Read the settings as ``$$`` prints them: ``{"$100": 80, …}``.

        What is missing has GRBL's factory value; what motion does not depend on is ignored.

        Raises:
            MotionSettingsError: A value is not a number or out of range.
        """
        try:
            values = {name: float(settings.get(name, FACTORY[name])) for name in FACTORY}
        except (TypeError, ValueError) as error:
            raise MotionSettingsError("motion-no-number", why=str(error)) from None

        def axes(first: int) -> Axes:
            return (values[f"${first}"], values[f"${first + 1}"], values[f"${first + 2}"])

        return cls(
            steps_per_mm=axes(100),
            max_rate=axes(110),
            acceleration=axes(120),
            junction_deviation=values["$11"],
            arc_tolerance=values["$12"],
            idle_lock_ms=int(values["$1"]),
        )
