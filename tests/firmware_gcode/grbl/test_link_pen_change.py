"""A program that waits before a stroke, for a person to change the pen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState, StateChanged
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from tests.firmware_gcode.grbl.test_link_drawing import finish, same_ink
from tests.firmware_gcode.virtual_time import VirtualTimeLink

Make = Callable[..., Program]
Ready = Callable[..., VirtualTimeLink]
CHANGE = fact("text", text="Change the pen, then go on.")


@pytest.mark.parametrize("pen", ["profile", "servo_profile"])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_it_waits_with_the_pen_up_and_says_for_what(
    pen: str,
    before: int,
    request: pytest.FixtureRequest,
    make_ready: Ready,
    make_program: Make,
) -> None:
    profile: Profile = request.getfixturevalue(pen)
    rehearsal = make_ready(profile)
    program = replace(make_program(profile), pauses={before: CHANGE})
    rehearsal.session.draw(program)
    finish(rehearsal, "paused")
    rehearsal.run(20.0)
    assert not rehearsal.machine.ink.down
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes[:before])
    assert rehearsal.events[-1] == StateChanged(LinkState.PAUSED, CHANGE)
    rehearsal.session.resume()
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes)
    assert rehearsal.states() == ["drawing", "pausing", "paused", "drawing", "ready"]


@pytest.mark.parametrize("before", [0, 1])
def test_it_waits_wherever_the_pen_was(
    profile: Profile, make_ready: Ready, make_program: Make, before: int
) -> None:
    """It need not have been parked: after homing, by hand, or on from another drawing."""
    rehearsal = make_ready(profile)
    rehearsal.session.jog(41.0, 23.0)
    rehearsal.run(20.0)
    program = replace(make_program(profile), pauses={before: CHANGE})
    rehearsal.session.draw(program)
    finish(rehearsal, "paused")
    rehearsal.run(20.0)
    rehearsal.session.resume()
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes)
    assert rehearsal.states()[-5:] == ["drawing", "pausing", "paused", "drawing", "ready"]


def test_a_person_may_pause_besides(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    program = replace(make_program(profile), pauses={2: CHANGE})
    rehearsal.session.draw(program)
    assert rehearsal.run(60.0, lambda: rehearsal.machine.ink.down)
    rehearsal.session.pause(at_once=True)
    finish(rehearsal, "paused")
    assert len(rehearsal.machine.ink.strokes) == 1
    rehearsal.session.resume()
    finish(rehearsal, "paused")
    assert rehearsal.events[-1] == StateChanged(LinkState.PAUSED, CHANGE)
    rehearsal.session.resume()
    finish(rehearsal)
    assert rehearsal.states()[-1] == "ready"


def test_it_can_be_stopped_while_it_waits(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.session.draw(replace(make_program(profile), pauses={2: CHANGE}))
    finish(rehearsal, "paused")
    rehearsal.session.stop()
    finish(rehearsal)
    assert len(rehearsal.machine.ink.strokes) == 2
