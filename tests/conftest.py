"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development data (real drawings, firmware recordings), or a skip without it."""
    named = os.environ.get("CATPLOTTER_SHARED")
    folder = (Path(named) if named else REPOSITORY.parent / "shared") / "data"
    if not folder.is_dir():
        pytest.skip(f"development data not found at {folder}; set CATPLOTTER_SHARED to use it")
    return folder
