"""Puts the desk and the menu together, for the studio."""

from __future__ import annotations

import random
from collections.abc import Callable

from pi_service.studio.composer import LONGEST_CAPTION, Composer, Order
from pi_service.studio.job import Job
from pi_service.studio.proposals.menu import Menu
from pi_service.studio.proposals.picked import DIGITS
from pi_service.studio.proposals.together import Together
from pi_service.studio.reception import Request
from pi_service.studio.store import Store


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
        composer: Has the artist; or a sentence that says why there is none.
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
