"""Settings are read as `$$` prints them, and nonsense is refused in a sentence."""

from __future__ import annotations

import pytest

from firmware_gcode.motion.settings import MotionSettings, MotionSettingsError


def test_given_settings_replace_factory_ones() -> None:
    settings = MotionSettings.from_grbl({"$100": 80, "$112": 3000, "$11": 0.05, "$130": 300})
    assert settings.steps_per_mm == (80.0, 250.0, 250.0)
    assert settings.max_rate == (500.0, 500.0, 3000.0)
    assert settings.acceleration == (10.0, 10.0, 10.0)
    assert settings.junction_deviation == 0.05
    assert settings.idle_lock_ms == 25


@pytest.mark.parametrize(
    ("name", "value"), [("$100", 0), ("$121", -5), ("$110", float("nan")), ("$12", -1)]
)
def test_impossible_settings_are_named(name: str, value: float) -> None:
    with pytest.raises(MotionSettingsError, match=rf"Setting \{name} is"):
        MotionSettings.from_grbl({name: value})


def test_a_setting_that_is_no_number_is_refused() -> None:
    with pytest.raises(MotionSettingsError, match="not a number"):
        MotionSettings.from_grbl({"$100": "fast"})  # type: ignore[dict-item]  # from a file
