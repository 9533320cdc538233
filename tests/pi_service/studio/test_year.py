"""Two weeks around each clock change, in three time zones, with everything switched on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.pi_service.studio.year_gallery import YearGallery


@pytest.mark.parametrize(
    ("zone", "begin"),
    [
        ("Europe/Berlin", "2026-03-27"),
        ("America/New_York", "2026-10-30"),
        ("Australia/Lord_Howe", "2026-10-02"),
        ("Europe/Berlin", "2026-12-23"),
    ],
)
def test_days_around_a_clock_change_and_at_christmas(
    tmp_path: Path, zone: str, begin: str
) -> None:
    first = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    gallery = YearGallery(tmp_path, zone, seed=5, presses=0.05)
    report = gallery.run(first, first + timedelta(days=3))
    assert report.firings > 15
    assert report.drawn > 15
