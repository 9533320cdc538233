"""The sketcher: a class and a seed in, a sketch out; the only door that others need."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.facts import CodedError, Fact, chain, fact
from pi_service.sketching.completion import (
    Proposal,
    check_room,
    check_strokes,
    proposal,
    unlike,
)
from pi_service.sketching.critic import critic_of
from pi_service.sketching.limits import Limits, what_is_wrong
from pi_service.sketching.manner import MOST, CandidatesError, Manner, check_candidates
from pi_service.sketching.model_file import ModelFile, read_model_file
from pi_service.sketching.picture import blurred, picture
from pi_service.sketching.placing import Placement, place, rows_of
from pi_service.sketching.sampling import sample, uniforms
from pi_service.sketching.simplify import Line
from pi_service.sketching.stroke import EMPTY_SKETCH, Sketch

DEFAULT_MODEL = Path(__file__).parent / "models" / "quickdraw.safetensors"
"""The model that is shipped."""
NEVER_ENDS = fact("sketch-never-ends")
"""What is wrong with a sketch that the model did not finish."""
IDEAS = 24
"""Ways to draw on from given strokes that are tried at a look…"""
IDEAS_AT_FIRST = 8
"""…of which the first idea is the best of so many first ones, so that it is there soon…"""
IDEAS_KEPT = 8
"""…and so many are kept at most."""
IDEA = 2
"""Of so many ways the machine's first stroke is the same."""
UNLIKE_SIDE = 24
"""Pixels of a side of the pictures, blurred, by which ideas are told from one another."""
PLACEMENTS = 16
"""Beginnings of which it is remembered where they belong, and what ideas came: each is asked
for several times."""
GROUP = 8
"""Candidates of a sketch that are drawn at least before it is asked whether one is enough."""
SIDE_BY_SIDE = 8
"""Sketches that are drawn at once at most: each takes 0.8 MB while it is drawn."""


class ClassError(CodedError, ValueError):
    """A class that the model does not know; the message names those that it could be."""


class SeedError(CodedError, ValueError):
    """A seed that is none."""


class SketchingError(CodedError, RuntimeError):
    """The model drew nothing that can be put on paper."""


@dataclass(frozen=True)
class Attempt:
    """One try to draw a sketch."""

    sketch: Sketch
    failure: Fact | None
    """Why it must not be put on paper, in a few words; None if it may."""
    score: float = 0.0
    """What the critic makes of a sketch that may be; 0 without a critic."""


@dataclass(frozen=True)
class _Beginning:
    """A human's first strokes, and how they are looked at; may be a dictionary's key."""

    number: int
    """Of the class that it is to become."""
    drawn: tuple[bytes, ...]
    """The points of each stroke."""
    look: int
    manner: Manner

    @property
    def lines(self) -> tuple[Line, ...]:
        """The strokes."""
        return tuple(_line_of(points) for points in self.drawn)


class Sketcher:
    """Draws sketches with one model; the same class, seed and settings give the same one.

    Of several sketches, the candidates, the one that the model's critic likes best is taken.
    Some of them share an opening; when the best of those is good enough, no further opening is
    tried. One that failed (it never ends, is a blot, leaves the canvas, or is outside of what
    nearly all humans' drawings of its class keep to) is never taken; if all of them failed,
    more are drawn from the same seed, a bounded number of times. Each candidate has random
    numbers of its own, so that it is the same whatever else is drawn. A model without a critic
    takes the first candidate that did not fail.

    Args:
        model: The model.
    """

    def __init__(self, model: ModelFile) -> None:
        self._model = model
        self._hash = model.hash
        self._placement = lru_cache(maxsize=PLACEMENTS)(self._place)
        self._ways = lru_cache(maxsize=PLACEMENTS)(self._some_ways)
        self._ideas = lru_cache(maxsize=PLACEMENTS)(self._look)

    @classmethod
    def load(cls, path: Path = DEFAULT_MODEL) -> Sketcher:
        """The sketcher of a model file; a ModelFileError says why there is none."""
        return cls(read_model_file(path))

    @property
    def classes(self) -> tuple[str, ...]:
        """What the model can draw, sorted by name."""
        return self._model.classes

    @property
    def model_hash(self) -> str:
        """Names the model: SHA-256 of its weights, in hexadecimal digits."""
        return self._hash

    @property
    def manner(self) -> Manner:
        """How the model draws where nobody says otherwise."""
        return self._model.manner

    def draw(
        self,
        class_name: str = "cat",
        *,
        seed: int,
        manner: Manner | None = None,
        candidates: int | None = None,
    ) -> Sketch:
        """One sketch.

        Args:
            class_name: One of `classes`.
            seed: Any whole number from 0 up.
            manner: How boldly; None takes the model's own.
            candidates: How many the critic chooses from at most, 1 to 256; None takes as many
                as the manner says. What makes a sketch is the seed, the manner, and this.

        Raises:
            ClassError: The model does not know the class.
            SeedError: The seed is negative.
            CandidatesError: The number of candidates makes no sense.
            SketchingError: All tries failed.
        """
        return self.draw_many(class_name, seeds=[seed], manner=manner, candidates=candidates)[
            0
        ]

    def draw_many(
        self,
        class_name: str = "cat",
        *,
        seeds: Sequence[int],
        manner: Manner | None = None,
        candidates: int | None = None,
    ) -> list[Sketch]:
        """The sketches of several seeds, drawn side by side: as one by one, but quicker.

        Raises:
            Errors: As `draw`.
        """
        for seed in seeds:
            check_seed(seed)
        manner = manner or self.manner
        most = manner.candidates if candidates is None else candidates
        check_candidates(most)
        most = most if self._model.critic is not None else 1
        best: dict[int, Attempt] = {}
        missing = list(range(len(seeds)))
        first = 0
        while missing and first < MOST:
            whole = -(-GROUP // manner.of_opening) * manner.of_opening
            group = min(whole, most - first if first < most else most)
            group = min(group, MOST - first)
            names = [(seeds[k], first + c) for k in missing for c in range(group)]
            made = self.attempts(class_name, names, manner)
            for begin, k in zip(range(0, len(made), group), missing, strict=True):
                best[k] = max([*made[begin : begin + group], *_some(best, k)], key=_worth)
            first += group
            missing = [k for k in missing if not _done(best[k], manner, first >= most)]
        if missing:
            raise SketchingError(
                "sketching-failed",
                class_name=class_name,
                seed=seeds[missing[0]],
                why=best[missing[0]].failure,
            )
        return [best[k].sketch for k in range(len(seeds))]

    def attempts(
        self,
        class_name: str,
        names: Sequence[tuple[int, int]],
        manner: Manner | None = None,
    ) -> list[Attempt]:
        """One try for each name, side by side, whatever becomes of it.

        Args:
            class_name: One of `classes`.
            names: Seed and number of a candidate, whole numbers from 0 up; they name its
                random numbers.
            manner: As `draw`.

        Raises:
            Errors: As `draw`, but for SketchingError.
        """
        limits = self._model.limits.get(class_name)
        return self._attempts(class_name, names, manner or self.manner, limits)

    def complete(
        self,
        strokes: Sequence[NDArray[Any]],
        class_name: str = "cat",
        *,
        seed: int,
        n: int = 1,
        manner: Manner | None = None,
    ) -> list[Proposal]:
        """Draws on from a human's first strokes, given in any size and place.

        Eight seeds that follow on one another from a multiple of eight give the ideas that one
        look at the strokes brought: the first is the one that the critic likes best of the
        first third of all ways that are tried, so that it is there soon; the others are good
        ones of all ways, each unlike those before.

        Args:
            strokes: Polylines of shape (N, 2), N >= 1, in any unit, y down, in the order they
                were drawn in.
            class_name: What it is to become, one of `classes`.
            seed: Any whole number from 0 up; the same strokes and seed give the same.
            n: How many proposals are wanted, 1 to 8: the seed's, and those of the seeds after
                it, as far as they come from the same look.
            manner: As `draw`.

        Returns:
            At least one proposal and at most n.

        Raises:
            CompletionError: The strokes cannot be drawn on from.
            Errors: As `draw`.
        """
        check_seed(seed)
        if not 1 <= n <= IDEAS_KEPT:
            raise CandidatesError("proposals-range", most=IDEAS_KEPT, asked=n)
        number = self.class_number(class_name)
        lines = check_strokes(strokes)
        look, rank = divmod(seed, IDEAS_KEPT)
        drawn = tuple(line.tobytes() for line in lines)
        beginning = _Beginning(number, drawn, look, manner or self.manner)
        ideas = self._ideas(beginning, at_first=rank == 0 and n == 1)
        if len(ideas) <= rank:
            raise SketchingError("ideas-too-few", class_name=class_name, count=len(ideas))
        return list(ideas[rank : rank + n])

    def _look(self, begun: _Beginning, *, at_first: bool) -> tuple[Proposal, ...]:
        """Ideas for a beginning, or only the first of them; the same, but sooner."""
        made = self._ways(begun, 0, IDEAS_AT_FIRST)
        lines = begun.lines
        placement = self._placement(begun.number, begun.drawn)
        given = rows_of(lines, placement)
        first = _unlike(made, 1, len(given))
        if not at_first or not first:
            made = made + self._ways(begun, IDEAS_AT_FIRST, IDEAS)
        chosen = _unlike(made, 1 if at_first else IDEAS_KEPT, len(given), first)
        return tuple(proposal(lines, given, a.sketch, placement, a.score) for a in chosen)

    def _some_ways(self, begun: _Beginning, first: int, end: int) -> list[Attempt]:
        """Ways to draw on from a beginning, by their numbers."""
        given = rows_of(begun.lines, self._placement(begun.number, begun.drawn))
        check_room(given, self._model.config.max_points)
        names = [(begun.look, which) for which in range(first, end)]
        manner = replace(begun.manner, of_opening=IDEA)
        return self._attempts(self.classes[begun.number], names, manner, None, given=given)

    def _attempts(
        self,
        class_name: str,
        names: Sequence[tuple[int, int]],
        manner: Manner,
        limits: Limits | None,
        *,
        given: Sketch = EMPTY_SKETCH,
    ) -> list[Attempt]:
        """One try for each name at a sketch that begins with the given rows."""
        number = self.class_number(class_name)
        model, config = self._model, self._model.config
        critic = critic_of(model, number)
        made: list[Attempt] = []
        for first in range(0, len(names), SIDE_BY_SIDE):
            part = names[first : first + SIDE_BY_SIDE]
            draws = np.stack([uniforms(name, config.max_points) for name in part])
            begun = [(seed, which - which % manner.of_opening) for seed, which in part]
            openings = np.stack([uniforms(name, config.max_points) for name in begun])
            numbers = np.full(len(part), config.good(number))
            sampled = sample(
                model.weights,
                config,
                numbers,
                draws,
                manner,
                openings=openings,
                bold=np.array([manner.is_bold(which) for _, which in part]),
                given=given,
            )
            for found in sampled:
                failure = what_is_wrong(found.sketch, limits) if found.ended else NEVER_ENDS
                score = 0.0
                if failure is None and critic is not None:
                    score = critic.opinion(found.sketch).score
                made.append(Attempt(found.sketch, failure, score))
        return made

    def _place(self, number: int, lines: tuple[bytes, ...]) -> Placement:
        """Where strokes belong, given as the bytes of their points."""
        model = self._model
        return place(model.weights, model.config, number, [_line_of(p) for p in lines])

    def class_number(self, class_name: str) -> int:
        """The number of a class of this name.

        Raises:
            ClassError: The model does not know it.
        """
        if class_name in self.classes:
            return self.classes.index(class_name)
        near = difflib.get_close_matches(class_name.lower(), self.classes, n=3, cutoff=0.5)
        named = [fact("named", text=name) for name in near]
        hint = chain("or", named) if named else fact("class-of-the-list")
        raise ClassError("class-not-in-model", class_name=class_name, hint=hint)


def check_seed(seed: int) -> None:
    """Refuses what is no seed with a SeedError."""
    if seed < 0:
        raise SeedError("seed-negative", seed=seed)


def _line_of(points: bytes) -> Line:
    """A stroke from the bytes of its points."""
    return np.frombuffer(points, dtype=np.float64).reshape(-1, 2)


def _worth(attempt: Attempt) -> tuple[bool, float]:
    """What the best of some attempts has most of."""
    return attempt.failure is None, attempt.score


def _some(best: dict[int, Attempt], k: int) -> list[Attempt]:
    """The best so far, if there was any."""
    return [best[k]] if k in best else []


def _done(best: Attempt, manner: Manner, all_tried: bool) -> bool:
    """Whether a seed needs no further candidates."""
    return best.failure is None and (all_tried or best.score >= manner.enough)


def _unlike(
    made: Sequence[Attempt], most: int, given: int, first: Sequence[Attempt] = ()
) -> list[Attempt]:
    """At most so many of those that did not fail: the best, then good ones unlike those.

    Args:
        made: The attempts.
        most: How many are wanted.
        given: Rows with which all of them begin, and by which they do not differ.
        first: Is taken for the best, where one is given.
    """
    good = list({a.sketch.tobytes(): a for a in [*first, *made] if a.failure is None}.values())
    if not good or most == len(first):
        return good[: len(first)]
    added = [a.sketch[given:] if len(a.sketch) > given else a.sketch for a in good]
    pictures = np.stack([blurred(picture(rows, UNLIKE_SIDE, 2)).ravel() for rows in added])
    best = 0 if first else None
    return [good[k] for k in unlike([a.score for a in good], pictures, most, best)]
