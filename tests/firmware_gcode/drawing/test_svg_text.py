"""Text of SVG files stands where a viewer sets it, in the pen's own letters."""

from __future__ import annotations

import pytest

from firmware_gcode.drawing.geometry import bounds
from firmware_gcode.drawing.svg_in import read_svg
from tests.firmware_gcode.drawing.test_svg_in import document


def text(attributes: str, inside: str = "Hill") -> tuple[float, float, float, float]:
    """The box around a text: left, top, right, bottom, in units of the document."""
    body = f'<g fill="black" stroke="none"><text {attributes}>{inside}</text></g>'
    box = bounds(read_svg(document(body)).polylines)
    return box.x0, box.y0, box.x1, box.y1


def test_text_stands_at_its_place_size_and_anchor() -> None:
    left, top, right, bottom = text('x="30" y="40" font-size="10"')
    assert (left, bottom) == pytest.approx((30.0, 40.0))
    assert bottom - top == pytest.approx(7.0)  # the height of capitals
    wide = right - left
    assert text('x="30" y="40" font-size="20"')[2] - 30.0 == pytest.approx(2 * wide)
    middle = text('x="50" y="40" font-size="10" text-anchor="middle"')
    assert (middle[0] + middle[2]) / 2 == pytest.approx(50.0, abs=1.5)
    assert text('x="50" y="40" font-size="10" text-anchor="end"')[2] == pytest.approx(
        50.0, abs=2.5
    )
    assert text('x="30" y="20" font-size="10" textLength="60"')[2] == pytest.approx(84, abs=9)
    turned = text('x="30" y="10" font-size="10" transform="rotate(90 30 10)"')
    assert (turned[0], turned[1]) == pytest.approx((30.0, 10.0))
    assert turned[3] - turned[1] == pytest.approx(wide)


def test_text_has_its_pieces_at_their_places() -> None:
    plain = text('x="10" y="20" font-size="10"', "ab")
    assert text('x="10" y="20" font-size="10"', "\n a<tspan>b\n </tspan> ") == plain
    assert text('x="10" y="20" font-size="10"', 'a<tspan x="40" dy="9">b</tspan>')[3] == 29.0
    assert text('y="20" font-size="10"', '<tspan x="10 60">ab</tspan>')[2] > 60.0


def test_text_follows_a_path() -> None:
    body = (
        '<defs><path id="p" d="M20 45V5"/></defs><g fill="black" stroke="none">'
        '<text font-size="5"><textPath href="#p" startOffset="25%">Hill</textPath></text></g>'
    )
    box = bounds(read_svg(document(body)).polylines)
    assert (box.x1, box.y1) == pytest.approx((20.0, 35.0))
    assert box.width == pytest.approx(3.5)


def test_what_is_anchored_is_as_wide_as_its_ink() -> None:
    middle = text('x="50" y="40" font-size="10" text-anchor="middle"')
    assert (middle[0] + middle[2]) / 2 == pytest.approx(50.0)
    assert text('x="50" y="40" font-size="10" text-anchor="end"')[2] == pytest.approx(50.0)
    moved = text('x="50" y="40" dx="7" font-size="10" text-anchor="middle"')
    assert (moved[0] + moved[2]) / 2 == pytest.approx(57.0)
    assert text('x="50" y="40" font-size="10" direction="rtl"')[2] == pytest.approx(50.0)


@pytest.mark.parametrize("how", ["spacing", "spacingAndGlyphs"])
def test_text_is_as_long_as_it_is_told_to_be(how: str) -> None:
    box = text(f'x="10" y="20" font-size="5" textLength="60" lengthAdjust="{how}"', "HH")
    assert (box[0], box[2]) == pytest.approx((10.0, 70.0))
    alone = text('x="10" y="20" font-size="5"', "H")
    letter = text(f'x="10" y="20" font-size="5" textLength="60" lengthAdjust="{how}"', "H☃")
    grown = (letter[2] - letter[0]) / (alone[2] - alone[0])
    assert (grown > 5.0) == (how == "spacingAndGlyphs")


@pytest.mark.parametrize("odd", ['font-size="0"', 'font-size="5" letter-spacing="-9"'])
def test_text_without_a_width_is_not_stretched(odd: str) -> None:
    stretched = f'{odd} textLength="60" lengthAdjust="spacingAndGlyphs"'
    line = '<path d="M0 0L9 9" stroke="black"/>'
    found, plain = (
        read_svg(document(f'{line}<text x="50" y="50" fill="black" {said}>HH</text>'))
        for said in (stretched, odd)
    )
    assert list(map(len, found.polylines)) == list(map(len, plain.polylines))
    assert bounds(found.polylines) == bounds(plain.polylines)


def test_text_runs_down_the_page() -> None:
    across = text('x="50" y="5" font-size="8"')
    down = text('x="50" y="5" font-size="8" style="writing-mode:vertical-rl"')
    assert down[1] == pytest.approx(5.0)
    assert down[3] - down[1] == pytest.approx(across[2] - across[0])
    assert (down[0] + down[2]) / 2 == pytest.approx(50.0)


def test_words_that_stand_elsewhere_are_set() -> None:
    body = (
        '<defs><text id="t">Hi<tspan>ll</tspan></text></defs>'
        '<text x="9" y="20"><tref href="#t"/></text>'
    )
    there, here = (
        bounds(read_svg(document(each)).polylines)
        for each in (body, '<text x="9" y="20">Hill</text>')
    )
    assert there == here


def test_a_place_of_its_own_moves_text_along_its_path() -> None:
    body = (
        '<path id="p" stroke="none" d="M10 20H60"/><text font-size="5" x="{}">'
        '<textPath href="#p">H</textPath>{}</text>'
    )
    plain, moved, after = (
        bounds(read_svg(document(body.format(*each))).polylines)
        for each in (("0", ""), ("15", ""), ("0", "H"))
    )
    assert (moved.x0 - plain.x0, moved.y1) == pytest.approx((15.0, 20.0))
    assert after.x0 == pytest.approx(plain.x0)
    assert after.x1 == pytest.approx(60.0 + plain.width)  # it goes on where the path ends
