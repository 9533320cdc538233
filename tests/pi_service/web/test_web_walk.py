"""A few steps of the walk that `make walk` takes for minutes."""

from __future__ import annotations

from pathlib import Path

from tests.pi_service.web.walk import walk


def test_a_short_walk_over_the_api_finds_nothing(tmp_path: Path) -> None:
    taken = walk(tmp_path, seed=3, steps=30)
    assert sum(taken.answers.values()) > 40
    assert taken.done["stop, held"] + taken.done["pin"]
