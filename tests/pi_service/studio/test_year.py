"""The night and the day of each clock change, in three time zones, with everything on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.pi_service.studio.year_gallery import YearGallery


@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Europe/Berlin", "2026-03-28T20:00"),
        ("America/New_York", "2026-10-31T20:00"),
        ("Australia/Lord_Howe", "2026-10-02T20:00"),
        ("Europe/Berlin", "2026-12-24"),
    ],
)
def test_days_around_a_clock_change_and_at_christmas(
    tmp_path: Path, zone: str, begin: str
) -> None:
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    gallery = YearGallery(tmp_path, zone, seed=5, presses=0.03)
    report = gallery.run(first, (first + timedelta(days=2)).replace(hour=0))
    assert report.firings > 5
    assert report.drawn > 5
