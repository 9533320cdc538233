"""What a job may become is one table, and the store keeps to it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from pi_service.studio.jobs.job import (
    ACTIVE,
    ENDED,
    QUEUED,
    TRANSITIONS,
    JobError,
    JobState,
    Request,
    check_transition,
)
from pi_service.studio.jobs.store import Store


def test_every_state_is_in_the_table_and_leads_somewhere_known() -> None:
    assert set(TRANSITIONS) == set(JobState)
    assert set().union(*TRANSITIONS.values()) <= set(JobState)


def test_every_state_is_queued_or_on_paper_or_ended_or_interrupted() -> None:
    kinds = [*QUEUED, *ACTIVE, *ENDED, JobState.INTERRUPTED]
    assert sorted(kinds) == sorted(JobState)


def test_what_has_ended_stays_ended() -> None:
    assert set(ENDED) == {JobState.DONE, JobState.CANCELLED, JobState.FAILED}


def test_from_every_state_a_job_can_end() -> None:
    for state in JobState:
        reached = {state}
        while grown := set().union(*(TRANSITIONS[s] for s in reached)) - reached:
            reached |= grown
        assert reached & set(ENDED)


def test_the_store_refuses_what_the_table_does_not_allow(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "jobs.sqlite3")
    job = store.add(Request("page", class_name="cat", seed=1), 0.0, 0)
    for state, following in itertools.product(JobState, JobState):
        store.note(job.id, state=str(state))
        if following in TRANSITIONS[state]:
            assert store.move(job.id, following).state is following
            continue
        says = "already" if state is following else f"and cannot become {following}"
        with pytest.raises(JobError, match=f"is {state} {says}"):
            store.move(job.id, following)
        assert store.job(job.id).state is state
    store.close()


def test_the_refusal_names_the_job() -> None:
    with pytest.raises(JobError, match=r"Job 4 is done and cannot become drawing\."):
        check_transition(4, JobState.DONE, JobState.DRAWING)


def test_unknown_attributes_are_refused(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "jobs.sqlite3")
    job = store.add(Request("page", class_name="cat", seed=1), 0.0, 0)
    with pytest.raises(JobError, match="A job has no colour"):
        store.note(job.id, colour="red")
    store.close()
