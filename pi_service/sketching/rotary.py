"""Rotary positions: queries and keys are turned by an angle that grows with the position.

Attention then sees how far apart two points are in the drawing's order, and needs no table of
positions (Su et al., RoFormer, 2021). Number k of a head's first half and number k of its
second are a pair, which position p turns by p · base^(-k / pairs).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.config import ModelConfig

BASE = 200.0
"""The slowest pair turns by about one radian in this many points: in the longest sketch."""


class Turns(NamedTuple):
    """What each position multiplies a head's numbers with, and those of their partners."""

    own: NDArray[np.float32]
    """Cosines, shape (max_points, width / heads)."""
    partner: NDArray[np.float32]
    """Sines, with their signs, of the same shape."""


def turns(config: ModelConfig) -> Turns:
    """The turns of every position of the longest sketch."""
    pairs = config.width // config.heads // 2
    speeds = BASE ** -(np.arange(pairs) / pairs)
    angles = np.arange(config.max_points)[:, None] * speeds
    cosines, sines = np.cos(angles), np.sin(angles)
    return Turns(
        np.concatenate([cosines, cosines], axis=1).astype(np.float32),
        np.concatenate([-sines, sines], axis=1).astype(np.float32),
    )


def turned(
    x: NDArray[np.float32], own: NDArray[np.float32], partner: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Queries or keys, turned.

    Args:
        x: The last axis is a head's width.
        own: Of `Turns`, the rows of their positions; of one position, a single row.
        partner: Likewise.
    """
    half = x.shape[-1] // 2
    swapped: NDArray[np.float32] = np.concatenate([x[..., half:], x[..., :half]], axis=-1)
    return x * own + swapped * partner
