"""Pen, profile, settings, backups, calibration: tried, kept, and told to the queue."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.pens.z import ZPen
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.machine.standstill import STAFF
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.workshop.machine_room import WAIT, Room

Make = Callable[..., Room]


def up_of(room: Room) -> float:
    pen = room.studio.machine.profile.pen
    assert isinstance(pen, ZPen)
    return pen.up


def test_a_pen_height_is_tried_then_kept_then_drawn_with(room: Make) -> None:
    here = room()
    workshop = here.open()
    before = here.own.path.read_text()
    view = workshop.pen.try_out({"up": 2.0}, "up", wait_s=WAIT)
    assert view is not None
    assert view["pending"]
    assert here.place[2] == pytest.approx(2.0, abs=0.01)
    assert here.own.path.read_text() == before
    assert up_of(here) == 3.0
    workshop.pen.try_out({"down": -0.2}, "dot", wait_s=WAIT)
    assert here.place[2] == pytest.approx(2.0, abs=0.01)
    kept = workshop.pen.keep(wait_s=WAIT)
    assert kept is not None
    assert "my.toml is changed" in kept["text"]
    written = tomllib.loads(here.own.path.read_text())["pen"]
    assert (written["up"], written["down"]) == (2.0, -0.2)
    assert "# The machine that catplotter itself simulates" in here.own.path.read_text()
    assert up_of(here) == 2.0
    assert not workshop.pen.pending
    workshop.done()
    job = here.studio.jobs.request(Request("page"))
    eventually(lambda: here.studio.jobs.get(job.id).state is JobState.DONE, timeout=WAIT)
    program = here.studio.history.gcode(job.id)
    assert "G0Z2\n" in program
    assert "Z-.2\n" in program
    assert "Z3" not in program


def test_what_was_only_tried_is_taken_back(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.pen.try_out({"up": 1.5}, "up", wait_s=WAIT)
    workshop.done()
    here.still()
    assert not workshop.pen.pending
    assert here.place[2] == pytest.approx(3.0, abs=0.01)
    assert not here.studio.machine.lease.held


def test_trying_ends_by_itself(room: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    here = room()
    workshop = here.open()
    workshop.pen.try_out({"up": 1.5}, "up", wait_s=WAIT)
    monkeypatch.setattr(
        here.studio.machine.lease, "_until", here.studio.machine.lease._timer() + 1.0
    )
    eventually(lambda: not workshop.pen.pending, timeout=5.0)
    eventually(lambda: here.place[2] == pytest.approx(3.0, abs=0.01), timeout=5.0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"up": 99.0}, "must be a number from 0.1 to 50"),
        ({"up": 9.5}, "above the top of the Z axis"),
        ({"up": 0.2}, "not above the landing height"),
        ({"height": 1.0}, "is not a key of a profile"),
    ],
)
def test_a_height_that_cannot_be_is_refused(
    room: Make, values: dict[str, float], said: str
) -> None:
    here = room()
    workshop = here.open()
    before = here.place
    with pytest.raises(StudioError, match=said):
        workshop.pen.try_out(values, "up", wait_s=WAIT)
    assert here.place == before
    assert not workshop.pen.pending


def test_a_servo_is_turned_live(room: Make) -> None:
    here = room("servo-pen")
    workshop = here.open(ready=False)
    fields = {field["key"]: field for field in workshop.pen.view()["fields"]}
    assert fields["up"]["unit"] == "S"
    wanted = fields["up"]["value"] - 10
    workshop.pen.try_out({"up": wanted}, "up", wait_s=WAIT)
    entry = workshop.console.send("?", wait_s=WAIT)
    assert f"FS:0,{wanted:.0f}" in entry["answers"][0]
    assert workshop.pen.keep(wait_s=WAIT) is not None
    assert tomllib.loads(here.own.path.read_text())["pen"]["up"] == wanted


def test_differences_are_told_with_their_meaning_and_written(room: Make) -> None:
    here = room(settings={"$110": 5000.0, "$11": 0.02})
    workshop = here.open()
    found = workshop.checkup.check(wait_s=WAIT)
    assert found is not None
    differing = [each for each in found["settings"] if each["differs"]]
    assert [each["key"] for each in differing] == ["$11", "$110"]
    assert differing[1]["meaning"] == "highest speed, x"
    assert (differing[1]["machine"], differing[1]["profile"]) == (5000.0, 8000.0)
    done = workshop.checkup.write(["$110"], wait_s=WAIT)
    assert done is not None
    assert done["complete"]
    assert here.settings()["$110"] == 8000.0
    assert here.settings()["$11"] == 0.02
    kept = workshop.checkup.backups()
    assert [each["name"] for each in kept] == [done["backup"]]
    done = workshop.checkup.take(["$11"], wait_s=WAIT)
    assert done is not None
    assert tomllib.loads(here.own.path.read_text())["grbl"]["$11"] == 0.02
    assert here.studio.machine.profile.grbl["$11"] == 0.02
    again = workshop.checkup.check(wait_s=WAIT)
    assert again is not None
    assert not [each for each in again["settings"] if each["differs"]]
    back = workshop.checkup.restore(kept[0]["name"], from_another=False, wait_s=WAIT)
    assert back is not None
    assert back["complete"]
    assert here.settings()["$110"] == 5000.0


def test_backups_by_strange_names_are_not_there(room: Make) -> None:
    here = room()
    workshop = here.open()
    made = workshop.checkup.make_backup(wait_s=WAIT)
    assert made is not None
    assert workshop.checkup.backup_file(made["name"]).is_file()
    for name in ("../catplotter.db", "machine-20200101-000000.json", ""):
        with pytest.raises(StudioError, match="There is no backup"):
            workshop.checkup.backup_file(name)


def test_unknown_settings_are_refused_with_a_sentence(room: Make) -> None:
    here = room()
    workshop = here.open()
    with pytest.raises(StudioError, match=r"The profile says nothing of \$999"):
        workshop.checkup.write(["$999"], wait_s=WAIT)
    with pytest.raises(StudioError, match=r"The machine has no setting \$999"):
        workshop.checkup.take(["$999"], wait_s=WAIT)


def test_the_profile_is_changed_live_and_checked(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.change_profile({"draw_feed": 2000.0, "park": [10.0, 10.0]}, wait_s=WAIT)
    assert here.studio.machine.profile.draw_feed == 2000.0
    assert here.studio.machine.profile.park == (10.0, 10.0)
    for values, said in (
        ({"draw_feed": 1e9}, "must be a number"),
        ({"paper_origin": [250.0, 0.0]}, "larger than the machine"),
        ({"paper_origin": 3.0}, "two numbers"),
        ({"draw_feed": [1.0, 2.0]}, "one number"),
        ({"width": 10.0}, "is not changed here"),
        ({}, "Say what"),
    ):
        with pytest.raises(StudioError, match=said):
            workshop.change_profile(values, wait_s=WAIT)


def test_the_profile_is_changed_while_no_machine_is_there(room: Make) -> None:
    here = room()
    workshop = here.open()
    here.plotter.unplug()
    eventually(lambda: here.link.state is LinkState.ABSENT, timeout=WAIT)
    workshop.change_profile({"draw_feed": 2100.0}, wait_s=WAIT)
    assert here.studio.machine.profile.draw_feed == 2100.0


def test_the_guide_is_the_terminals(room: Make) -> None:
    here = room()
    workshop = here.open()
    view = workshop.calibration.begin("corner", wait_s=WAIT)
    assert view["step"] == "corner"
    assert view["prompt"]["kind"] == "nudge"
    assert "Take it over the corner" in view["prompt"]["text"]
    with pytest.raises(StudioError, match="The calibration has the machine"):
        workshop.jog(1.0, 0.0)
    view = workshop.calibration.answer("sideways", wait_s=WAIT)
    assert "Answer a move" in view["problem"]
    workshop.calibration.answer("x 2", wait_s=WAIT)
    view = workshop.calibration.answer("done", wait_s=WAIT)
    assert view["prompt"]["kind"] == "confirm"
    assert "[5.0, 5.0] -> [7.0, 5.0]" in view["prompt"]["text"]
    view = workshop.calibration.answer("yes", wait_s=WAIT)
    assert not view["open"]
    assert not view["failed"]
    assert here.studio.machine.profile.paper_origin == (7.0, 5.0)
    assert here.own.profile.paper_origin == (7.0, 5.0)
    assert here.place[:2] == pytest.approx((0.0, 0.0), abs=0.02)


def test_a_step_is_ended_with_the_pen_up_and_nothing_written(room: Make) -> None:
    here = room()
    workshop = here.open()
    before = here.own.path.read_text()
    view = workshop.calibration.begin("pen", wait_s=WAIT)
    assert view["open"]
    workshop.calibration.answer("z -5", wait_s=WAIT)
    view = workshop.calibration.end(wait_s=WAIT)
    assert not view["open"]
    assert view["result"] == "Cancelled."
    assert here.own.path.read_text() == before
    assert here.place[2] == pytest.approx(3.0, abs=0.02)
    workshop.jog(-1.0, 0.0)


def test_the_queue_waits_for_a_calibration(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.calibration.begin("corner", wait_s=WAIT)
    job = here.studio.jobs.request(Request("page"))
    eventually(lambda: "by hand" in str(here.studio.jobs.get(job.id).reason), timeout=WAIT)
    with pytest.raises(StudioError, match="The calibration has the machine"):
        workshop.done()
    workshop.calibration.end(wait_s=WAIT)
    workshop.done()
    eventually(lambda: here.studio.jobs.get(job.id).state is JobState.DONE, timeout=WAIT)


def test_the_queue_waits_however_long_a_step_takes_and_a_while_after_it(
    room: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = room()
    workshop = here.open()
    workshop.calibration.begin("scale-x", wait_s=WAIT)
    job = here.studio.jobs.request(Request("page"))
    workshop.calibration.answer("yes", wait_s=0.0)
    eventually(lambda: here.link.state is LinkState.DRAWING, timeout=WAIT)
    monkeypatch.setattr(here.studio.machine.lease, "_until", 0.0)  # as if an hour had passed
    assert here.studio.machine.lease.held
    eventually(lambda: not workshop.view()["busy"], timeout=WAIT)
    assert workshop.calibration.view()["prompt"]["kind"] == "number"
    workshop.calibration.end(wait_s=WAIT)
    assert here.studio.machine.lease.left_s > 50.0
    assert here.studio.jobs.get(job.id).state is JobState.WAITING
    assert len(here.plotter.ink) == 2


def test_looking_keeps_the_queue_for_a_moment_only(room: Make) -> None:
    here = room()
    workshop = here.open()
    workshop.checkup.check(wait_s=WAIT)
    job = here.studio.jobs.request(Request("page"))
    eventually(lambda: here.studio.jobs.get(job.id).state is JobState.DONE, timeout=20.0)


def test_stop_stops_what_a_step_draws(room: Make) -> None:
    here = room()
    workshop = here.open()
    view = workshop.calibration.begin("scale-x", wait_s=WAIT)
    assert "keep a hand at Stop" in view["prompt"]["text"]
    workshop.calibration.answer("yes", wait_s=0.0)
    eventually(lambda: here.link.state is LinkState.DRAWING, timeout=WAIT)
    here.studio.machine.stop(STAFF)
    eventually(lambda: not workshop.view()["busy"], timeout=WAIT)
    view = workshop.calibration.view()
    assert view["failed"]
    assert not view["open"]


def test_unknown_steps_and_answers_to_nothing(room: Make) -> None:
    here = room()
    workshop = here.open()
    with pytest.raises(StudioError, match="There is no step “dance”"):
        workshop.calibration.begin("dance", wait_s=WAIT)
    with pytest.raises(StudioError, match="Nothing is asked"):
        workshop.calibration.answer("yes", wait_s=WAIT)


def test_a_shipped_profile_becomes_the_services_own_copy(room: Make) -> None:
    here = room(own=False)
    workshop = here.open()
    assert not workshop.view()["profile"]["copied"]
    workshop.pen.try_out({"up": 2.5}, None, wait_s=WAIT)
    workshop.pen.keep(wait_s=WAIT)
    assert workshop.view()["profile"]["copied"]
    copy = here.data / "profile.toml"
    assert copy.read_text().startswith("# catplotter's own copy of simulated.toml, sha256 ")
    assert tomllib.loads(copy.read_text())["pen"]["up"] == 2.5
    assert up_of(here) == 2.5


def test_a_backup_of_everything_can_be_taken_away(room: Make) -> None:
    here = room()
    workshop = here.open()
    path = workshop.back_up()
    assert path.stat().st_size > 500
    path.unlink()
