"""The sketcher: a class and a seed in, a sketch out; the only door that others need."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pi_service.sketching.limits import what_is_wrong
from pi_service.sketching.model_file import ModelFile, read_model_file
from pi_service.sketching.sampling import Temperature, sample, uniforms
from pi_service.sketching.stroke import Sketch

DEFAULT_MODEL = Path(__file__).parent / "models" / "quickdraw.safetensors"
"""The model that is shipped."""
DEFAULT_TEMPERATURE = Temperature(components=0.45, offsets=0.2, pen=1.0, least_weight=0.05)
"""Chosen by looking at sheets of unselected cats, and by the measures in the model card."""
TRIES = 16
"""How often a sketch that failed is drawn anew before giving up."""


class ClassError(ValueError):
    """A class that the model does not know; the message names those that it could be."""


class SeedError(ValueError):
    """A seed that is none."""


class SketchingError(RuntimeError):
    """The model drew nothing that can be put on paper."""


@dataclass(frozen=True)
class Attempt:
    """One try to draw a sketch."""

    sketch: Sketch
    failure: str | None
    """Why it must not be put on paper, in a few words; None if it may."""


class Sketcher:
    """Draws sketches with one model; the same class, seed and temperature give the same one.

    A sketch that failed (it never ends, is a blot, leaves the canvas, or is outside of what
    nearly all humans' drawings of its class keep to) is drawn again from the same seed's next
    random numbers, a bounded number of times.

    Args:
        model: The model.
    """

    def __init__(self, model: ModelFile) -> None:
        self._model = model
        self._hash = model.hash

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
    ) -> Sketch:
        """One sketch.

        Args:
            class_name: One of `classes`.
            seed: Any whole number from 0 up.
            temperature: How boldly; a number stands for all three temperatures.

        Raises:
            ClassError: The model does not know the class.
            SeedError: The seed is negative.
            TemperatureError: The temperature makes no sense.
            SketchingError: All tries failed.
        """
        return self.draw_many(class_name, seeds=[seed], temperature=temperature)[0]

    def draw_many(
        self,
        class_name: str = "cat",
        *,
        seeds: Sequence[int],
        temperature: Temperature | float = DEFAULT_TEMPERATURE,
    ) -> list[Sketch]:
        """The sketches of several seeds, drawn side by side: as one by one, but quicker.

        Raises:
            Errors: As `draw`.
        """
        for seed in seeds:
            if seed < 0:
                raise SeedError(f"a seed is a whole number from 0 up, but {seed} was given")
        tried: dict[int, Attempt] = {}
        places = list(range(len(seeds)))
        for attempt in range(TRIES):
            names = [(seeds[k], attempt) for k in places]
            made = self.attempts(class_name, names, temperature)
            tried.update(zip(places, made, strict=True))
            places = [k for k in places if tried[k].failure is not None]
            if not places:
                return [tried[k].sketch for k in range(len(seeds))]
        raise SketchingError(
            f"{TRIES} tries to draw {class_name!r} from the seed {seeds[places[0]]} failed, "
            f"the last one since {tried[places[0]].failure}: take another seed"
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
        number = self._class_number(class_name)
        if not isinstance(temperature, Temperature):
            temperature = Temperature(temperature, temperature, temperature)
        if not names:
            return []
        config = self._model.config
        draws = np.stack([uniforms(name, config.max_points) for name in names])
        numbers = np.full(len(names), number)
        results = sample(self._model.weights, config, numbers, draws, temperature)
        limits = self._model.limits.get(class_name)
        return [
            Attempt(r.sketch, what_is_wrong(r.sketch, limits) if r.ended else "it never ends")
            for r in results
        ]

    def _class_number(self, class_name: str) -> int:
        if class_name in self.classes:
            return self.classes.index(class_name)
        near = difflib.get_close_matches(class_name.lower(), self.classes, n=3, cutoff=0.5)
        hint = " or ".join(repr(name) for name in near) or "one of the classes it lists"
        raise ClassError(f"the model does not know the class {class_name!r}: try {hint}")
