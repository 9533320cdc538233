"""Visitors draw with the machine: strokes come in, proposals go out, a picked one is a job."""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.admission import SEEDS, Request
from pi_service.studio.jobs.job import Job
from pi_service.studio.jobs.picked import DIGITS, Picked
from pi_service.studio.jobs.planner import LONGEST_CAPTION, Composer, Order
from pi_service.studio.jobs.store import Store
from pi_service.studio.proposals.beginning import Beginning, Frame, begin
from pi_service.studio.proposals.menu import Menu
from pi_service.studio.proposals.queue import Completer, Desk, Errand

SOURCE = "visitor drawing"
"""Who asks for what was picked, in the job."""
PROPOSALS = 6
"""Proposals that are made where nobody says how many."""
MOST_PROPOSALS = 8
REMEMBERED = 64
"""Proposals that are remembered: of the visitors who draw now, the newest few each."""
CHANGED = fact("proposal-changed")


@dataclass(frozen=True)
class Wish:
    """What a visitor has drawn, and what it is to become.

    Attributes:
        class_name: What.
        strokes: Lists of ``[x, y]`` in the frame's unit, y down.
        frame: What they were drawn on.
    """

    class_name: str
    strokes: Sequence[Any]
    frame: Frame


class Together:
    """What visitors may ask for who draw with the machine.

    Args:
        artist: Draws on; or why nobody does.
        room: Width and height of the room that the next drawing has on paper, mm.
        accept: Makes a request a job.
        rng: Where seeds come from.
    """

    def __init__(
        self,
        *,
        artist: object,
        room: Callable[[], tuple[float, float]],
        accept: Callable[[Request], Job],
        rng: random.Random,
    ) -> None:
        self._reason = (
            fact("text", text=artist)
            if isinstance(artist, str)
            else fact("proposals-no-completer")
        )
        self._desk = Desk(artist) if isinstance(artist, Completer) else None
        self._room = room
        self._accept = accept
        self._rng = rng
        self._lock = threading.Lock()
        self._shown: OrderedDict[str, Picked] = OrderedDict()

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of the room that the next drawing has on paper, mm."""
        return self._room()

    @property
    def problem(self) -> Fact | None:
        """Why nobody draws on; None if the machine does."""
        return self._reason if self._desk is None else None

    def offer(
        self,
        visitor: str,
        wish: Wish,
        *,
        seed: int | None = None,
        count: int = PROPOSALS,
        house: str = "",
    ) -> Iterator[Picked]:
        """Draw on from what a visitor began; the strokes are checked before this returns.

        What the same visitor asked for before is let go. Close the iterator (it is a
        generator) where nobody waits for more.

        Args:
            visitor: Names the visitor.
            wish: The strokes, and what they are to become.
            seed: Of the first proposal; None for any.
            count: How many proposals, 1 to `MOST_PROPOSALS`.
            house: The address from which the visitor asks.

        Returns:
            The proposals, each as soon as it is drawn.

        Raises:
            BeginningError: The strokes cannot be begun with.
            BusyError: Too many visitors draw just now.
            StudioError: Nobody draws on here, or nothing came of it.
        """
        desk = self._open_desk()
        first = self._rng.randrange(SEEDS) if seed is None else seed
        begun = self._begin(wish)
        errand = desk.ask(visitor, begun, seed=first, count=count, house=house)
        return self._told(desk, errand)

    def pick(
        self,
        wish: Wish,
        *,
        seed: int,
        proposal: str,
        pen_change: bool = False,
        request_key: str | None = None,
    ) -> Job:
        """Have a proposal drawn; job, strokes and seed are on the disk before this returns.

        Args:
            wish: What it was made from: with the seed it gives the same again, also where it
                is not remembered any more.
            seed: The proposal's.
            proposal: Its name.
            pen_change: Whether the machine waits for another pen before its own strokes.
            request_key: Asking again with the same one gives the job of the first.

        Raises:
            StudioError: It cannot be made any more as it was shown, or the queue is full.
        """
        with self._lock:
            picked = self._shown.get(proposal)
        if picked is None:
            picked = self._again(wish, seed)
        if picked.id != proposal:
            raise StudioError(CHANGED)
        return self._accept(
            Request(
                SOURCE,
                picked.class_name,
                picked.seed,
                request_key,
                picked=picked,
                pen_change=pen_change,
            )
        )

    def close(self) -> None:
        """End the desk."""
        if self._desk is not None:
            self._desk.close()

    def _open_desk(self) -> Desk:
        if self._desk is None:
            raise StudioError(self._reason)
        return self._desk

    def _begin(self, wish: Wish) -> Beginning:
        return begin(wish.class_name, wish.strokes, wish.frame, self._room())

    def _told(self, desk: Desk, errand: Errand) -> Iterator[Picked]:
        """The proposals of an errand, remembered; the errand ends with the iterator."""
        try:
            for picked in errand:
                with self._lock:
                    self._shown[picked.id] = picked
                    while len(self._shown) > REMEMBERED:
                        self._shown.popitem(last=False)
                yield picked
        finally:
            desk.drop(errand)

    def _again(self, wish: Wish, seed: int) -> Picked:
        """The proposal of a seed, made anew."""
        desk = self._open_desk()
        errand = desk.ask(f"pick {seed}", self._begin(wish), seed=seed, count=1, spare=0)
        with _ended(desk, errand):
            picked = next(errand, None)
        if picked is None:
            raise StudioError(CHANGED)
        return picked


@contextmanager
def _ended(desk: Desk, errand: Errand) -> Iterator[None]:
    try:
        yield
    finally:
        desk.drop(errand)


def open_desk(
    store: Store,
    composer: Composer | str,
    accept: Callable[[Request], Job],
    *,
    default_class: str,
    rng: random.Random,
) -> tuple[Menu, Together]:
    """What visitors may choose, and whom they draw with.

    Args:
        store: Where sheets and settings are.
        composer: Has the artist; or why there is none.
        accept: Makes a request a job.
        default_class: What is drawn if nobody says otherwise.
        rng: Where seeds come from.
    """
    artist = composer if isinstance(composer, str) else composer.artist
    classes = () if isinstance(composer, str) else composer.artist.classes
    menu = Menu(store.database, classes=classes, default=default_class)

    def room() -> tuple[float, float]:
        assert not isinstance(composer, str)  # noqa: S101 (nobody asks without an artist)
        return next_room(store, composer)

    return menu, Together(artist=artist, room=room, accept=accept, rng=rng)


def next_room(store: Store, composer: Composer) -> tuple[float, float]:
    """Width and height of what the next drawing may have of the sheet, mm."""
    sheet = store.sheet()
    cells = (1, 1) if sheet is None else (sheet.columns, sheet.rows)
    written = LONGEST_CAPTION if sheet is not None and sheet.caption else ""
    room = composer.room(Order("", 0, 0, 0, *cells, caption=written))
    return round(room.width, DIGITS), round(room.height, DIGITS)
