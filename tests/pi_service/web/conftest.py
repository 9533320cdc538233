"""A dashboard over a made-up studio, as an app and behind a real server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

REPOSITORY = Path(__file__).resolve().parents[3]
if str(REPOSITORY) not in sys.path:  # so that tests can import each other's doubles
    sys.path.insert(0, str(REPOSITORY))

from pi_service.web.app import create_app  # noqa: E402 -- after the path is set
from pi_service.web.server import WebServer  # noqa: E402
from tests.pi_service.web.fake_studio import FakeStudio  # noqa: E402


@pytest.fixture
def studio() -> Iterator[FakeStudio]:
    made = FakeStudio()
    yield made
    made.close()


@pytest.fixture
def app(studio: FakeStudio) -> Flask:
    return create_app(studio, allowed_hosts=["localhost", ".gallery.test"], heartbeat=0.3)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def server(app: Flask) -> Iterator[WebServer]:
    with WebServer(app, "127.0.0.1", 0) as running:
        yield running
