"""What takes a while is done one thing at a time, in a thread that nobody waits for."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from firmware_gcode.facts import CodedError, Fact, sentence
from pi_service.studio.core.errors import StudioError

T = TypeVar("T")
logger = logging.getLogger(__name__)

TICK_S = 0.25
"""How often the thread looks around while nothing is to do."""


@dataclass(frozen=True, slots=True)
class _Task:
    doing: Fact
    work: Callable[[], Any]
    future: Future[Any]


class Tasks:
    """One thread for conversations with the machine that take a while.

    Args:
        changed: Called when something was begun or has ended, on the thread that did it.
        tick: Called now and then, on the tasks' thread.
    """

    def __init__(self, changed: Callable[[], None], tick: Callable[[], None]) -> None:
        self._changed = changed
        self._tick = tick
        self._lock = threading.Lock()
        self._current: _Task | None = None
        self._closing = False
        self._inbox: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="workshop", daemon=True)

    @property
    def busy(self) -> Fact | None:
        """What is being done; None if nothing is."""
        with self._lock:
            return self._current.doing if self._current else None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, seconds: float = 5.0) -> None:
        """Take no more tasks and wait for the one under way, at most so many seconds."""
        with self._lock:
            self._closing = True
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)

    def begin(self, doing: Fact, work: Callable[[], T]) -> Future[T]:
        """Have something done; returns at once.

        Raises:
            StudioError: Something else is being done, or the service ends.
        """
        task = _Task(doing, work, Future())
        with self._lock:
            if self._closing:
                raise StudioError("service-ending-tasks")
            if self._current is not None:
                raise StudioError("machine-still-busy", what=self._current.doing)
            self._current = task
        self._changed()
        self._inbox.put(task)
        return task.future

    def _run(self) -> None:
        while True:
            try:
                task = self._inbox.get(timeout=TICK_S)
            except queue.Empty:
                self._look_around()
                continue
            if task is None:
                return
            self._carry_out(task)

    def _look_around(self) -> None:
        try:
            self._tick()
        except Exception:
            logger.exception("the workshop goes on after an unexpected error")

    def _carry_out(self, task: _Task) -> None:
        outcome: Any = None
        trouble: BaseException | None = None
        try:
            outcome = task.work()
        except CodedError as error:
            trouble = StudioError(error.fact)
        except Exception as error:
            if not isinstance(error, StudioError):
                logger.exception("%s failed unexpectedly", task.doing)
            trouble = error
        with self._lock:
            self._current = None
        if trouble is None:
            task.future.set_result(outcome)
        else:
            task.future.set_exception(trouble)
        self._changed()


def said(told: Fact) -> dict[str, Any]:
    """What was done, ready for JSON: ``text`` and ``fact``."""
    return {"text": sentence(told), "fact": told.as_dict()}


def within(future: Future[T], seconds: float) -> T | None:
    """The outcome if it comes in time; None if it takes longer.

    Raises:
        StudioError: It went wrong; says how.
    """
    try:
        return future.result(seconds)
    except TimeoutError:
        return None
    except CancelledError as error:
        raise StudioError("given-up") from error
