"""The simulated machine speaks as GRBL's relatives do, and moves as GRBL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_gcode.grbl.dialects.registry import BY_KEY
from tests.firmware_gcode.simulator.conftest import Bench

Make = Callable[..., Bench]

SAID = {
    "stock": (
        "Grbl 1.1h ['$' for help]",
        "[OPT:V,15,128]",
        "<Idle|MPos:0.000,0.000,0.000|FS:",
    ),
    "servo": (
        "Grbl 1.1f ['$' for help]",
        "[VER:1.1f.servo:]",
        "<Idle|MPos:0.000,0.000,0.000|",
    ),
    "servo-xy": ("Grbl 1.1f ['$' for help]", "error:3", "<Idle|MPos:0.000,0.000|FS:0,0|WCO:"),
    "grblhal": (
        "GrblHAL 1.1f ['$' or '$HELP' for help]",
        "[FIRMWARE:grblHAL]",
        "<Idle|MPos:0.000,0.000,0.000|Bf:15,1023|FS:0,0|WCO:0.000,0.000,0.000>",
    ),
    "fluidnc": (
        "Grbl 3.7 [FluidNC v3.7.16 (wifi) '$' for help]",
        "[OPT:PHS]",
        "<Idle|MPos:0.000,0.000,0.000|FS:0,0|",
    ),
    "grbl_esp32": ("Grbl 1.3a ['$' for help]", "[OPT:PHSW]", "<Idle|MPos:0.000,0.000,0.000|"),
    "grbl-0.9": (
        "Grbl 0.9j ['$' for help]",
        "[0.9j.20160317:]",
        "<Idle,MPos:0.000,0.000,0.000,WPos:0.000,0.000,0.000>",
    ),
}


@pytest.mark.parametrize("key", BY_KEY)
def test_each_says_who_it_is(key: str, make_bench: Make) -> None:
    bench = make_bench(dialect=BY_KEY[key])
    banner, identity, status = SAID[key]
    assert banner in bench.boot()
    assert bench.status().startswith(status)
    assert identity in bench.ask("$I\n")
    shown = {line.split("=")[0] for line in bench.ask("$$\n", 0.5) if line.startswith("$")}
    assert ("$100" in shown) == (key != "fluidnc")
    assert ("$132" in shown) == (key not in {"fluidnc", "servo-xy"})
    bench.ask("G1X1F6000\n", 3.0)
    assert bench.steps == (80, 0, 0)


def test_two_axes_know_no_z(make_bench: Make) -> None:
    bench = make_bench(dialect=BY_KEY["servo-xy"])
    bench.boot()
    assert bench.ask("G1X1Z1F600\nG1X1F600\n") == ["error:20", "ok"]
    assert "[G54:0.000,0.000]" in bench.ask("$#\n")


def test_what_a_dialect_has_not_it_refuses(make_bench: Make) -> None:
    fluid = make_bench(dialect=BY_KEY["fluidnc"])
    fluid.boot()
    assert fluid.ask("$N\n$I=A\n$100=90\n$10=2\n", 1.0) == ["error:3"] * 3 + ["ok"]
    old = make_bench(dialect=BY_KEY["grbl-0.9"])
    old.boot()
    assert old.ask("$J=X1F100\nG1X1\n") == [
        "error: Invalid statement",
        "error: Undefined feed rate",
    ]
    assert "$110=6000.000 (x max rate, mm/min)" in old.ask("$$\n", 1.0)


def test_settings_of_its_own_are_kept_in_the_eeprom(make_bench: Make, tmp_path: Path) -> None:
    kept = tmp_path / "eeprom"
    bench = make_bench(dialect=BY_KEY["grblhal"], eeprom_path=kept)
    bench.boot()
    assert bench.ask("$74=attic\n$341=2\n$10=3\n$10=x\n", 1.0) == ["ok", "ok", "ok", "error:2"]
    assert "WCO" not in bench.status()
    again = make_bench(dialect=BY_KEY["grblhal"], eeprom_path=kept, settings=None)
    again.boot()
    assert {"$74=ATTIC", "$341=2", "$10=3", "$481=0"} <= set(again.ask("$$\n", 0.5))
    assert again.ask("$RST=*\n", 1.0)[1] == "ok"
    assert {"$74=plotter", "$10=511"} <= set(again.ask("$$\n", 0.5))
