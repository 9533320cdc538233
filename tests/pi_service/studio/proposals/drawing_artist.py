"""An artist for tests that draws on from what it is given: by rule, and as slowly as told."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pi_service.sketching.completion import CompletionError, Proposal
from pi_service.sketching.sketcher import SketchingError
from tests.pi_service.studio.gallery import ZigzagArtist


class DrawingArtist(ZigzagArtist):
    """Adds two zigzags near the last stroke; the seed decides which.

    Attributes:
        before: Called before each proposal.
        made: The seeds of all proposals, in order.
        fails: Seeds of which nothing comes.
    """

    def __init__(self) -> None:
        self.before: Callable[[], None] = lambda: None
        self.made: list[int] = []
        self.fails: set[int] = set()
        self.reach = 1.0
        self._lock = threading.Lock()

    def complete(
        self,
        strokes: Sequence[NDArray[Any]],
        class_name: str = "cat",
        *,
        seed: int,
        n: int = 1,
    ) -> list[Proposal]:
        self.before()
        with self._lock:
            self.made.append(seed)
        if len(strokes) > 50:
            raise CompletionError("the strokes take too many points")
        if seed in self.fails:
            raise SketchingError("nothing came of it")
        points = np.concatenate(strokes)
        size = float(np.ptp(points, axis=0).max()) * self.reach
        rng = random.Random(f"{class_name} {seed} {len(points)}")
        start = strokes[-1][-1]
        added = tuple(
            start
            + size * np.array([[rng.random() - 0.5, rng.random() - 0.5] for _ in range(6)])
            for _ in range(2)
        )
        return [Proposal(tuple(strokes), added, 1.0)][:n]
