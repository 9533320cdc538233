"""A finished drawing again: as print n of N, each number once, written by the pen."""

from __future__ import annotations

import pytest

from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job, JobState
from tests.pi_service.studio.gallery import Gallery


def draw_print(gallery: Gallery, original: Job, total: int) -> Job:
    job = gallery.studio.jobs.again("page", original.id, prints=total, size_mm=40.0)
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.finish()
    return gallery.wait_for(job, JobState.DONE)


def test_prints_are_numbered_and_signed(gallery: Gallery) -> None:
    gallery.open()
    original = gallery.draw_one()
    first, second = (draw_print(gallery, original, 2) for _ in range(2))
    assert [(p.print_number, p.print_total) for p in (first, second)] == [(1, 2), (2, 2)]
    assert first.caption.startswith("1/2")
    assert first.seed == original.seed
    assert first.again_of == original.id
    kept = gallery.store.drawing(second.id)
    assert kept is not None
    assert kept.settings["caption_strokes"] > 0  # the pen writes it, captions or not
    with pytest.raises(StudioError, match="All 2 prints"):
        gallery.studio.jobs.again("page", second.id, prints=2)


def test_an_edition_keeps_its_size_and_numbers_are_never_given_twice(gallery: Gallery) -> None:
    gallery.open()
    original = gallery.draw_one()
    waiting = gallery.studio.jobs.again("page", original.id, prints=3)
    with pytest.raises(StudioError, match="begun with 3"):
        gallery.studio.jobs.again("page", original.id, prints=5)
    second = gallery.studio.jobs.again("page", original.id, prints=3)
    assert second.print_number == 2
    gallery.studio.jobs.cancel(second.id)  # the pen never began it
    assert gallery.studio.jobs.again("page", original.id, prints=3).print_number == 2
    plain = gallery.studio.jobs.again("page", waiting.id)
    assert (plain.print_number, plain.print_total) == (None, None)
