"""The watchdog is fed while everything lives, and only then."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pi_service.watchdog import PATIENCE_S, Watchdog, answers, period


class Loops:
    """Parts that turn when told to, and what systemd was told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.link = self.worker = 100.0
        self.page = True
        self.told: list[str] = []

    def watchdog(self, every_s: float = 60.0) -> Watchdog:
        parts = {"link": lambda: self.link, "worker": lambda: self.worker}
        return Watchdog(
            parts,
            lambda: self.page,
            every_s=every_s,
            tell=self.told.append,
            clock=lambda: self.now,
        )


def test_it_is_fed_while_everything_lives() -> None:
    loops = Loops()
    loops.now += PATIENCE_S
    assert loops.watchdog().look()
    assert loops.told == ["WATCHDOG=1"]


@pytest.mark.parametrize("part", ["link", "worker"])
def test_a_loop_that_stands_starves_it(part: str, caplog: pytest.LogCaptureFixture) -> None:
    loops = Loops()
    loops.now += PATIENCE_S + 0.1
    setattr(loops, {"link": "worker", "worker": "link"}[part], loops.now)
    assert not loops.watchdog().look()
    assert loops.told == []
    assert f"not alive: {part};" in caplog.text


def test_a_page_that_does_not_answer_starves_it() -> None:
    loops = Loops()
    loops.page = False
    assert loops.watchdog().hanging() == ["page"]


def test_it_feeds_by_itself_until_it_is_closed() -> None:
    fed = threading.Semaphore(0)
    watchdog = Watchdog({}, lambda: True, every_s=0.001, tell=lambda _: fed.release())
    watchdog.start()
    assert all(fed.acquire(timeout=5) for _ in range(3))
    watchdog.close()
    watchdog.close()  # once more does no harm
    while fed.acquire(blocking=False):
        pass
    assert not fed.acquire(timeout=0.02)


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [({"WATCHDOG_USEC": "60000000"}, 15.0), ({}, None), ({"WATCHDOG_USEC": "soon"}, None)],
)
def test_systemd_says_how_often(environment: dict[str, str], seconds: float | None) -> None:
    assert period(environment) == seconds


class _Well(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_page_that_answers_is_told_from_one_that_does_not() -> None:
    with HTTPServer(("127.0.0.1", 0), _Well) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert answers(("127.0.0.1", server.server_port))
        server.shutdown()
        thread.join()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        assert not answers(("127.0.0.1", deaf.getsockname()[1]), timeout=0.05)
    assert not answers(("127.0.0.1", 1))
