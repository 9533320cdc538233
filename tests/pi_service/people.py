"""Who asks in the tests: the staff, logged in, or visitors who show nothing."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from pi_service.studio.access.access import Access
from pi_service.studio.access.passwords import Hasher, check_new
from pi_service.web.access import COOKIE

PHRASE = "seven sleepy cats"
"""The staff's password."""


class QuickHasher(Hasher):
    """Hashes in no time, where hashing is not what a test is about."""

    def hash(self, password: str) -> str:
        check_new(password)
        return f"hash of {password}"

    def matches(self, kept: str, password: str, *, known: bool = False) -> bool:
        return kept == f"hash of {password}"


class Clock:
    """Both clocks, as a test makes them up."""

    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


def with_password(folder: Path) -> Access:
    """An access whose password is `PHRASE`."""
    doors = Access(folder, hasher=QuickHasher())
    doors.reset_password(PHRASE)
    return doors


def staff_token(doors: Access) -> str:
    """The token of a new session."""
    return doors.log_in(PHRASE, "127.0.0.1")


def staff_client(app: Flask, doors: Access) -> FlaskClient:
    """A client that is logged in to an app with those doors; `app.test_client()` is not."""
    client = app.test_client()
    client.set_cookie(COOKIE, staff_token(doors))
    return client


def detail(answer: TestResponse) -> str:
    """The sentence of a problem."""
    assert answer.mimetype == "application/problem+json"
    text = answer.get_json(force=True)["detail"]
    assert text.endswith(".")
    return str(text)
