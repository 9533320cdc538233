"""How far two sets of drawings are apart, in plain NumPy, from features of shape (N, D).

The Fréchet distance (FID, Heusel et al. 2017), the kernel distance (KID, Bińkowski et al.
2018), precision and recall by nearest neighbours (Kynkäänniemi et al. 2019), and the accuracy
of a classifier that is to tell the sets apart (Lopez-Paz & Oquab, 2017).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Features: TypeAlias = NDArray[Any]
"""One drawing a row, shape (N, D), of any float type."""

NEIGHBOURS = 5
"""Which neighbour gives the radius in precision and recall. The paper's 3 is for 50,000
pictures; a few hundred drawings leave larger gaps between them."""
FOLDS = 5
"""Parts into which the sets are cut for the classifier."""
RIDGE = 1.0
"""How strongly the classifier's weights (of standardised features) are held to 0."""


def fid(first: Features, second: Features) -> float:
    """The Fréchet distance between the normal distributions fitted to two sets.

    It is biased: two sets of N drawings of one kind are apart by about a constant over N. So
    compare only figures of equal N, or take `fid_infinity`.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    apart = a.mean(axis=0) - b.mean(axis=0)
    cov_a, cov_b = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    values, vectors = np.linalg.eigh(cov_a)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    cross = np.sqrt(np.linalg.eigvalsh(root @ cov_b @ root).clip(min=0)).sum()
    return float(apart @ apart + np.trace(cov_a) + np.trace(cov_b) - 2 * cross)


def fid_infinity(
    first: Features, second: Features, rng: np.random.Generator, *, sizes: int = 15
) -> float:
    """The Fréchet distance that sets without end would have (Chong & Forsyth, 2020).

    FID of random parts of both sets, from half to the whole, is fitted as a line in 1 / N and
    read off at 0. It is nearly unbiased, and so may come out a little below 0.
    """
    most = min(len(first), len(second))
    numbers = np.linspace(max(2, most // 2), most, sizes).astype(int)
    found = [
        fid(
            first[rng.choice(len(first), n, replace=False)],
            second[rng.choice(len(second), n, replace=False)],
        )
        for n in numbers
    ]
    return float(np.polyfit(1 / numbers, found, 1)[1])


def kid(first: Features, second: Features) -> float:
    """The kernel distance: an unbiased estimate, of sets of any size, that can be below 0.

    The squared maximum mean discrepancy with the kernel (x·y / D + 1)³.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n, m = len(a), len(b)
    aa, bb, ab = _cubic(a, a), _cubic(b, b), _cubic(a, b)
    within_a = (aa.sum() - np.trace(aa)) / (n * (n - 1))
    within_b = (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within_a + within_b - 2 * ab.mean())


def _cubic(a: Array, b: Array) -> Array:
    kernel: Array = (a @ b.T / a.shape[1] + 1) ** 3
    return kernel


def distances(first: Features, second: Features) -> Array:
    """Euclidean distances between all rows of two sets, shape (N, M)."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    squares = (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T
    found: Array = np.sqrt(squares.clip(min=0))
    return found


def precision_recall(
    real: Features, made: Features, k: int = NEIGHBOURS
) -> tuple[float, float]:
    """How many made drawings lie among the real ones, and how many real among the made.

    A drawing lies among a set if it is no farther from one of its members than that member is
    from its k-th nearest neighbour in the set. Give sets of equal size, of over k drawings.
    """
    across = distances(real, made)
    precision = (across <= _radii(real, k)[:, None]).any(axis=0).mean()
    recall = (across <= _radii(made, k)).any(axis=1).mean()
    return float(precision), float(recall)


def _radii(features: Features, k: int) -> Array:
    """Each row's distance to its k-th nearest other row, shape (N,)."""
    within = distances(features, features)
    np.fill_diagonal(within, np.inf)
    radii: Array = np.partition(within, k - 1, axis=1)[:, k - 1]
    return radii


def told_apart(
    first: Features, second: Features, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which drawings a classifier that never saw them puts into the right set.

    A logistic regression with a ridge, learned on four fifths of the drawings and asked about
    the fifth part, five times over. Its mean is the accuracy: 0.5 if the sets cannot be told
    apart. Give sets of equal size.

    Returns:
        Shape (N + M,): the first set's drawings, then the second's.
    """
    rows = np.concatenate([first, second]).astype(np.float64)
    target = np.repeat([0.0, 1.0], [len(first), len(second)])
    fold = np.concatenate([rng.permutation(len(s)) % FOLDS for s in (first, second)])
    right = np.zeros(len(rows), dtype=np.bool_)
    for part in range(FOLDS):
        ask = fold == part
        mean, spread = rows[~ask].mean(axis=0), rows[~ask].std(axis=0) + 1e-9
        scaled = np.hstack([(rows - mean) / spread, np.ones((len(rows), 1))])
        weights = _logistic(scaled[~ask], target[~ask])
        right[ask] = (scaled[ask] @ weights > 0) == (target[ask] == 1)
    return right


def _logistic(rows: Array, target: Array) -> Array:
    """Weights of a logistic regression by Newton's method; the last column is constant."""
    weights = np.zeros(rows.shape[1])
    ridge = np.full(rows.shape[1], RIDGE)
    ridge[-1] = 1e-6
    for _ in range(25):
        odds = 1 / (1 + np.exp(-(rows @ weights).clip(-30, 30)))
        slope = rows.T @ (odds - target) + ridge * weights
        curve = (rows * (odds * (1 - odds))[:, None]).T @ rows + np.diag(ridge)
        step = np.linalg.solve(curve, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights
