"""Visitors draw with the machine: strokes come in, proposals go out, a picked one is a job."""

from __future__ import annotations

import random
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from firmware_gcode.facts import Fact, fact
from pi_service.sketching.sketcher import IDEAS_KEPT
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job, Request
from pi_service.studio.jobs.jobs import CANVAS, Jobs
from pi_service.studio.jobs.picked import Picked, points_of
from pi_service.studio.jobs.planner import Placed, Planner
from pi_service.studio.jobs.prefetch import SEEDS
from pi_service.studio.jobs.store import Store
from pi_service.studio.proposals.approvals import Approvals, Asked
from pi_service.studio.proposals.beginning import Beginning, Frame, begin
from pi_service.studio.proposals.queue import Completer, ProposalQueue, ProposalRequest

NOT_HERE = fact("proposals-no-completer")
SOURCE = CANVAS
"""Who asks for what was picked, in the job."""
PROPOSALS = 6
"""Proposals that are made where nobody says how many."""
MOST_PROPOSALS = 8
REMEMBERED = 64
"""Proposals that are remembered: of the visitors who draw now, the newest few each."""
CHANGED = fact("proposal-changed")


@dataclass(frozen=True)
class VisitorDrawing:
    """What a visitor has drawn, ``[x, y]`` in the frame's unit, y down, and as what."""

    class_name: str
    strokes: Sequence[Any]
    frame: Frame


class Proposals:
    """What visitors may ask for who draw with the machine."""

    def __init__(
        self,
        *,
        planner: Planner | Fact,
        store: Store,
        jobs: Jobs,
        approvals: Approvals,
        rng: random.Random,
    ) -> None:
        self._planner = planner
        artist: object = None if isinstance(planner, Fact) else planner.artist
        self._queue = ProposalQueue(artist) if isinstance(artist, Completer) else None
        self._store = store
        self._jobs = jobs
        self._approvals = approvals
        approvals.forget = self._forget
        self._rng = rng
        self._lock = threading.Lock()
        self._shown: OrderedDict[str, Picked] = OrderedDict()

    @property
    def room(self) -> tuple[float, float]:
        """Width, height of the next drawing's room, mm. Raises StudioError without a model."""
        if isinstance(self._planner, Fact):
            raise StudioError(self._planner)
        return self._planner.room_size(Placed.next_on(self._store.sheet()))

    @property
    def problem(self) -> Fact | None:
        """Why nobody draws on; None if the machine does."""
        if self._queue is not None:
            return self._store.database.fault
        return self._planner if isinstance(self._planner, Fact) else NOT_HERE

    def offer(
        self,
        visitor: str,
        drawing: VisitorDrawing,
        *,
        seed: int | None = None,
        count: int = PROPOSALS,
        address: str = "",
    ) -> Iterator[Picked]:
        """Draw on from what a visitor began, each proposal given as soon as it is drawn.

        The strokes are checked before this returns. What the same visitor asked for before is
        let go. Close the iterator (it is a generator) where nobody waits for more.

        Args:
            seed: Of the first proposal; None for any.
            count: How many proposals, 1 to `MOST_PROPOSALS`.

        Raises:
            BeginningError: The strokes cannot be begun with.
            BusyError: Too many visitors draw just now.
            StudioError: Nobody draws on here, the staff want no such thing now, or nothing
                came of it.
        """
        queue = self._open_queue()
        self._approvals.rules.check_class(drawing.class_name)
        first = self._rng.randrange(0, SEEDS, IDEAS_KEPT) if seed is None else seed
        begun = self._begin(drawing)
        wanted = queue.ask(visitor, begun, seed=first, count=count, address=address)
        return self._told(queue, wanted)

    def pick(
        self,
        drawing: VisitorDrawing,
        *,
        seed: int,
        proposal: str,
        pen_change: bool = False,
        request_key: str | None = None,
        address: str = "",
        staff: bool = False,
    ) -> Job | Asked:
        """Have a proposal drawn; job, strokes and seed are on the disk before this returns.

        Where the staff are asked first there is no job yet: what waits is on the disk.

        Args:
            drawing: What it was made from: with the seed it gives the same again, also where
                it is not remembered any more.
            address: From where the visitor asks; it shares the turns of `offer`.
            staff: Whether the staff themselves ask: nobody needs to be asked then.

        Raises:
            StudioError: It cannot be made any more as it was shown, or the queue is full.
        """
        with self._lock:
            picked = self._shown.get(proposal)
        if picked is None:
            picked = self._again(drawing, seed, address)
        if picked.id != proposal:
            raise StudioError(CHANGED)
        if not staff and self._approvals.rules.on:
            return self._approvals.ask(
                picked, pen_change=pen_change, request_key=request_key, address=address
            )
        request = Request(
            SOURCE,
            class_name=picked.class_name,
            seed=picked.seed,
            request_key=self._approvals.own(request_key) if staff else request_key,
            proposal=picked.id,
            pen_change=pen_change,
        )
        job = self._jobs.request(request, picked)
        if not staff:
            self._approvals.hold_back()  # it may have been switched on just now
        return job

    def close(self) -> None:
        """End the queue."""
        if self._queue is not None:
            self._queue.close()

    def _forget(self, refused: Picked) -> None:
        """Remember nothing of a visitor's strokes."""
        given = points_of(refused.given)
        with self._lock:
            for name in [
                n for n, kept in self._shown.items() if points_of(kept.given) == given
            ]:
                del self._shown[name]

    def _open_queue(self) -> ProposalQueue:
        problem = self.problem
        if self._queue is None or problem is not None:
            raise StudioError(problem or NOT_HERE)
        return self._queue

    def _begin(self, drawing: VisitorDrawing) -> Beginning:
        return begin(drawing.class_name, drawing.strokes, drawing.frame, self.room)

    def _told(self, queue: ProposalQueue, wanted: ProposalRequest) -> Iterator[Picked]:
        """The proposals of a request, remembered; it ends with the iterator."""
        try:
            for picked in wanted:
                with self._lock:
                    self._shown[picked.id] = picked
                    while len(self._shown) > REMEMBERED:
                        self._shown.popitem(last=False)
                yield picked
        finally:
            queue.drop(wanted)

    def _again(self, drawing: VisitorDrawing, seed: int, address: str) -> Picked:
        """The proposal of a seed, made anew."""
        queue, begun = self._open_queue(), self._begin(drawing)
        asker = f"{address} picks {seed}"
        wanted = queue.ask(asker, begun, seed=seed, count=1, spare=0, address=address)
        try:
            picked = next(wanted, None)
        finally:
            queue.drop(wanted)
        if picked is None:
            raise StudioError(CHANGED)
        return picked
