"""The studio's tests share one gallery."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
if str(REPOSITORY) not in sys.path:  # so that tests can import each other's helpers
    sys.path.insert(0, str(REPOSITORY))

from tests.pi_service.studio.gallery import Gallery  # noqa: E402 -- after the path is set


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    """A gallery that is closed after the test if the test opened it."""
    place = Gallery(tmp_path)
    yield place
    if hasattr(place, "studio"):
        place.close()
