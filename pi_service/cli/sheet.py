"""`catplotter sheet`: many cats side by side, none selected, to judge a model by eye."""

from __future__ import annotations

import math
from pathlib import Path

import click

from firmware_gcode.drawing.layout import grid, place
from firmware_gcode.drawing.paper import Paper
from pi_service.cli.options import (
    OUTPUT,
    check_picture,
    model_option,
    sentences,
    write_picture,
)
from pi_service.sketching.model_file import ModelFileError
from pi_service.sketching.sketcher import (
    ClassError,
    Sketcher,
    SketchingError,
)
from pi_service.sketching.stroke import to_polylines

CELL_MM = 40.0
GAP_MM = 6.0
PIXELS_PER_MM = 2.5
PEN_MM = 0.5
BATCH = 16
"""Sketches that are drawn side by side."""


@click.command()
@click.option(
    "--n", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many."
)
@click.option("--class", "class_name", default="cat", show_default=True, help="What to draw.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="The first one's seed.",
)
@click.option(
    "--output",
    "-o",
    type=OUTPUT,
    default=Path("sheet.png"),
    show_default=True,
    help="The picture to write: .png or .svg.",
)
@model_option
@sentences(ClassError, ModelFileError, SketchingError)
def sheet(n: int, class_name: str, seed: int, output: Path, model_path: Path) -> None:
    """Draw a contact sheet: the sketches of N seeds in a row, unselected.

    (For the sheet of paper on the running gallery's bed: `catplotter paper`.)
    """
    check_picture(output)
    sketcher = Sketcher.load(model_path)
    columns = math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    paper = Paper(columns * CELL_MM, rows * CELL_MM, GAP_MM / 2)
    cells = grid(paper.drawable, columns, rows, gap=GAP_MM)
    sketches = (
        sketch
        for first in range(seed, seed + n, BATCH)
        for sketch in sketcher.draw_many(
            class_name, seeds=range(first, min(first + BATCH, seed + n))
        )
    )
    strokes = [
        stroke
        for cell, sketch in zip(cells, sketches, strict=False)
        for stroke in place(to_polylines(sketch), cell, y_down=True).strokes
    ]
    title = f"{n} x {class_name}"
    write_picture(output, strokes, paper, pen=PEN_MM, scale=PIXELS_PER_MM, title=title)
    click.echo(f"{output}: {n} sketches of {class_name}, seeds {seed} to {seed + n - 1}")
