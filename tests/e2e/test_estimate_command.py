"""`catplotter estimate`: seconds for any program, sentences for what it cannot read."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.shell import catplotter


def estimate(*words: str | Path) -> CompletedProcess[str]:
    return catplotter("estimate", *words)


def test_it_agrees_with_the_time_that_the_firmware_took(
    shared_data: Path, tmp_path: Path
) -> None:
    motion = shared_data / "grbl" / "motion"
    recorded = json.loads((motion / "times.json").read_text())
    case = recorded["programs"][0]
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps(recorded["settings"][case["settings"]]))
    done = estimate(motion / f"{case['name']}.gcode", "--settings", settings, "--json")
    assert json.loads(done.stdout)["seconds"] == pytest.approx(case["motion_s"], rel=0.01)


def test_a_long_move_takes_as_long_as_arithmetic_says(tmp_path: Path) -> None:
    """100 mm at 50 mm/s and 500 mm/s²: 2 s, and 0.1 s for the two ramps."""
    (tmp_path / "a.gcode").write_text("G21G90\nG1X100F3000\n")
    axes = {"$100": 80, "$110": 6000, "$120": 500, "$1": 255}
    (tmp_path / "s.json").write_text(json.dumps(axes))
    done = estimate(tmp_path / "a.gcode", "--settings", tmp_path / "s.json", "--json")
    assert json.loads(done.stdout)["seconds"] == pytest.approx(2.1, rel=0.005)


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"$110": "quick"}', '{"speed": 5}', '{"$110": -1}']
)
def test_settings_that_are_none_end_in_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.gcode").write_text("G0X1\n")
    (tmp_path / "s.json").write_text(text)
    done = estimate(tmp_path / "a.gcode", "--settings", tmp_path / "s.json")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


def test_a_program_that_never_ends_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.gcode").write_text("G21\nG1X99999999999F600\n")
    done = estimate(tmp_path / "a.gcode")
    assert done.returncode == 1
    assert "line 2" in done.stderr
    assert "hours" in done.stderr
