"""Reads the lines of an SVG file: paths, shapes, transforms, units and viewBox.

The library svgelements does the reading. Before it sees a file, what could keep it busy for
ever is refused: declared entities and `use` elements, both of which can multiply.
"""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import svgelements
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.facts import CodedError

MAX_BYTES = 20_000_000
MAX_ELEMENTS = 50_000
"""Shapes after every `use` is followed."""
MAX_POINTS = 500_000
MM_PER_PX = 25.4 / 96.0
"""CSS: 96 px are an inch."""
_TOLERANCE_MM = 0.02
_FINEST = 5_000.0
"""A curve need not be finer than this share of the whole drawing."""
_GEOMETRY = frozenset(
    ("d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry")
)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?|\.\d)\d*(?:[eE][-+]?\d+)?")
_NO_NUMBER = re.compile(r"nan|inf", re.IGNORECASE)
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")


class SvgError(CodedError, ValueError):
    """An SVG file that cannot be read, is empty, or is too large."""


@dataclass(frozen=True)
class SvgDrawing:
    """What an SVG file draws: lines in mm, y down; the page's size in mm if it says."""

    polylines: tuple[Polyline, ...]
    width: float | None
    height: float | None


def read_svg(source: Path | str) -> SvgDrawing:
    """Read an SVG file, given by its path or as a text that begins with "<".

    Outlines are taken whatever their stroke or fill, curves flattened to 0.02 mm (on very
    large drawings, to 1/5000 of the size); text and pictures are left out.

    Raises:
        SvgError: Not readable, not SVG, nothing to draw, or more than can be drawn.
    """
    text = _text(source)
    _check(text)
    try:
        document = svgelements.SVG.parse(io.StringIO(text), reify=True, ppi=96.0)
        paths = [
            shape if isinstance(shape, svgelements.Path) else svgelements.Path(shape)
            for shape in document.elements()
            if isinstance(shape, svgelements.Shape)
        ]
    except Exception as error:  # The library raises whatever happens to go wrong inside it.
        raise SvgError("svg-unreadable", why=str(error)) from error
    polylines = tuple(_polylines(paths))
    if not polylines:
        raise SvgError("svg-no-line")
    return SvgDrawing(polylines, _size(document.width), _size(document.height))


def _text(source: Path | str) -> str:
    """The document's text, if it is not too long."""
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("<"):
        data = source.encode("utf-8", "surrogateescape")
    else:
        path = Path(source)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            why = error.strerror or str(error)
            raise SvgError("svg-file-unreadable", path=str(path), why=why) from error
    if len(data) > MAX_BYTES:
        raise SvgError("svg-too-large", most=MAX_BYTES // 1_000_000)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SvgError("svg-not-utf8") from error


def _check(text: str) -> None:
    """Refuse what is not XML, entities, and too many elements once every `use` is followed."""
    lowered = text.lower()
    if "<!entity" in lowered or ("<!doctype" in lowered and "[" in lowered.split("<svg")[0]):
        raise SvgError("svg-entities")
    try:
        root = ET.fromstring(text)  # noqa: S314  # entities were refused above
    except ET.ParseError as error:
        raise SvgError("svg-invalid", why=str(error)) from error
    if root.tag.rsplit("}", 1)[-1] != "svg":
        raise SvgError("svg-other-root", tag=root.tag.rsplit("}", 1)[-1])
    _Weigher(root).check()
    _check_numbers(root)


def _check_numbers(root: ET.Element) -> None:
    """Refuse more coordinates than can be drawn, and any that is no finite number."""
    count = 0
    for element in root.iter():
        for name in _GEOMETRY & element.attrib.keys():
            value = element.attrib[name]
            if _NO_NUMBER.search(value):
                raise SvgError("svg-not-finite")
            count += sum(1 for _ in _NUMBER.finditer(value))
    if count > 2 * MAX_POINTS:
        raise SvgError("svg-too-many-points", most=MAX_POINTS)


class _Weigher:
    """Counts elements as they are after every `use` is replaced by what it names."""

    def __init__(self, root: ET.Element) -> None:
        self.root = root
        self.named = {e.attrib["id"]: e for e in root.iter() if "id" in e.attrib}
        self.weights: dict[str, int] = {}
        self.open: set[str] = set()

    def check(self) -> None:
        """Raise if there are too many, or if a `use` contains itself."""
        try:
            weight = self.weigh(self.root)
        except RecursionError:
            weight = MAX_ELEMENTS + 1
        if weight > MAX_ELEMENTS:
            raise SvgError("svg-too-many-elements", most=MAX_ELEMENTS)

    def weigh(self, element: ET.Element) -> int:
        """How many elements one stands for, itself included."""
        total = 1 + sum(self.weigh(child) for child in element)
        if element.tag.rsplit("}", 1)[-1] == "use":
            total += self.weigh_named(
                next((element.attrib.get(h, "") for h in _HREFS if h in element.attrib), "")
            )
        return min(total, 2 * MAX_ELEMENTS)

    def weigh_named(self, reference: str) -> int:
        """The weight of what a reference names; 0 if it names nothing here."""
        name = reference.removeprefix("#")
        if name not in self.named:
            return 0
        if name in self.open:
            raise SvgError("svg-uses-itself", name=name)
        if name not in self.weights:
            self.open.add(name)
            self.weights[name] = self.weigh(self.named[name])
            self.open.discard(name)
        return self.weights[name]


def _size(value: object) -> float | None:
    """A page size in mm."""
    if isinstance(value, int | float) and math.isfinite(value) and value > 0.0:
        return float(value) * MM_PER_PX
    return None


def _polylines(paths: list[svgelements.Path]) -> Iterator[Polyline]:
    """All lines of all paths in mm, curves flattened."""
    extent = max((_extent(path) for path in paths), default=0.0)
    if not math.isfinite(extent):
        raise SvgError("svg-not-finite")
    tolerance = max(_TOLERANCE_MM / MM_PER_PX, extent / _FINEST)
    left = MAX_POINTS
    for path in paths:
        for run in _runs(path, tolerance):
            left -= len(run)
            if left < 0:
                raise SvgError("svg-too-many-points", most=MAX_POINTS)
            if not np.isfinite(run).all():
                raise SvgError("svg-not-finite")
            yield run * MM_PER_PX


def _extent(path: svgelements.Path) -> float:
    """The longer side of a box around a path and its control points, px."""
    points: list[complex] = []
    for segment in path:
        if isinstance(segment, svgelements.Arc):
            left, top, right, bottom = segment.bbox()
            points += [complex(left, top), complex(right, bottom)]
        else:
            points += _controls(segment)
    if not points:
        return 0.0
    z = np.array(points)
    return float(max(np.ptp(z.real), np.ptp(z.imag)))


def _runs(path: svgelements.Path, tolerance: float) -> Iterator[Polyline]:
    """The continuous parts of a path, px: shape (N, 2) each."""
    points: list[NDArray[np.float64]] = []
    for segment in path:
        if isinstance(segment, svgelements.Move):
            if len(points) > 1:
                yield np.concatenate(points)
            points = [_row(segment.end)] if segment.end is not None else []
        elif isinstance(segment, svgelements.Line | svgelements.Close):
            if segment.end is not None:
                points.append(_row(segment.end))
        else:
            points.append(_curve(segment, tolerance))
    if len(points) > 1:
        yield np.concatenate(points)


# Curves as points, px.


def _row(point: svgelements.Point) -> NDArray[np.float64]:
    """One point as an array of shape (1, 2)."""
    return np.array([[point.x, point.y]], dtype=np.float64)


def _curve(segment: svgelements.PathSegment, tolerance: float) -> NDArray[np.float64]:
    """Points on an arc or a Bezier curve after its start: shape (N, 2), px."""
    count = _pieces(segment, tolerance)
    if isinstance(segment, svgelements.Arc):
        return np.concatenate([_row(segment.point(n / count)) for n in range(1, count + 1)])
    z = np.array(_controls(segment))[:, None]
    t = np.arange(1, count + 1) / count
    while len(z) > 1:  # De Casteljau: between neighbours, until one is left.
        z = z[:-1] * (1.0 - t) + z[1:] * t
    return np.column_stack([z[0].real, z[0].imag])


def _controls(segment: svgelements.PathSegment) -> list[complex]:
    """A segment's start, control points and end, as far as it has them, px."""
    names = ("start", "control", "control1", "control2", "end")
    given = [getattr(segment, name, None) for name in names]
    return [complex(point.x, point.y) for point in given if point is not None]


def _pieces(segment: svgelements.PathSegment, tolerance: float) -> int:
    """Into how many lines a curve is divided to stay within the tolerance.

    A curve is from its chord at most an eighth of its largest second derivative.
    """
    if isinstance(segment, svgelements.Arc):
        radius = max(float(segment.rx), float(segment.ry), tolerance)
        step = 2.0 * math.acos(max(0.0, 1.0 - tolerance / radius))
        return max(1, math.ceil(abs(float(segment.sweep)) / max(step, 1e-3)))
    c = _controls(segment)
    bends = [abs(c[i] - 2.0 * c[i + 1] + c[i + 2]) for i in range(len(c) - 2)]
    degree = len(c) - 1
    bend = degree * (degree - 1) * max(bends, default=0.0)
    return max(1, min(10_000, math.ceil(math.sqrt(bend / (8.0 * tolerance)))))
