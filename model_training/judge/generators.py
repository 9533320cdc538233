"""What is judged: models of every kind, and what they draw, behind one face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model_training.baselines.published import (
    Published,
    PublishedOdds,
    draw_published,
    read_published,
)
from model_training.baselines.sketchformer import Sketchformer
from model_training.data.dataset import DataError
from model_training.export import load_exported, weights_of
from model_training.judge.baselines import as_baseline, draw_baseline
from model_training.judge.measures import Drawn
from model_training.model import SketchModel, StrokeModel
from model_training.training.checkpoint import load_checkpoint, model_of
from pi_service.sketching.manner import Manner
from pi_service.sketching.model_file import ModelFile, read_model_file
from pi_service.sketching.sketcher import NEVER_ENDS, Sketcher, SketchingError

BATCH = 125
"""Sketches drawn side by side."""
AS_LEARNED = "temperature 1"
"""Each point by the odds that were learned, first tries, whatever becomes of them."""
FIRST_TRIES = "first tries"
"""At the sketcher's own temperature, one try each, whatever becomes of it."""
ENDED = "temperature 1, if ended"
"""As a published decoder learned; what it did not end is left out."""
COOL = "temperature 0.25, if ended"
"""As published decoders are shown."""
AS_DRAWN = "as catplotter draws"
"""As the sketcher draws for paper: its temperature, its choice, failures drawn anew."""


@dataclass(frozen=True)
class Generator:
    """A model that is judged.

    Its net's `forward` takes `Tensors` and gives `Nats`: the log-density of every offset per
    square pixel and the nats of every pen state. What it draws, it draws with `draw`.
    """

    name: str
    kind: str
    hash: str
    """Names the weights: SHA-256, or "" where there is none."""
    net: StrokeModel
    classes: tuple[str, ...]
    ways: tuple[str, ...]
    """How it can draw, the best last: some of `AS_LEARNED`, `FIRST_TRIES`, `ENDED`, `COOL`
    and `AS_DRAWN`."""
    minutes: float | None = None
    """How long it learned (its last run), where that is known."""
    file: ModelFile | None = None
    """What the Pi's decoder draws with; None for the baselines."""
    published: Published | None = None
    """What a published decoder draws with."""
    note: str = ""
    """What its likelihood is, if that needs saying."""

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return sum(p.numel() for p in self.net.parameters())

    @property
    def max_points(self) -> int:
        """The longest sketch that it can draw or measure, in points."""
        return int(self.net.config.max_points)

    def draw(self, class_name: str, count: int, seed: int, way: str) -> list[Drawn]:
        """Sketches of a class.

        Args:
            class_name: One of `classes`.
            seed: The first one's seed; the others' follow on it.
            way: One of `ways`.
        """
        if class_name not in self.classes:
            raise DataError(f"the model {self.name} does not know the class {class_name!r}")
        if self.published is not None:
            hot = 0.25 if way == COOL else 1.0
            return [Drawn(s) for s in draw_published(self.published, count, seed, hot)]
        baseline = as_baseline(self.net)
        if baseline is not None:
            return draw_baseline(baseline, self.classes.index(class_name), count, seed)
        if self.file is None:
            raise DataError(f"the model {self.name} cannot draw")
        sketcher = Sketcher(self.file)
        drawn: list[Drawn] = []
        for first in range(seed, seed + count, BATCH):
            seeds = range(first, min(first + BATCH, seed + count))
            drawn += _draw(sketcher, class_name, seeds, way)
        return drawn


def _draw(sketcher: Sketcher, class_name: str, seeds: Sequence[int], way: str) -> list[Drawn]:
    """The sketches of some seeds; those that the sketcher gives up are left out."""
    if way == AS_DRAWN:
        try:
            return [Drawn(s) for s in sketcher.draw_many(class_name, seeds=seeds)]
        except SketchingError:
            halves = (seeds[: len(seeds) // 2], seeds[len(seeds) // 2 :])
            if len(seeds) == 1:
                return []
            return [d for half in halves for d in _draw(sketcher, class_name, half, way)]
    names = [(seed, 0) for seed in seeds]
    manner = sketcher.manner if way == FIRST_TRIES else Manner.even(1.0)
    tries = sketcher.attempts(class_name, names, manner)
    return [Drawn(t.sketch, t.failure != NEVER_ENDS) for t in tries]


def load_generator(path: Path) -> Generator:
    """The model of a model file, of a published decoder, or of a checkpoint.

    Args:
        path: ``.safetensors``; ``.gen.json``, also gzipped; any other name is a checkpoint's.

    Raises:
        DataError: The published decoder cannot be used.
        ModelFileError: The model file cannot be used.
        TrainingError: The checkpoint cannot be used.
    """
    if path.suffix == ".safetensors":
        file = read_model_file(path)
        net = load_exported(file).eval()
        learned = file.about.get("minutes_of_last_run")
        return Generator(
            name=path.stem,
            kind="catplotter",
            hash=file.hash,
            net=net,
            classes=file.classes,
            ways=(AS_LEARNED, FIRST_TRIES, AS_DRAWN),
            minutes=float(learned) if learned else None,
            file=file,
        )
    if path.name.endswith((".gen.json", ".gen.json.gz")):
        return _published(path)
    state = load_checkpoint(path)
    model, classes = model_of(state), tuple(state["classes"])
    made = None
    if isinstance(model, SketchModel):
        made = ModelFile(config=model.config, classes=classes, weights=weights_of(model))
    return Generator(
        name=path.parent.name if path.stem in ("last", "best") else path.stem,
        kind=state["kind"],
        hash=made.hash if made else "",
        net=model,
        classes=classes,
        ways=(AS_LEARNED,),
        minutes=float(state["seconds"]) / 60,
        file=made,
        note=BOUND if isinstance(model, Sketchformer) else "",
    )


BOUND = "a bound: the reconstruction and what its code costs beyond the class"
PUBLISHED = (
    "published, on the drawings of its class alone; its unit is their standard deviation; it "
    "does not say where a drawing begins: taken as anywhere on 256 x 256 pixels"
)


def _published(path: Path) -> Generator:
    """A published decoder."""
    found = read_published(path)
    return Generator(
        name=path.name.removesuffix(".gz"),
        kind="published sketch-rnn",
        hash="",
        net=PublishedOdds(read_published(path).net).eval(),
        classes=(found.class_name,),
        ways=(ENDED, COOL),
        published=found,
        note=PUBLISHED,
    )
