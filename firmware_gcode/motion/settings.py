"""The `$`-settings of GRBL that decide how fast it moves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from firmware_gcode.facts import CodedError

Axes: TypeAlias = tuple[float, float, float]
"""One value for each of X, Y and Z."""

FACTORY: Final[Mapping[int, float]] = {
    0: 10, 1: 25, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 10: 1, 11: 0.010, 12: 0.002, 13: 0,
    20: 0, 21: 0, 22: 0, 23: 0, 24: 25.0, 25: 500.0, 26: 250, 27: 1.0,
    30: 1000.0, 31: 0.0, 32: 0,
    100: 250.0, 101: 250.0, 102: 250.0, 110: 500.0, 111: 500.0, 112: 500.0,
    120: 10.0, 121: 10.0, 122: 10.0, 130: 200.0, 131: 200.0, 132: 200.0,
}  # fmt: skip
"""What GRBL 1.1h is delivered with (`DEFAULTS_GENERIC`): it keeps whole numbers in a byte,
others in single precision."""

KEEP_ENABLED: Final = 255
"""The value of `$1` that leaves the motors on, and saves the pause at every stop."""


class MotionSettingsError(CodedError, ValueError):
    """A setting with which no machine can move."""


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """How a machine moves."""

    steps_per_mm: Axes  # ``$100`` to ``$102``
    max_rate: Axes  # ``$110`` to ``$112``, mm/min
    acceleration: Axes  # ``$120`` to ``$122``, mm/s²
    junction_deviation: float = 0.01  # ``$11``, mm
    arc_tolerance: float = 0.002  # ``$12``, mm
    idle_lock_ms: int = KEEP_ENABLED  # ``$1``: the pause at a stop, before motors are let go

    def __post_init__(self) -> None:
        own = (self.steps_per_mm, self.max_rate, self.acceleration)
        for first, axes in zip((100, 110, 120), own, strict=True):
            for key, value in enumerate(axes, first):
                if not 0 < value < math.inf:
                    raise MotionSettingsError(
                        "motion-not-positive", key=f"${key}", value=value
                    )
        for key, value in ((11, self.junction_deviation), (12, self.arc_tolerance)):
            if not 0 <= value < math.inf:
                raise MotionSettingsError("motion-negative", key=f"${key}", value=value)

    @classmethod
    def from_grbl(cls, settings: Mapping[str, float]) -> MotionSettings:
        """Read the settings as ``$$`` prints them: ``{"$100": 80, …}``.

        What is missing has GRBL's factory value; what motion does not depend on is ignored.
        MotionSettingsError: a value is not a number or out of range.
        """

        def value(number: int) -> float:
            return float(settings.get(f"${number}", FACTORY[number]))

        def axes(first: int) -> Axes:
            return (value(first), value(first + 1), value(first + 2))

        try:
            found = axes(100), axes(110), axes(120), value(11), value(12), int(value(1))
        except (TypeError, ValueError) as error:
            raise MotionSettingsError("motion-no-number", why=str(error)) from None
        return cls(*found)
