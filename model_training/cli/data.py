"""The commands that fetch and prepare drawings."""

from __future__ import annotations

import os
from pathlib import Path

import click

from model_training.cli.common import DRAWINGS, FOLDER, LICENCE, SOURCE, one_sentence
from model_training.data.download import KINDS, ORIGIN, Download, DownloadError, download_all
from model_training.data.prepare import WorkerLostError
from model_training.data.prepare import prepare as prepare_files
from pi_service.sketching.config import ModelConfig


@click.command()
@click.argument("files", type=DRAWINGS, nargs=-1, required=True)
@click.option("--out", type=FOLDER, required=True, help="Folder to make.")
@click.option(
    "--hold-out",
    default=0.025,
    show_default=True,
    help="Share of the drawings in valid, and the same in test; .npz files say it themselves.",
)
@click.option(
    "--without",
    type=DRAWINGS,
    multiple=True,
    help="A file whose drawings are to be left out, by name and content. Can be repeated.",
)
@click.option(
    "--max-points",
    default=ModelConfig.max_points,
    show_default=True,
    help="Longer drawings are left out.",
)
@click.option(
    "--damaged", default=0.01, show_default=True, help="Share of damaged rows that is borne."
)
@click.option(
    "--processes",
    default=0,
    help="How many processes read; as many as there are processors if 0.",
)
@one_sentence
def prepare(
    *,
    files: tuple[Path, ...],
    out: Path,
    hold_out: float,
    without: tuple[Path, ...],
    max_points: int,
    damaged: float,
    processes: int,
) -> None:
    """Turn FILES of drawings into the folders OUT/train, OUT/valid and OUT/test.

    They hold arrays that are mapped into memory, sorted by length, so that `train OUT OUT`
    begins at once however many there are. FILES are .ndjson (simplified or raw), .ndjson.gz,
    .bin, .npz, .svg, or folders of SVGs. An .ndjson is read by several processes at once, the
    other kinds file by file. Stopped or killed, the same command goes on where it was; what
    comes out is the same, byte for byte.
    """
    try:
        done = prepare_files(
            files,
            out,
            max_points=max_points,
            hold_out=hold_out,
            without=without,
            bearable=damaged,
            processes=processes or os.cpu_count() or 1,
            say=click.echo,
        )
    except WorkerLostError as error:
        raise click.ClickException(str(error)) from error
    if done.refusals.refused:
        click.echo(done.refusals.summary())
    counts = ", ".join(f"{count} in {part}" for part, count in done.drawings.items())
    click.echo(
        f"{out}: {counts}; {done.too_long} left out for having over {max_points} points, "
        f"{done.left_out} for standing in --without, {done.refusals.refused} for being damaged"
    )


@click.command()
@click.argument("classes", nargs=-1, required=True)
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    default="simplified",
    show_default=True,
    help="Form of the files; npz is sketch-rnn's, of 75,000 drawings a class.",
)
@click.option("--to", type=FOLDER, default=Path("data"), show_default=True, help="Folder.")
@click.option("--origin", default=ORIGIN, show_default=True, help="Where to fetch them from.")
@one_sentence
def download(*, classes: tuple[str, ...], kind: str, to: Path, origin: str) -> None:
    """Fetch Google's public files of CLASSES, for example: download cat "hot dog".

    What was fetched in part goes on where it stopped.
    """
    click.echo(f"{SOURCE}\nLicence: {LICENCE}")
    wanted = [Download.of(name, kind, to, origin) for name in classes]
    try:
        for path in download_all(wanted, say=click.echo):
            click.echo(str(path))
    except DownloadError as error:
        raise click.ClickException(str(error)) from error
