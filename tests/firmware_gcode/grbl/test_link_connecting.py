"""Connecting, homing, and moving by hand, on a simulated machine in made-up time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from firmware_gcode.grbl.events import LinkError, LinkState, Notice, StateChanged
from firmware_gcode.grbl.session import PENDING_MOVES
from firmware_gcode.grbl.simulator.machine import SimulatedMachine
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from tests.firmware_gcode.virtual_time import VirtualTimeLink

Ready = Callable[..., VirtualTimeLink]


def connect(rehearsal: VirtualTimeLink, *wanted: LinkState, seconds: float = 30.0) -> None:
    rehearsal.plug()
    assert rehearsal.run(seconds, lambda: rehearsal.session.state in wanted), rehearsal.events


def settle(rehearsal: VirtualTimeLink, state: LinkState, seconds: float = 60.0) -> None:
    assert rehearsal.run(
        seconds, lambda: rehearsal.session.state is state and not rehearsal.session.busy
    ), (rehearsal.session.state, rehearsal.events)


def reasons(rehearsal: VirtualTimeLink) -> str:
    return " ".join(
        str(e.reason or "") for e in rehearsal.events if isinstance(e, StateChanged)
    )


def test_a_machine_that_nobody_has_shown_the_corner_is_not_moved(profile: Profile) -> None:
    rehearsal = VirtualTimeLink(profile)
    connect(rehearsal, LinkState.UNREFERENCED)
    assert rehearsal.now < 1.0
    assert rehearsal.session.position is None
    assert "lower left corner and set the zero" in reasons(rehearsal)
    rehearsal.run(5.0)
    assert rehearsal.machine.shaft == (0, 0, 0)


def test_a_machine_with_switches_waits_to_be_homed(homing_profile: Profile) -> None:
    rehearsal = VirtualTimeLink(homing_profile)
    connect(rehearsal, LinkState.LOCKED)
    assert "locked" in reasons(rehearsal)
    rehearsal.session.home()
    settle(rehearsal, LinkState.READY)
    assert rehearsal.session.position is not None
    x, y = rehearsal.session.position
    origin = homing_profile.paper_origin
    pull_off = homing_profile.grbl["$27"]
    assert x == pytest.approx(homing_profile.grbl["$130"] - origin[0] - pull_off, abs=0.02)
    assert y == pytest.approx(homing_profile.grbl["$131"] - origin[1] - pull_off, abs=0.02)
    assert not rehearsal.machine.ink.down


def test_homing_that_finds_no_switch_says_so_and_stays_locked(homing_profile: Profile) -> None:
    rehearsal = VirtualTimeLink(
        homing_profile,
        machine=lambda clock: machine_without_switches(homing_profile, clock),
    )
    connect(rehearsal, LinkState.LOCKED)
    rehearsal.session.home()
    rehearsal.run(60.0, lambda: rehearsal.session.fault is not None)
    settle(rehearsal, LinkState.LOCKED)
    assert "could not find its home" in str(rehearsal.session.fault)
    assert "Check the limit switches" in str(rehearsal.session.fault)


def machine_without_switches(profile: Profile, clock: Callable[[], float]) -> SimulatedMachine:
    far = (1000.0, 1000.0, 1000.0)
    return SimulatedMachine(settings=profile.grbl, clock=clock, switches=far)


def test_homing_switched_off_in_the_machine_is_told(homing_profile: Profile) -> None:
    grbl = {**homing_profile.grbl, "$20": 0.0, "$22": 0.0}
    rehearsal = VirtualTimeLink(
        homing_profile, machine=lambda clock: SimulatedMachine(settings=grbl, clock=clock)
    )
    connect(rehearsal, LinkState.UNREFERENCED)
    notices = [str(event.fact) for event in rehearsal.events if isinstance(event, Notice)]
    assert any("$22 is 0, not 1" in text for text in notices)
    rehearsal.session.home()
    settle(rehearsal, LinkState.UNREFERENCED)
    assert "$22=1" in str(rehearsal.session.fault)


def test_unlocking_does_not_tell_where_the_pen_is(homing_profile: Profile) -> None:
    rehearsal = VirtualTimeLink(homing_profile)
    connect(rehearsal, LinkState.LOCKED)
    with pytest.raises(LinkError, match="locked"):
        rehearsal.session.jog(1, 1)
    rehearsal.session.unlock()
    settle(rehearsal, LinkState.UNREFERENCED)
    with pytest.raises(LinkError, match="not locked"):
        rehearsal.session.unlock()
    with pytest.raises(LinkError, match="works only after homing"):
        rehearsal.session.set_zero()


def test_set_zero_makes_the_place_the_paper_s_corner_and_lifts(profile: Profile) -> None:
    rehearsal = VirtualTimeLink(profile)
    connect(rehearsal, LinkState.UNREFERENCED)
    rehearsal.session.jog(12.0, 7.0)
    rehearsal.session.set_zero()
    settle(rehearsal, LinkState.READY)
    assert rehearsal.session.position == pytest.approx((0, 0), abs=0.02)
    assert rehearsal.machine.shaft[:2] == (960, 560)
    assert rehearsal.machine.shaft[2] == pytest.approx(3.0 * 400, abs=1)


def test_moves_by_hand_come_one_after_the_other(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)
    rehearsal.session.jog(10.0, 0.0)
    rehearsal.session.jog(0.0, 5.0)
    rehearsal.session.pen_down()
    rehearsal.session.pen_up()
    rehearsal.session.jog(0.0, 0.0, 1.0)
    settle(rehearsal, LinkState.READY)
    assert rehearsal.session.position == pytest.approx((10, 5), abs=0.02)
    assert len(rehearsal.machine.ink.strokes) == 1
    assert rehearsal.machine.shaft[2] == pytest.approx(4.0 * 400, abs=1)


def test_too_many_moves_by_hand_are_refused(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)
    for _ in range(PENDING_MOVES):
        rehearsal.session.jog(1.0, 0.0)
    with pytest.raises(LinkError, match="still has moves"):
        rehearsal.session.jog(1.0, 0.0)
    settle(rehearsal, LinkState.READY)
    assert rehearsal.session.position == pytest.approx((PENDING_MOVES, 0), abs=0.02)


def test_a_jog_can_be_stopped(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)
    rehearsal.session.jog(200.0, 0.0)
    rehearsal.run(0.5)
    rehearsal.session.stop()
    settle(rehearsal, LinkState.READY)
    assert rehearsal.session.position is not None
    assert 1.0 < rehearsal.session.position[0] < 150.0


def test_a_jog_that_grbl_itself_refuses_is_only_told(homing_profile: Profile) -> None:
    """A machine whose own travel is less than its profile says."""
    shorter = {**homing_profile.grbl, "$132": 12.0}
    rehearsal = VirtualTimeLink(
        homing_profile,
        machine=lambda clock: SimulatedMachine(
            settings=shorter, clock=clock, pen=homing_profile.pen
        ),
    )
    connect(rehearsal, LinkState.LOCKED)
    rehearsal.session.home()
    settle(rehearsal, LinkState.READY)
    rehearsal.session.jog(0.0, 0.0, -20.0)
    settle(rehearsal, LinkState.READY)
    notices = [str(event.fact) for event in rehearsal.events if isinstance(event, Notice)]
    assert any("Jog a shorter way" in text for text in notices)


def test_moves_by_hand_stay_within_the_travel_of_a_homed_machine_without_soft_limits(
    homing_profile: Profile, make_ready: Ready
) -> None:
    unguarded = replace(homing_profile, grbl={**homing_profile.grbl, "$20": 0.0})
    rehearsal = make_ready(unguarded)
    assert rehearsal.session.position is not None
    x, y = rehearsal.session.position
    left, _ = unguarded.paper_origin
    rehearsal.session.jog(10.0 - left - x, -y)
    rehearsal.session.jog(-5.0, 0.0)
    with pytest.raises(LinkError, match="out of the machine's travel"):
        rehearsal.session.jog(-6.0, 0.0)
    settle(rehearsal, LinkState.READY)
    assert rehearsal.session.position == pytest.approx((5.0 - left, 0.0), abs=0.02)
    with pytest.raises(LinkError, match="out of the machine's travel"):
        rehearsal.session.jog(0.0, homing_profile.height + 1.0)


def test_a_machine_still_running_what_a_dead_program_sent_is_stopped(
    profile: Profile, make_ready: Ready
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.machine.write(b"G1X200F600\nG1X0\nG1X")
    rehearsal.run(1.0)
    rehearsal.restart()
    connect(rehearsal, LinkState.UNREFERENCED)
    stopped = rehearsal.machine.shaft
    assert 0 < stopped[0] < 100 * 80
    rehearsal.run(20.0)
    assert rehearsal.machine.shaft == stopped


def test_a_limit_alarm_that_answers_nothing_is_found_and_reset(
    homing_profile: Profile,
) -> None:
    profile = replace(homing_profile, grbl={**homing_profile.grbl, "$21": 1.0})
    rehearsal = VirtualTimeLink(profile)
    rehearsal.machine.write(b"$X\n$J=G91X5F1000\n")
    rehearsal.run(0.3)
    rehearsal.machine.raise_alarm(1)
    rehearsal.run(2.0)
    connect(rehearsal, LinkState.LOCKED)


def test_a_reset_while_nothing_is_drawn_is_noticed(
    profile: Profile, make_ready: Ready, make_program: Callable[..., Program]
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.machine.power_on()
    settle(rehearsal, LinkState.UNREFERENCED)
    assert "restarted by itself" in str(rehearsal.session.fault)
    assert "home it or set its zero" in str(rehearsal.session.fault)
    with pytest.raises(LinkError, match="Nobody knows where the pen is"):
        rehearsal.session.draw(make_program(profile))


def test_an_alarm_while_nothing_is_drawn_is_noticed_even_if_its_line_was_lost(
    profile: Profile, make_ready: Ready
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.machine.faults.add("garble", 12)
    rehearsal.machine.raise_alarm(1)
    settle(rehearsal, LinkState.LOCKED)
    rehearsal.session.unlock()
    settle(rehearsal, LinkState.UNREFERENCED)


def test_a_machine_that_is_unplugged_while_idle_is_no_fault(
    profile: Profile, make_ready: Ready
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.unplug()
    assert rehearsal.session.state is LinkState.ABSENT
    assert rehearsal.session.fault is None
    with pytest.raises(LinkError, match="Plug it in"):
        rehearsal.session.stop()
    connect(rehearsal, LinkState.UNREFERENCED)


@pytest.mark.parametrize("seconds", [1.0, 30.0])
def test_a_silent_machine_is_told_and_found_again(
    seconds: float, profile: Profile, make_ready: Ready
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.machine.faults.stalled = True
    rehearsal.run(3.0 + seconds)
    assert rehearsal.session.state is not LinkState.READY
    rehearsal.machine.faults.stalled = False
    settle(rehearsal, LinkState.UNREFERENCED)
    assert "stopped answering" in reasons(rehearsal)


def test_what_is_not_grbl_is_told_and_may_still_become_one(profile: Profile) -> None:
    rehearsal = VirtualTimeLink(profile)
    rehearsal.machine.faults.stalled = True
    rehearsal.plug()
    rehearsal.session.received(b"Marlin 2.1 ready\r\necho:busy\r\n", rehearsal.now)
    settle_faulted(rehearsal)
    assert (
        "is a Marlin (a 3D printer's firmware), no GRBL plotter (it said 'echo:busy')"
        in str(rehearsal.session.fault)
    )
    with pytest.raises(LinkError, match="is a Marlin"):
        rehearsal.session.home()
    rehearsal.machine.faults.stalled = False
    settle(rehearsal, LinkState.UNREFERENCED)
    assert rehearsal.session.fault is None


def settle_faulted(rehearsal: VirtualTimeLink) -> None:
    assert rehearsal.run(60.0, lambda: rehearsal.session.state is LinkState.FAULTED)


def test_a_dead_port_is_told(profile: Profile) -> None:
    rehearsal = VirtualTimeLink(profile)
    rehearsal.machine.power_off()
    rehearsal.plug()
    settle_faulted(rehearsal)
    assert "Nothing at the rehearsal answers" in str(rehearsal.session.fault)


def test_noise_before_the_banner_does_no_harm(profile: Profile) -> None:
    rehearsal = VirtualTimeLink(profile)
    rehearsal.machine.faults.add("garble", 25)
    rehearsal.plug()
    rehearsal.session.received(b"\x00\xf0\x9fU\r\n<Idle|MPos\nok\nerror:3\n", rehearsal.now)
    settle(rehearsal, LinkState.UNREFERENCED)
