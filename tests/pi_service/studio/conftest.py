"""The studio's tests share one gallery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pi_service.studio.gallery import Gallery


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """A gallery that is closed after the test if the test opened it."""
    place = Gallery(tmp_path)
    yield place
    if hasattr(place, "studio"):
        place.close()
