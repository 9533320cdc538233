"""A report as one table of text: humans and models one under the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from model_training.judge.intervals import Figure
from model_training.judge.measures import FAILURES
from model_training.judge.report import Report

NONE = "–"


def table(report: Report) -> str:
    """The whole report."""
    name, judge = report.class_name, report.judge
    first, five = percent(judge.top_1), percent(judge.top_5)
    parts = [
        f"judge {judge.hash[:12]} ({judge.raster}): right about {first} of "
        f"{judge.test_drawings} test drawings, among its first five {five}",
        f"class {name!r}: {report.train_drawings} training and {report.test_drawings} test "
        "drawings; [95 % intervals]",
        "",
        "How likely the humans' test drawings are: nats, density per square pixel; L_R",
        *lines(LIKELIHOOD, report.models),
        units(report),
        *notes(report),
        "",
        f"What is drawn as {name}, by the judge; distances from the humans' test drawings",
        *lines(SEEN, report.sketches),
        "",
        f"How near the nearest training {name} or its mirror image is; failures; strokes",
        *lines(DRAWN, report.sketches),
    ]
    if report.classes:
        parts += ["", "Other classes", *lines(CLASSES, report.classes)]
    return "\n".join(parts)


def number(figure: Figure | None, digits: int = 1, factor: float = 1) -> str:
    """A figure and its interval."""
    if figure is None or figure.value != figure.value:  # not a number
        return NONE
    value, low, high = (factor * v for v in (figure.value, figure.low, figure.high))
    return f"{value:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def percent(figure: Figure | None) -> str:
    """A share and its interval, in per cent."""
    return number(figure, 1, 100)


Columns: TypeAlias = Sequence[tuple[str, Callable[[Any], str]]]
"""Titles, and what stands below each in a row's line."""


def part(of: object, name: str) -> Any:
    """An attribute of a part of a row; None where the row has no such part."""
    return None if of is None else getattr(of, name)


LIKELIHOOD: Columns = (
    ("model", lambda row: f"{row.name} {row.hash[:12]}".strip()),
    ("parameters", lambda row: f"{row.parameters:,}"),
    ("minutes", lambda row: NONE if row.minutes is None else f"{row.minutes:.0f}"),
    ("all: nats/sketch", lambda row: number(part(row.everything, "per_sketch"))),
    ("nats/point", lambda row: number(part(row.everything, "per_point"), 3)),
    ("class: nats/sketch", lambda row: number(part(row.of_class, "per_sketch"))),
    ("nats/point", lambda row: number(part(row.of_class, "per_point"), 3)),
    ("L_R sketch-rnn", lambda row: number(part(row.published, "sketch_rnn"), 3)),
    (
        "L_R sketch-transformer",
        lambda row: number(part(row.published, "sketch_transformer"), 3),
    ),
    (
        "of nats/point the code",
        lambda row: f"{row.everything.code_per_point:.3f}" if row.everything else NONE,
    ),
)
SEEN: Columns = (
    ("drawings", lambda row: row.name),
    ("number", lambda row: str(row.drawings)),
    ("top-1 %", lambda row: percent(row.top_1)),
    ("top-5 %", lambda row: percent(row.top_5)),
    ("of each", lambda row: str(row.apart.compared) if row.apart else NONE),
    ("FID", lambda row: number(part(row.apart, "fid"))),
    ("FID at infinity", lambda row: number(part(row.apart, "fid_infinity"))),
    ("KID x 1000", lambda row: number(part(row.apart, "kid"), 1, 1000)),
    ("precision %", lambda row: percent(part(row.apart, "precision"))),
    ("recall %", lambda row: percent(part(row.apart, "recall"))),
    ("told apart %", lambda row: percent(part(row.apart, "told_apart"))),
)
DRAWN: Columns = (
    ("drawings", lambda row: row.name),
    ("nearest, features", lambda row: number(part(row.nearest, "features"), 2)),
    ("by humans'", lambda row: number(part(row.nearest, "features_by_humans"), 3)),
    ("by test", lambda row: number(part(row.nearest, "features_by_test"), 3)),
    ("nearest, px", lambda row: number(part(row.nearest, "ink"), 2)),
    ("by humans'", lambda row: number(part(row.nearest, "ink_by_humans"), 3)),
    ("by test", lambda row: number(part(row.nearest, "ink_by_test"), 3)),
    ("failed %", lambda row: percent(row.failed)),
    (
        " / ".join(FAILURES),
        lambda row: " / ".join(f"{100 * row.failures[name]:.1f}" for name in FAILURES),
    ),
    ("strokes", lambda row: number(row.measures["strokes"])),
    ("points", lambda row: number(row.measures["points"])),
    ("ink", lambda row: number(row.measures["ink"], 0)),
    ("aspect", lambda row: number(row.measures["aspect"], 2)),
)
CLASSES: Columns = (
    ("class", lambda row: row.class_name),
    ("drawings", lambda row: row.name),
    ("number", lambda row: str(row.drawings)),
    ("top-1 %", lambda row: percent(row.top_1)),
    ("top-5 %", lambda row: percent(row.top_5)),
    ("failed %", lambda row: percent(row.failed)),
    ("strokes", lambda row: number(row.strokes)),
    ("points", lambda row: number(row.points)),
    ("nats/sketch", lambda row: number(row.per_sketch)),
)


def notes(report: Report) -> list[str]:
    """What some rows' likelihoods are."""
    return [f"{row.name}: {row.note}" for row in report.models if row.note]


def units(report: Report) -> str:
    """The conventions of L_R in a sentence."""
    floors = sorted({row.sigma_floor for row in report.models})
    given = ", ".join(f"{floor:g}" for floor in floors)
    u = report.units
    return (
        f"L_R: N_max {u.longest}; units of {u.both:.2f} px (sketch-rnn), {u.across:.2f} and "
        f"{u.down:.2f} px (sketch-transformer); sigma floor {given} px; of this data alone"
    )


def lines(columns: Columns, rows: Sequence[object]) -> list[str]:
    """Cells below one another: the first column's to the left, the others to the right."""
    table = [
        [title for title, _ in columns],
        *([cell(row) for _, cell in columns] for row in rows),
    ]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    found = []
    for cells in table:
        padded = [c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True)]
        found.append("  ".join([cells[0].ljust(widths[0]), *padded]).rstrip())
    return found
