"""Batches made ahead of time by processes of their own, where a device would have to wait."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from torch.utils.data import DataLoader, Dataset

from model_training.data.dataset import Batch, Batches


class _Numbered(Dataset[Batch]):
    """Batches as torch's loader wants them."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def __getitem__(self, step: int) -> Batch:
        return self._batches[step]


class Feed:
    """The batches of a run by number, made by `workers` processes; 0: when asked for."""

    def __init__(self, batches: Batches, workers: int = 0) -> None:
        self._batches = batches
        self._workers = workers
        self._next = -1
        self._coming: Iterator[Batch] | None = None

    def __getitem__(self, step: int) -> Batch:
        if self._workers == 0:
            return self._batches[step]
        if self._coming is None or step != self._next:
            loader = DataLoader(
                _Numbered(self._batches),
                sampler=count(step),
                batch_size=None,
                num_workers=self._workers,
                prefetch_factor=4,
            )
            self._coming = iter(loader)
        self._next = step + 1
        return next(self._coming)
