"""95 % intervals by drawing again from what was measured.

Means over drawings get the percentile bootstrap (Efron, 1979). Distances between sets do not:
drawing with replacement puts twins into a set, which swells FID and confuses neighbours. They
are measured anew on random halves of both sets, drawn without replacement. The spread over
halves is that of the whole sets' figure (Shao & Wu, "A general theory for jackknife variance
estimation", 1989), and the interval is 1.96 times that to either side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
"""Bootstrap samples for a mean."""
HALVES = 60
"""Random halves for a distance between sets."""

Values = NDArray[Any]


@dataclass(frozen=True)
class Figure:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float

    def within(self, least: float, most: float) -> Figure:
        """The same, its interval cut where no such value can be."""
        return Figure(self.value, max(self.low, least), min(self.high, most))


def mean_figure(values: Values, rng: np.random.Generator) -> Figure:
    """The mean of one number (or yes or no) per drawing; not a number where there is none.

    Of nothing but yes, or nothing but no, the bootstrap knows only the same again. There the
    interval reaches to the share at which so many in a row come once in twenty times.
    """
    numbers = np.asarray(values, np.float64)
    if len(numbers) == 0:
        return Figure(float("nan"), float("nan"), float("nan"))
    if np.asarray(values).dtype == np.bool_ and np.ptp(numbers) == 0:
        least = 0.05 ** (1 / len(numbers))
        return Figure(1.0, least, 1.0) if numbers[0] else Figure(0.0, 0.0, 1 - least)
    means = resampled_means(numbers, rng)
    low, high = np.quantile(means, [0.025, 0.975])
    return Figure(float(numbers.mean()), float(low), float(high))


def share_figure(yes: int, of: int) -> Figure:
    """A share and its 95 % interval by Wilson (1927), which holds for few and for none too.

    Not a number where there is nothing.
    """
    if of == 0:
        return Figure(float("nan"), float("nan"), float("nan"))
    share, z = yes / of, 1.959964
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * (share * (1 - share) / of + z * z / (4 * of * of)) ** 0.5
    return Figure(share, max(0.0, middle - reach), min(1.0, middle + reach))


def ratio_figure(above: Values, below: Values, rng: np.random.Generator) -> Figure:
    """The mean of one set's numbers over the mean of another's, drawn independently."""
    a, b = np.asarray(above, np.float64), np.asarray(below, np.float64)
    return _ratio(a.mean(), b.mean(), resampled_means(a, rng), resampled_means(b, rng))


def resampled_means(numbers: NDArray[np.float64], rng: np.random.Generator) -> Values:
    """Means of bootstrap samples, shape (DRAWS,)."""
    count = len(numbers)
    times = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS)
    return times @ numbers / count


def halves_figure(
    statistic: Callable[[Values, Values], float],
    first: Values,
    second: Values,
    rng: np.random.Generator,
    *,
    halves: int = HALVES,
) -> Figure:
    """A distance between two sets (or any statistic of them), with the spread over halves."""
    value = statistic(first, second)
    found = [statistic(_half(first, rng), _half(second, rng)) for _ in range(halves)]
    reach = 1.96 * float(np.std(found, ddof=1))
    return Figure(value, value - reach, value + reach)


def _half(rows: Values, rng: np.random.Generator) -> Values:
    chosen: Values = rows[rng.choice(len(rows), len(rows) // 2, replace=False)]
    return chosen


def ratio_of_sums_figure(above: Values, below: Values, rng: np.random.Generator) -> Figure:
    """One sum over drawings over another of the same drawings, as nats over points."""
    a, b = np.asarray(above, np.float64), np.asarray(below, np.float64)
    times = rng.multinomial(len(a), np.full(len(a), 1 / len(a)), size=DRAWS)
    return _ratio(a.sum(), b.sum(), times @ a, times @ b)


def _ratio(above: float, below: float, aboves: Values, belows: Values) -> Figure:
    """A ratio, and where 95 % of its bootstrap samples lie; not a number where below is 0."""
    if below == 0 or (belows == 0).any():
        return Figure(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(aboves / belows, [0.025, 0.975])
    return Figure(float(above / below), float(low), float(high))
