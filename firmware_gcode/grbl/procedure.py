"""Conversations that take several turns, written as they read: as generators.

A procedure yields a `Wait` and goes on when its condition holds. The session drives it with
whatever arrives and with the time; nothing here knows of threads or clocks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wait:
    """Something to wait for.

    Attributes:
        until: Whether it has happened.
        seconds: How long to wait before `Unanswered` is raised in the procedure.
        what: What is waited for, in words that fit after "waiting for".
    """

    until: Callable[[], bool]
    seconds: float
    what: str


Procedure: TypeAlias = Generator[Wait, None, T]


class Unanswered(RuntimeError):  # noqa: N818 - an event in a conversation, not a mistake
    """What a procedure waited for did not happen in time."""


class Runner:
    """Drives procedures, one after the other.

    Attributes:
        deadline: When `step` must be called at the latest; None while nothing runs.
    """

    def __init__(self) -> None:
        self.deadline: float | None = None
        self._procedure: Procedure[None] | None = None
        self._wait: Wait | None = None
        self._next: deque[Procedure[None]] = deque()
        self._running = False

    @property
    def busy(self) -> bool:
        """Whether a procedure runs or waits for its turn."""
        return self._procedure is not None or bool(self._next)

    @property
    def queued(self) -> int:
        """How many procedures wait for their turn."""
        return len(self._next)

    def add(self, procedure: Procedure[None]) -> None:
        """Runs a procedure after those that are there."""
        self._next.append(procedure)

    def replace(self, procedure: Procedure[None]) -> None:
        """Drops whatever runs or waits, and runs another procedure instead."""
        self.drop()
        self._next.append(procedure)

    def drop(self) -> None:
        """Drops whatever runs or waits."""
        procedure = self._procedure
        self._next.clear()
        self._forget()
        if procedure is not None and not self._running:
            procedure.close()

    def step(self, now: float) -> None:
        """Goes on as far as what has happened allows.

        Raises:
            Exception: Whatever the running procedure raised; it is over then.
        """
        while True:
            if self._procedure is None:
                if not self._next:
                    return
                self._procedure = self._next.popleft()
            late = self.deadline is not None and now >= self.deadline
            if self._wait is not None and not self._wait.until() and not late:
                return
            self._advance(self._procedure, self._wait, now)

    def _advance(self, procedure: Procedure[None], wait: Wait | None, now: float) -> None:
        self._running = True
        try:
            if wait is None or wait.until():
                following = next(procedure)
            else:
                following = procedure.throw(Unanswered(wait.what))
        except StopIteration:
            self._over(procedure)
            return
        except BaseException:
            self._over(procedure)
            raise
        finally:
            self._running = False
        if self._procedure is procedure:
            self._wait, self.deadline = following, now + following.seconds

    def _over(self, procedure: Procedure[None]) -> None:
        if self._procedure is procedure:
            self._forget()

    def _forget(self) -> None:
        self._procedure, self._wait, self.deadline = None, None, None
