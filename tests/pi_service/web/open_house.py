"""The real studio behind a real server, for the pages that need its history and its hours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pi_service.studio.access.access import Access
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import Job
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.studio.gallery import Gallery


class House(Gallery):
    """A gallery with a page; moved by hand."""

    server: WebServer

    @property
    def url(self) -> str:
        """Where its page is, without a slash at the end."""
        return self.server.url.rstrip("/")

    def draw_on_day(self, days_ago: int) -> Job:
        """Draw a cat so many days before now."""
        now, self.now = self.now, self.now - days_ago * 86400
        job = self.draw_one()
        self.now = now
        return job


@contextmanager
def serving(house: House, doors: Access, port: int = 0) -> Iterator[WebServer]:
    """Serve its page for a while."""
    studio = house.studio
    app = create_app(studio, doors=doors)
    with WebServer(app, "127.0.0.1", port) as server:
        house.server = server
        yield server


@contextmanager
def open_house(folder: Path, doors: Access) -> Iterator[House]:
    """A house that is open and served."""
    house = House(folder)
    house.settings = StudioSettings(columns=7, rows=7, caption=False)
    house.open()
    try:
        with serving(house, doors):
            yield house
    finally:
        house.close()
