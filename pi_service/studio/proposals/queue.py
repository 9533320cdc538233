"""The proposal queue: one thread that draws on from what visitors began, each in turn.

Who draws on is served anew: what was asked for before is let go where it stands. The address
comes first for which the least was drawn lately, however often others ask; and of one address
whoever has no proposal yet, so that nobody waits for another's sixth. Only a few visitors are
served at a time, one sketch after the other: the drawing on paper never notices.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

from numpy.typing import NDArray

from firmware_gcode.facts import fact
from pi_service.sketching.completion import CompletionError, Proposal
from pi_service.sketching.sketcher import ClassError, SketchingError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.picked import Picked, rounded
from pi_service.studio.proposals.beginning import Beginning, BeginningError

logger = logging.getLogger(__name__)

MOST_VISITORS = 8
"""Visitors who are served at a time; further ones are asked to wait a moment."""
MOST_PER_ADDRESS = 4
"""Of them those who ask from the same address: nobody keeps all others away."""
LATELY = 24
"""So many sketches back it counts for whom they were drawn."""
SPARE = 4
"""Seeds of which nothing came that are made up for by others."""
NOTHING_CAME = fact("proposals-nothing-came")


class BusyError(StudioError):
    """More visitors draw than can be served; the message says so."""


@runtime_checkable
class Completer(Protocol):
    """Draws on from strokes; `pi_service.sketching.sketcher.Sketcher` is the real one."""

    @property
    def classes(self) -> tuple[str, ...]:
        """What it can draw."""

    @property
    def model_hash(self) -> str:
        """Which model it is."""

    def complete(
        self,
        strokes: Sequence[NDArray[Any]],
        class_name: str = "cat",
        *,
        seed: int,
        n: int = 1,
    ) -> list[Proposal]:
        """Proposals that begin with the strokes; the same seed always gives the same."""


class ProposalRequest:
    """What a visitor has asked for, and what came of it. An iterator over the proposals.

    Made by `ProposalQueue.ask`. Whoever iterates waits for each; a StudioError says why
    there is none.
    """

    def __init__(
        self, beginning: Beginning, seeds: Iterator[int], count: int, address: str = ""
    ) -> None:
        self.address = address
        self.beginning = beginning
        self.seeds = seeds
        self.count = count
        self.made: list[Picked] = []
        self.error: StudioError | None = None
        self.over = False
        self.turn = 0
        """When it was asked for or last served, counted in such events of the queue."""
        self._changed = threading.Condition()
        self._given = 0

    def __iter__(self) -> ProposalRequest:
        return self

    def __next__(self) -> Picked:
        """The next proposal, once it is there. Raises StudioError if nothing comes of it."""
        with self._changed:
            self._changed.wait_for(lambda: self.over or len(self.made) > self._given)
            if len(self.made) > self._given:
                self._given += 1
                return self.made[self._given - 1]
            if self.error is not None and not self.made:
                raise self.error
        raise StopIteration

    def add(self, picked: Picked) -> None:
        """One more proposal is there, unless it is like another."""
        with self._changed:
            if picked.id not in {known.id for known in self.made}:
                self.made.append(picked)
            self.over = self.over or len(self.made) >= self.count
            self._changed.notify_all()

    def end(self, error: StudioError | None = None) -> None:
        """There will be no more."""
        with self._changed:
            self.error = self.error or error
            self.over = True
            self._changed.notify_all()


class ProposalQueue:
    """Serves at most `most` visitors at a time."""

    def __init__(self, artist: Completer, *, most: int = MOST_VISITORS) -> None:
        self._artist = artist
        self._most = most
        self._requests: dict[str, ProposalRequest] = {}
        self._turns = itertools.count()
        self._lately: deque[str] = deque(maxlen=LATELY)
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def ask(
        self,
        visitor: str,
        beginning: Beginning,
        *,
        seed: int,
        count: int,
        spare: int = SPARE,
        address: str = "",
    ) -> ProposalRequest:
        """Take a visitor's strokes in; what the visitor asked for before is let go.

        Args:
            seed: Of the first proposal; the next have those that follow.
            spare: How many seeds of which nothing comes are made up for.
            address: From where the visitor asks; empty for nowhere in particular.

        Raises:
            BusyError: Too many others are being served.
            StudioError: The service is ending.
        """
        seeds = iter(range(seed, seed + count + spare))
        wanted = ProposalRequest(beginning, seeds, count, address)
        with self._changed:
            if self._closing:
                raise StudioError("service-ending-proposals")
            old = self._requests.pop(visitor, None)
            if old is not None:
                old.end()
            self._make_room(address)
            wanted.turn = next(self._turns)
            self._requests[visitor] = wanted
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="proposals", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()
        return wanted

    def _make_room(self, address: str) -> None:
        """Refuse one too many: of one address, or where all others have their share."""
        counts = Counter(each.address for each in self._requests.values())
        beside = counts[address] if address else 0
        if beside < MOST_PER_ADDRESS and len(self._requests) < self._most:
            return
        busy = BusyError("visitors-busy", count=min(len(self._requests), self._most))
        greedy, most = max(counts.items(), key=lambda pair: pair[1])
        if not address or most <= beside + 1:
            raise busy
        visitor = [name for name, each in self._requests.items() if each.address == greedy][-1]
        self._requests.pop(visitor).end(busy)

    def drop(self, wanted: ProposalRequest) -> None:
        """Nobody waits for this any more."""
        with self._changed:
            for visitor, known in list(self._requests.items()):
                if known is wanted:
                    del self._requests[visitor]
        wanted.end()

    @property
    def visitors(self) -> int:
        """How many are being served."""
        with self._changed:
            return len(self._requests)

    def close(self) -> None:
        """End the thread, after the sketch that it is drawing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            for wanted in self._requests.values():
                wanted.end(StudioError("service-ending"))
        if self._thread is not None:
            self._thread.join(timeout=10.0)

    def _run(self) -> None:
        while (wanted := self._next()) is not None:
            self._serve(wanted)
            if wanted.over:
                self.drop(wanted)

    def _next(self) -> ProposalRequest | None:
        """Whose turn it is; see above. Of equals the one who waits longest."""
        with self._changed:
            self._changed.wait_for(lambda: self._closing or self._requests)
            if self._closing:
                return None
            served = Counter(self._lately)
            wanted = min(
                self._requests.values(),
                key=lambda each: (served[each.address], len(each.made), each.turn),
            )
            wanted.turn = next(self._turns)
            self._lately.append(wanted.address)
            return wanted

    def _serve(self, wanted: ProposalRequest) -> None:
        """Draw one proposal."""
        seed = next(wanted.seeds, None)
        if seed is None:
            wanted.end(StudioError(NOTHING_CAME))
            return
        try:
            wanted.add(draw_on(self._artist, wanted.beginning, seed))
        except SketchingError:
            return  # the next seed may do better
        except StudioError as error:
            wanted.end(error)
        except Exception:
            logger.exception("drawing on failed")
            wanted.end(StudioError(NOTHING_CAME))


def draw_on(artist: Completer, beginning: Beginning, seed: int) -> Picked:
    """One proposal; the same strokes and seed always give the same.

    Raises:
        BeginningError: The strokes cannot be drawn on from.
        StudioError: The model does not know the class.
        SketchingError: Nothing came of this seed.
    """
    try:
        made = artist.complete(beginning.strokes, beginning.class_name, seed=seed, n=1)[0]
    except ClassError as error:
        raise StudioError("class-not-known", class_name=beginning.class_name) from error
    except CompletionError as error:
        raise BeginningError("beginning-no-room") from error
    if not made.added:
        raise SketchingError("sketching-whole")
    return Picked(
        class_name=beginning.class_name,
        seed=seed,
        room=beginning.room,
        given=beginning.strokes,
        added=rounded(made.added),
        model_hash=artist.model_hash,
    )
