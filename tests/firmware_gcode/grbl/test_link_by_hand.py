"""Moves by hand that a person holds, or sends to a place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmware_gcode.grbl.events import LinkError, LinkState
from firmware_gcode.grbl.moves import GRIP_SECONDS
from firmware_gcode.grbl.session import RUN_OUT_MM
from firmware_gcode.program.profile import Profile
from tests.firmware_gcode.virtual_time import VirtualTimeLink

Ready = Callable[..., VirtualTimeLink]


@pytest.fixture
def link(homing_profile: Profile, make_ready: Ready) -> VirtualTimeLink:
    ready = make_ready(homing_profile)
    ready.session.go(50.0, 60.0)
    assert ready.run(20.0, lambda: stands(ready))
    return ready


def place(link: VirtualTimeLink) -> tuple[float, float]:
    """Where the pen is, mm."""
    link.run(0.6)  # the machine tells it now and then
    assert link.session.position is not None
    return link.session.position


def stands(link: VirtualTimeLink) -> bool:
    return not link.session.busy


def keep_holding(link: VirtualTimeLink, hold: int, seconds: float) -> None:
    until = link.now + seconds
    while link.now < until:
        assert link.session.grip(hold, hold=True)
        link.run(GRIP_SECONDS / 2)


def test_a_held_jog_goes_until_it_is_let_go_of(link: VirtualTimeLink) -> None:
    hold = link.session.hold(1, 0, 100)
    keep_holding(link, hold, 1.0)
    assert link.session.position is not None
    before = link.session.position[0]
    assert before > 70.0
    link.session.grip(hold, hold=False)
    let_go = link.now
    assert link.run(2.0, lambda: stands(link))
    took, after = link.now - let_go, place(link)
    prepared = 0.06 * 35.0  # GRBL's steps that are timed already, s, at so many mm/s
    told = 0.1 * 35.0
    assert after[0] - before < RUN_OUT_MM + prepared + told
    assert after[1] == pytest.approx(60.0, abs=0.02)
    assert took < 0.3
    link.run(1.0)
    assert place(link) == after
    assert not link.session.grip(hold, hold=True)
    link.session.jog(1.0, 0.0)
    assert link.run(5.0, lambda: stands(link))
    assert place(link)[0] == pytest.approx(after[0] + 1.0, abs=0.02)


def test_a_jog_whose_holder_is_gone_ends(link: VirtualTimeLink) -> None:
    hold = link.session.hold(0, 1, 50)
    link.run(GRIP_SECONDS + 0.5)
    assert stands(link)
    assert 62.0 < place(link)[1] < 100.0
    assert not link.session.grip(hold, hold=True)


def test_a_held_jog_ends_at_the_end_of_the_travel(link: VirtualTimeLink) -> None:
    link.session.go(290.0, 290.0)
    assert link.run(30.0, lambda: stands(link))
    hold = link.session.hold(1, 0, 100)
    while link.session.grip(hold, hold=True):
        link.run(GRIP_SECONDS / 2)
    assert link.session.state is LinkState.READY
    assert place(link)[0] == pytest.approx(link.profile.reach.x1, abs=0.03)
    with pytest.raises(LinkError, match="out of the machine's travel"):
        link.session.hold(1, 0, 100)


def test_an_old_grip_holds_no_other_jog(link: VirtualTimeLink) -> None:
    first = link.session.hold(1, 0, 10)
    link.session.grip(first, hold=False)
    assert link.run(2.0, lambda: stands(link))
    second = link.session.hold(0, 1, 10)
    assert not link.session.grip(first, hold=True)
    assert link.session.grip(second, hold=True)
    with pytest.raises(LinkError, match="still moving"):
        link.session.hold(1, 0, 10)


def test_who_lets_go_may_press_again_at_once(link: VirtualTimeLink) -> None:
    first = link.session.hold(1, 0, 100)
    keep_holding(link, first, 0.5)
    link.session.grip(first, hold=False)
    second = link.session.hold(0, 1, 100)
    keep_holding(link, second, 1.0)
    link.session.grip(second, hold=False)
    assert link.run(2.0, lambda: stands(link))
    x, y = place(link)
    assert 52.0 < x < 90.0
    assert 62.0 < y < 110.0


def test_a_lowered_pen_is_lifted_before_it_is_taken_along(link: VirtualTimeLink) -> None:
    link.session.pen_down()
    assert link.run(5.0, lambda: stands(link))
    hold = link.session.hold(1, 0, 100)
    keep_holding(link, hold, 1.0)
    link.session.grip(hold, hold=False)
    assert link.run(2.0, lambda: stands(link))
    assert all(len(set(map(tuple, stroke))) == 1 for stroke in link.machine.ink.strokes)


def test_stop_beats_a_held_jog_and_what_was_asked_for_before_it(link: VirtualTimeLink) -> None:
    stops = link.session.stops
    hold = link.session.hold(1, 1, 100)
    keep_holding(link, hold, 0.5)
    link.session.stop()
    assert not link.session.grip(hold, hold=True) or link.session.state is LinkState.STOPPING
    assert link.run(5.0, lambda: stands(link))
    stood = place(link)
    assert not link.session.grip(hold, hold=True)
    link.run(1.0)
    assert place(link) == stood
    assert link.session.stops == stops + 1


def test_nothing_is_sent_out_of_the_travel_or_while_the_place_is_unknown(
    profile: Profile, homing_profile: Profile, make_ready: Ready
) -> None:
    link = make_ready(homing_profile)
    with pytest.raises(LinkError, match="out of the machine's travel"):
        link.session.go(400.0, 10.0)
    lost = VirtualTimeLink(profile)
    lost.plug()
    assert lost.run(10.0, lambda: lost.session.state is LinkState.UNREFERENCED)
    with pytest.raises(LinkError):
        lost.session.go(10.0, 10.0)
    with pytest.raises(LinkError):
        lost.session.hold(1, 0, 100)
