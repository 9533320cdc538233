"""Jog, pen, home, zero: by hand, within the travel, and never while a cat is drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.setup.files import SetupError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.jobs.preflight import Check, Hold
from pi_service.studio.machine.control import DRAWS, Act
from pi_service.studio.workshop.machine_session import BEGINS_S
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.workshop.machine_room import WAIT, Room

Make = Callable[..., Room]
Attempt = Callable[[], object]


def test_the_view_tells_state_position_and_firmware(room: Make) -> None:
    here = room()
    view = here.open().view()
    assert view["state"] == "ready"
    assert view["details"]["version"].startswith("1.1h")
    assert view["details"]["work"] is not None
    assert view["profile"]["name"] == "simulated"
    assert view["pen"]["kind"] == "z"
    assert view["busy"] == ""
    assert not view["hands"]["held"]


def test_a_jog_moves_by_what_was_said(room: Make) -> None:
    here = room()
    workshop = here.open()
    x, y, z = here.place
    workshop.jog(-10.0, -5.0)
    workshop.jog(-10.0, 0.0)
    workshop.jog(0.0, 0.0, -1.0)
    assert here.place == pytest.approx((x - 20, y - 5, z - 1), abs=0.02)
    assert here.link.details.pen_may_be_down
    assert workshop.view()["hands"]["held"]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ((100.0, 0.0, 0.0), "out of the machine's travel of 300 x 300 mm"),
        ((0.0, 6.0, 0.0), "out of the machine's travel"),
        ((0.0, 0.0, 5.1), "at most 100 mm"),
        ((101.0, 0.0, 0.0), "at most 100 mm"),
    ],
)
def test_a_jog_never_leaves_the_travel(
    room: Make, way: tuple[float, float, float], said: str
) -> None:
    here = room()
    workshop = here.open()
    before = here.place
    with pytest.raises(StudioError, match=said):
        workshop.jog(*way)
    assert here.place == before


def test_jogs_that_still_wait_count(room: Make) -> None:
    here = room()
    workshop = here.open()
    for _ in range(3):
        workshop.jog(-95.0, 0.0)
    with pytest.raises(StudioError, match="out of the machine's travel"):
        workshop.jog(-95.0, 0.0)
    assert here.place[0] == pytest.approx(294.0 - 285.0, abs=0.02)


def test_it_goes_to_places_that_are_known(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.go("corner")
    assert here.place[:2] == pytest.approx((0.0, 0.0), abs=0.02)
    workshop.go("centre")
    assert here.place[:2] == pytest.approx((52.5, 74.0), abs=0.02)
    with pytest.raises(StudioError, match="no place “moon”"):
        workshop.go("moon")


def test_the_z_axis_has_its_ends_too(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.jog(0.0, 0.0, 5.0)
    with pytest.raises(
        StudioError, match=r"to 13 mm over the paper; it goes from -40 to 9 mm"
    ):
        workshop.jog(0.0, 0.0, 5.0)


def test_the_pen_goes_down_and_up(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.move_pen(down=True)
    assert here.place[2] == pytest.approx(0.0, abs=0.01)
    workshop.move_pen(down=False)
    assert here.place[2] == pytest.approx(3.0, abs=0.01)
    assert workshop.view()["pen"]["at"] == "up"


def test_the_queue_waits_while_hands_are_on_the_machine(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.jog(1.0, 0.0)
    job, waits = here.studio.jobs.request(Request("page")), fact("hold-lease")
    eventually(lambda: here.studio.jobs.get(job.id).reason == waits, timeout=WAIT)
    assert Check(Hold.LEASE, waits) in here.studio.preflight.checks()
    workshop.done()
    eventually(lambda: here.studio.jobs.get(job.id).state is JobState.DONE, timeout=WAIT)
    assert len(here.plotter.ink) == 4


def test_nothing_is_done_by_hand_while_a_cat_is_drawn(room: Make) -> None:
    here = room()
    workshop = here.open()
    job = here.studio.jobs.request(Request("page"))
    eventually(lambda: here.studio.machine.lease.drawing, timeout=WAIT)
    attempts: list[Attempt] = [
        lambda: workshop.jog(1.0, 0.0),
        lambda: workshop.move_pen(down=True),
        lambda: workshop.act(Act.HOME),
        lambda: workshop.act(Act.ZERO),
        workshop.forget_place,
        lambda: workshop.console.send("$$", wait_s=1.0),
        lambda: workshop.checkup.check(wait_s=1.0),
        lambda: workshop.checkup.write(None, wait_s=1.0),
        lambda: workshop.pen.try_out({"up": 2.5}, "up", wait_s=1.0),
        lambda: workshop.calibration.begin("corner", wait_s=1.0),
        lambda: workshop.change_profile({"draw_feed": 2000.0}, wait_s=1.0),
    ]
    for attempt in attempts:
        with pytest.raises(StudioError, match=str(DRAWS)):
            attempt()
    eventually(lambda: here.studio.jobs.get(job.id).state is JobState.DONE, timeout=WAIT)
    assert len(here.plotter.ink) == 4


def test_a_paused_cat_is_set_aside_for_hands_and_finished_from_a_new_zero(
    room: Make,
) -> None:
    here = room("z-pen")
    workshop = here.open(ready=False)
    workshop.act(Act.ZERO)
    eventually(lambda: here.link.state is LinkState.READY, timeout=WAIT)
    workshop.done()
    jobs = here.studio.jobs
    job = jobs.request(Request("page"))
    eventually(lambda: jobs.get(job.id).strokes_drawn > 0, timeout=WAIT)
    workshop.move_pen(down=False)  # while it draws: at once, and it is paused
    eventually(lambda: jobs.get(job.id).state is JobState.PAUSED, timeout=WAIT)
    x, y, _ = here.place
    workshop.jog(7.0, 0.0)
    assert here.place[:2] == pytest.approx((x + 7.0, y), abs=0.02), "it was not parked before"
    eventually(lambda: jobs.get(job.id).state is JobState.INTERRUPTED, timeout=WAIT)
    workshop.act(Act.ZERO)
    assert here.place[:2] == pytest.approx((0.0, 0.0), abs=0.02)
    jobs.finish(job.id, first=0)
    eventually(lambda: jobs.get(job.id).state is JobState.DONE, timeout=WAIT)


def test_what_the_machine_refuses_keeps_the_queue_from_nothing(room: Make) -> None:
    here = room()
    workshop = here.open()
    attempts: list[Attempt] = [
        lambda: workshop.jog(100.0, 0.0),
        lambda: workshop.act(Act.UNLOCK),
    ]
    for refused in attempts:
        with pytest.raises(StudioError):
            refused()
        assert not workshop.view()["hands"]["held"]
    assert workshop.console.send("G0 X999", wait_s=WAIT)["state"] == "refused"
    assert workshop.view()["hands"]["left_s"] <= BEGINS_S
    assert workshop.console.send("?", wait_s=WAIT)["state"] == "ok"
    assert workshop.view()["hands"]["left_s"] > BEGINS_S


def test_a_machine_without_switches_is_zeroed_by_hand(room: Make) -> None:
    here = room("z-pen")
    workshop = here.open(ready=False)
    assert here.link.state is LinkState.UNREFERENCED
    workshop.jog(50.0, 20.0)
    workshop.jog(-30.0, 0.0)  # nobody knows where the travel ends
    here.still()
    workshop.act(Act.ZERO)
    eventually(lambda: here.link.state is LinkState.READY, timeout=WAIT)
    with pytest.raises(StudioError, match="If the zero is wrong, forget it"):
        workshop.jog(-1.0, 0.0)
    workshop.forget_place()
    eventually(lambda: here.link.state is LinkState.UNREFERENCED, timeout=WAIT)
    here.still()
    workshop.jog(-1.0, 0.0)
    here.still()


def test_an_unplugged_machine_is_said_at_once(room: Make) -> None:
    here = room()
    workshop = here.open()
    here.plotter.unplug()
    eventually(lambda: workshop.view()["state"] == "absent", timeout=2.0)
    attempts: list[Attempt] = [
        lambda: workshop.jog(1.0, 0.0),
        lambda: workshop.checkup.check(wait_s=WAIT),
        lambda: workshop.pen.try_out({}, "up", wait_s=WAIT),
    ]
    for attempt in attempts:
        with pytest.raises(StudioError, match=r"[Pp]lug|unplugged|connected"):
            attempt()
    entry = workshop.console.send("$$", wait_s=WAIT)
    assert entry["state"] == "refused"
    assert entry["note"]
    here.plotter.plug()
    eventually(lambda: here.link.state is not LinkState.ABSENT, timeout=WAIT)


def test_hands_leave_by_themselves(room: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    here = room()
    workshop = here.open()
    workshop.jog(1.0, 0.0)
    seen = here.studio.events.last_id
    monkeypatch.setattr(here.studio.machine.lease, "_until", 0.0)
    eventually(
        lambda: any(
            event.kind == "workshop" and not event.data["hands"]["held"]
            for event in here.studio.events.read(seen, 0.1)
        ),
        timeout=5.0,
    )


def test_a_stop_between_two_moves_of_a_task_ends_it(room: Make) -> None:
    """The machine stands when it is stopped: what the task still wants to move stays."""
    here = room()
    workshop = here.open()
    machine, session = workshop.pen._session.machine, workshop.pen._session

    def moves() -> None:
        machine.go(20.0, 20.0)
        workshop._control.stop(fact("by-pin"))
        others: list[Attempt] = [
            lambda: machine.go(40.0, 40.0),
            machine.pen_down,
            machine.home,
        ]
        for move in others:
            with pytest.raises(SetupError, match="pressed Stop meanwhile"):
                move()
        machine.read()  # which moves nothing

    session.do(fact("task-pen-tried"), moves, WAIT)
    assert here.place[:2] == pytest.approx((20.0, 20.0), abs=0.02)
    workshop.go_to(30.0, 30.0)
    assert here.place[:2] == pytest.approx((30.0, 30.0), abs=0.02)


@pytest.mark.parametrize("way", ["home", "jog"])
def test_a_stop_ends_what_a_task_waits_for(room: Make, way: str) -> None:
    """Also what has not had its turn yet: nothing else could be done by hand for minutes."""
    here = room()
    workshop = here.open()
    machine, session = workshop.pen._session.machine, workshop.pen._session
    fast, here.plotter.machine.speed = here.plotter.machine.speed, 1.0

    def move() -> None:
        if way == "home":
            machine.home()
        else:
            machine.jog(60.0, 60.0)

    session.begin(fact("task-pen-tried"), move)
    eventually(lambda: here.link.details.busy)
    workshop._control.stop(fact("by-pin"))
    eventually(lambda: not workshop.view()["busy"])
    here.plotter.machine.speed = fast
