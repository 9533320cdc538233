"""One message for each cause, and one when it is over."""

from __future__ import annotations

from firmware_gcode.facts import fact
from pi_service.plugins.causes import AGAIN_S, Cause, Ledger
from pi_service.plugins.settings import Rules

RULES = Rules(after_s=60)
PAPER, LOW = Cause(fact("hold-paper")), Cause(fact("notify-few-cells", free=2), urgent=False)


class Day:
    """A ledger that is looked at every ten seconds."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        self.ledger, self.now = ledger or Ledger(), 0.0

    def goes_on(
        self, seconds: float, quiet: bool = False, **found: Cause
    ) -> list[tuple[str, str, bool]]:
        """What is told within so many seconds in which these causes hold."""
        told, until = [], self.now + seconds
        while self.now < until:
            self.now += 10.0
            changes = self.ledger.step(self.now, found, RULES, quiet=quiet)
            told += [(c.name, str(c.state), c.cause.urgent) for c in changes]
        return told


def test_a_cause_is_told_once_and_once_that_it_is_over() -> None:
    day = Day()
    assert day.goes_on(50, paper=PAPER) == []
    assert day.goes_on(3600, paper=PAPER) == [("paper", "begun", True)]
    assert day.goes_on(3600) == [("paper", "over", True)]
    assert day.goes_on(3600) == []


def test_what_becomes_urgent_is_told_again_and_is_over_once() -> None:
    day = Day()
    assert day.goes_on(600, paper=LOW) == [("paper", "begun", False)]
    assert day.goes_on(600, paper=PAPER) == [("paper", "begun", True)]
    assert day.goes_on(600, paper=LOW) == []
    assert day.goes_on(600) == [("paper", "over", True)]


def test_what_comes_and_goes_is_not_told_each_time() -> None:
    day = Day()
    told = [m for _ in range(60) for m in day.goes_on(70, a=PAPER) + day.goes_on(70)]
    assert 2 <= len(told) <= 2 * (60 * 140 / AGAIN_S + 1)
    assert [m for _ in range(60) for m in day.goes_on(20, b=PAPER) + day.goes_on(20)] == []


def test_what_is_over_by_the_end_of_the_quiet_hours_is_never_told() -> None:
    day = Day()
    assert day.goes_on(3600, quiet=True, a=PAPER, b=PAPER) == []
    assert day.goes_on(3600, quiet=True, b=PAPER) == []
    assert day.goes_on(60, b=PAPER) == [("b", "begun", True)]


def test_what_was_told_before_a_restart_is_not_told_again_but_that_it_is_over() -> None:
    before = Day()
    before.goes_on(600, paper=PAPER, pen=PAPER)
    day = Day(Ledger(before.ledger.told))
    assert day.goes_on(600, paper=PAPER) == [("pen", "over", True)]


def test_quiet_hours_reach_over_midnight() -> None:
    night, noon = Rules(quiet="22:00-08:00"), Rules(quiet="12:00 - 13:30")
    assert [night.is_quiet(m) for m in (0, 479, 480, 1319, 1320)] == [1, 1, 0, 0, 1]
    assert [noon.is_quiet(m) for m in (719, 720, 809, 810)] == [0, 1, 1, 0]
    assert not Rules().is_quiet(0)
