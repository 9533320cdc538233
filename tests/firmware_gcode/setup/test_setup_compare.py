"""A profile against a machine: the table, the order of writing, the warnings, the servo."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.program.pens.servo import Drive, ServoPen, drive_of
from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.program.profile_fields import GRBL, GRBL_OTHERS
from firmware_gcode.program.prompts import AnswerError, Nudge, Prompt
from firmware_gcode.setup import words
from firmware_gcode.setup.compare import differences, plan_writes, table, warnings
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import Readout

ASKED = fact("ask-way-free")


def test_every_setting_that_a_profile_may_name_has_words() -> None:
    for key in (*GRBL, *GRBL_OTHERS):
        assert words.meaning(key).code != "setting-unknown"
    assert words.meaning("$33").code == "setting-unknown"


def test_the_table_says_everything_in_words() -> None:
    found = differences(
        {"$110": 6000.0, "$100": 80.0, "$20": 1.0, "$33": 5.0, "$30": 1000.4},
        {"$110": 500.0, "$100": 80.0004, "$20": 0.0, "$30": 1000.0},
    )
    assert [each.key for each in found] == ["$20", "$33", "$110"]
    text = table(found)
    assert "highest speed, x" in text
    assert "mm/min" in text
    assert "no such setting" in text
    assert len({len(line.rstrip()) <= 95 for line in text.splitlines()}) == 1


@pytest.mark.parametrize(
    ("has", "wanted", "order"),
    [
        ({"$20": 0, "$22": 0}, {"$20": 1, "$22": 1, "$110": 5}, ["$22", "$110", "$20"]),
        ({"$20": 1, "$22": 1}, {"$20": 0, "$22": 0, "$110": 5}, ["$20", "$22", "$110"]),
        ({"$20": 1, "$22": 1}, {"$22": 0}, ["$20", "$22"]),
        ({"$20": 0, "$22": 1}, {"$20": 1}, ["$20"]),
        ({"$20": 1, "$22": 1}, {"$110": 5}, ["$110"]),
    ],
)
def test_soft_limits_are_switched_on_last_and_off_first(
    has: dict[str, float], wanted: dict[str, float], order: list[str]
) -> None:
    steps = plan_writes(wanted, {"$110": 1.0, **has})
    assert [step.name for step in steps] == order


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        ({"$20": 1.0}, r"Soft limits \(\$20=1\) need homing"),
        ({"$20": 1.0, "$22": 0.0}, "need homing"),
        ({"$1": 300.0}, "whole number from 0 to 255"),
        ({"$10": 2.5}, "whole number from 0 to 255"),
        ({"$32": 2.0}, "it is 0 or 1"),
    ],
)
def test_what_grbl_would_refuse_or_cut_short_is_told_before_anything_is_sent(
    wanted: dict[str, float], what: str
) -> None:
    with pytest.raises(SetupError, match=what):
        plan_writes(wanted, {"$20": 0.0, "$22": 0.0, "$1": 25.0, "$10": 1.0, "$32": 0.0})


def test_lines_are_what_grbl_reads() -> None:
    steps = plan_writes({"$12": 0.0005, "$100": 84.211, "$110": 8000.0}, {})
    assert [step.line for step in steps] == ["$12=0.0005", "$100=84.211", "$110=8000"]


def readout(version: str, label: str = "", **settings: float) -> Readout:
    return Readout(
        settings={f"${key[1:]}": value for key, value in settings.items()},
        version=version,
        label=label,
        options="V",
        buffer=128,
    )


@pytest.mark.parametrize(
    ("version", "label", "drive"),
    [
        ("1.1h.20190830", "", Drive.STOCK),
        ("1.1f.20170801", "", Drive.STOCK),
        ("1.1h.20190830", "SERVO", Drive.SERVO),
        ("1.1h.G_240107", "", Drive.SERVO),
        ("1.1h.B_240107", "", Drive.SERVO),
        ("1.1h.A_240107", "", Drive.STOCK),
        ("1.1h.I_240107", "", Drive.STOCK),
        ("1.1h.X_240107", "", Drive.UNKNOWN),
        ("3.7 FluidNC v3.7.10", "", Drive.UNKNOWN),
    ],
)
def test_what_a_build_says_of_its_spindle_output(
    version: str, label: str, drive: Drive
) -> None:
    assert drive_of(readout(version, label)) is drive


def test_a_servo_profile_on_a_stock_build_is_warned_of() -> None:
    servo = Profile.load("servo-pen")
    stock = readout("1.1h.20190830")
    assert "0.98 kHz no servo understands" in str(servo.pen.warnings(stock)[0])
    assert servo.pen.warnings(readout("1.1h.20190830", "SERVO")) == []
    assert "Nothing in" in str(servo.pen.warnings(readout("2.0x"))[0])
    assert Profile.load("z-pen").pen.warnings(stock) == []


def test_a_profile_may_name_the_build_that_it_needs() -> None:
    text = SHIPPED.joinpath("servo-pen.toml").read_text()
    import tomllib  # noqa: PLC0415 - here only

    values = tomllib.loads(text.replace('kind = "servo"', 'kind = "servo"\nbuild = "G_24"'))
    pen = Profile.from_values(values).pen
    assert isinstance(pen, ServoPen)
    assert pen.warnings(readout("1.1h.G_240107")) == []
    assert "wants a build that says 'G_24'" in str(pen.warnings(readout("1.1h.2019"))[0])


def test_warnings_of_what_no_difference_shows() -> None:
    simulated, servo = Profile.load("simulated"), Profile.load("servo-pen")
    grbl = {key: value for key, value in simulated.grbl.items() if key not in {"$20", "$22"}}
    unnamed = replace(simulated, grbl=grbl)
    assert "homing switched off" in str(warnings(unnamed, readout("1.1h", s22=0.0))[0])
    plain = replace(unnamed, homing=False)
    assert "starts locked" in str(warnings(plain, readout("1.1h", s22=1.0))[0])
    old = warnings(plain, readout("0.9j", s22=0.0))
    assert "made for GRBL 1.1; this machine says '0.9j'" in " ".join(map(str, old))
    laser = warnings(servo, readout("1.1h.G_240107", s32=1.0))
    assert laser == [fact("servo-laser-mode")]
    quick = replace(simulated, grbl={**simulated.grbl, "$100": 800.0})
    assert "needs 106667 steps/s" in " ".join(
        map(str, warnings(quick, readout("1.1h", s22=1.0)))
    )


@pytest.mark.parametrize(
    ("prompt", "text", "answer"),
    [
        (Prompt("confirm", ASKED), " Y ", True),
        (Prompt("confirm", ASKED), "no", False),
        (Prompt("number", ASKED, unit="mm", low=1.0, high=9.0), "4,5 mm", 4.5),
        (Prompt("number", ASKED, low=1.0, high=9.0, default="3"), "", 3.0),
        (Prompt("choice", ASKED, ("a", "b")), "B", "b"),
        (Prompt("nudge", ASKED, ("x", "y"), high=10.0, low=-10.0), "x-1.5", Nudge("x", -1.5)),
        (Prompt("nudge", ASKED, ("x",), high=10.0, low=-10.0), "done", "done"),
    ],
)
def test_answers(prompt: Prompt, text: str, answer: object) -> None:
    assert prompt.read(text) == answer


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        (Prompt("confirm", ASKED), "maybe"),
        (Prompt("confirm", ASKED), ""),
        (Prompt("number", ASKED, low=1.0, high=9.0), "nan"),
        (Prompt("number", ASKED, low=1.0, high=9.0), "9.5"),
        (Prompt("choice", ASKED, ("a",)), "c"),
        (Prompt("nudge", ASKED, ("x",), high=10.0, low=-10.0), "z 1"),
        (Prompt("nudge", ASKED, ("x",), high=10.0, low=-10.0), "x 11"),
        (Prompt("nudge", ASKED, ("x",), high=10.0, low=-10.0), "x 1e9"),
    ],
)
def test_what_is_no_answer(prompt: Prompt, text: str) -> None:
    with pytest.raises(AnswerError):
        prompt.read(text)
