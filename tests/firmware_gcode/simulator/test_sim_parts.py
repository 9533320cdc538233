"""Faults on demand, the EEPROM in its file, the pen and its ink, numbers as printed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.control import Control
from firmware_gcode.grbl.simulator.ink import Ink, ink_svg
from firmware_gcode.grbl.simulator.memory import EepromError, Memory, Settings, print_float
from firmware_gcode.motion.settings import FACTORY
from firmware_gcode.program.pens.servo import ServoPen
from firmware_gcode.program.profile import Profile

# Numbers.


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0, 3, "0.000"), (17.5625, 3, "17.563"), (17.6125, 3, "17.612"), (-2.0, 3, "-2.000"),
        (0.0125, 3, "0.013"), (1200.4, 0, "1200"), (0.6, 0, "1"), (25.4, 4, "25.4000"),
    ],
)  # fmt: skip
def test_numbers_are_printed_as_grbl_prints_them(
    value: float, decimals: int, text: str
) -> None:
    assert print_float(value, decimals) == text


# EEPROM.


def test_the_eeprom_survives_in_its_file(tmp_path: Path, make_bench: Any) -> None:
    path = tmp_path / "eeprom.bin"
    first = make_bench(settings={"$100": 80}, eeprom_path=path)
    first.boot()
    first.ask("$110=1234\n")
    first.ask("G10 L2 P1 X7\n")
    first.ask("$I=PLOTTER1\n")
    second = make_bench(settings=None, eeprom_path=path)
    second.boot()
    settings = second.ask("$$\n")
    assert "$100=80.000" in settings
    assert "$110=1234.000" in settings
    assert "[G54:7.000,0.000,0.000]" in second.ask("$#\n")
    assert "PLOTTER1" in second.ask("$I\n")[0]


def test_a_machine_that_was_set_up_for_homing_still_has_its_switches(
    tmp_path: Path, make_bench: Any
) -> None:
    path = tmp_path / "eeprom.bin"
    make_bench(settings={"$22": 1, "$25": 3000, "$110": 3000, "$120": 500}, eeprom_path=path)
    again = make_bench(settings=None, eeprom_path=path)
    again.boot()
    assert again.ask("$H\n", 60.0)[-1] == "ok"
    assert again.status().startswith("<Idle|MPos:-1.000,-1.000,-1.000")


def test_a_file_that_is_no_eeprom_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cat.txt").write_text("miaow")
    with pytest.raises(EepromError, match="is not the EEPROM"):
        Memory(Speech(), tmp_path / "cat.txt")


def test_a_file_that_cannot_be_written_harms_nothing(tmp_path: Path, make_bench: Any) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    bench = make_bench(eeprom_path=folder / "eeprom.bin")
    bench.boot()
    (folder / "eeprom.bin").unlink()
    folder.rmdir()
    assert bench.ask("$110=99\n") == ["ok"]
    assert "$110=99.000" in bench.ask("$$\n")


@given(
    st.dictionaries(
        st.sampled_from(sorted(FACTORY)),
        st.floats(0, 9999, width=32),
        max_size=8,
    )
)
def test_settings_are_kept(changes: dict[int, float]) -> None:
    memory, refusals = Memory(Speech()), dict[int, int]()
    for number, value in changes.items():
        try:
            memory.settings.change(number, value)
        except GcodeError as error:
            refusals[number] = error.code
    assert refusals.items() <= {0: 6, 20: 10}.items()
    printed = list(memory.settings.printed())
    memory.write_settings()
    memory.settings |= FACTORY
    assert memory.load()
    assert list(memory.settings.printed()) == printed


def test_settings_are_applied_in_an_order_that_works() -> None:
    settings = Settings.from_grbl({"$20": 1, "$22": 1, "$100": 80})
    assert settings.on(20)
    with pytest.raises(GcodeError):
        Settings.from_grbl({"$20": 1})


# Pen and ink.

SERVO = replace(cast(ServoPen, Profile.load("servo-pen").pen), up=300, down=700)


def test_a_z_pen_inks_what_is_drawn_below_its_height(make_bench: Any) -> None:
    bench = make_bench(pen=Profile.load("z-pen").pen)
    bench.boot()
    bench.ask("G0 Z5\n", 2.0)
    assert bench.machine.ink.strokes == [[(0.0, 0.0)]]  # It stood on the paper at power-on.
    bench.machine.ink.strokes.clear()
    for line in ("G0 X10", "G1 Z0 F3000", "Y10 F3000", "G0 Z5", "G0 X0", "G4 P0"):
        bench.ask(line + "\n", 2.0)
    (stroke,) = bench.machine.ink.strokes
    assert stroke == [(10.0, 0.0), (10.0, 10.0)]


def test_a_servo_pen_inks_while_its_s_is_nearer_to_down(make_bench: Any) -> None:
    bench = make_bench(pen=SERVO)
    bench.boot()
    for line in ("M3 S300", "G1 X10 F3000", "S700", "G2 X20 I5", "S300", "G1 X0", "M5"):
        bench.ask(line + "\n", 2.0)
    (stroke,) = bench.machine.ink.strokes
    assert stroke[0] == (10.0, 0.0)
    assert stroke[-1] == (20.0, 0.0)
    assert len(stroke) > 50


def test_a_limp_servo_falls_on_the_paper_if_it_is_built_so(make_bench: Any) -> None:
    class Limp:
        touch_height = None

        def inks(self, z: float, spindle: float | None) -> bool:
            """It falls on the paper when the output is off."""
            return spindle is None or SERVO.inks(z, spindle)

    bench = make_bench(pen=Limp())
    bench.boot()
    bench.ask("M3 S300\n")
    before = len(bench.machine.ink.strokes)
    bench.ask("\x18")
    assert len(bench.machine.ink.strokes) == before + 1


def test_any_pen_knows_spindle_and_z(bench: Any) -> None:
    for line in ("G1 X5 F3000", "M3 S500", "X10", "M5", "X15", "G0 Z3", "G0 Z0", "X20"):
        bench.ask(line + "\n", 1.0)
    assert bench.machine.ink.strokes == [[(5.0, 0.0), (10.0, 0.0)], [(15.0, 0.0), (20.0, 0.0)]]


def test_a_dot_is_a_stroke_of_one_point(bench: Any) -> None:
    bench.ask("M3 S500\nM5\n", 1.0)
    assert bench.machine.ink.strokes == [[(0.0, 0.0)]]
    assert ink_svg(bench.machine.ink.strokes).count("<path") == 1


def test_work_offsets_move_the_ink_of_the_paper(bench: Any) -> None:
    bench.ask("G92 X100\nM3 S500\nG0 X101\nM5\n", 2.0)
    assert bench.machine.ink.strokes == [[(100.0, 0.0), (101.0, 0.0)]]


def parse(text: str) -> ET.Element:
    """Read an SVG of our own making."""
    return ET.fromstring(text)  # noqa: S314 - it was made a line before


def test_the_picture_is_a_valid_svg_in_millimetres() -> None:
    root = parse(ink_svg([[(0, 0), (10, 5)], [(3, 3)]]))
    assert root.get("width") == "14mm"
    assert root.get("viewBox") == "0 0 14 9"
    assert parse(ink_svg([])).tag.endswith("svg")
    assert Ink().strokes == []


# Faults.


def test_bytes_are_lost_and_flipped_on_demand(bench: Any) -> None:
    control = Control(bench.machine)
    assert control.execute("drop 3") == "ok"
    assert bench.ask("G0 X1\n") == ["error:22"] or bench.status()
    control.execute("flip 1")
    assert bench.ask("G4P0\n") != ["ok"]


def test_answers_are_lost_doubled_and_garbled_on_demand(bench: Any) -> None:
    control = Control(bench.machine)
    control.execute("dropok 1")
    assert bench.ask("\n\n") == ["ok"]
    control.execute("doubleok 1")
    assert bench.ask("\n\n") == ["ok"] * 3
    control.execute("garble 2")
    assert bench.ask("\n") != ["ok"]
    assert bench.ask("\n") == ["ok"]


def test_a_stalled_machine_says_and_moves_nothing(bench: Any) -> None:
    control = Control(bench.machine)
    bench.ask("G1 X50 F3000\n", 0.2)
    control.execute("stall 1")
    where = bench.steps
    assert bench.ask("?", 5.0) == []
    assert bench.steps == where
    control.execute("stall 0")
    bench.until_idle()
    assert bench.steps == (4000, 0, 0)


def test_an_alarm_on_demand(bench: Any) -> None:
    control = Control(bench.machine)
    bench.ask("G1 X50 F3000\n", 0.2)
    control.execute("alarm 3")
    assert bench.wait(1.2)[0] == "ALARM:3"


def test_without_power_nothing_is_heard_until_it_is_back(bench: Any) -> None:
    control = Control(bench.machine)
    bench.ask("M3 S500\nG1 X50 F3000\n", 0.2)
    control.execute("power 0")
    assert bench.ask("?", 1.0) == []
    assert not bench.machine.ink.down
    control.execute("power 1")
    assert bench.boot() == ["Grbl 1.1h ['$' for help]"]
    assert control.execute("ink") == "1"
