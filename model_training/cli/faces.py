"""The command `faces`: eyes, whiskers and bodies by rule, and how unlike the drawings are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from model_training.cli.common import DRAWINGS, FILE, one_sentence
from model_training.data.sources import read_set
from model_training.judge.network import load_judge
from model_training.judge.raster import render_sketches
from pi_service.sketching.manner import MOST
from pi_service.sketching.parts import parts_of
from pi_service.sketching.sketcher import Sketcher
from pi_service.sketching.stroke import Sketch

COLUMNS = (
    *(
        "drawings",
        "number",
        "both eyes, %",
        "whiskers on both sides, %",
        "body, %",
        "named, %",
    ),
    *("nearest", "mean pair"),
)


@click.command()
@click.argument("model_file", type=FILE)
@click.argument("people_file", type=DRAWINGS)
@click.option("--class", "class_name", default="cat", show_default=True, help="What is drawn.")
@click.option("--n", default=200, show_default=True, help="Drawings of each kind.")
@click.option("--seed", default=0, show_default=True, help="Of the first.")
@click.option(
    "--candidates", type=click.IntRange(1, MOST), help="Besides the model's own number."
)
@one_sentence
def faces(
    *,
    model_file: Path,
    people_file: Path,
    class_name: str,
    n: int,
    seed: int,
    candidates: int | None,
) -> None:
    """Compare what MODEL_FILE draws with people's drawings in PEOPLE_FILE, as a table.

    Eyes, whiskers and bodies are found by rule. *Nearest* is the mean distance to the nearest
    other drawing of the row, *mean pair* that of all pairs: one less the cosine of the judge's
    features. Both fall with the number of drawings: compare within the table.
    """
    sketcher = Sketcher.load(model_file)
    seeds = range(seed, seed + n)
    longest = 200
    people = read_set(people_file, "test", longest, sketcher.classes)
    members = np.flatnonzero(people.labels == sketcher.class_number(class_name))[:n]
    click.echo("| " + " | ".join(COLUMNS) + " |")
    click.echo("|---" * len(COLUMNS) + "|")
    _row("people", [people.sketch(int(k)) for k in members], class_name)
    tries = sketcher.attempts(class_name, [(each, 0) for each in seeds])
    _row("first tries", [each.sketch for each in tries], class_name)
    numbers = [sketcher.manner.candidates, *([candidates] if candidates else [])]
    for number in numbers:
        chosen = sketcher.draw_many(class_name, seeds=seeds, candidates=number)
        _row(f"best of up to {number}", chosen, class_name)


def _row(name: str, sketches: Sequence[Sketch], class_name: str) -> None:
    """Say one row of the table."""
    judge = load_judge()
    seen = judge.look(render_sketches(sketches))
    named = seen.ranks(judge.classes.index(class_name)) == 0
    parts = [parts_of(sketch) for sketch in sketches]
    shares = (
        np.mean([each.both_eyes for each in parts]),
        np.mean([each.both_whiskers for each in parts]),
        np.mean([each.has_body for each in parts]),
        named.mean(),
    )
    nearest, pair = unlike(seen.features)
    cells = [f"{100 * share:.1f}" for share in shares] + [f"{nearest:.3f}", f"{pair:.3f}"]
    click.echo("| " + " | ".join([name, str(len(sketches)), *cells]) + " |")


def unlike(features: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> tuple[float, float]:
    """Mean distance to the nearest other row, and of all pairs: one less the cosine."""
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    apart = 1 - rows @ rows.T
    others = ~np.eye(len(rows), dtype=np.bool_)
    nearest = np.where(others, apart, np.inf).min(axis=1).mean()
    return float(nearest), float(apart[others].mean())
