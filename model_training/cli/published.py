"""The command `published`: sketches of the decoders that Google published, to learn from."""

from __future__ import annotations

from pathlib import Path

import click
import torch

from model_training.baselines.published import draw_published, read_published
from model_training.cli.common import FILE, FOLDER, one_sentence
from model_training.data.prepared import Writer
from pi_service.sketching.config import ModelConfig


@click.command()
@click.argument("decoders", type=FILE, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="Folder to make, as `prepare` does.")
@click.option("--count", default=2000, show_default=True, help="Sketches begun of each.")
@click.option("--temperature", default=0.25, show_default=True, help="How boldly to draw.")
@click.option("--threads", default=0, help="CPU threads; as many as torch likes if 0.")
@click.option(
    "--seed", default=1, show_default=True, help="Everything random follows from it."
)
@one_sentence
def published(
    *,
    decoders: tuple[Path, ...],
    out: Path,
    count: int,
    temperature: float,
    threads: int,
    seed: int,
) -> None:
    """Let DECODERS (sketch-rnn's *.gen.json, also .gz) draw, for `good` to choose from."""
    if threads:
        torch.set_num_threads(threads)
    writer = Writer(out, ModelConfig.max_points)
    try:
        for path in decoders:
            decoder, before = read_published(path), len(writer)
            for sketch in draw_published(decoder, count, seed, temperature):
                writer.add(decoder.class_name, sketch)
            click.echo(f"{decoder.class_name}: {len(writer) - before} of {count} ended")
    except BaseException:
        writer.give_up()
        raise
    writer.close({"sources": [path.name for path in decoders], "seed": seed})
