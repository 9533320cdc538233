"""Drawings to give verdicts on, and those of a book made again.

A *way* says with which temperatures a model draws: the numbers of `Temperature` in their
order, joined by slashes, such as ``0.65/0.6/1/0.03``; the rest keep their defaults. Two of
them with ``>`` between are a hot opening and cool details: the first holds up to the end of
the first stroke, the second from there on. Each try has its random numbers from (seed, try).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np

from model_training.data.dataset import DataError
from model_training.data.readers import read_rows
from model_training.verdicts.book import DIGITS, MODEL, PEOPLE, Source, digest
from model_training.verdicts.kept import read_kept
from pi_service.sketching.manner import Manner, Temperature
from pi_service.sketching.model_file import ModelFile
from pi_service.sketching.sketcher import Attempt, Sketcher
from pi_service.sketching.stroke import Sketch


def way_of(*temperatures: Temperature) -> str:
    """Temperatures, of the whole sketch or of the opening and the rest, as text."""
    return ">".join("/".join(f"{v:g}" for v in astuple(part)) for part in temperatures)


def temperatures_of(way: str) -> tuple[Temperature, ...]:
    """The inverse of `way_of`.

    Raises:
        DataError: The text is no way to draw.
    """
    try:
        parts = tuple(Temperature(*map(float, t.split("/"))) for t in way.split(">"))
    except (ValueError, TypeError) as error:
        raise DataError(f"{way!r} names no temperatures: {error}") from error
    if len(parts) > 2:
        raise DataError(f"{way!r} has more parts than an opening and the rest")
    return parts


def _usual(components: float, offsets: float) -> Temperature:
    """These temperatures, all else as the sketcher draws."""
    return Temperature(components, offsets, least_weight=0.03, lift=-0.2, end=0.7)


BEST_OF = 8
"""Of how many tries the critic chooses where it does."""
HOT_OPENING = way_of(_usual(0.8, 0.75), _usual(0.35, 0.2))
SPREAD: tuple[tuple[str, int, int], ...] = (
    (way_of(_usual(1.0, 1.0)), 1, 6),
    (way_of(_usual(0.8, 0.75)), 1, 12),
    (way_of(_usual(0.65, 0.6)), 1, 20),
    (way_of(_usual(0.5, 0.4)), 1, 12),
    (way_of(_usual(0.35, 0.2)), 1, 12),
    (way_of(_usual(0.2, 0.1)), 1, 4),
    (HOT_OPENING, 1, 16),
    (way_of(_usual(0.65, 0.6)), BEST_OF, 12),
    (HOT_OPENING, BEST_OF, 6),
)
"""Ways to draw candidates for a critic, bold to careful, of how many the best is taken, and
how many in a hundred are drawn so."""


@dataclass(frozen=True)
class Original:
    """A drawing and where it comes from."""

    source: Source
    sketch: Sketch


def tries(
    model: ModelFile, word: str, names: Sequence[tuple[int, int]], way: str
) -> list[Attempt]:
    """One try for each (seed, try), whatever becomes of it."""
    temperatures = temperatures_of(way)
    manner = Manner(temperatures[0], temperatures[-1], of_opening=1)
    return Sketcher(model).attempts(word, names, manner)


def candidates(
    model: ModelFile, word: str, seeds: Sequence[int], way: str, best_of: int
) -> list[Original]:
    """A model's drawing for each seed, without those that are refused before any critic."""
    names = [(seed, which) for seed in seeds for which in range(best_of)]
    made = tries(model, word, names, way)
    found = []
    for first in range(0, len(made), best_of):
        some = range(first, first + best_of)
        best = max(some, key=lambda k: (made[k].failure is None, made[k].score))
        if made[best].failure is None:
            key = "/".join(map(str, names[best]))
            sketch = made[best].sketch
            source = Source(
                word, MODEL, key, digest(sketch), model.hash[:DIGITS], way, best_of
            )
            found.append(Original(source, sketch))
    return found


def as_drawn(model: ModelFile, word: str, seeds: Sequence[int]) -> list[Original]:
    """A model's drawing for each seed, as the sketcher draws for paper."""
    sketches = Sketcher(model).draw_many(word, seeds=seeds)
    name, made = model.hash[:DIGITS], zip(seeds, sketches, strict=True)
    of = model.manner.candidates
    return [
        Original(Source(word, MODEL, str(seed), digest(sketch), name, "", of), sketch)
        for seed, sketch in made
    ]


def peoples(path: Path, word: str, split: str = "train") -> list[Original]:
    """People's drawings of a class in a file whose rows have keys, in its order."""
    found = [
        Original(Source(word, PEOPLE, row.key, digest(row.sketch)), row.sketch)
        for row in read_rows(path, split)
        if row.word == word and row.key
    ]
    if not found:
        raise DataError(f"{path} has no drawing of the class {word!r} that has a key_id")
    return found


def mirrored(sketch: Sketch) -> Sketch:
    """The sketch with left and right exchanged."""
    return sketch * np.array([-1, 1, 1], dtype=np.int32)


def remake(
    sources: Iterable[Source], models: Iterable[ModelFile], files: Iterable[Path]
) -> dict[Source, Sketch]:
    """The drawings of some sources, made again, or those that were kept.

    What cannot be made is left out: of a model or a file that is not given, or with another
    `digest` than then.
    """
    sources = list(sources)
    wanted = set(sources)
    kept = read_kept()
    found = [Original(s, kept[s.sketch]) for s in wanted if s.sketch in kept]
    wanted -= {one.source for one in found}
    for path in files:
        for word in {s.word for s in wanted if s.origin == PEOPLE}:
            found += peoples(path, word)
    for model in models:
        groups: dict[tuple[str, str], list[Source]] = defaultdict(list)
        for source in sorted(wanted, key=lambda s: s.key):
            if source.origin == MODEL and source.model == model.hash[:DIGITS]:
                groups[source.word, source.way].append(source)
        for (word, way), members in groups.items():
            found += _again(model, word, way, members)
    wanted = set(sources)
    return {one.source: one.sketch for one in found if one.source in wanted}


def _again(model: ModelFile, word: str, way: str, members: list[Source]) -> list[Original]:
    """One model's drawings of one way, each with the source that names it now."""
    if way:
        keys = [tuple(map(int, source.key.split("/"))) for source in members]
        sketches = [t.sketch for t in tries(model, word, [(a, b) for a, b in keys], way)]
    else:
        seeds = [int(source.key) for source in members]
        sketches = Sketcher(model).draw_many(word, seeds=seeds)
    return [
        Original(replace(source, sketch=digest(sketch)), sketch)
        for source, sketch in zip(members, sketches, strict=True)
    ]
