"""How far a long command has come, and how long it may take."""

from __future__ import annotations

import sys
import time

import click

_STEPS = ("reading", "timing", "merging", "fitting", "ordering", "writing", "checking")
_WIDTH = 28
_PERIOD_S = 0.2


class Pace:
    """A bar on the terminal's stderr, and a budget of processor time.

    The time counts from the process's start.

    Attributes:
        fast: Leave the search for a better order out.
        hit: The budget ended a search.
    """

    def __init__(self, budget_s: float, *, fast: bool = False, quiet: bool = False) -> None:
        self.fast, self.hit = fast, False
        self._budget_s = budget_s
        self._shown = not quiet and sys.stderr.isatty()
        self._step, self._drawn = "", 0.0

    def __call__(self) -> bool:
        """Whether the time is used up."""
        if time.process_time() >= self._budget_s:
            self.hit = True
        if time.monotonic() - self._drawn > _PERIOD_S:
            self._draw()
        return self.hit

    def step(self, name: str) -> None:
        """The next step begins, one of `_STEPS`."""
        self._step = name
        self._draw()

    def done(self) -> None:
        """Take the bar away; say if the result may be another one on a faster machine."""
        if self._shown:
            click.echo("\r\x1b[K", err=True, nl=False)
        if self.hit:
            click.echo(
                f"The search for a better order was ended after {self._budget_s:g} s of "
                "processor time: the order is a good one, but a faster machine may find "
                "another. A larger --budget lets it end by itself.",
                err=True,
            )

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        if self._shown:
            full = _WIDTH * _STEPS.index(self._step) // len(_STEPS)
            bar = "#" * full + "-" * (_WIDTH - full)
            spent = f"{time.process_time():.0f} s"
            click.echo(f"\r\x1b[K[{bar}] {self._step}, {spent}", err=True, nl=False)
