"""The smoothest lines within a tolerance of the points that somebody drew.

Between corners, which stay as they are, a line is pulled straight like a springy wire in a
narrow tube: it minimises the sum of squared distances from the points, weighted, plus the
squared bending (second differences), and the weight grows where the wire would leave the tube
(Whittaker 1923; Eilers 2003, "A perfect smoother"). The matrix has five diagonals, so the work
grows only with the number of points; all wires are bent side by side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from firmware_gcode.toolpath.ragged import Booleans, Complex, Floats, Places, spread

_STIFFNESS = 400.0
_GIVEN, _BETWEEN = 0.2, 1e-4
"""Weights at first: of the points given, on which the hand's own line was, and of those
between, where it was not: it bent away from the chords that are kept of it."""
_ROUNDS = 8
_FIXED = 1e6
_FEWEST = 8
_SPACING = 2.5
"""Distance of samples, in tolerances."""


def wires(
    points: Complex, counts: Places, tolerances: Floats
) -> tuple[Complex, Complex, Places]:
    """Smooth lines without corners (mm, neighbours differ); their ends stay as they are.

    Args:
        points: Those of all lines.
        counts: How many each has, two or more.
        tolerances: For each line how far it may be moved, mm.

    Returns:
        All smoothed points; for each the place on the line from which it was moved; and for
        each point given, which of them was moved from it.
    """
    samples, sizes, given = _resampled(points, counts, tolerances)
    row, _ = spread(sizes)
    first = np.cumsum(sizes) - sizes
    ends = np.concatenate([first, first + sizes - 1])
    bending = _Bands.of_bending(samples, sizes)
    tube = tolerances[row]
    weights = np.full(len(samples), _BETWEEN)
    weights[given] = _GIVEN
    weights[ends] = _FIXED
    smoothed = samples.copy()
    stiff = np.ones(len(samples), dtype=np.bool_)
    for _ in range(_ROUNDS):
        smoothed[stiff] = bending.only(stiff).solved(weights[stiff], samples[stiff])
        off = np.abs(smoothed - samples) / tube
        stiff = (np.maximum.reduceat(off, first) > 1.0)[row]
        if not stiff.any():
            break
        weights = np.where(stiff, weights * np.maximum(1.0, (off / 0.9) ** 2), weights)
    gap = smoothed - samples
    smoothed = samples + gap * np.minimum(1.0, tube / np.maximum(np.abs(gap), 1e-12))
    smoothed[ends] = samples[ends]
    return smoothed, samples, given


def _resampled(
    points: Complex, counts: Places, tolerances: Floats
) -> tuple[Complex, Places, Places]:
    """All points, and more between them so that none are far apart."""
    last = np.cumsum(counts) - 1
    go = np.append(np.diff(points), [0.0])
    go[last] = 0.0
    row, _ = spread(counts)
    lengths = np.abs(go)
    around = np.add.reduceat(lengths, last - counts + 1)
    spacing = np.minimum(_SPACING * tolerances, around / _FEWEST)
    parts = np.ceil(lengths / spacing[row])
    parts[last] = 1.0
    parts = np.maximum(parts, 1.0).astype(np.intp)
    source, step = spread(parts)
    samples = points[source] + go[source] * (step / parts[source])
    given = np.cumsum(parts) - parts
    return samples, np.add.reduceat(parts, last - counts + 1), given


class _Bands(NamedTuple):
    """Symmetric matrices of five diagonals, one behind the other: the lower three of them.

    Each has an even number of rows, or one of zeros is thought behind it.
    """

    main: Floats
    one: Floats
    two: Floats

    @classmethod
    def of_bending(cls, samples: Complex, sizes: Places) -> _Bands:
        """The squared bending of lines.

        Second differences are divided ones, lengths measured in mean distances of samples.
        """
        row, place = spread(sizes)
        first = np.cumsum(sizes) - sizes
        steps = np.append(np.abs(np.diff(samples)), [0.0])
        steps[first + sizes - 1] = 0.0
        steps /= (np.add.reduceat(steps, first) / (sizes - 1))[row]
        inner = np.flatnonzero((place > 0) & (place < sizes[row] - 1))
        low, high = steps[inner - 1], steps[inner]
        a, c = 2.0 / (low * (low + high)), 2.0 / (high * (low + high))
        b = -(a + c)
        force = _STIFFNESS * (low + high) / 2.0
        bands = cls(*(np.zeros(len(samples)) for _ in range(3)))
        for index, value in ((inner - 1, a * a), (inner, b * b), (inner + 1, c * c)):
            bands.main[index] += force * value
        bands.one[inner - 1] += force * a * b
        bands.one[inner] += force * b * c
        bands.two[inner - 1] += force * a * c
        return bands

    def only(self, which: Booleans) -> _Bands:
        """Those of some lines: each whole."""
        return self if which.all() else _Bands(*(band[which] for band in self))

    def solved(self, weights: Floats, aim: Complex) -> Complex:
        """Where the weights pull lines to that would be at the aim."""
        odd = len(aim) % 2
        main, one, two, x, y = (
            np.append(band, [last] * odd)
            for band, last in (
                (self.main + weights, 1.0),
                (self.one, 0.0),
                (self.two, 0.0),
                (weights * aim.real, 0.0),
                (weights * aim.imag, 0.0),
            )
        )
        inside = np.array([[main[::2], one[::2]], [one[::2], main[1::2]]])
        # Row 2 i of the block before: two and one of its columns; row 2 i + 1: two.
        back = np.zeros_like(inside)
        back[0, 0, 1:], back[0, 1, 1:], back[1, 1, 1:] = two[:-2:2], one[1:-1:2], two[1:-1:2]
        aims = np.array([[x[::2], y[::2]], [x[1::2], y[1::2]]])
        found = _reduced(inside, back, aims)
        whole: Complex = (found[:, 0] + 1j * found[:, 1]).T.ravel()[: len(aim)]
        return whole


def _reduced(inside: Floats, back: Floats, aim: Floats) -> Floats:
    """Solve a symmetric system of blocks by cyclic reduction (Golub and Hockney 1965).

    Every other block is expressed by those beside it, which leaves a system of half the size.

    Args:
        inside: The blocks on the diagonal, shape (2, 2, N).
        back: Those to the left of them; the first is zero.
        aim: What is wanted, two columns: shape (2, 2, N).
    """
    inverse = _inverse(inside[:, :, 1::2])
    if inside.shape[2] == 1:
        return _product(_inverse(inside), aim)
    even = inside.shape[2] % 2 == 0
    left, right = back[:, :, 1::2], back[:, :, 2::2].transpose(1, 0, 2)
    if even:  # the last has nobody to its right
        right = np.concatenate([right, np.zeros((2, 2, 1))], axis=2)
    by_left, by_right = _product(inverse, left), _product(inverse, right)
    alone = _product(inverse, aim[:, :, 1::2])
    inner, rest = inside[:, :, ::2].copy(), aim[:, :, ::2].copy()
    up, down = left.transpose(1, 0, 2), right.transpose(1, 0, 2)
    inner[:, :, : left.shape[2]] -= _product(up, by_left)
    rest[:, :, : left.shape[2]] -= _product(up, alone)
    after = inner.shape[2] - 1
    inner[:, :, 1:] -= _product(down, by_right)[:, :, :after]
    rest[:, :, 1:] -= _product(down, alone)[:, :, :after]
    further = np.zeros_like(inner)
    further[:, :, 1:] = -_product(down, by_left)[:, :, :after]
    outer = _reduced(inner, further, rest)
    found = np.empty_like(aim)
    found[:, :, ::2] = outer
    beyond = outer[:, :, 1:]
    if even:
        beyond = np.concatenate([beyond, np.zeros((2, 2, 1))], axis=2)
    found[:, :, 1::2] = (
        alone - _product(by_left, outer[:, :, : left.shape[2]]) - _product(by_right, beyond)
    )
    return found


def _product(one: Floats, other: Floats) -> Floats:
    """Products of matrices, shape (2, 2, N)."""
    return np.asarray(one[:, :1] * other[:1] + one[:, 1:] * other[1:])


def _inverse(blocks: Floats) -> Floats:
    """Inverses of symmetric matrices, shape (2, 2, N)."""
    (a, b), (_, d) = blocks
    return np.asarray(np.array([[d, -b], [-b, a]]) / (a * d - b * b))
