"""A contact sheet of samples every so often while a model trains."""

from __future__ import annotations

import torch

from model_training.judge.baselines import as_baseline, draw_baseline
from model_training.judge.card import contact_sheet
from model_training.judge.measures import Drawn
from model_training.model import SketchModel
from model_training.sampler import Boldness, dream
from model_training.training.settings import WATCHED, TrainingError
from model_training.training.train import Run

COUNT = 40
SEED = 1
"""The same at every sheet, so that what changes is the model."""


class Sheets:
    """Writes a sheet of unselected sketches after every few evaluations of a run.

    Args:
        every: Evaluations from one sheet to the next.
        class_name: What to draw; "" takes the class that is watched, or else the first.
    """

    def __init__(self, every: int, class_name: str = "") -> None:
        self._every = every
        self._class = class_name
        self._seen = 0

    def __call__(self, run: Run) -> None:
        """Called by the run after an evaluation; writes ``sheet-<step>.png``."""
        self._seen += 1
        if self._seen % self._every and run.progress < 1:
            return
        wanted = [self._class, *WATCHED, run.classes[0]]
        label = run.classes.index(next(name for name in wanted if name in run.classes))
        path = run.folder / f"sheet-{run.step:07d}.png"
        try:
            path.write_bytes(contact_sheet(draw_some(run, label)))
        except OSError as error:
            raise TrainingError(f"the sheet {path} cannot be written: {error}") from error


def draw_some(run: Run, label: int) -> list[Drawn]:
    """Sketches of a class by the averaged weights, as learned: at temperature 1."""
    model = run.averaged
    if not isinstance(model, SketchModel):
        baseline = as_baseline(model.cpu())
        drawn = draw_baseline(baseline, label, COUNT, SEED) if baseline else []
        model.to(run.team.device)
        return drawn
    generator = torch.Generator(run.team.device).manual_seed(SEED)
    labels = torch.full((COUNT,), label, device=run.team.device)
    return [Drawn(sketch) for sketch in dream(model, labels, generator, Boldness()).sketches]
