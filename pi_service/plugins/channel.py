"""One notifier at work: what is to be told waits by cause, and is tried until it is taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from firmware_gcode.facts import Fact
from pi_service.plugins.api import Group, Message, State
from pi_service.plugins.child import PluginError
from pi_service.plugins.guard import Guard, Runner

FIRST_REST_S, LONGEST_REST_S = 5.0, 900.0
"""Between two tries: doubled after each."""
KEPT_S = 120.0
"""For a shorter rest the process stays: to start it costs a small computer more."""
TOO_OLD_S = 24 * 3600.0
"""Nobody wants to be told what was the day before."""
MOST = 24
"""Messages that wait; what is more than that is older than what came."""


@dataclass(slots=True)
class _Test:
    """A message that somebody waits for."""

    message: Message
    done: threading.Event
    error: PluginError | None = None


class Channel(Runner):
    """Delivers messages by one notifier, in a thread of its own.

    Its process is there only while there is something to send.

    Args:
        timer: Monotonic seconds.
        first_rest_s: Between the first two tries.
    """

    group = Group.NOTIFIER

    def __init__(
        self,
        guard: Guard,
        *,
        timer: Callable[[], float] = time.monotonic,
        first_rest_s: float = FIRST_REST_S,
    ) -> None:
        super().__init__(guard)
        self._timer = timer
        self._first_rest_s = first_rest_s
        self._waiting: dict[str, tuple[float, Message]] = {}
        self._heard: set[str] = set()
        self._sending: Message | None = None
        self._test: _Test | None = None
        self._tested: _Test | None = None
        self._news = threading.Condition()
        self.sent = 0
        """Messages that were delivered since the service began."""

    @property
    def waiting(self) -> dict[str, State]:
        """Of which causes there are messages that are not delivered yet, and what they say."""
        with self._news:
            return {name: message.state for name, (_, message) in self._waiting.items()}

    def put(self, message: Message) -> None:
        """Have it delivered; returns at once, from any thread."""
        if self.guard.off:
            return
        with self._news:
            before = self._waiting.pop(message.cause, None)
            known = before is None or before[1] is self._sending
            known = known or message.cause in self._heard
            if message.state is State.OVER and not known:
                return  # neither was told: nothing has happened
            self._waiting[message.cause] = (self._timer(), message)
            while len(self._waiting) > MOST:
                del self._waiting[next(iter(self._waiting))]
            self._news.notify_all()

    def test(self, message: Message, within_s: float) -> Fact | None:
        """Deliver one now, before all others, and wait for it; gives why it was not.

        Raises:
            TimeoutError: Nobody knows yet; what comes of it is told later.
        """
        test = _Test(message, threading.Event())
        with self._news:
            self._test = test
            self._news.notify_all()
        if not test.done.wait(within_s):
            raise TimeoutError
        return None if test.error is None else test.error.fact

    def _wake(self) -> None:
        with self._news:
            self._news.notify_all()

    def _work(self) -> None:
        rest = 0.0
        while self._wait(rest):
            if (test := self._test) is not None:
                self._test = None
                self._try_out(test)
                continue
            at, message = next(iter(self._waiting.values()))
            if self._timer() - at > TOO_OLD_S:
                self._forget(message)
                continue
            self._sending = message
            try:
                self._send(message)
            except PluginError as error:
                if error.own:
                    raise
                rest = min(max(2 * rest, self._first_rest_s), LONGEST_REST_S)
                self.guard.late(error)
                self._missed(message)
                if rest > KEPT_S:
                    self._drop()
            else:
                rest = 0.0
                self._delivered(message)
            finally:
                self._sending = None

    def _missed(self, message: Message) -> None:
        """It was not taken: that it is over need not be told, if it is by now."""
        with self._news:
            newest = self._waiting.get(message.cause)
            if newest is None or newest[1] is message or message.cause in self._heard:
                return
            if newest[1].state is State.OVER:
                del self._waiting[message.cause]

    def _delivered(self, message: Message) -> None:
        self.sent += 1
        if message.state is State.OVER:
            self._heard.discard(message.cause)
        else:
            self._heard.add(message.cause)
        self._forget(message)
        self.guard.well()

    def _send(self, message: Message) -> None:
        self._started().ask({"send": asdict(message)})

    def _try_out(self, test: _Test) -> None:
        """A test that fails by the plug-in's own fault counts as any other."""
        try:
            self._send(test.message)
        except PluginError as error:
            test.error = error
            if error.own:
                self._tested = test  # whoever waits is told after everybody else
                raise
            self.guard.late(error)
        else:
            self.guard.well()
        test.done.set()

    def _failed(self) -> None:
        if self._tested is not None:
            self._tested.done.set()
            self._tested = None

    def _forget(self, message: Message) -> None:
        """It is done with, if nothing newer has taken its place."""
        with self._news:
            known = self._waiting.get(message.cause)
            if known is not None and known[1] is message:
                del self._waiting[message.cause]

    def _wait(self, rest: float) -> bool:
        """Wait for something to send, and until it may be tried again; False at the end."""
        until = self._timer() + rest
        with self._news:
            while not self._end.is_set() and self._test is None:
                left = until - self._timer()
                if self._waiting and left <= 0:
                    return True
                if not self._waiting:
                    self._drop()
                self._news.wait(left if self._waiting else None)
        return not self._end.is_set()
