"""A small hall: real services, a real broker, and kills."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pi_service.fleet import hall


def test_no_cat_is_lost_or_doubled_when_plotters_and_broker_are_killed(
    tmp_path: Path, plain_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATPLOTTER_SERVE_MODEL", str(plain_model))
    print(hall.run(tmp_path, plotters=2, cats=6, kills=3, seed=5))
