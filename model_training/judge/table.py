"""A report as one table of text: humans and models one under the other."""

from __future__ import annotations

from collections.abc import Sequence

from model_training.judge.intervals import Figure
from model_training.judge.likelihood import Likelihood
from model_training.judge.measures import FAILURES, NAMES
from model_training.judge.report import Apart, ClassRow, ModelRow, Nearest, Report, SketchRow

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
        *columns(LIKELIHOOD, [likelihood_cells(row) for row in report.models]),
        units(report),
        *notes(report),
        "",
        f"What is drawn as {name}, by the judge; distances from the humans' test drawings",
        *columns(SEEN, [seen_cells(row) for row in report.sketches]),
        "",
        f"How near the nearest training {name} or its mirror image is; failures; strokes",
        *columns(DRAWN, [drawn_cells(row) for row in report.sketches]),
    ]
    if report.classes:
        parts += [
            "",
            "Other classes",
            *columns(CLASSES, [class_cells(row) for row in report.classes]),
        ]
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


LIKELIHOOD = (
    "model",
    "parameters",
    "minutes",
    "all: nats/sketch",
    "nats/point",
    "class: nats/sketch",
    "nats/point",
    "L_R sketch-rnn",
    "L_R sketch-transformer",
    "of nats/point the code",
)


def likelihood_cells(row: ModelRow) -> list[str]:
    """A model's cells under `LIKELIHOOD`."""
    found = row.published
    losses = (found.sketch_rnn, found.sketch_transformer) if found else (None, None)
    return [
        f"{row.name} {row.hash[:12]}".strip(),
        f"{row.parameters:,}",
        NONE if row.minutes is None else f"{row.minutes:.0f}",
        *nats_cells(row.everything),
        *nats_cells(row.of_class),
        *(number(figure, 3) for figure in losses),
        NONE if row.everything is None else f"{row.everything.code_per_point:.3f}",
    ]


def nats_cells(found: Likelihood | None) -> list[str]:
    """Nats a sketch and a point."""
    if found is None:
        return [NONE, NONE]
    return [number(found.per_sketch), number(found.per_point, 3)]


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


SEEN = (
    "drawings",
    "number",
    "top-1 %",
    "top-5 %",
    "of each",
    "FID",
    "FID at infinity",
    "KID x 1000",
    "precision %",
    "recall %",
    "told apart %",
)


def seen_cells(row: SketchRow) -> list[str]:
    """A row's cells under `SEEN`."""
    apart = row.apart
    told = [row.name, str(row.drawings), percent(row.top_1), percent(row.top_5)]
    return told + (apart_cells(apart) if apart else [NONE] * 7)


def apart_cells(apart: Apart) -> list[str]:
    """Distances between sets."""
    return [
        str(apart.compared),
        number(apart.fid),
        number(apart.fid_infinity),
        number(apart.kid, 1, 1000),
        percent(apart.precision),
        percent(apart.recall),
        percent(apart.told_apart),
    ]


DRAWN = (
    "drawings",
    "nearest, features",
    "by humans'",
    "by test",
    "nearest, px",
    "by humans'",
    "by test",
    "failed %",
    " / ".join(FAILURES),
    *NAMES,
)


def drawn_cells(row: SketchRow) -> list[str]:
    """A row's cells under `DRAWN`."""
    shares = " / ".join(f"{100 * row.failures[name]:.1f}" for name in FAILURES)
    digits = (1, 1, 0, 2)
    means = [number(row.measures[n], d) for n, d in zip(NAMES, digits, strict=True)]
    return [row.name, *nearest_cells(row.nearest), percent(row.failed), shares, *means]


def nearest_cells(nearest: Nearest | None) -> list[str]:
    """How near the nearest training drawings are."""
    if nearest is None:
        return [NONE] * 6
    return [
        number(nearest.features, 2),
        number(nearest.features_by_humans, 3),
        number(nearest.features_by_test, 3),
        number(nearest.ink, 2),
        number(nearest.ink_by_humans, 3),
        number(nearest.ink_by_test, 3),
    ]


CLASSES = (
    "class",
    "drawings",
    "number",
    "top-1 %",
    "top-5 %",
    "failed %",
    "strokes",
    "points",
    "nats/sketch",
)


def class_cells(row: ClassRow) -> list[str]:
    """A row's cells under `CLASSES`."""
    return [
        row.class_name,
        row.name,
        str(row.drawings),
        percent(row.top_1),
        percent(row.top_5),
        percent(row.failed),
        number(row.strokes),
        number(row.points),
        number(row.per_sketch),
    ]


def columns(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with the cells below one another: the first to the left, the rest to the right."""
    widths = [max(map(len, cells)) for cells in zip(head, *rows, strict=True)]
    lines = []
    for cells in (head, *rows):
        padded = [c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True)]
        lines.append("  ".join([cells[0].ljust(widths[0]), *padded]).rstrip())
    return lines
