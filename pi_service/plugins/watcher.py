"""Listens to the studio's events, and hands what somebody is to know to every notifier."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.plugins.api import Message, State
from pi_service.plugins.causes import Cause, Change, Ledger, causes
from pi_service.plugins.channel import Channel
from pi_service.plugins.guard import part_of
from pi_service.plugins.settings import Rules
from pi_service.studio.core.errors import StudioError

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

LOOK_S = 5.0
"""Between two looks when nothing happens: some causes come with time alone."""
WAIT_S = 0.5
"""Waiting at a time: so soon it is seen that it is to end."""
LEAST_S = 1.0
"""Between two looks, however much happens."""
NEWS = frozenset({"shown", "problem", "sheet", "pen", "stopped", "machine", "job", "reset"})
"""Kinds of events after which causes may be others."""


class Watcher:
    """One thread that looks after events, and by the clock.

    Args:
        told: The file that remembers over restarts what was told.
        channels: All notifiers that are at work.
        name: The plotter's.
        url: Its page.
        look: Gives the causes there are.
    """

    def __init__(
        self,
        studio: Studio,
        told: Path,
        *,
        rules: Callable[[], Rules],
        channels: Callable[[], Sequence[Channel]],
        name: str,
        url: Callable[[], str],
        look: Callable[[Studio, Rules], dict[str, Cause]] = causes,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
        every_s: float = LOOK_S,
    ) -> None:
        self._studio = studio
        self._file = told
        self._rules = rules
        self._channels = channels
        self._name = name
        self._url = url
        self._look = look
        self._clock = clock
        self._timer = timer
        self._every_s = every_s
        self._kept = dict(_read(told))
        self._over: dict[str, Cause] = {}
        self._ledger = Ledger(self._kept)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End, within a moment."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(LOOK_S)

    def tick(self) -> None:
        """One look: everything that is to be told now is handed on."""
        rules, channels = self._rules(), self._channels()
        if not channels:
            return  # the last one is just going
        now = datetime.fromtimestamp(self._clock(), self._studio.calendar.zone)
        changes = self._ledger.step(
            self._timer(),
            self._look(self._studio, rules),
            rules,
            quiet=rules.is_quiet(now.hour * 60 + now.minute),
        )
        for change in changes:
            if change.state is State.OVER:
                self._over[change.name] = change.cause
            message = self.message(change, rules)
            for channel in channels:
                if change.cause.part != part_of(channel.guard.use.name):
                    channel.put(message)
        self._remember()

    def _remember(self) -> None:
        """Keep over a restart what was delivered by anybody, not what still waits at all."""
        waiting = [channel.waiting for channel in self._channels()]
        told = {
            n: c for n, c in self._ledger.told.items() if not _all(waiting, n, State.BEGUN)
        }
        self._over = {n: c for n, c in self._over.items() if _all(waiting, n, State.OVER)}
        told |= self._over
        if told != self._kept:
            self._kept = told
            _write(self._file, told)

    def sample(self, rules: Rules) -> Message:
        """A message that shows that messages arrive."""
        told = fact("notify-test", name=self._name)
        return self.message(Change("test", State.TEST, Cause(told, urgent=False)), rules)

    def message(self, change: Change, rules: Rules) -> Message:
        """A change as it is told, in the language of the rules."""
        told = change.cause.told
        if change.state is State.OVER:
            told = fact("over", what=told)
        return Message(
            id=uuid.uuid4().hex,
            cause=change.name,
            state=change.state,
            urgent=change.cause.urgent and change.state is State.BEGUN,
            title=sentence(_title(change, self._name), rules.language),
            text=sentence(told, rules.language),
            at=self._clock(),
            plotter=self._name,
            url=self._url(),
            language=rules.language,
            code=told.code,
            params=told.as_dict()["params"],
        )

    def _run(self) -> None:
        seen, news = self._studio.events.last_id, True
        while not self._end.is_set() and not self._studio.events.closed:
            if news:
                with suppress(StudioError):  # the database: the next look tells it
                    self._safely()
            begun = self._timer()
            news = False
            while not news and not self._end.is_set() and not self._studio.events.closed:
                left = self._every_s - (self._timer() - begun)
                events = self._studio.events.read(seen, min(max(left, 0.0), WAIT_S))
                seen = events[-1].id if events else seen
                news = left <= 0 or any(event.kind in NEWS for event in events)
                self._end.wait(LEAST_S if events else 0.0)

    def _safely(self) -> None:
        try:
            self.tick()
        except StudioError:
            raise
        except Exception:
            logger.exception("the notifiers go on after an unexpected error")


def _all(waiting: Sequence[Mapping[str, State]], name: str, state: State) -> bool:
    """Whether every notifier still has that of a cause to deliver."""
    return bool(waiting) and all(each.get(name) is state for each in waiting)


def _title(change: Change, name: str) -> Fact:
    if change.state is State.OVER:
        return fact("notify-title-over", name=name)
    return fact("notify-title-urgent" if change.cause.urgent else "notify-title", name=name)


def _read(path: Path) -> Mapping[str, Cause]:
    """What was told before; nothing where that cannot be read."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Cause(Fact.from_dict(each["fact"]), bool(each["urgent"]))
            for name, each in said.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write(path: Path, told: Mapping[str, Cause]) -> None:
    """Remember it; a full disk keeps nobody from being told."""
    said = {n: {"fact": c.told.as_dict(), "urgent": c.urgent} for n, c in told.items()}
    try:
        path.write_text(json.dumps(said), encoding="utf-8")
    except OSError as error:
        logger.warning("it is not remembered what was told: %s", error)
