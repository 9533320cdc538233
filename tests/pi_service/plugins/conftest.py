"""A gallery with plug-ins, and a folder where others' are installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pi_service.plugins.kinds import VARIABLE
from pi_service.plugins.plugins import Plugins
from tests.pi_service.plugins.sinks import WebSink, web_sink
from tests.pi_service.studio.gallery import Gallery


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where an owner has installed plug-ins."""
    folder = tmp_path / "others"
    folder.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    made = Gallery(tmp_path)
    made.open()
    yield made
    made.close()


@pytest.fixture
def plugins(gallery: Gallery, tmp_path: Path) -> Iterator[Plugins]:
    made = Plugins(gallery.studio, tmp_path, name="north-3", url=lambda: "http://north-3/")
    made.start()
    yield made
    made.close()


@pytest.fixture
def sink() -> Iterator[WebSink]:
    with web_sink() as running:
        yield running
