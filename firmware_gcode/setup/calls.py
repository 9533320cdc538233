"""Requests to a link are answered by events; here they are calls that wait for their end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from firmware_gcode.facts import Fact
from firmware_gcode.grbl.connection import Procedure, Unanswered
from firmware_gcode.grbl.events import (
    LinkEvent,
    LinkState,
    Notice,
    ProgramEnded,
    StateChanged,
    StrokeDrawn,
    state_fact,
)
from firmware_gcode.grbl.link import Link, LinkError
from firmware_gcode.grbl.session_state import SessionState
from firmware_gcode.grbl.travel import REFUSALS, LineRefusedError
from firmware_gcode.setup.files import SetupError

CONVERSATION_SECONDS = 120.0
"""The longest conversation: forty settings, each read back twice, at 115,200 baud."""
MOVE_SECONDS = 300.0
"""The longest move or homing cycle waited for."""
LOOK_SECONDS = 0.1
"""Between two looks whether the machine is still there."""

GONE = frozenset({LinkState.ABSENT, LinkState.FAULTED, LinkState.CONNECTING})
"""States in which nothing that was asked for will be done any more."""


class Caller:
    """Waits for what a link does; use it as a context manager, or call `leave`.

    Args:
        link: The machine's link; whoever made it starts and closes it.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._changed = threading.Condition()
        self._refusals: list[Fact] = []
        self._ended: list[ProgramEnded] = []
        self._on_stroke: Callable[[int], None] | None = None
        self._reason: Fact | None = None
        self._broken: Fact | None = None
        self._said_absent = False
        self.leave = link.subscribe(self._heard)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()

    @property
    def state(self) -> LinkState:
        """The link's state."""
        return self._link.state

    def _ask(self, request: Callable[[], None]) -> None:
        """Make a request and wait until the machine has done it."""
        self._request(request)
        done = threading.Event()

        def mark(core: SessionState) -> Procedure[None]:
            try:  # What the request had to tell is told before the next report comes in.
                yield from core.connection.report()
            finally:
                done.set()

        self._await(mark, done, MOVE_SECONDS)
        if self._refusals:
            raise SetupError(self._refusals[-1])

    def _converse(self, conversation: Callable[[SessionState], Procedure[None]]) -> None:
        """Hold a conversation and wait for its end."""
        done = threading.Event()
        trouble: list[Fact | None] = []

        def hold(core: SessionState) -> Procedure[None]:
            try:
                yield from conversation(core)
            except LineRefusedError as refusal:
                trouble.append(refusal.fact)
            except Unanswered as error:
                trouble.append(error.fact)
                raise
            except GeneratorExit:
                trouble.append(None)
                raise
            finally:
                done.set()

        self._begin()
        self._await(hold, done, CONVERSATION_SECONDS)
        if trouble:
            raise SetupError(trouble[0] or self._why())
        if self._broken:
            raise SetupError(self._why())

    def _begin(self) -> None:
        self._refusals, self._broken = [], None

    def _request(self, request: Callable[[], None]) -> None:
        self._begin()
        try:
            request()
        except LinkError as error:
            raise SetupError(error.fact) from error

    def _await(
        self,
        conversation: Callable[[SessionState], Procedure[None]],
        done: threading.Event,
        seconds: float,
    ) -> None:
        """Add a conversation and wait for `done`, or for the machine to be gone."""
        try:
            self._link.converse(conversation)
        except LinkError as error:
            raise SetupError(error.fact) from error
        left = seconds
        while not done.wait(LOOK_SECONDS):
            left -= LOOK_SECONDS
            if self._broken or self.state in GONE:
                done.wait(LOOK_SECONDS)
                raise SetupError(self._why())
            if left <= 0:
                raise SetupError("machine-takes-too-long", seconds=round(seconds))

    def _wait(self, condition: Callable[[], bool], seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, seconds)

    def _why(self) -> Fact:
        told = self._link.fault or self._broken or self._reason
        return told or state_fact(self.state)

    def _heard(self, event: LinkEvent) -> None:
        with self._changed:
            match event:
                case Notice(fact=told):
                    if told.code in REFUSALS:
                        self._refusals.append(told)
                case ProgramEnded():
                    self._ended.append(event)
                case StrokeDrawn(stroke=stroke):
                    if self._on_stroke is not None:
                        self._on_stroke(stroke)
                case StateChanged(state=state, reason=reason):
                    self._reason = reason
                    if state in GONE:
                        self._broken = reason or state_fact(state)
                    self._said_absent = state is LinkState.ABSENT and reason is not None
            self._changed.notify_all()
