"""Composes in a thread of its own, so that the worker always has time for the machine."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from pi_service.studio.composer import Composition, Order

logger = logging.getLogger(__name__)

KEPT = 3
"""Compositions kept in memory: the next job's, the one after it, one that was passed by."""


class ComposingError(ValueError):
    """A drawing could not be composed; the message says why."""


class Composing:
    """Compositions by order: ready ones, and the one that is being made.

    All methods are for one thread, the worker's.

    Args:
        on_ready: Called, on the composing thread, when there is something new to `look_up`.
    """

    def __init__(self, on_ready: Callable[[], None]) -> None:
        self._on_ready = on_ready
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="composing")
        self._made: OrderedDict[Order, Future[Composition]] = OrderedDict()

    @property
    def busy(self) -> bool:
        """Whether something is being composed."""
        return any(not future.done() for future in self._made.values())

    def begin(self, order: Order, compose: Callable[[], Composition]) -> None:
        """Compose an order, unless that was done or begun already."""
        if order in self._made:
            return
        future = self._threads.submit(compose)
        self._made[order] = future
        future.add_done_callback(lambda _: self._on_ready())
        while len(self._made) > KEPT:
            self._made.popitem(last=False)

    def look_up(self, order: Order) -> Composition | None:
        """The composition for an order; None while it is not ready or was not begun.

        Raises:
            ComposingError: If it could not be composed.
        """
        future = self._made.get(order)
        if future is None or not future.done():
            return None
        error = future.exception()
        if error is None:
            return future.result()
        if not isinstance(error, ValueError):
            logger.error("composing %s failed", order, exc_info=error)
        raise ComposingError(f"This drawing could not be composed: {error}") from error

    def forget(self, order: Order) -> None:
        """Compose that order anew when it is asked for again."""
        self._made.pop(order, None)

    def close(self) -> None:
        """End the thread, after the drawing that it is composing."""
        self._threads.shutdown(wait=True, cancel_futures=True)
