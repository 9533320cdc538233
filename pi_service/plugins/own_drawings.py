"""Drawing sources: what is drawn where nobody says what, instead of a cat.

One drawing is always read and placed beforehand, so that a press waits for no plug-in; where
none is ready a cat is drawn. What becomes a job is a job like any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_gcode.facts import Fact, fact
from pi_service.plugins.api import Group
from pi_service.plugins.child import PluginError
from pi_service.plugins.guard import Guard, Runner
from pi_service.studio.jobs.artwork import Artwork, ArtworkError
from pi_service.studio.jobs.job import Request
from pi_service.studio.jobs.picked import Picked

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

ASK_AGAIN_S = 30.0
"""Before a source that had nothing, or whose file could not be read, is asked again."""
UNREADABLE = 5
"""So many in a row that are no drawings are the source's own fault."""
LONGEST_NAME = 64
LARGEST = 8_000_000
"""Characters of an SVG file."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A drawing that can be taken.

    Attributes:
        room: Width and height of the cell that it was placed in, mm.
    """

    artwork: Artwork
    picked: Picked
    room: tuple[float, float]


class Source(Runner):
    """Keeps the next drawing of one source ready.

    Args:
        taken: Counts one that was taken; gives how many were.
    """

    group = Group.SOURCE

    def __init__(self, guard: Guard, studio: Studio, taken: Callable[[], int]) -> None:
        super().__init__(guard)
        self._studio = studio
        self._taken = taken
        self._turn = guard.use.turn
        self._ready: _Ready | None = None
        self._news = threading.Event()
        self._unread = 0

    def take(self, request: Request) -> tuple[Request, Picked] | None:
        """The next drawing in place of what was asked for, or None; for any thread."""
        ready = self._ready
        if ready is None or ready.room != self._studio.proposals.room:
            self._news.set()
            return None
        self._ready = None
        self._news.set()
        made = ready.artwork.request(request.source, ready.picked, request.request_key)
        return made, ready.picked

    def _wake(self) -> None:
        self._news.set()

    def _work(self) -> None:
        held: _Ready | None = None
        while not self._end.is_set():
            if held is not None and self._ready is None:
                self._turn = self._taken()
            room = self._studio.proposals.room
            if self._ready is None or self._ready.room != room:
                self._ready = held = self._next(room)
            self._drop()  # it need not wait for us in memory
            self._news.wait(ASK_AGAIN_S if held is None else None)
            self._news.clear()

    def _next(self, room: tuple[float, float]) -> _Ready | None:
        width, height = room
        ask = {"turn": self._turn, "width": width, "height": height}
        try:
            said = self._started().ask(ask)
        except PluginError as error:
            if error.own:
                raise
            self.guard.late(error)
            self._turn = self._taken()
            return None
        if said is None:
            self.guard.well()
            return None
        name, svg = _drawing(said)
        artwork = Artwork(name=name, text=svg)
        try:
            picked, _ = artwork.read(room, self._studio.machine.profile)
        except ArtworkError as error:
            self._pass_over(fact("drawing-unread", name=name, why=error.fact))
            return None
        self._unread = 0
        self.guard.well()
        return _Ready(artwork, picked, room)

    def _pass_over(self, told: Fact) -> None:
        """Tell of what cannot be drawn, and go on with the one after it."""
        self._studio.notices.say(told)
        self._turn = self._taken()
        self._unread += 1
        if self._unread >= UNREADABLE:
            self._unread = 0
            raise PluginError("plugin-no-drawings", count=UNREADABLE)
        self._news.set()


def _drawing(said: object) -> tuple[str, str]:
    """Name and text of a drawing. Raises PluginError if it is none."""
    if isinstance(said, dict):
        name, svg = said.get("name"), said.get("svg")
        if isinstance(name, str) and isinstance(svg, str) and len(svg) <= LARGEST:
            return name.strip()[:LONGEST_NAME] or "?", svg
    raise PluginError("plugin-nonsense")


class ByTurns:
    """Several sources, one after the other."""

    def __init__(self, sources: Callable[[], Sequence[Source]]) -> None:
        self._sources = sources
        self._next = 0

    def take(self, request: Request) -> tuple[Request, Picked] | None:
        """The drawing of the next source that has one, or None."""
        sources = self._sources()
        for step in range(len(sources)):
            at = (self._next + step) % len(sources)
            if (found := sources[at].take(request)) is not None:
                self._next = at + 1
                return found
        return None
