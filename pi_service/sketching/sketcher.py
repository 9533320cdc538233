"""The sketcher: a class and a seed in, a sketch out; the only door that others need."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
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
)
from pi_service.sketching.critic import critic_of
from pi_service.sketching.limits import Limits, what_is_wrong
from pi_service.sketching.model_file import ModelFile, read_model_file
from pi_service.sketching.placing import Placement, place, rows_of
from pi_service.sketching.sampling import Temperature, sample, uniforms
from pi_service.sketching.stroke import EMPTY_SKETCH, Sketch

DEFAULT_MODEL = Path(__file__).parent / "models" / "quickdraw.safetensors"
"""The model that is shipped."""
DEFAULT_TEMPERATURE = Temperature(0.65, 0.6, least_weight=0.03, lift=-0.2, end=0.7)
"""Chosen by the measures in the model card, on the drawings kept for choosing."""
BEST_OF = 8
"""Sketches of which the critic chooses one."""
TRIES = 32
"""How many sketches of a seed may fail before giving up."""
NEVER_ENDS = fact("sketch-never-ends")
"""What is wrong with a sketch that the model did not finish."""
PLACEMENTS = 16
"""Beginnings of which it is remembered where they belong: each is drawn on from several times,
and finding that out takes a third of a proposal's time."""
SIDE_BY_SIDE = 16
"""Sketches that are drawn at once at most: each takes 0.8 MB while it is drawn."""


class ClassError(CodedError, ValueError):
    """A class that the model does not know; the message names those that it could be."""


class SeedError(CodedError, ValueError):
    """A seed that is none."""


class CandidatesError(CodedError, ValueError):
    """A number of candidates that makes no sense."""


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


class Sketcher:
    """Draws sketches with one model; the same class, seed and settings give the same one.

    Of several sketches, the candidates, the one that the model's critic likes best is taken.
    One that failed (it never ends, is a blot, leaves the canvas, or is outside of what nearly
    all humans' drawings of its class keep to) never is; if all of them failed, more are drawn
    from the same seed, a bounded number of times. Each candidate has random numbers of its
    own, so that it is the same whatever else is drawn. A model without a critic takes the
    first candidate that did not fail.

    Args:
        model: The model.
    """

    def __init__(self, model: ModelFile) -> None:
        self._model = model
        self._hash = model.hash
        self._placement = lru_cache(maxsize=PLACEMENTS)(self._place)

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

    def draw(
        self,
        class_name: str = "cat",
        *,
        seed: int,
        temperature: Temperature | float = DEFAULT_TEMPERATURE,
        best_of: int = BEST_OF,
    ) -> Sketch:
        """One sketch.

        Args:
            class_name: One of `classes`.
            seed: Any whole number from 0 up.
            temperature: How boldly; a number stands for all three temperatures.
            best_of: How many candidates the critic chooses from, 1 to 32.

        Raises:
            ClassError: The model does not know the class.
            SeedError: The seed is negative.
            TemperatureError: The temperature makes no sense.
            CandidatesError: Nor does the number of candidates.
            SketchingError: All tries failed.
        """
        return self.draw_many(
            class_name, seeds=[seed], temperature=temperature, best_of=best_of
        )[0]

    def draw_many(
        self,
        class_name: str = "cat",
        *,
        seeds: Sequence[int],
        temperature: Temperature | float = DEFAULT_TEMPERATURE,
        best_of: int = BEST_OF,
    ) -> list[Sketch]:
        """The sketches of several seeds, drawn side by side: as one by one, but quicker.

        Raises:
            Errors: As `draw`.
        """
        for seed in seeds:
            if seed < 0:
                raise SeedError("seed-negative", seed=seed)
        if not 1 <= best_of <= TRIES:
            raise CandidatesError("candidates-range", most=TRIES, asked=best_of)
        group = best_of if self._model.critic is not None else 1
        best: dict[int, Attempt] = {}
        missing = list(range(len(seeds)))
        for first in range(0, TRIES - group + 1, group):
            names = [(seeds[k], first + c) for k in missing for c in range(group)]
            made = self.attempts(class_name, names, temperature)
            for begin, k in zip(range(0, len(made), group), missing, strict=True):
                best[k] = max(made[begin : begin + group], key=_worth)
            missing = [k for k in missing if best[k].failure is not None]
            if not missing:
                return [best[k].sketch for k in range(len(seeds))]
        raise SketchingError(
            "sketching-failed",
            class_name=class_name,
            seed=seeds[missing[0]],
            why=best[missing[0]].failure,
        )

    def attempts(
        self,
        class_name: str,
        names: Sequence[tuple[int, ...]],
        temperature: Temperature | float = DEFAULT_TEMPERATURE,
    ) -> list[Attempt]:
        """One try for each name, side by side, whatever becomes of it.

        Args:
            class_name: One of `classes`.
            names: Whole numbers from 0 up that name a try's random numbers: (seed, which).
            temperature: As `draw`.

        Raises:
            Errors: As `draw`, but for SketchingError.
        """
        limits = self._model.limits.get(class_name)
        return self._attempts(class_name, names, temperature, limits)

    def complete(
        self,
        strokes: Sequence[NDArray[Any]],
        class_name: str = "cat",
        *,
        seed: int,
        n: int = 1,
        temperature: Temperature | float = DEFAULT_TEMPERATURE,
    ) -> list[Proposal]:
        """Draws on from a human's first strokes, given in any size and place.

        Args:
            strokes: Polylines of shape (N, 2), N >= 1, in any unit, y down, in the order they
                were drawn in.
            class_name: What it is to become, one of `classes`.
            seed: Any whole number from 0 up; the same strokes and seed give the same.
            n: How many proposals are wanted, 1 to 16.
            temperature: As `draw`.

        Returns:
            At least one proposal and at most n, the one that the critic likes best first.

        Raises:
            CompletionError: The strokes cannot be drawn on from.
            Errors: As `draw`.
        """
        if seed < 0:
            raise SeedError("seed-negative", seed=seed)
        if not 1 <= n <= TRIES // 2:
            raise CandidatesError("proposals-range", most=TRIES // 2, asked=n)
        model, number = self._model, self.class_number(class_name)
        lines = check_strokes(strokes)
        placement = self._placement(number, tuple(line.tobytes() for line in lines))
        given = rows_of(lines, placement)
        check_room(given, model.config.max_points)
        group = max(BEST_OF, 2 * n) if model.critic is not None else n
        made: list[Attempt] = []
        for first in range(0, TRIES, group):
            names = [(seed, first + c) for c in range(min(group, TRIES - first))]
            made += self._attempts(class_name, names, temperature, None, given=given)
            good = [attempt for attempt in made if attempt.failure is None]
            if len(good) >= n:
                break
        if not good:
            raise SketchingError(
                "sketching-on-failed", class_name=class_name, why=made[-1].failure
            )
        good = sorted(good, key=lambda attempt: -attempt.score)[:n]
        return [proposal(lines, given, a.sketch, placement, a.score) for a in good]

    def _attempts(
        self,
        class_name: str,
        names: Sequence[tuple[int, ...]],
        temperature: Temperature | float,
        limits: Limits | None,
        *,
        given: Sketch = EMPTY_SKETCH,
    ) -> list[Attempt]:
        """One try for each name at a sketch that begins with the given rows."""
        number = self.class_number(class_name)
        if not isinstance(temperature, Temperature):
            temperature = Temperature(temperature, temperature, temperature)
        model, config = self._model, self._model.config
        critic = critic_of(model, number)
        made: list[Attempt] = []
        for first in range(0, len(names), SIDE_BY_SIDE):
            part = names[first : first + SIDE_BY_SIDE]
            draws = np.stack([uniforms(name, config.max_points) for name in part])
            numbers = np.full(len(part), number)
            for found in sample(
                model.weights, config, numbers, draws, temperature, given=given
            ):
                failure = what_is_wrong(found.sketch, limits) if found.ended else NEVER_ENDS
                good = failure is None and critic is not None
                score = critic.opinion(found.sketch).score if critic and good else 0.0
                made.append(Attempt(found.sketch, failure, score))
        return made

    def _place(self, number: int, lines: tuple[bytes, ...]) -> Placement:
        """Where strokes belong, given as the bytes of their points."""
        model = self._model
        points = [np.frombuffer(line, dtype=np.float64).reshape(-1, 2) for line in lines]
        return place(model.weights, model.config, number, points)

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


def _worth(attempt: Attempt) -> tuple[bool, float]:
    """What the best of some attempts has most of."""
    return attempt.failure is None, attempt.score
