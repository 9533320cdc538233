"""A dashboard over a made-up studio, as an app and behind a real server.

``client`` and the pages that ``visit`` opens are the staff's, logged in to ``doors``; who is a
visitor in a test says so: ``visitor``, ``visit(staff=False)``. An app that a test makes itself
knows the staff if it is made with ``doors=doors``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, ConsoleMessage, Page

from pi_service.studio.access.access import Access
from pi_service.web.access import COOKIE
from pi_service.web.server import WebServer
from tests.conftest import PATIENCE_MS
from tests.pi_service.people import staff_client, staff_token, with_password
from tests.pi_service.web.fake_studio import FakeStudio, fake_app

DESKTOP = {"width": 1440, "height": 900}


@pytest.fixture
def studio() -> Iterator[FakeStudio]:
    made = FakeStudio()
    yield made
    made.close()


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Access]:
    made = with_password(tmp_path / "doors")
    yield made
    made.close()


@pytest.fixture
def app(studio: FakeStudio, doors: Access) -> Flask:
    hosts = ["localhost", ".gallery.test"]
    return fake_app(studio, doors=doors, allowed_hosts=hosts, heartbeat=0.3)


@pytest.fixture
def client(app: Flask, doors: Access) -> FlaskClient:
    return staff_client(app, doors)


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def server(app: Flask) -> Iterator[WebServer]:
    with WebServer(app, "127.0.0.1", 0) as running:
        yield running


@dataclass
class Visitor:
    """A page somebody looks at, and all that it complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "readback" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture
def visit(
    chromium: Browser, server: WebServer, doors: Access
) -> Iterator[Callable[..., Visitor]]:
    """Open the page; complaints that nobody expects fail the test."""
    visitors: list[Visitor] = []

    def open_page(
        *, expected: tuple[str, ...] = (), url: str = "", staff: bool = True, **options: Any
    ) -> Visitor:
        address = url or server.url
        context = chromium.new_context(**{"viewport": DESKTOP, **options})
        if staff:
            token = staff_token(doors)
            context.add_cookies([{"name": COOKIE, "value": token, "url": address}])
        context.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(context.new_page(), expected=expected)
        visitors.append(visitor)
        visitor.page.goto(address)
        return visitor

    yield open_page
    for visitor in visitors:
        visitor.page.context.close()
        unexpected = [
            c for c in visitor.complaints if not any(e in c for e in visitor.expected)
        ]
        assert unexpected == []


@pytest.fixture
def page(visit: Callable[..., Visitor]) -> Page:
    """The page in a desktop window."""
    return visit().page
