"""The arithmetic behind the moving pen, run in the browser that it is written for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SQUARE = [[[0, 0], [10, 0], [10, 10]], [[20, 10], [20, 0]], [[30, 5]]]


def run(page: Page, script: str, argument: Any = None) -> Any:
    """Run a script with the module's names at hand; `argument` comes as `given`."""
    base = page.locator("script[type=module]").get_attribute("src")
    assert base is not None
    module = base.replace("main.js", "playback.js")
    names = (
        f"const {{InkPath, Playback}} = await import(new URL('{module}', document.baseURI));"
    )
    return page.evaluate(f"async (given) => {{ {names} {script} }}", argument)


def test_a_path_knows_its_lengths_and_points(page: Page) -> None:
    answer = run(
        page,
        """const path = new InkPath(given);
        return {length: path.length, stroke: path.strokeLength(0), second: path.at(1, 4),
                beyond: path.at(9, 3), middle: path.point(15), corner: path.point(20),
                next: path.point(20, true), dot: path.point(path.length)};""",
        SQUARE,
    )
    assert answer["length"] == pytest.approx(30.02)  # the dot has a length too, if a small one
    assert answer["stroke"] == 20
    assert answer["second"] == 24
    assert answer["beyond"] == pytest.approx(30.02)
    assert answer["middle"] == [10, 5]
    assert answer["corner"] == [10, 10]
    assert answer["next"] == [20, 10]
    assert answer["dot"] == pytest.approx([30.02, 5])


def test_the_pen_lifts_between_strokes(page: Page) -> None:
    answer = run(
        page,
        """const playback = new Playback(given);
        playback.report({stroke: 0, length_mm: 20, x: 10, y: 10, pen_down: true}, 0, true);
        playback.report({stroke: 1, length_mm: 0, x: 20, y: 10, pen_down: false}, 100);
        playback.move(150);
        const between = [playback.pen, playback.down, playback.ink];
        playback.move(1000);
        return [between, [playback.pen, playback.down, playback.ink]];""",
        SQUARE,
    )
    (pen, down, ink), (last, still_up, same_ink) = answer
    assert 10 < pen[0] < 20
    assert (down, ink) == (False, 20)
    assert (last, still_up, same_ink) == ([20, 10], False, 20)


def test_an_empty_drawing_is_no_error(page: Page) -> None:
    script = """const playback = new Playback([]);
    playback.report({stroke: 0, length_mm: 0, x: 1, y: 2, pen_down: false}, 0, true);
    return [playback.ink, playback.pen];"""
    assert run(page, script) == [0, [1, 2]]


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    reports=st.lists(
        st.tuples(st.floats(0, 1), st.floats(1, 400), st.booleans()), min_size=1, max_size=12
    )
)
def test_whatever_is_reported_the_pen_never_leads_nor_goes_back(
    page: Page, reports: list[tuple[float, float, bool]]
) -> None:
    """Reports as parts of the whole way, in any order, with any time between them."""
    script = """const playback = new Playback(given.strokes);
    let now = 0, reported = 0, shown = 0;
    for (const [part, wait, down] of given.reports) {
      const ink = part * playback.path.length;
      const stroke = playback.path.strokeAt(ink);
      const length = ink - playback.path.starts[stroke];
      const [x, y] = playback.path.point(ink);
      playback.report({stroke, length_mm: length, x, y, pen_down: down}, now);
      reported = Math.max(reported, ink);
      for (let step = 0; step < 5; step += 1) {
        now += wait / 5;
        playback.move(now);
        if (playback.ink > reported + 1e-6) return 'it leads';
        if (playback.ink < shown - 1e-6) return 'it goes back';
        if (!playback.pen.every(Number.isFinite)) return 'it is lost';
        shown = playback.ink;
      }
    }
    playback.move(now + 10000);
    return Math.abs(playback.ink - reported) < 1e-6 ? 'fine' : 'it stays behind';"""
    given_ = json.loads(json.dumps({"strokes": SQUARE, "reports": reports}))
    assert run(page, script, given_) == "fine"
