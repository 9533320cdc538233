"""What the terminal says while the service runs."""

from __future__ import annotations

from typing import Any

from pi_service.cli.terminal import Story
from pi_service.studio.core.events import Event
from pi_service.studio.jobs.job import Job, JobState

PAGE, SETUP = "http://localhost:8080/", "http://localhost:8080/login?token=t"


def job(state: JobState, number: int = 4, **changes: Any) -> Event:
    """What is told of a job."""
    made = Job("button", id=number, state=state, class_name="cat", seed=1, requested_at=0.0)
    told = {**made.as_dict(), "edition": number, "seconds_estimated": 41.7, **changes}
    return Event(1, "job", 0.0, told)


def shown(state: str, sentence: str = "") -> Event:
    """What everybody shows."""
    return Event(1, "shown", 0.0, {"state": state, "sentence": sentence})


def lines(*events: Event, setup: str = "") -> list[str]:
    """What is said of events."""
    story = Story()
    said = [story.line(event, PAGE, setup) for event in events]
    return [line for line in said if line is not None]


def test_a_cat_is_begun_once_and_done_once() -> None:
    states = (JobState.WAITING, JobState.DRAWING, JobState.DRAWING, JobState.PAUSED)
    ends = (JobState.DRAWING, JobState.DONE, JobState.DONE)
    assert lines(*map(job, (*states, *ends))) == [
        f"Cat No. 4 is begun, about 42 s. Watch it on {PAGE}",
        "Cat No. 4 is done.",
    ]


def test_a_mark_on_an_old_cat_is_no_news() -> None:
    assert lines(job(JobState.DONE, 2), job(JobState.DRAWING), job(JobState.DONE, 2))[1:] == []


def test_what_broke_off_says_how_far_it_came() -> None:
    off = job(JobState.INTERRUPTED, strokes_drawn=3, strokes_total=9)
    assert lines(job(JobState.DRAWING), off)[1:] == ["Cat No. 4 ended after 3 of 9 strokes."]


def test_missing_paper_names_the_page_and_at_first_the_password() -> None:
    (known,) = lines(shown("needs_paper", "The sheet is full."))
    assert known == f"The sheet is full. Then press 'New paper is in' on {PAGE}"
    (new,) = lines(shown("needs_paper"), setup=SETUP)
    assert new.endswith(f"(first set a password: {SETUP})")


def test_only_what_waits_for_a_person_is_said_of_the_rest() -> None:
    assert lines(shown("ready", "a"), shown("fault", "Unplugged."), shown("drawing", "b")) == [
        "Unplugged."
    ]
