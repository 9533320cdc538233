"""A camera on the loopback, and the studio's part for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pi_service.studio.camera.camera import Camera
from pi_service.studio.camera.source import Address
from pi_service.studio.core.database import Database
from pi_service.studio.core.events import EventStream
from pi_service.studio.core.notices import Problems
from tests.pi_service.studio.camera.streamer import Streamer

PLENTY = 10**12


class House:
    """A camera with what it needs of a studio.

    Attributes:
        free: Bytes that the disk has, as the camera is told.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "camera"
        self.free = PLENTY
        self.database = Database(folder / "catplotter.db")
        self.events = EventStream()
        self.problems = Problems(self.events)
        self._cameras: list[Camera] = []

    def camera(self, streamer: Streamer, keep_mb: float = 10.0) -> Camera:
        """A camera that is begun, and switched off unless it was on before."""
        made = Camera(
            Address.parse(streamer.url),
            database=self.database,
            events=self.events,
            problems=self.problems,
            folder=self.folder,
            keep_mb=keep_mb,
            free_bytes=lambda: self.free,
        )
        made.start()
        self._cameras.append(made)
        return made

    def told(self) -> list[str]:
        """The codes of what is wrong."""
        return [told["code"] for told in self.problems.view()["problem_facts"]]

    def close(self) -> None:
        """End everything."""
        self.events.close()
        for camera in self._cameras:
            camera.close()
        self.database.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Streamer]]:
    """Opens streamers, and closes them at the end."""
    opened: list[Streamer] = []

    def begin(say: Callable[[], Iterator[bytes]]) -> Streamer:
        opened.append(Streamer(say))
        return opened[-1]

    yield begin
    for streamer in opened:
        streamer.close()
