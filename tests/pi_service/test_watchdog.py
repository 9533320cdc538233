"""The watchdog is fed while everything lives, and only then."""

from __future__ import annotations

import threading

import pytest

from pi_service.watchdog import PATIENCE_S, Watchdog, period


class Loops:
    """Parts that turn when told to, and what systemd was told."""

    def __init__(self) -> None:
        self.now = 100.0
        self.link = self.worker = 100.0
        self.told: list[str] = []

    def watchdog(self, every_s: float = 60.0) -> Watchdog:
        parts = {"link": lambda: self.link, "worker": lambda: self.worker}
        return Watchdog(
            parts,
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


def test_it_feeds_by_itself_until_it_is_closed() -> None:
    fed = threading.Semaphore(0)
    watchdog = Watchdog({}, every_s=0.001, tell=lambda _: fed.release())
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
