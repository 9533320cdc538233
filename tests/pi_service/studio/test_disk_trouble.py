"""A disk that is full or read-only: said in a sentence, survived, and over when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pi_service.studio.job import JobState
from pi_service.studio.studio import StudioError
from tests.pi_service.studio.gallery import Gallery, eventually


@contextmanager
def disk(gallery: Gallery, trouble: str) -> Iterator[None]:
    """SQLite's own errors for a disk that takes nothing more."""
    writer = gallery.store.database._writer
    if trouble == "full":
        pages = writer.execute("PRAGMA page_count").fetchone()[0]
        writer.execute(f"PRAGMA max_page_count = {pages}")
        yield
        writer.execute("PRAGMA max_page_count = 1000000")
    else:
        writer.execute("PRAGMA query_only = 1")
        yield
        writer.execute("PRAGMA query_only = 0")


def test_a_request_on_a_read_only_disk_is_refused_and_later_taken(gallery: Gallery) -> None:
    studio = gallery.open()
    with disk(gallery, "readonly"):
        with pytest.raises(StudioError, match=r"cannot be written \(attempt to write"):
            studio.request("page")
        assert studio.jobs() == []
    gallery.wait_for(studio.request("page"), JobState.DRAWING)


def test_a_full_disk_is_named(gallery: Gallery) -> None:
    studio = gallery.open(start=False)

    def ask_on() -> None:
        for number in range(1000):
            studio.request("page", request_key=f"{number:0200}")

    with disk(gallery, "full"), pytest.raises(StudioError, match=r"The disk with .* is full"):
        ask_on()
    before = len(studio.jobs(1000))
    studio.request("page")
    assert len(studio.jobs(1000)) == before + 1


def test_what_was_drawn_while_nothing_could_be_written_is_written_later(
    gallery: Gallery,
) -> None:
    studio = gallery.open()
    job = studio.request("page")
    gallery.wait_for(job, JobState.DRAWING)
    with disk(gallery, "readonly"):
        gallery.machine.finish()
        eventually(lambda: "cannot be written" in str(studio.snapshot()["problems"]))
        assert studio.job(job.id).state is JobState.DRAWING
    done = gallery.wait_for(job, JobState.DONE)
    assert done.strokes_drawn == 4
    eventually(lambda: studio.snapshot()["problems"] == [])
