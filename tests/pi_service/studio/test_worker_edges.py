"""What the worker does when the machine, the model or the end of the service are unkind."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest

from firmware_gcode.grbl.events import LinkState, Notice, StateChanged
from firmware_gcode.grbl.link import LinkError
from firmware_gcode.program.program import Program
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import Patience
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.jobs.prefetch import Seeds
from pi_service.studio.machine.control import Act
from tests.pi_service.studio.gallery import Gallery, HandMachine, ZigzagArtist, eventually


class Deaf(HandMachine):
    """A machine that takes the request to stop and never says that it stopped."""

    def stop(self, *, park: bool = True) -> None:
        self._do("stop")


class Stubborn(HandMachine):
    """A machine that cannot be stopped or homed."""

    def stop(self, *, park: bool = True) -> None:
        raise LinkError("No plotter is connected.")

    def home(self) -> None:
        raise LinkError("It cannot home now.")


class Unlucky(ZigzagArtist):
    """An artist who fails at the first drawing, whatever it is, and then never again."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error

    def draw(
        self, class_name: str = "cat", *, seed: int, candidates: int | None = None
    ) -> Any:
        error, self.error = self.error, None
        if error is not None:
            raise error
        return super().draw(class_name, seed=seed)


def test_every_control_reaches_the_machine(gallery: Gallery) -> None:
    studio = gallery.open()
    studio.machine.act(Act.UNLOCK)
    studio.machine.act(Act.ZERO)
    studio.machine.act(Act.PEN_DOWN)
    studio.machine.act(Act.PEN_UP)
    assert gallery.machine.calls == ["unlock", "set_zero", "pen_down", "pen_up"]


def test_a_machine_that_never_answers_does_not_keep_the_service_from_ending(
    gallery: Gallery,
) -> None:
    gallery.patience = Patience(close=0.2)
    gallery.machine = Deaf()
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.draw_strokes(1)
    studio.close()
    broken = studio.jobs.get(job.id)
    assert (broken.state, broken.strokes_drawn) == (JobState.INTERRUPTED, 1)


def test_a_machine_that_is_gone_at_the_end_leaves_the_job_interrupted(
    gallery: Gallery,
) -> None:
    gallery.machine = Stubborn()
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    studio.close()
    assert studio.jobs.get(job.id).state is JobState.INTERRUPTED


def test_a_machine_that_cannot_home_at_the_start_is_not_asked_again(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    gallery.machine = Stubborn(LinkState.LOCKED)
    studio = gallery.open()
    eventually(lambda: "not homed at the start: It cannot home now." in caplog.text)
    gallery.machine.become(LinkState.LOCKED, "Still locked.")
    eventually(lambda: studio.snapshot()["problems"] == ["Still locked."])
    assert caplog.text.count("It cannot home now.") == 1


def test_a_machine_that_is_plugged_in_later_does_not_move_by_itself(
    gallery: Gallery,
) -> None:
    gallery.patience = Patience(home_within=0.0)
    gallery.machine.become(LinkState.ABSENT)
    studio = gallery.open()
    gallery.machine.become(LinkState.LOCKED, "The machine is locked.")
    eventually(lambda: studio.snapshot()["problems"] == ["The machine is locked."])
    assert gallery.machine.calls == []


def test_what_the_machine_says_before_the_start_is_heard(gallery: Gallery) -> None:
    studio = gallery.open(start=False)
    gallery.machine.become(LinkState.ABSENT, "There is no port /dev/nothing.")
    studio.start()
    eventually(lambda: studio.snapshot()["problems"] == ["There is no port /dev/nothing."])


def test_a_seed_that_fails_ahead_of_the_press_is_passed_over(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    gallery.artist = Unlucky(ValueError("the sketch is empty"))
    studio = gallery.open()
    eventually(lambda: "is passed over: This drawing could not be composed" in caplog.text)
    gallery.wait_for(studio.jobs.request(Request("page")), JobState.DRAWING)


def test_an_artist_who_always_fails_is_not_asked_for_ever(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    class Hopeless(ZigzagArtist):
        def draw(
            self, class_name: str = "cat", *, seed: int, candidates: int | None = None
        ) -> Any:
            raise ValueError("the sketch is empty")

    gallery.artist = Hopeless()
    studio = gallery.open()
    for _ in range(3):
        gallery.wait_for(studio.jobs.request(Request("page")), JobState.FAILED)
    eventually(lambda: caplog.text.count("is passed over") == 3)
    gallery.close()
    assert caplog.text.count("is passed over") == 3


def test_a_mistake_in_the_composer_fails_one_job_and_is_logged(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    gallery.settings = gallery.settings.__class__(default_class="dog")
    studio = gallery.open(start=False)
    gallery.artist = Unlucky(ZeroDivisionError("a mistake"))
    gallery.close()
    studio = gallery.open(start=False)
    job = studio.jobs.request(Request("page", class_name="cat"))
    studio.start()
    failed = gallery.wait_for(job, JobState.FAILED)
    assert str(failed.reason) == "This drawing could not be composed: a mistake"
    assert "ZeroDivisionError" in caplog.text


def test_the_worker_survives_what_nobody_expected(
    gallery: Gallery, caplog: pytest.LogCaptureFixture
) -> None:
    studio = gallery.open()
    gallery.machine.tell(StateChanged(None, ""))  # type: ignore[arg-type]  # nobody does this
    gallery.machine.tell(Notice(ZeroDivisionError))  # type: ignore[arg-type]
    gallery.wait_for(studio.jobs.request(Request("page")), JobState.DRAWING)


def test_a_job_cancelled_just_as_the_pen_is_about_to_start_is_stopped(
    gallery: Gallery,
) -> None:
    class Slow(HandMachine):
        def draw(self, program: Program) -> None:
            cancelled.wait(10)
            super().draw(program)

        def stop(self, *, park: bool = True) -> None:
            if self.state is LinkState.DRAWING:
                super().stop()

    cancelled = threading.Event()
    gallery.machine = Slow()
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    eventually(lambda: studio.jobs.get(job.id).state is JobState.DRAWING)
    assert studio.jobs.cancel(job.id).state is JobState.DRAWING
    cancelled.set()
    assert gallery.wait_for(job, JobState.CANCELLED).strokes_drawn == 1
    gallery.wait_for(studio.jobs.request(Request("page")), JobState.DRAWING)


def test_no_new_sheet_under_a_moving_pen(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    with pytest.raises(StudioError, match="A drawing is on the paper"):
        studio.sheets.new_sheet()


def test_a_drawing_whose_sheet_is_gone_cannot_be_finished(gallery: Gallery) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.end("failed", 0, "The plotter was unplugged.")
    gallery.wait_for(job, JobState.INTERRUPTED)
    gallery.store.open_sheet(opened_at=0.0, size=(148.0, 210.0), margin=10.0, grid=(2, 2))
    with pytest.raises(StudioError, match="sheet of job 1 is not on the bed any more"):
        studio.jobs.finish(job.id)


def test_editions_rise_over_everything_and_never_come_twice(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.draw_one()
    cancelled = studio.jobs.request(Request("page"))
    gallery.wait_for(cancelled, JobState.DRAWING)
    studio.jobs.cancel(cancelled.id)
    gallery.wait_for(cancelled, JobState.CANCELLED)
    gallery.close()
    gallery.open()
    assert gallery.draw_one().edition == 3


def test_seeds_can_be_looked_at_before_they_are_dealt() -> None:
    seeds = Seeds(random.Random(4))
    ahead = seeds.peek()
    assert seeds.peek() == ahead == seeds.take()
    assert seeds.take() != ahead
