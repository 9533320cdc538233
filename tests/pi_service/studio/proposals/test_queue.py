"""The queue: first come, first shown; who draws on is served anew; nobody starves."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest

from pi_service.studio.core.errors import StudioError
from pi_service.studio.proposals.beginning import Beginning, BeginningError
from pi_service.studio.proposals.queue import BusyError, ProposalQueue
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist


def beginning(length: float = 40.0, strokes: int = 1) -> Beginning:
    line = np.array([[10.0, 10.0], [10.0 + length, 12.0]])
    return Beginning("cat", (line,) * strokes, (92.0, 54.5))


@pytest.fixture
def artist() -> DrawingArtist:
    return DrawingArtist()


@pytest.fixture
def queue(artist: DrawingArtist) -> Iterator[ProposalQueue]:
    made = ProposalQueue(artist, most=3)
    yield made
    artist.before = lambda: None
    made.close()


class Gate:
    """Lets the artist draw one proposal at a time."""

    def __init__(self, artist: DrawingArtist) -> None:
        self._may = threading.Semaphore(0)
        self.reached = threading.Event()
        artist.before = self._wait

    def _wait(self) -> None:
        self.reached.set()
        assert self._may.acquire(timeout=10)

    def open(self, count: int = 1) -> None:
        self._may.release(count)


def test_proposals_come_one_by_one(queue: ProposalQueue, artist: DrawingArtist) -> None:
    gate = Gate(artist)
    asked = queue.ask("a", beginning(), seed=5, count=3)
    gate.open()
    assert next(asked).seed == 5
    assert len(artist.made) == 1
    gate.open(5)
    assert [picked.seed for picked in asked] == [6, 7]
    eventually(lambda: queue.visitors == 0)


def test_the_same_strokes_and_seed_give_the_same(queue: ProposalQueue) -> None:
    first = [picked.id for picked in queue.ask("a", beginning(), seed=5, count=3)]
    again = [picked.id for picked in queue.ask("b", beginning(), seed=5, count=3)]
    other = [picked.id for picked in queue.ask("b", beginning(41.0), seed=5, count=3)]
    assert first == again
    assert len(set(first) | set(other)) == 6


def test_whoever_draws_on_is_served_anew(queue: ProposalQueue, artist: DrawingArtist) -> None:
    gate = Gate(artist)
    old = queue.ask("a", beginning(), seed=1, count=5)
    eventually(lambda: not artist.made)
    new = queue.ask("a", beginning(50.0), seed=100, count=2)
    gate.open(10)
    assert [picked.seed for picked in new] == [100, 101]
    assert len(list(old)) <= 1
    assert [seed for seed in artist.made if seed < 100] in ([], [1])


def test_everybodys_first_comes_before_anybodys_second(
    queue: ProposalQueue, artist: DrawingArtist
) -> None:
    gate = Gate(artist)
    askeds = [
        queue.ask(name, beginning(), seed=at, count=4)
        for name, at in (("a", 100), ("b", 200), ("c", 300))
    ]
    gate.open(100)
    for asked in askeds:
        assert len(list(asked)) == 4
    assert sorted(artist.made[:3]) == [100, 200, 300]
    assert sorted(artist.made[3:6]) == [101, 201, 301]


def test_more_than_can_be_served_are_asked_to_wait(
    queue: ProposalQueue, artist: DrawingArtist
) -> None:
    gate = Gate(artist)
    askeds = [queue.ask(name, beginning(), seed=1, count=1) for name in "abc"]
    with pytest.raises(BusyError, match=r"3 visitors are drawing just now\. Try again"):
        queue.ask("d", beginning(), seed=1, count=1)
    queue.drop(askeds[0])
    askeds.append(queue.ask("d", beginning(), seed=1, count=1))
    gate.open(10)
    assert [len(list(asked)) for asked in askeds] == [0, 1, 1, 1]


def test_nobody_keeps_all_others_away(artist: DrawingArtist) -> None:
    queue, gate = ProposalQueue(artist), Gate(artist)
    for name in "abcd":
        queue.ask(name, beginning(), seed=1, count=1, address="192.0.2.7")
    with pytest.raises(BusyError, match="4 visitors are drawing"):
        queue.ask("e", beginning(), seed=1, count=1, address="192.0.2.7")
    asked = queue.ask("f", beginning(), seed=1, count=1, address="192.0.2.8")
    gate.open(10)
    assert len(list(asked)) == 1
    queue.close()


def test_an_address_that_asks_on_and_on_has_its_share_of_turns(
    queue: ProposalQueue, artist: DrawingArtist
) -> None:
    gate = Gate(artist)
    impolite = [queue.ask("0", beginning(), seed=0, count=1, address="192.0.2.7")]

    def again() -> None:
        number = 100 * len(impolite)
        impolite.append(
            queue.ask(str(number), beginning(), seed=number, count=1, address="192.0.2.7")
        )
        gate._wait()

    artist.before = again
    asked = queue.ask("polite", beginning(), seed=1, count=6, address="192.0.2.8")
    gate.open(100)
    assert len(list(asked)) == 6
    artist.before = lambda: None
    gate.open(100)
    assert artist.made.index(6) <= 13  # and not after all that others ask


def test_who_has_more_than_a_share_makes_room(
    queue: ProposalQueue, artist: DrawingArtist
) -> None:
    """The youngest of its requests is let go, not the one that is being drawn."""
    gate = Gate(artist)
    with queue._changed:  # all three are there before the first is begun
        first, _, third = (
            queue.ask(name, beginning(), seed=1, count=1, address="192.0.2.7")
            for name in "abc"
        )
    assert gate.reached.wait(timeout=10)
    asked = queue.ask("d", beginning(), seed=1, count=1, address="192.0.2.8")
    with pytest.raises(BusyError):
        queue.ask("e", beginning(), seed=1, count=1, address="192.0.2.8")
    gate.open(10)
    assert [len(list(each)) for each in (first, asked)] == [1, 1]
    with pytest.raises(BusyError):
        next(third)


def test_a_seed_of_which_nothing_comes_is_made_up_for(
    queue: ProposalQueue, artist: DrawingArtist
) -> None:
    artist.fails = {5, 7}
    assert [p.seed for p in queue.ask("a", beginning(), seed=5, count=3)] == [6, 8, 9]


def test_when_nothing_comes_at_all_it_says_so(
    queue: ProposalQueue, artist: DrawingArtist
) -> None:
    artist.fails = set(range(100))
    with pytest.raises(StudioError, match="Draw a little more"):
        next(queue.ask("a", beginning(), seed=5, count=3))
    assert len(artist.made) == 7


def test_too_long_for_the_model_is_the_visitors_to_shorten(queue: ProposalQueue) -> None:
    with pytest.raises(BeginningError, match="Take some back"):
        next(queue.ask("a", beginning(strokes=51), seed=5, count=3))


def test_an_unexpected_error_ends_one_asked_and_not_the_queue(
    queue: ProposalQueue, artist: DrawingArtist, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        artist.before = lambda: None
        raise ZeroDivisionError

    artist.before = fail
    with pytest.raises(StudioError, match="Nothing came"):
        next(queue.ask("a", beginning(), seed=5, count=3))
    assert "drawing on failed" in caplog.text
    assert len(list(queue.ask("a", beginning(), seed=5, count=3))) == 3


def test_a_dropped_asked_is_not_drawn_on(queue: ProposalQueue, artist: DrawingArtist) -> None:
    gate = Gate(artist)
    asked = queue.ask("a", beginning(), seed=1, count=8)
    gate.open()
    next(asked)
    queue.drop(asked)
    gate.open(20)
    assert len(list(queue.ask("b", beginning(), seed=50, count=2))) == 2
    assert len([seed for seed in artist.made if seed < 50]) <= 2


def test_closing_ends_who_waits(artist: DrawingArtist) -> None:
    queue = ProposalQueue(artist)
    gate = Gate(artist)
    asked = queue.ask("a", beginning(), seed=1, count=2)
    assert gate.reached.wait(10)  # what has not been begun is refused
    threading.Timer(0.05, lambda: gate.open(9)).start()
    queue.close()
    with suppress(StudioError):  # where none was made before the end
        list(asked)
    assert asked.over
    with pytest.raises(StudioError, match="ending"):
        queue.ask("a", beginning(), seed=1, count=2)


def test_many_visitors_who_come_and_go_leave_nothing_behind(queue: ProposalQueue) -> None:
    rng = random.Random(3)
    for turn in range(200):
        name = rng.choice("abc")
        asked = queue.ask(name, beginning(20 + turn / 10), seed=turn * 10, count=4)
        for _ in range(rng.randrange(3)):
            next(asked, None)
        if rng.random() < 0.5:
            queue.drop(asked)
    eventually(lambda: queue.visitors == 0)
