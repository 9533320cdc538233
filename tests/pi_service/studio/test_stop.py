"""A person's Stop: the machine first, then nothing by itself, and nothing lost."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.book import JobBook
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.jobs.worker import Worker
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import HERE, PIN, STAFF, visitor
from pi_service.studio.studio import Studio
from tests.pi_service.studio.gallery import Gallery, HandMachine, eventually

VISITOR = visitor("10.0.0.7")


def drawing(gallery: Gallery, strokes: int = 2) -> Job:
    """A job on the paper, of which the pen has drawn some strokes of four."""
    job = gallery.studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.draw_strokes(strokes)
    return job


def nothing_begins(gallery: Gallery) -> None:
    """The worker looks again and again, and sends nothing."""
    worker, sent = gallery.studio.worker, len(gallery.machine.programs)
    for _ in range(3):
        before = worker.last_turn
        worker.look()
        eventually(partial(looked_since, worker, before))
    assert len(gallery.machine.programs) == sent
    assert gallery.machine.state is not LinkState.DRAWING


def looked_since(worker: Worker, before: float) -> bool:
    return worker.last_turn > before


def spoil(path: Path) -> None:
    """What a failing card does to the database and its log."""
    for file, begin in ((path, 4096), (path.with_name(path.name + "-wal"), 32)):
        size = file.stat().st_size
        with file.open("r+b") as handle:
            handle.seek(begin)
            handle.write(os.urandom(max(0, size - begin)))


def test_after_a_stop_the_queue_holds_until_the_staff_let_it_go_on(gallery: Gallery) -> None:
    studio = gallery.open()
    first, second = drawing(gallery), studio.jobs.request(Request("page"))
    told = studio.machine.stop(VISITOR)
    assert [each.code for each in told] == ["stop-told", "stop-holds"]
    stopped = gallery.wait_for(first, JobState.INTERRUPTED)
    assert str(stopped.reason) == "Stopped by a visitor."
    studio.jobs.request(Request("page"))
    nothing_begins(gallery)
    shown = studio.snapshot()["shown"]
    assert shown["state"] == Shown.STOPPED
    assert shown["sentence"] == (
        "Stopped by a visitor at 10.0.0.7. 2 drawings wait until the staff let it go on."
    )
    studio.jobs.cancel(first.id)
    nothing_begins(gallery)
    studio.machine.act(Act.RESUME)
    assert studio.snapshot()["stopped"] is None
    gallery.wait_for(second, JobState.DRAWING)


def test_a_stop_holds_over_restarts_also_while_nothing_is_drawn(gallery: Gallery) -> None:
    studio = gallery.open()
    told = studio.machine.stop(PIN)
    assert [str(each) for each in told] == [
        "Nothing was moving.",
        "Nothing begins until the staff let it go on.",
    ]
    job = studio.jobs.request(Request("button"))
    nothing_begins(gallery)
    gallery.close()
    gallery.machine.become(LinkState.UNREFERENCED)
    studio = gallery.open()
    assert studio.snapshot()["stopped"]["sentence"] == "Stopped by the stop button."
    gallery.machine.become(LinkState.READY)
    nothing_begins(gallery)
    assert gallery.machine.calls == ["stop"], "nor is it homed"
    studio.machine.act(Act.RESUME, HERE)
    gallery.wait_for(job, JobState.DRAWING)
    gallery.close()
    assert gallery.open().snapshot()["stopped"] is None


def test_what_was_stopped_is_finished_and_the_rest_follows(gallery: Gallery) -> None:
    studio = gallery.open()
    first, second = drawing(gallery), studio.jobs.request(Request("button"))
    studio.machine.stop(STAFF)
    studio.jobs.finish(first.id)  # at once: it waits for what was stopped a moment ago
    job = gallery.wait_for(first, JobState.DRAWING)
    assert gallery.machine.programs[-1].first_stroke == job.strokes_drawn == 2
    gallery.machine.finish()
    gallery.wait_for(second, JobState.DRAWING)


def test_a_damaged_database_stands_in_no_stops_way(gallery: Gallery) -> None:
    studio = gallery.open()
    drawing(gallery)
    studio.jobs.request(Request("button"))
    spoil(gallery.path)
    studio.machine.stop(STAFF)
    assert gallery.machine.calls[-1] == "stop"
    eventually(lambda: not studio.machine.lease.drawing)
    assert studio.board.now().state is Shown.STOPPED, "light and page say so all the same"
    assert len(gallery.machine.programs) == 1
    studio.machine.act(Act.PEN_UP)
    assert gallery.machine.calls[-1] == "pen_up"


def test_a_database_that_cannot_be_written_is_told_and_the_stop_kept_beside_it(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    studio = gallery.open()
    other = sqlite3.connect(gallery.path)
    other.execute("BEGIN IMMEDIATE")  # after what the studio is writing
    gallery.store.database._writer.execute("PRAGMA busy_timeout = 0")
    assert [each.code for each in studio.machine.stop(PIN)] == ["stop-still", "stop-holds"]
    assert "could not be kept" in caplog.text
    other.close()
    gallery.close()
    assert gallery.open().snapshot()["stopped"] is not None


def test_a_stop_that_can_be_kept_nowhere_holds_and_says_so(gallery: Gallery) -> None:
    studio = gallery.open()
    kept = gallery.path.with_name("standstill")
    kept.unlink()
    kept.mkdir()
    gallery.store.database._writer.execute("PRAGMA query_only = 1")
    told = studio.machine.stop(PIN)
    assert "forgotten if the service starts anew" in str(told[1])
    studio.machine.link.calls.clear()  # type: ignore[attr-defined] # the fake's
    with pytest.raises(StudioError):
        studio.machine.act(Act.RESUME)
    assert studio.snapshot()["stopped"] is not None, "what cannot be kept is not believed"


def test_a_stop_that_no_machine_hears_holds_the_queue(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.machine.refuses = "No plotter was found."
    with pytest.raises(StudioError, match=r"could not be told.*No plotter.*Nothing begins"):
        studio.machine.stop(STAFF)
    gallery.machine.refuses = None
    studio.jobs.request(Request("button"))
    nothing_begins(gallery)


def test_a_stop_while_a_job_is_about_to_begin_is_in_time(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker looks, stores that it begins, and a card takes its time for that."""
    begin = JobBook.begin

    def slowly(book: JobBook, *given: Any) -> Job:
        begun = begin(book, *given)
        gallery.studio.machine.stop(PIN)
        return begun

    monkeypatch.setattr(JobBook, "begin", slowly)
    studio = gallery.open()
    job = studio.jobs.request(Request("button"))
    eventually(lambda: "Stopped by" in str(studio.jobs.get(job.id).reason))
    nothing_begins(gallery)
    assert gallery.machine.calls == ["stop"]
    monkeypatch.undo()
    studio.machine.act(Act.RESUME)
    gallery.wait_for(job, JobState.DRAWING)


def test_a_stop_after_the_last_stroke_leaves_a_done_cat_without_a_reason(
    gallery: Gallery,
) -> None:
    studio = gallery.open()
    job = drawing(gallery, strokes=4)
    studio.machine.stop(STAFF)
    assert gallery.wait_for(job, JobState.DONE).reason is None


def test_why_others_waited_is_taken_back_when_one_is_finished(gallery: Gallery) -> None:
    studio = gallery.open()
    first, second = drawing(gallery), studio.jobs.request(Request("button"))
    gallery.machine.end("failed", 2, "The plotter was unplugged.")
    gallery.wait_for(first, JobState.INTERRUPTED)
    eventually(lambda: "interrupted" in str(studio.jobs.get(second.id).reason))
    studio.jobs.finish(first.id)
    gallery.wait_for(first, JobState.DRAWING)
    eventually(lambda: studio.jobs.get(second.id).reason is None)


@pytest.mark.parametrize("state", [LinkState.LOCKED, LinkState.UNREFERENCED])
def test_after_a_restart_what_broke_off_is_told_before_what_the_machine_lacks(
    gallery: Gallery, tmp_path: Path, state: LinkState
) -> None:
    gallery.open()
    drawing(gallery)
    other = gallery.after_power_cut(tmp_path / "after")
    other.machine.become(state)
    shown = other.open().board.now()
    other.close()
    assert shown == type(shown)(Shown.NEEDS_SOMEBODY, fact("hold-interrupted"))


@pytest.mark.parametrize("act", [Act.RESUME, Act.HOME, Act.ZERO])
def test_what_was_asked_before_a_stop_lets_nothing_begin_after_it(
    gallery: Gallery, act: Act
) -> None:
    studio = gallery.open()
    job = drawing(gallery)
    studio.machine.stop(STAFF)
    gallery.wait_for(job, JobState.INTERRUPTED)
    assert studio.standstill.stopped is not None
    seen = studio.standstill.stopped.at
    gallery.now += 1
    studio.machine.stop(VISITOR)
    calls = list(gallery.machine.calls)
    for known in (0.0, seen):
        with pytest.raises(StudioError, match="pressed Stop meanwhile"):
            studio.machine.act(act, seen=known)
        with pytest.raises(StudioError, match="pressed Stop meanwhile"):
            studio.jobs.finish(job.id, seen=known)
    nothing_begins(gallery)
    assert gallery.machine.calls == calls
    studio.jobs.finish(job.id, seen=studio.standstill.stopped.at)
    gallery.wait_for(job, JobState.DRAWING)


def test_a_stop_while_it_is_let_go_on_holds(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card takes its time to forget the Stop before, and somebody presses again."""
    studio = gallery.open()
    studio.machine.stop(STAFF)
    studio.jobs.request(Request("button"))
    monkeypatch.setattr(
        studio.standstill._file, "write", lambda _: studio.standstill.begin(PIN)
    )
    gallery.now += 1
    with pytest.raises(StudioError, match="pressed Stop meanwhile"):
        studio.machine.act(Act.RESUME)
    monkeypatch.undo()
    assert studio.standstill.stopped is not None
    assert studio.standstill.stopped.who == PIN
    nothing_begins(gallery)


def test_no_stop_comes_between_the_look_and_the_homing_that_was_asked_for_before(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, job = interrupted(gallery)
    gallery.machine.become(LinkState.ABSENT)
    studio.jobs.finish(job.id)
    held: list[bool] = []
    monkeypatch.setattr(
        gallery.machine, "home", lambda: held.append(studio.standstill.gate.locked())
    )
    gallery.machine.become(LinkState.UNREFERENCED)
    eventually(lambda: held == [True])


# From which stroke


def interrupted(gallery: Gallery) -> tuple[Studio, Job]:
    studio = gallery.open()
    job = drawing(gallery)
    studio.machine.stop(STAFF)
    return studio, gallery.wait_for(job, JobState.INTERRUPTED)


@pytest.mark.parametrize(("first", "sent"), [(None, 2), (0, 0), (1, 1), (2, 2), (3, 3)])
def test_it_goes_on_from_the_stroke_that_the_staff_choose(
    gallery: Gallery, first: int | None, sent: int
) -> None:
    studio, job = interrupted(gallery)
    used = studio.supplies.pen().used_mm
    studio.jobs.finish(job.id, first=first)
    gallery.wait_for(job, JobState.DRAWING)
    program = gallery.machine.programs[-1]
    assert program.first_stroke == sent
    gallery.machine.draw_strokes(4, first=sent)
    gallery.machine.end("done", 4)
    done = gallery.wait_for(job, JobState.DONE)
    assert (done.strokes_drawn, done.strokes_before) == (4, 0)
    drawn = studio.supplies.pen().used_mm - used
    assert drawn == pytest.approx(program.ink_mm, abs=0.5), "the pen's ink counts twice"


def test_strokes_of_a_done_cat_are_drawn_again_and_it_stays_done(gallery: Gallery) -> None:
    studio = gallery.open()
    cat = gallery.draw_one()
    with pytest.raises(StudioError, match="from which stroke"):
        studio.jobs.finish(cat.id)
    for wrong in (4, 99):
        with pytest.raises(StudioError, match="has 4 strokes"):
            studio.jobs.finish(cat.id, first=wrong)
    studio.jobs.finish(cat.id, first=1)
    again = gallery.wait_for(cat, JobState.DRAWING)
    assert (again.edition, again.cell, again.strokes_drawn) == (cat.edition, cat.cell, 1)
    assert gallery.machine.programs[-1].first_stroke == 1
    studio.machine.stop(STAFF)
    gallery.wait_for(cat, JobState.INTERRUPTED)
    studio.jobs.cancel(cat.id)
    whole = studio.jobs.get(cat.id)
    assert (whole.state, whole.strokes_drawn, whole.reason) == (JobState.DONE, 4, None)


def test_what_was_drawn_before_is_not_forgotten_when_it_is_let_go(gallery: Gallery) -> None:
    studio, job = interrupted(gallery)
    gallery.machine.become(LinkState.ABSENT)
    studio.jobs.finish(job.id, first=0)
    studio.jobs.cancel(job.id)
    let_go = studio.jobs.get(job.id)
    assert (let_go.state, let_go.strokes_drawn) == (JobState.CANCELLED, 2)
    studio.jobs.finish(job.id)
    assert studio.jobs.get(job.id).state is JobState.WAITING, "a let go cat can be had back"


def test_past_the_last_stroke_nothing_is_missing(gallery: Gallery) -> None:
    studio, job = interrupted(gallery)
    assert studio.jobs.finish(job.id, first=4).state is JobState.DONE


def test_finishing_takes_the_machine_back_from_whoever_had_it_by_hand(
    gallery: Gallery,
) -> None:
    studio, job = interrupted(gallery)
    studio.machine.lease.take()
    studio.jobs.finish(job.id)
    gallery.wait_for(job, JobState.DRAWING)


def test_a_paused_drawing_is_set_aside_for_hands(gallery: Gallery) -> None:
    studio = gallery.open()
    job = drawing(gallery)
    studio.machine.act(Act.PAUSE)
    gallery.wait_for(job, JobState.PAUSED)
    studio.machine.act(Act.ZERO)
    assert gallery.machine.calls[-2:] == ["stop without parking", "set_zero"]
    aside = gallery.wait_for(job, JobState.INTERRUPTED)
    assert str(aside.reason) == "Set aside while somebody had the plotter by hand."
    studio.jobs.finish(job.id)
    gallery.wait_for(job, JobState.DRAWING)


def test_a_pen_that_is_lifted_while_it_draws_pauses_the_drawing(gallery: Gallery) -> None:
    studio = gallery.open()
    job = drawing(gallery)
    studio.machine.act(Act.PEN_UP)
    assert gallery.machine.calls[-1] == "pause at once"
    gallery.wait_for(job, JobState.PAUSED)


def test_the_feed_is_changed_while_it_draws(gallery: Gallery) -> None:
    studio = gallery.open()
    with pytest.raises(StudioError, match="Nothing is being drawn"):
        studio.machine.feed(50)
    drawing(gallery)
    studio.machine.feed(50)
    assert studio.machine.view()["feed_percent"] == 50


def test_a_refused_move_by_hand_keeps_nobody_waiting(gallery: Gallery) -> None:
    lease = gallery.open().machine.lease
    with suppress(ZeroDivisionError), lease.trying():
        assert lease.held
        raise ZeroDivisionError
    assert not lease.held


def test_no_disk_has_the_address_of_who_stopped(gallery: Gallery) -> None:
    studio = gallery.open()
    first = drawing(gallery)
    studio.machine.stop(VISITOR)
    gallery.wait_for(first, JobState.INTERRUPTED)
    studio.notices.say(fact("stops-repeated", network="10.0.0.7", times=3))
    assert "10.0.0.7" in studio.snapshot()["stopped"]["sentence"]
    gallery.close()
    assert [
        file.name
        for file in gallery.path.parent.rglob("*")
        if file.is_file() and b"10.0.0.7" in file.read_bytes()
    ] == []
    gallery.machine = HandMachine()
    assert gallery.open().snapshot()["stopped"]["sentence"] == "Stopped by a visitor."


def test_the_log_says_who_stopped_and_who_let_it_go_on(gallery: Gallery) -> None:
    studio = gallery.open()
    studio.machine.stop(VISITOR)
    studio.machine.act(Act.RESUME, HERE)

    def told() -> set[str]:
        return {entry["text"] for entry in studio.history.log.entries()}

    eventually(
        lambda: (
            {
                "Stopped by a visitor.",
                "Let go on by a command on the plotter’s computer.",
            }
            <= told()
        )
    )
