"""A kind of pen is one object: a new one is written, checked, drawn by its file alone."""

from __future__ import annotations

import tomllib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self, cast

import numpy as np
import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.facts import Fact, fact
from firmware_gcode.program.checker import ProgramError, check_program
from firmware_gcode.program.pens.pen import (
    Pause,
    Pen,
    PenBench,
    PenStep,
    Say,
    Travelled,
    Trial,
)
from firmware_gcode.program.pens.registry import PENS
from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.program.profile_fields import PEN_WIDTH, SECONDS, Number, Table
from firmware_gcode.program.prompts import Answer, Prompt, ask_number
from firmware_gcode.program.reader import read_program
from firmware_gcode.program.writer import write_program
from firmware_gcode.setup.calibration.sheet import calibration_sheet
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import straight
from pi_service.studio.workshop.pen_trial import pen_fields
from tests.firmware_gcode.virtual_time import VirtualTimeLink

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class MagnetPen(Pen):
    """A pen that a magnet pulls onto the paper while the spindle output is on."""

    kind: ClassVar[str] = "magnet"
    fields: ClassVar[Mapping[str, Number]] = {
        "width": PEN_WIDTH._replace(title="pen-width"),
        "settle_up": SECONDS._replace(title="pen-settle-up"),
        "settle_down": SECONDS._replace(title="pen-settle-down"),
    }
    by_height: ClassVar[bool] = False
    settle_tries: ClassVar[tuple[float, ...]] = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
    calm_s: ClassVar[float] = 0.1
    width: float
    settle_up: float
    settle_down: float

    @classmethod
    def from_table(cls, table: Table) -> Self:
        table.check_keys(("kind", *cls.fields))
        return cls(**{key: table.number(key, rule) for key, rule in cls.fields.items()})

    def check(self, machine: Travelled, top: Table) -> None:
        return

    def lift_steps(self) -> Sequence[PenStep]:
        return (Say("M3S0"), Pause(self.settle_up))

    def lower_steps(self, grbl: Mapping[str, float]) -> Sequence[PenStep]:
        return (Say("M3S1000", down=True), Pause(self.settle_down, down=True))

    def is_down(self, z: float, spindle: float) -> bool:
        return spindle > 0

    def inks(self, z: float, spindle: float | None) -> bool:
        return bool(spindle)

    def is_up(self, value: float) -> bool:
        return value == 0

    def height_fault(self, z: float) -> Fact | None:
        return fact("program-moves-z")

    def spindle_fault(self, speed: float) -> Fact | None:
        return None if speed in {0.0, 1000.0} else fact("program-spindle")

    def settled(self, seconds: float) -> Self:
        return replace(self, settle_up=seconds, settle_down=seconds)

    def calibrate(self, bench: PenBench) -> Generator[Prompt, Answer, Trial]:
        settle = yield from ask_number(fact("ask-settle-down"), unit="s", low=0.0, high=1.0)
        return {("pen", "settle_down"): settle}


@pytest.fixture
def profile(monkeypatch: pytest.MonkeyPatch) -> Profile:
    """A machine whose pen is held by a magnet: the registry is all that knows of it."""
    monkeypatch.setitem(PENS, "magnet", MagnetPen)
    values = tomllib.loads((SHIPPED / "servo-pen.toml").read_text())
    values["pen"] = {"kind": "magnet", "width": 0.4, "settle_up": 0.1, "settle_down": 0.1}
    return Profile.from_values(values)


def test_a_new_kind_of_pen_is_written_checked_and_read(profile: Profile) -> None:
    line = np.array([[10.0, 10.0], [40.0, 25.0]])
    program = write_program(
        Toolpath((Stroke((0,), straight(line)),), profile.park, profile.park), profile
    )
    assert "M3S1000\nG4P.1\n" in program.text
    check_program(program.text, profile, Paper.named("A6"))
    with pytest.raises(ProgramError, match="switches the spindle"):
        check_program(program.text.replace("S1000", "S500"), profile, Paper.named("A6"))
    read = read_program(program.text.splitlines(), profile)
    assert [points.tolist() for points in read.strokes] == [line.tolist()]
    assert len(calibration_sheet(profile, Paper.named("A5")).settle) == 6
    assert [field["key"] for field in pen_fields(profile, {})] == list(MagnetPen.fields)


def test_a_new_kind_of_pen_draws_pauses_and_ends_up(profile: Profile) -> None:
    points = np.array([[10.0, 10.0], [60.0, 25.0]])
    stroke = Stroke((0,), straight(points))
    program = write_program(Toolpath((stroke, stroke), profile.park, profile.park), profile)
    rehearsal = VirtualTimeLink(profile)
    rehearsal.plug()
    session = rehearsal.session
    assert rehearsal.run(10.0, lambda: session.state.value == "unreferenced")
    session.set_zero()
    assert rehearsal.run(10.0, lambda: session.state.value == "ready")
    rehearsal.machine.ink.strokes.clear()
    session.draw(program)
    rehearsal.run(1.2)
    session.pause(at_once=True)
    assert rehearsal.run(20.0, lambda: session.state.value == "paused")
    assert not rehearsal.machine.ink.down
    session.resume()
    assert rehearsal.run(60.0, lambda: session.state.value == "ready"), session.fault
    assert not rehearsal.machine.ink.down
    assert len(rehearsal.machine.ink.strokes) >= 2


def test_its_calibration_is_its_own(profile: Profile) -> None:
    dialogue = profile.pen.calibrate(cast(PenBench, None))
    assert next(dialogue).unit == "s"
    with pytest.raises(StopIteration) as found:
        dialogue.send(0.2)
    assert found.value.value == {("pen", "settle_down"): 0.2}


def test_nobody_asks_which_kind_a_pen_is() -> None:
    asking = [
        path
        for package in ("firmware_gcode", "pi_service")
        for path in (REPOSITORY / package).rglob("*.py")
        if any("isinstance(" in row and "Pen)" in row for row in path.read_text().splitlines())
    ]
    assert asking == []
