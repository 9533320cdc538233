"""A Z pen whose height nobody knows is lifted once, however often the program is killed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_gcode.grbl.dialects.fluidnc import FLUIDNC
from firmware_gcode.grbl.events import LinkState, Notice
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from tests.firmware_gcode.virtual_time import VirtualTimeLink

Ready = Callable[..., VirtualTimeLink]
LIFT = 3.0 * 400
TRAVEL = 50.0 * 400


@pytest.fixture(params=["profile", "homing_profile"])
def cut_off(
    request: pytest.FixtureRequest,
    make_ready: Ready,
    make_program: Callable[..., Program],
    tmp_path: Path,
) -> VirtualTimeLink:
    """A machine whose link was killed while the pen was on the paper."""
    profile: Profile = request.getfixturevalue(request.param)
    rehearsal = make_ready(profile, tmp_path / "journal")
    rehearsal.session.draw(make_program(profile, strokes=2, points=20))
    assert rehearsal.run(20.0, lambda: rehearsal.machine.ink.down)
    rehearsal.run(0.3)
    assert rehearsal.machine.ink.down
    rehearsal.restart()
    rehearsal.machine.power_on()
    return rehearsal


def test_a_dialect_that_cuts_jogs_short_lets_it_be_lifted_too(
    homing_profile: Profile, make_ready: Ready
) -> None:
    rehearsal = make_ready(homing_profile, dialect=FLUIDNC)
    rehearsal.session.pen_down()
    rehearsal.run(5.0)
    before = rehearsal.machine.shaft[2]
    rehearsal.machine.power_on()
    assert rehearsal.run(20.0, lambda: rehearsal.session.state is LinkState.LOCKED)
    rehearsal.session.unlock()
    rehearsal.run(5.0)
    assert rehearsal.machine.shaft[2] - before == LIFT
    rehearsal.machine.write(b"$$\n")
    rehearsal.run(1.0)
    assert rehearsal.session.details.settings["$20"] == 1.0


def connected(rehearsal: VirtualTimeLink) -> None:
    rehearsal.plug()
    rest = {LinkState.UNREFERENCED, LinkState.LOCKED}
    assert rehearsal.run(20.0, lambda: rehearsal.session.state in rest)


def test_it_is_lifted_at_the_first_start_and_stays_there(cut_off: VirtualTimeLink) -> None:
    before = cut_off.machine.shaft[2]
    heights = []
    for _ in range(8):
        connected(cut_off)
        heights.append(cut_off.machine.shaft[2] - before)
        cut_off.restart()
        cut_off.machine.power_on()
    assert heights == [LIFT] * 8


@pytest.mark.parametrize("seed", range(3))
def test_kills_in_the_middle_of_lifts_never_take_it_over_the_axis(
    cut_off: VirtualTimeLink, seed: int
) -> None:
    numbers = random.Random(seed)
    before = cut_off.machine.shaft[2]
    room = 9.0 * 400 if cut_off.profile.homing else TRAVEL
    for _ in range(25):
        cut_off.plug()
        cut_off.run(20.0, lambda: cut_off.session.state is LinkState.CONNECTING)
        cut_off.run(numbers.uniform(0.4, 3.0))
        cut_off.restart()
        if numbers.random() < 0.7:
            cut_off.machine.power_on()
    connected(cut_off)
    assert LIFT - 1 <= cut_off.machine.shaft[2] - before <= room


def test_a_person_who_lowers_it_gets_it_lifted_again(cut_off: VirtualTimeLink) -> None:
    connected(cut_off)
    if cut_off.session.state is LinkState.LOCKED:
        cut_off.session.unlock()
        cut_off.run(5.0)
    up = cut_off.machine.shaft[2]
    cut_off.session.pen_down()
    cut_off.run(5.0)
    assert cut_off.machine.shaft[2] == up - LIFT
    cut_off.restart()
    connected(cut_off)
    assert cut_off.machine.shaft[2] == up


def test_where_the_axis_ends_a_person_is_told(cut_off: VirtualTimeLink) -> None:
    cut_off.session._core.travel.raised = 49.5 if not cut_off.profile.homing else 9.0
    before = cut_off.machine.shaft[2]
    connected(cut_off)
    assert cut_off.machine.shaft[2] - before < LIFT
    cut_off.session._core.pen_may_be_down = True
    cut_off.session._core.travel.raised = 50.0
    cut_off.session.pen_up()
    cut_off.run(5.0)
    told = {each.fact.code for each in cut_off.events if isinstance(each, Notice)}
    assert "pen-raised-already" in told
