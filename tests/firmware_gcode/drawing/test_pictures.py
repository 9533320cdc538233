"""Drawings as SVG and PNG files."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from firmware_gcode.drawing.geometry import Drawing, DrawingError
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.png import png
from firmware_gcode.drawing.svg import svg

PAPER = Paper(40.0, 20.0, 2.0)
DRAWING = Drawing((np.array([[5.0, 5.0], [35.0, 5.0]]), np.array([[20.0, 15.0]])))
MOVES = (np.array([[35.0, 5.0], [20.0, 15.0]]),)
NAMESPACE = {"s": "http://www.w3.org/2000/svg"}


def test_svg_is_true_to_size_with_y_turned() -> None:
    root = ET.fromstring(svg(DRAWING, PAPER))  # noqa: S314  # our own text
    assert root.attrib["width"] == "40mm"
    assert root.attrib["viewBox"] == "0 0 40 20"
    paths = [element.attrib["d"] for element in root.findall("s:g/s:path", NAMESPACE)]
    assert paths == ["M5 15L35 15", "M20 5h0"]


def test_svg_shows_moves_and_title_on_request() -> None:
    text = svg(DRAWING, PAPER, moves=MOVES, title="<cat & co>")
    root = ET.fromstring(text)  # noqa: S314  # our own text
    groups = [element.attrib["id"] for element in root.findall("s:g", NAMESPACE)]
    assert groups == ["ink", "moves"]
    title = root.find("s:title", NAMESPACE)
    assert title is not None
    assert title.text == "<cat & co>"


def test_png_has_ink_where_the_strokes_are() -> None:
    image = Image.open(io.BytesIO(png(DRAWING, PAPER, pixels_per_mm=5.0, pen_width=1.0)))
    assert image.size == (200, 100)
    grey = np.asarray(image.convert("L"))
    assert grey[75, 100] < 50
    assert grey[25, 100] < 50
    assert grey[50, 50] == 255


def test_png_edges_are_smooth_and_the_ink_is_as_wide_as_the_pen() -> None:
    slanted = (np.array([[5.0, 5.0], [35.0, 14.0]]),)
    image = Image.open(io.BytesIO(png(slanted, PAPER, pixels_per_mm=10.0, pen_width=0.8)))
    ink = 1 - np.asarray(image, dtype=float) / 255
    length = float(np.hypot(30.0, 9.0))
    area = 0.8 * length + np.pi * 0.4**2
    assert ink.sum() / 100 == pytest.approx(area, rel=0.01)
    assert ((ink > 0.1) & (ink < 0.9)).sum() > 100


def test_png_says_its_true_size() -> None:
    image = Image.open(io.BytesIO(png(DRAWING, PAPER, pixels_per_mm=10.0)))
    assert image.mode == "L"
    assert image.info["dpi"] == pytest.approx((254.0, 254.0), abs=0.1)


def test_png_shows_moves_in_red() -> None:
    pixels = np.asarray(
        Image.open(io.BytesIO(png(DRAWING, PAPER, moves=MOVES))).convert("RGB")
    )
    reddish = pixels[..., 0].astype(int) - pixels[..., 1] > 60
    assert reddish.sum() > 20


@pytest.mark.parametrize("resolution", [1e-9, 1e6])
def test_pictures_of_no_or_endless_size_are_refused(resolution: float) -> None:
    with pytest.raises(DrawingError, match="pixels"):
        png(DRAWING, PAPER, pixels_per_mm=resolution)
