"""A disk that is full or read-only: said in a sentence, survived, and over when it is over."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pi_service.studio.calendar.hours import DAYS
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import Gallery, eventually

REPOSITORY = Path(__file__).resolve().parents[3]


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
            studio.jobs.request(Request("page"))
        assert studio.jobs.latest() == []
    gallery.wait_for(studio.jobs.request(Request("page")), JobState.DRAWING)


def test_a_full_disk_is_named(gallery: Gallery) -> None:
    studio = gallery.open(start=False)

    def ask_on() -> None:
        for number in range(1000):
            studio.jobs.request(Request("page", request_key=f"{number:0200}"))

    with disk(gallery, "full"), pytest.raises(StudioError, match=r"The disk with .* is full"):
        ask_on()
    before = len(studio.jobs.latest(1000))
    studio.jobs.request(Request("page"))
    assert len(studio.jobs.latest(1000)) == before + 1


def test_a_real_disk_that_fills_up_or_goes_read_only(tmp_path: Path) -> None:
    private = ["unshare", "--user", "--map-root-user", "--mount"]
    if (
        shutil.which("unshare") is None
        or subprocess.run(
            [*private, "mount", "-t", "tmpfs", "none", str(tmp_path)], check=False
        ).returncode
    ):
        pytest.skip("no private file system can be mounted here")
    words = [sys.executable, "-m", "tests.pi_service.studio.real_disk", str(tmp_path)]
    done = subprocess.run(
        [*private, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "went on" in done.stdout


def test_a_clock_that_jumps_by_a_year_and_back_loses_nothing(gallery: Gallery) -> None:
    studio = gallery.open()
    gallery.draw_one()
    for jump in (365.0, -2 * 365.0, 365.0):
        gallery.now += jump * 86400.0
        job = gallery.draw_one()
        assert job.seconds_drawn < 60.0, "a clock that jumps is no drawing time"
    assert [job.edition for job in reversed(studio.jobs.latest())] == [1, 2, 3, 4]
    assert studio.snapshot()["problems"] == []
    assert studio.history.totals()["drawn"] == 4


def test_a_clock_in_the_past_keeps_a_gallery_with_hours_waiting(gallery: Gallery) -> None:
    studio = gallery.open()
    studio.calendar.set_hours({"mon": "10:00-18:00"})
    set_right, gallery.now = gallery.now, 1000.0
    job = studio.jobs.request(Request("page"))
    eventually(lambda: "The clock is not set" in str(studio.jobs.get(job.id).reason))
    gallery.now = set_right
    studio.calendar.set_hours(dict.fromkeys(DAYS, "0:00-24:00"))
    gallery.wait_for(job, JobState.DRAWING)


def test_a_database_that_is_damaged_under_the_service_is_said_and_not_made_worse(
    gallery: Gallery,
) -> None:
    studio = gallery.open()
    gallery.draw_one()
    with gallery.store.transaction() as connection:
        pass
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = gallery.path.read_bytes()
    with gallery.path.open("r+b") as file:  # what a dying SD card does
        file.seek(4096)
        file.write(b"\xa5" * (len(whole) - 4096))

    def refused() -> bool:
        connection.execute("PRAGMA shrink_memory")  # what is in memory is whole still
        try:
            studio.jobs.request(Request("page"))
        except StudioError as error:
            return "is damaged" in str(error)
        return False

    eventually(refused)
    gallery.path.write_bytes(whole)
    eventually(lambda: studio.snapshot()["problems"] == [])
    assert studio.jobs.latest()[-1].edition == 1


def test_what_was_drawn_while_nothing_could_be_written_is_written_later(
    gallery: Gallery,
) -> None:
    studio = gallery.open()
    job = studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    with disk(gallery, "readonly"):
        gallery.machine.finish()
        eventually(lambda: "cannot be written" in str(studio.snapshot()["problems"]))
        assert studio.jobs.get(job.id).state is JobState.DRAWING
    done = gallery.wait_for(job, JobState.DONE)
    assert done.strokes_drawn == 4
    eventually(lambda: studio.snapshot()["problems"] == [])
