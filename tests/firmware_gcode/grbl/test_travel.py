"""One rule for every line: no source takes the pen out of the travel, nor does a setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_gcode.grbl.connection import Procedure
from firmware_gcode.grbl.events import LinkError, LinkState, Notice, ProgramEnded
from firmware_gcode.grbl.moves import move
from firmware_gcode.grbl.session_state import SessionState
from firmware_gcode.grbl.travel import TravelError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines, Program, ProgramLine
from tests.firmware_gcode.virtual_time import VirtualTimeLink

Ready = Callable[..., VirtualTimeLink]
Make = Callable[..., Program]


def say(rehearsal: VirtualTimeLink, *lines: str) -> str:
    """Lines sent as a conversation; what was refused, or "" if all went through."""
    refused: list[str] = []
    over: list[bool] = []

    def talk(core: SessionState) -> Procedure[None]:
        try:
            for line in lines:
                yield from move(core.connection, line, 25.0)
        except TravelError as error:
            refused.append(str(error))
        over.append(True)

    rehearsal.session.converse(talk)
    assert rehearsal.run(120.0, lambda: bool(over))
    return " ".join(refused)


@pytest.mark.parametrize(
    "line",
    [
        "G1X-50F1000",
        "G0Y301",
        "G91X-6",
        "G53G0X-310",
        "G20G0X12",
        "G91G0Z60",
        "G1Z-40F100",
        "G3X20Y0I10J-100F500",
        "G2X0Y0I-20J0F500",
        "G18G2X20Z3I10K0F500",
        "$J=G91G21X-50F1000",
        "$J=G90G21X-50F1000",
    ],
)
@pytest.mark.parametrize("switches", [True, False], ids=["homed", "zeroed by hand"])
def test_no_line_leaves_the_travel(
    profile: Profile, homing_profile: Profile, make_ready: Ready, line: str, switches: bool
) -> None:
    """With switches or without, soft limits off: nobody but the link guards the travel."""
    taken = homing_profile if switches else profile
    taken = replace(taken, grbl={**taken.grbl, "$20": 0.0})
    rehearsal = make_ready(taken)
    assert say(rehearsal, "G21G90G0X0Y0") == ""
    before = rehearsal.machine.shaft
    assert "That would" in say(rehearsal, line)
    assert rehearsal.machine.shaft == before
    assert rehearsal.session.state is LinkState.READY
    assert say(rehearsal, "G21G90G17G0X5Y5") == ""


def test_a_jog_is_judged_before_its_turn_comes(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)
    session = rehearsal.session
    for way in ((-50.0, 0.0, 0.0), (0.0, 301.0, 0.0), (0.0, 0.0, -40.0), (0.0, 0.0, 60.0)):
        with pytest.raises(LinkError, match="That would"):
            session.jog(*way)
    session.jog(200.0, 0.0)
    with pytest.raises(LinkError, match="forget it and set it anew"):
        session.jog(200.0, 0.0)


def test_while_nobody_knows_where_the_pen_is_it_moves_by_jogs_within_its_size(
    profile: Profile,
) -> None:
    rehearsal = VirtualTimeLink(profile)
    rehearsal.plug()
    session = rehearsal.session
    assert rehearsal.run(10.0, lambda: session.state is LinkState.UNREFERENCED)
    session.jog(-50.0, 0.0)
    rehearsal.run(10.0)
    with pytest.raises(LinkError, match="longer than the machine"):
        session.jog(301.0, 0.0)
    assert "Nobody knows where the pen is" in say(rehearsal, "G0X10")
    assert say(rehearsal, "G21G90", "M3S0") == ""


def test_a_pen_that_is_outside_may_come_back(
    homing_profile: Profile, make_ready: Ready
) -> None:
    """A machine may home beyond the width that its profile uses."""
    rehearsal = make_ready(replace(homing_profile, width=200.0, height=200.0))
    x, y = rehearsal.session.position or (0.0, 0.0)
    assert (x, y) > (195.0, 195.0)
    rehearsal.session.jog(-20.0, 0.0)
    with pytest.raises(LinkError, match="out of the machine's travel"):
        rehearsal.session.jog(21.0, 0.0)


def test_a_program_beyond_the_travel_is_refused_before_it_begins(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    program = make_program(profile)
    far = ProgramLine("X900", None, 900.0, 0.0, False, 0.0, sync=False)
    with pytest.raises(LinkError, match=r"cannot be drawn: That would lead to \(900"):
        rehearsal.session.draw(replace(program, lines=Lines.of([*program.lines, far])))
    assert rehearsal.session.state is LinkState.READY
    rehearsal.session.draw(program)
    assert rehearsal.run(120.0, lambda: rehearsal.session.state is LinkState.READY)
    assert [e.outcome for e in rehearsal.events if isinstance(e, ProgramEnded)] == ["done"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("$100=0", "no steps for a millimetre"),
        ("$101=-80", "no steps for a millimetre"),
        ("$3=1", "run the other way"),
        ("$130=900", "the profile says 300"),
        ("$132=5", "the profile says 50"),
    ],
)
def test_no_setting_makes_the_machine_lie(
    profile: Profile, make_ready: Ready, line: str, why: str
) -> None:
    rehearsal = make_ready(profile)
    assert why in say(rehearsal, line)
    assert rehearsal.session.state is LinkState.READY


def test_a_person_may_confirm_a_setting(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)

    def confirm(core: SessionState) -> Procedure[None]:
        core.travel.confirmed = frozenset({"$130=310"})
        yield from core.connection.report()

    rehearsal.session.converse(confirm)
    assert say(rehearsal, "$130=310", "$$") == ""
    assert rehearsal.session.details.settings["$130"] == 310.0


def test_what_is_refused_in_its_turn_is_told(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)

    def wander(core: SessionState) -> Procedure[None]:
        yield from core.connection.ask("G0X-9")

    rehearsal.session.converse(wander)
    rehearsal.run(5.0)
    (notice,) = [e.fact for e in rehearsal.events if isinstance(e, Notice)]
    assert notice.code == "out-of-travel-zeroed"
    assert rehearsal.session.state is LinkState.READY
