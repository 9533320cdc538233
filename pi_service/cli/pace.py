"""How far a long command has come, and how long it may take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

_STEPS = ("reading", "timing", "merging", "fitting", "ordering", "writing", "checking")
_SEARCH = "ordering"
_WIDTH = 28
_PERIOD_S = 0.2


class Pace:
    """A bar on the terminal's stderr, and a budget of processor time for the whole command.

    The time counts from the process's start. The search gets what is left of the budget when
    the steps after it are taken to need as long as those before it; those steps are never cut
    short. Without a budget nothing depends on time.

    Attributes:
        fast: Leave the search for a better order out.
        hit: The budget ended a search.
        seconds: Processor time of each step so far; what came before the first: "start".
    """

    def __init__(
        self,
        budget_s: float | None,
        *,
        fast: bool = False,
        quiet: bool = False,
        clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.fast, self.hit = fast, False
        self.seconds: dict[str, float] = {}
        self._budget_s, self._clock = budget_s, clock
        self._shown = not quiet and sys.stderr.isatty()
        self._step, self._since, self._drawn = "start", 0.0, 0.0

    def __call__(self) -> bool:
        """Whether the search has used up its share of the time."""
        if self._budget_s is not None:
            rest = sum(self.seconds.values()) - self.seconds.get(_SEARCH, 0.0)
            rest -= self.seconds.get("start", 0.0)
            self.hit = self.hit or self._clock() + rest >= self._budget_s
        if time.monotonic() - self._drawn > _PERIOD_S:
            self._draw()
        return self.hit

    def step(self, name: str) -> None:
        """The next step begins, one of `_STEPS`."""
        self._end()
        self._step = name
        self._draw()

    def done(self) -> None:
        """Take the bar away; say if the result may be another one on a faster machine."""
        self._end()
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
        if not self.hit:
            return
        every = sum(self.seconds.values())
        parts = ", ".join(f"{name} {spent:.1f}" for name, spent in self.seconds.items())
        click.echo(
            f"The search for a better order was ended to keep to {self._budget_s:g} s of "
            "processor time: the order is a good one, but a faster machine may find another. "
            f"A larger --budget lets it end by itself. All took {every:.1f} s: {parts}.",
            err=True,
        )

    def _end(self) -> None:
        """The step so far is over."""
        now = self._clock()
        spent = self.seconds.get(self._step, 0.0)
        self.seconds[self._step], self._since = spent + now - self._since, now

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        if self._shown:
            full = _WIDTH * _STEPS.index(self._step) // len(_STEPS)
            bar = "#" * full + "-" * (_WIDTH - full)
            spent = f"{self._clock():.0f} s"
            click.echo(f"\r\x1b[K[{bar}] {self._step}, {spent}", err=True, nl=False)
