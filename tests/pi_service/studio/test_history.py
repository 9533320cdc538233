"""The history: found, marked, deleted, counted, taken away."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.calendar.hours import DAYS
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.history import export
from pi_service.studio.history.history import History, Wanted, day_bounds
from pi_service.studio.jobs.job import Job, JobState, Request
from tests.pi_service.studio.gallery import ZONE, Gallery, eventually


@pytest.fixture
def grown(gallery: Gallery) -> Gallery:
    """A gallery with a little history: three cats, a dog that was stopped, one that waits."""
    gallery.now = datetime(2026, 11, 21, 15, 0, tzinfo=ZONE).timestamp()
    studio = gallery.open()
    gallery.draw_one()
    gallery.now += 86400.0
    gallery.draw_one()
    studio.jobs.request(Request("button", seed=77))
    eventually(lambda: gallery.machine.state is LinkState.DRAWING)
    gallery.machine.finish()
    gallery.wait_for(studio.jobs.get(3), JobState.DONE)
    dog = studio.jobs.request(Request("page", class_name="dog"))
    gallery.wait_for(dog, JobState.DRAWING)
    gallery.machine.draw_strokes(1)
    studio.jobs.cancel(dog.id)
    gallery.wait_for(dog, JobState.CANCELLED)
    gallery.machine.become(LinkState.ABSENT)
    studio.jobs.request(Request("button"))
    return gallery


def ids(jobs: list[Job]) -> list[int]:
    return [job.id for job in jobs]


def test_jobs_are_found_by_whatever_one_knows_of_them(grown: Gallery) -> None:
    search = grown.studio.history.search
    assert ids(search(Wanted())) == [5, 4, 3, 2, 1]
    assert ids(search(Wanted(), limit=2, before=4)) == [3, 2]
    assert ids(search(Wanted(drawn=True))) == [4, 3, 2, 1]
    assert ids(search(Wanted(drawn=False))) == [5]
    assert ids(search(Wanted(class_name="dog"))) == [4]
    assert ids(search(Wanted(source="button"))) == [5, 3]
    assert ids(search(Wanted(state=JobState.CANCELLED))) == [4]
    assert ids(search(Wanted(number=77))) == [3]
    assert ids(search(Wanted(number=2))) == [2]
    assert ids(search(Wanted(number=404))) == []
    since, until = day_bounds("2026-11-21", grown.studio.calendar)
    assert ids(search(Wanted(since=since, until=until))) == [1]
    assert ids(search(Wanted(since=since, class_name="cat", source="page"))) == [2, 1]


def test_favourites_are_marked_and_found(grown: Gallery) -> None:
    archive = grown.studio.history
    start = grown.studio.events.last_id
    assert archive.mark(2, favourite=True).favourite
    assert ids(archive.search(Wanted(favourite=True))) == [2]
    told = [e.data["id"] for e in grown.studio.events.read(start) if e.data.get("favourite")]
    assert told == [2]
    archive.mark(2, favourite=False)
    assert archive.search(Wanted(favourite=True)) == []
    assert ids(archive.search(Wanted(favourite=False))) == [5, 4, 3, 2, 1]


def test_what_is_deleted_is_gone_but_keeps_its_cell_and_number(grown: Gallery) -> None:
    studio = grown.studio
    start = studio.events.last_id
    studio.history.delete(2)
    assert ids(studio.jobs.latest()) == ids(studio.history.search(Wanted())) == [5, 4, 3, 1]
    for ask in (studio.jobs.get, studio.history.svg, studio.history.gcode):
        with pytest.raises(StudioError, match=r"no job 2 any more: it was deleted\."):
            ask(2)
    with pytest.raises(StudioError, match="it was deleted"):
        studio.history.mark(2, favourite=True)
    assert [e.data for e in studio.events.read(start) if e.kind == "deleted"] == [{"job": 2}]
    assert studio.snapshot()["sheet"]["free"] == 0, "its cell has ink in it all the same"
    studio.sheets.new_sheet()
    grown.machine.become(LinkState.READY)
    assert grown.wait_for(studio.jobs.get(5), JobState.DRAWING).edition == 5


def test_what_has_not_ended_cannot_be_deleted(grown: Gallery) -> None:
    with pytest.raises(StudioError, match=r"Job 5 is waiting|requested"):
        grown.studio.history.delete(5)
    with pytest.raises(StudioError, match=r"There is no job 9\."):
        grown.studio.history.delete(9)


def test_each_day_is_counted_by_the_wall_clock(grown: Gallery) -> None:
    today, yesterday, before = grown.studio.history.days(3)
    assert (today.date, today.asked, today.drawn, today.broken) == ("2026-11-22", 4, 2, 1)
    assert (yesterday.asked, yesterday.drawn, yesterday.broken) == (1, 1, 0)
    assert before.asked == before.drawn == 0
    assert today.ink_m > yesterday.ink_m > 0
    totals = grown.studio.history.totals()
    assert (totals["asked"], totals["drawn"], totals["broken"]) == (5, 3, 1)
    with pytest.raises(StudioError, match="Between 1 and 92 days"):
        grown.studio.history.days(93)
    with pytest.raises(StudioError, match="'soon' is not a date"):
        day_bounds("soon", grown.studio.calendar)


def test_visitors_share_open_hours_and_kinds_are_counted_and_go_into_tables(
    grown: Gallery,
) -> None:
    history, calendar = grown.studio.history, grown.studio.calendar
    calendar.set_hours(dict.fromkeys(DAYS, "10:00-18:00"))
    today, yesterday, before = history.days(3)
    assert (today.visitors, yesterday.visitors) == (1, 0)
    # Asked for the first time at 15:00 yesterday, and it is 15:00 today.
    assert (today.open_hours, yesterday.open_hours, before.open_hours) == (5.0, 3.0, 0.0)
    assert history.totals()["visitors"] == 1
    assert history.kinds(1) == {"cat": 2}
    assert history.kinds(2) == {"cat": 3}
    table = list(csv.DictReader(io.StringIO("".join(history.days_table(2)))))
    assert [row["date"] for row in table] == ["2026-11-21", "2026-11-22"]
    assert [row["visitors"] for row in table] == ["0", "1"]
    assert list(history.kinds_table(2)) == ["kind,drawn\r\n", "cat,3\r\n"]
    assert list(export.days([{"kind": "=1+1"}]))[1] == "'=1+1\r\n"


def test_days_of_the_past_keep_the_opening_hours_that_held_then(grown: Gallery) -> None:
    def opened(days: int) -> list[float]:
        return [day.open_hours for day in grown.studio.history.days(days)]

    grown.studio.calendar.set_hours(dict.fromkeys(DAYS, "10:00-18:00"))
    assert opened(2) == [5.0, 3.0], "the first that are set hold for what was before, too"
    grown.studio.calendar.set_hours(dict.fromkeys(DAYS, "14:00-15:00"))
    grown.studio.calendar.set_hours(dict.fromkeys(DAYS, "12:00-16:00"))
    assert opened(2) == [3.0, 3.0], "those of today hold all day"
    grown.now += 2 * 86400.0
    assert opened(4) == [3.0, 4.0, 4.0, 3.0]
    grown.studio.calendar.set_hours({})
    grown.close()
    grown.open()
    assert opened(4) == [0.0, 4.0, 4.0, 3.0]
    grown.now -= 5000 * 86400.0  # a clock that nobody has set
    grown.studio.calendar.set_hours(dict.fromkeys(DAYS, "00:00-24:00"))
    grown.now += 5000 * 86400.0
    assert opened(4) == [15.0, 4.0, 4.0, 3.0]


def test_list_days_and_totals_count_the_same(grown: Gallery) -> None:
    """Whole, broken off, one of them deleted: everybody counts what the gallery shows."""
    history = grown.studio.history
    history.delete(2)
    days, totals = history.days(3), history.totals()
    shown = history.search(Wanted(drawn=True))
    done = [job for job in shown if job.state is JobState.DONE]
    assert totals["drawn"] == len(done) == sum(day.drawn for day in days)
    assert totals["broken"] == len(shown) - len(done) == sum(day.broken for day in days)
    assert totals["first_at"] == min(job.started_at or 0.0 for job in shown)
    ink = sum(job.ink_drawn_mm for job in shown) / 1000
    assert totals["ink_m"] == pytest.approx(ink, abs=0.01)
    assert sum(day.ink_m for day in days) == pytest.approx(ink, abs=0.02)
    hours = sum(job.seconds_drawn for job in shown) / 3600
    assert totals["hours"] == pytest.approx(hours, abs=0.01)


def test_what_left_no_stroke_is_neither_shown_nor_counted(grown: Gallery) -> None:
    studio, history = grown.studio, grown.studio.history
    studio.sheets.new_sheet()
    grown.machine.become(LinkState.READY)
    grown.wait_for(studio.jobs.get(5), JobState.DRAWING)
    before = history.totals()
    grown.machine.end("stopped", 0)
    stopped = grown.wait_for(studio.jobs.get(5), JobState.INTERRUPTED)
    assert (stopped.edition, stopped.strokes_drawn) == (5, 0)
    assert ids(history.search(Wanted(drawn=True))) == [4, 3, 2, 1]
    assert ids(history.search(Wanted(drawn=False))) == [5]
    assert ids(history.search(Wanted())) == [5, 4, 3, 2, 1]
    assert history.totals() == before
    assert "5" not in drawn_in(history)


def drawn_in(history: History) -> list[str]:
    """Jobs of which there is a picture in the archive of everything."""
    whole = b"".join(history.everything(lambda job: str(job.id)))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        names = archive.namelist()
    return [Path(name).stem for name in names if name.startswith("drawings/")]


def test_what_is_drawn_again_from_its_first_stroke_stays(grown: Gallery) -> None:
    studio = grown.studio
    grown.machine.become(LinkState.READY)
    studio.jobs.finish(3, first=0)
    grown.wait_for(studio.jobs.get(3), JobState.DRAWING)
    assert 3 in ids(studio.history.search(Wanted(drawn=True)))
    assert "3" in drawn_in(studio.history)


def test_what_is_being_drawn_is_not_broken_off(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.wait_for(studio.jobs.request(Request("page")), JobState.DRAWING)
    (today,) = studio.history.days(1)
    assert (today.drawn, today.broken) == (0, 0)


def test_a_drawing_knows_how_long_it_took(gallery: Gallery) -> None:
    seconds = 0.0

    def timer() -> float:
        return seconds

    gallery.timer = timer
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    seconds += 90.0
    gallery.machine.end("failed", 1, "The plotter was unplugged.")
    gallery.wait_for(job, JobState.INTERRUPTED)
    seconds += 3600.0  # nobody came
    studio.jobs.finish(job.id)
    gallery.wait_for(job, JobState.DRAWING)
    seconds += 30.0
    gallery.machine.finish()
    assert gallery.wait_for(job, JobState.DONE).seconds_drawn == 120.0


def test_everything_can_be_taken_away(grown: Gallery) -> None:
    studio = grown.studio
    studio.history.delete(1)
    pieces = export.archive(
        grown.store, ZONE, pen_width=0.4, name=lambda job: f"{job.class_name}-{job.edition}"
    )
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as found:
        assert found.testzip() is None
        names = [f"drawings/{name}.svg" for name in ("cat-2", "cat-3", "dog-4")]
        assert found.namelist() == ["jobs.csv", *names]
        rows = list(csv.DictReader(io.StringIO(found.read("jobs.csv").decode())))
        picture = found.read("drawings/cat-3.svg").decode()
    assert [row["id"] for row in rows] == ["2", "3", "4", "5"]
    assert rows[1]["started_at"].startswith("2026-11-22T15:00:00+01:00")
    assert (rows[2]["state"], rows[2]["class_name"]) == ("cancelled", "dog")
    metadata = ElementTree.fromstring(picture).find("{http://www.w3.org/2000/svg}metadata")  # noqa: S314 (our own file)
    assert metadata is not None
    assert json.loads(metadata.text or "")["seed"] == 77
    assert picture.count("<path") == 4


def test_the_snapshot_tells_when_the_sheet_will_be_full(gallery: Gallery) -> None:
    gallery.settings = StudioSettings(columns=2, rows=3, caption=False)
    gallery.now = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE).timestamp()
    studio = gallery.open()
    studio.calendar.set_hours({"tue": "10:00-18:00", "wed": "10:00-18:00"})
    assert studio.snapshot()["sheet_full_at"] is None, "nobody knows yet"
    for _ in range(3):
        gallery.draw_one()
        gallery.now += 2 * 3600.0
    full = datetime.fromtimestamp(studio.snapshot()["sheet_full_at"], ZONE)
    assert full.isoformat() == "2026-11-25T14:00:00+01:00", "at one cat in two open hours"
    for _ in range(3):
        gallery.draw_one()
    assert studio.snapshot()["sheet_full_at"] == gallery.now
