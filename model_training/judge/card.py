"""The model card's figures and contact sheet, made anew from a report.

A card is written by people; between two marks stand the figures, which this replaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from model_training.data.dataset import DataError
from model_training.judge.measures import FAILURES, NAMES, Drawn
from pi_service.sketching.stroke import bounds, to_polylines

BEGIN = "<!-- figures: made by `card`, do not edit -->"
END = "<!-- figures end -->"
CELL, COLUMNS, FINER, MARGIN, LINE = 96, 20, 4, 6, 1.5
"""Contact sheet: pixels of a cell's side, cells in a row, how many times finer lines are drawn
before they are smoothed, pixels left free in a cell, pixels of a line's width."""
NUMBERED_MARGIN = 14
"""Pixels left free in a cell that has a number in its corner."""


def with_figures(card: str, report: Mapping[str, Any]) -> str:
    """The card's text with the figures of a report, as `plain` and JSON give it.

    Raises:
        DataError: The card has not the two marks, or the report is none.
    """
    before, mark, rest = card.partition(BEGIN)
    _, other, after = rest.partition(END)
    if not mark or not other:
        raise DataError(f"the card lacks the marks {BEGIN} and {END}: put both in")
    try:
        made = "\n".join(figures(report))
    except (KeyError, TypeError) as error:
        raise DataError(
            f"the report lacks {error}: make it anew with `evaluate --json`"
        ) from error
    return f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"


def figures(report: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the card's tables, in Markdown."""
    judge, name = report["judge"], report["class_name"]
    yield (
        f"Judge `{judge['hash'][:12]}`: right about {_percent(judge['top_1'])} % of "
        f"{judge['test_drawings']} test drawings of all classes, among its first five "
        f"{_percent(judge['top_5'])} %. In brackets 95 % intervals."
    )
    yield ""
    of_class = (f"a sketch, {name}", f"a point, {name}")
    yield from _rows((*LIKELIHOOD, *of_class), map(_likelihood, report["models"]))
    yield ""
    yield from _rows((f"drawings of {name}", *SEEN), map(_seen, report["sketches"]))
    yield ""
    yield from _rows((f"drawings of {name}", *DRAWN, *NAMES), map(_drawn, report["sketches"]))
    if report["classes"]:
        yield ""
        yield from _rows(CLASSES, map(_in_short, report["classes"]))


LIKELIHOOD = (
    "model",
    "parameters",
    "minutes, last run",
    "nats a sketch, all",
    "nats a point, all",
)


def _likelihood(row: Mapping[str, Any]) -> Sequence[str]:
    return (
        f"{row['name']} `{row['hash'][:12]}`" if row["hash"] else row["name"],
        f"{row['parameters']:,}",
        "–" if row["minutes"] is None else f"{row['minutes']:.0f}",
        *_nats(row["everything"]),
        *_nats(row["of_class"]),
    )


def _nats(found: Mapping[str, Any] | None) -> Sequence[str]:
    """Nats a sketch and a point."""
    known = found or {}
    return _number(known.get("per_sketch")), _number(known.get("per_point"), 3)


SEEN = (
    "number",
    "judge agrees, %",
    "in its first five, %",
    "FID",
    "KID × 1000",
    "precision, %",
    "recall, %",
    "told apart, %",
)


def _seen(row: Mapping[str, Any]) -> Sequence[str]:
    apart = row["apart"] or {}
    return (
        row["name"],
        str(row["drawings"]),
        _percent(row["top_1"]),
        _percent(row["top_5"]),
        _number(apart.get("fid")),
        _number(apart.get("kid"), 1, 1000),
        _percent(apart.get("precision")),
        _percent(apart.get("recall")),
        _percent(apart.get("told_apart")),
    )


DRAWN = (
    "nearest training drawing, px",
    "by humans'",
    "by that to test drawings",
    "in features: by humans'",
    "failed, % (" + ", ".join(FAILURES) + ")",
)


def _drawn(row: Mapping[str, Any]) -> Sequence[str]:
    nearest = row["nearest"] or {}
    shares = ", ".join(f"{100 * row['failures'][name]:.1f}" for name in FAILURES)
    digits = (1, 1, 0, 2)
    return (
        row["name"],
        _number(nearest.get("ink"), 2),
        _number(nearest.get("ink_by_humans"), 3),
        _number(nearest.get("ink_by_test"), 3),
        _number(nearest.get("features_by_humans"), 3),
        f"{_percent(row['failed'])} ({shares})",
        *(_number(row["measures"][n], d) for n, d in zip(NAMES, digits, strict=True)),
    )


CLASSES = (
    "class",
    "drawings",
    "number",
    "judge agrees, %",
    "in its first five, %",
    "nats a sketch",
)


def _in_short(row: Mapping[str, Any]) -> Sequence[str]:
    return (
        row["class_name"],
        row["name"],
        str(row["drawings"]),
        _percent(row["top_1"]),
        _percent(row["top_5"]),
        _number(row["per_sketch"]),
    )


def _number(figure: Mapping[str, Any] | None, digits: int = 1, factor: float = 1) -> str:
    if figure is None or figure["value"] is None:
        return "–"
    value, low, high = (factor * figure[key] for key in ("value", "low", "high"))
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _percent(figure: Mapping[str, Any] | None) -> str:
    return _number(figure, 1, 100)


def _rows(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def contact_sheet(
    drawn: Sequence[Drawn], *, cell: int = CELL, columns: int = COLUMNS, numbered: bool = False
) -> bytes:
    """All drawings side by side in the order given, as a PNG, each filling its cell.

    Args:
        cell: Pixels of a cell's side.
        columns: Cells in a row.
        numbered: Writes each cell's number, from 1, into its corner, and lines between cells.
    """
    rows = -(-len(drawn) // columns)
    page = Image.new("L", (columns * cell, rows * cell), 255)
    margin = NUMBERED_MARGIN if numbered else MARGIN
    for number, one in enumerate(drawn):
        row, column = divmod(number, columns)
        page.paste(_cell(one, cell, margin), (column * cell, row * cell))
    if numbered:
        _number_cells(page, cell, columns, len(drawn))
    content = BytesIO()
    page.quantize(16).save(content, "PNG", optimize=True)
    return content.getvalue()


def _number_cells(page: Image.Image, cell: int, columns: int, count: int) -> None:
    """Writes the numbers of cells into their upper left corners, and lines between cells."""
    pen = ImageDraw.Draw(page)
    for number in range(count):
        row, column = divmod(number, columns)
        x, y = column * cell, row * cell
        pen.rectangle([x, y, x + cell, y + cell], outline=200)
        pen.text((x + 3, y + 1), str(number + 1), fill=90, font_size=NUMBERED_MARGIN - 3)


def _cell(drawn: Drawn, cell: int, margin: int) -> Image.Image:
    """One drawing, fitted into a cell."""
    side = cell * FINER
    image = Image.new("L", (side, side), 255)
    pen = ImageDraw.Draw(image)
    x0, y0, x1, y1 = bounds(drawn.sketch)
    scale = (side - 2 * margin * FINER) / max(x1 - x0, y1 - y0, 1)
    middle = np.array([x0 + x1, y0 + y1]) / 2
    width = round(LINE * FINER)
    for line in to_polylines(drawn.sketch):
        points = (line - middle) * scale + side / 2
        if len(points) > 1:
            pen.line([tuple(p) for p in points.tolist()], fill=0, width=width, joint="curve")
        for x, y in (points[0], points[-1]):
            pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=0)
    return image.resize((cell, cell), Image.Resampling.BOX)
