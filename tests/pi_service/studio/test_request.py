"""What a request is, is said once: its attributes reach the job without being listed again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pytest

from pi_service.studio.jobs import store as store_module
from pi_service.studio.jobs.job import REQUESTED, Request
from pi_service.studio.jobs.planner import Placed
from pi_service.studio.jobs.store import Store
from pi_service.web.schemas.jobs import JobSchema

STUDIO = Path(store_module.__file__).parents[1]
CARRIERS = (
    *("jobs/jobs.py", "jobs/book.py", "jobs/store.py"),
    *("jobs/prefetch.py", "jobs/worker.py", "jobs/active_job.py", "studio.py"),
    *("../web/routes/api.py", "../service.py"),
)
"""Files that hand a request on from the page to the database and to the planner."""
SAMPLES: dict[str, Any] = {"str": "x", "str | None": "y", "bool": True}


def sample(kind: str, number: int) -> Any:
    return SAMPLES.get(kind, number + 1.5 if "float" in kind else number)


@pytest.fixture
def request_of_all() -> Request:
    """A request none of whose attributes is as by default."""
    return Request(
        **{f.name: sample(str(f.type), n) for n, f in enumerate(fields(Request), 1)}
    )


def test_every_attribute_reaches_job_database_planner_and_page(
    tmp_path: Path, request_of_all: Request
) -> None:
    store = Store.open(tmp_path / "jobs.sqlite3")
    try:
        first = store.add(Request("page", class_name="cat", seed=1), 1.0, 0)
        wanted = {name: getattr(request_of_all, name) for name in REQUESTED}
        wanted["again_of"] = first.id  # the table holds it to a job that there is
        kept = store.job(store.add(Request(**wanted), 5.0, 1).id)
    finally:
        store.close()
    assert {name: getattr(kept, name) for name in REQUESTED} == wanted
    secret = {"request_key"}
    assert set(REQUESTED) - secret <= set(kept.as_dict()) <= set(JobSchema().fields)
    assert not secret & set(kept.as_dict())
    drawn = Placed.of(kept, None).request
    who_asked = {"source", "request_key", "again_of"}
    for name in set(REQUESTED) - who_asked:
        assert getattr(drawn, name) == wanted[name]


def test_a_new_attribute_is_inserted_without_a_change_of_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dataclass(frozen=True, slots=True)
    class MirroredRequest(Request):
        mirrored: bool = False

    store = Store.open(tmp_path / "jobs.sqlite3")
    try:
        with store.transaction() as connection:
            connection.execute("ALTER TABLE jobs ADD COLUMN mirrored INTEGER DEFAULT 0")
        names = tuple(field.name for field in fields(MirroredRequest))
        monkeypatch.setattr(store_module, "REQUESTED", names)
        job = store.add(
            MirroredRequest("page", class_name="cat", seed=1, mirrored=True), 1.0, 0
        )
        with store.database.read() as connection:
            row = connection.execute("SELECT mirrored FROM jobs WHERE id = ?", (job.id,))
            assert row.fetchone()[0] == 1
    finally:
        store.close()


@pytest.mark.parametrize("name", CARRIERS)
def test_who_hands_a_request_on_names_none_of_its_attributes(name: str) -> None:
    """The newest attribute stands for one that is to come."""
    assert "pen_change" not in (STUDIO / name).read_text()
