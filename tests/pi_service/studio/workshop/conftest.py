"""The workshop's tests share one room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pi_service.studio.workshop.machine_room import Room


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    """Makes rooms that are closed after the test."""
    made: list[Room] = []

    def make(profile: str = "simulated", **options: Any) -> Room:
        found = Room(tmp_path, profile, **options)
        made.append(found)
        return found

    yield make
    for each in made:
        each.close()
