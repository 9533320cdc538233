"""`catplotter plan`: any SVG in, a checked program out, and figures of both."""

from __future__ import annotations

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.shell import catplotter

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg"
 width="60mm" height="40mm" viewBox="0 0 60 40">
<path d="M5 5 L25 5"/><path d="M55 35 C 45 35 45 20 40 20"/><path d="M25 5 L25 20"/>
<circle cx="30" cy="25" r="6"/></svg>"""


def plan(*words: str | Path) -> CompletedProcess[str]:
    return catplotter("plan", *words)


@pytest.fixture
def drawing(tmp_path: Path) -> Path:
    path = tmp_path / "in.svg"
    path.write_text(DRAWING)
    return path


def test_it_writes_the_program_and_says_what_planning_brought(
    drawing: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.gcode"
    done = plan(drawing, "-o", output, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["before"]["strokes"] == 4
    assert figures["after"]["strokes"] == 3  # two lines meet
    assert figures["after"]["seconds"] < figures["before"]["seconds"]
    assert figures["after"]["bytes"] == output.stat().st_size


def test_the_table_for_people_names_every_figure(drawing: Path) -> None:
    done = plan(drawing)
    for word in ("strokes", "ink", "travel", "pen lifts", "bytes", "time"):
        assert word in done.stdout


def test_one_line_mode_draws_a_single_stroke(drawing: Path) -> None:
    assert json.loads(plan(drawing, "--one-line", "--json").stdout)["after"]["strokes"] == 1


def test_actual_size_and_size_are_kept(drawing: Path) -> None:
    """The drawing's longer side is 50 mm; the ink grows with it."""
    actual = json.loads(plan(drawing, "--actual-size", "--json").stdout)["after"]["ink_mm"]
    double = json.loads(plan(drawing, "--size", "100", "--json").stdout)["after"]["ink_mm"]
    assert double == pytest.approx(2 * actual, rel=0.02)


def test_the_preview_shows_the_moves_when_asked(drawing: Path, tmp_path: Path) -> None:
    preview = tmp_path / "p.svg"
    assert plan(drawing, "--preview", preview, "--moves").returncode == 0
    assert 'id="moves"' in preview.read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no svg", []),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", []),
        (DRAWING, ["--size", "5000"]),
        (DRAWING, ["--size", "-1"]),
        (DRAWING, ["--paper", "15x15"]),
        (DRAWING, ["--size", "10", "--actual-size"]),
        ('<!DOCTYPE a [<!ENTITY b "c">]><svg/>', []),
    ],
)
def test_what_cannot_be_planned_ends_in_one_sentence(
    text: str, words: list[str], tmp_path: Path
) -> None:
    path, output = tmp_path / "in.svg", tmp_path / "out.gcode"
    path.write_text(text)
    done = plan(path, "-o", output, *words)
    assert done.returncode != 0
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not output.exists()


def test_each_drawing_takes_a_cell_with_its_caption(drawing: Path, tmp_path: Path) -> None:
    preview = tmp_path / "sheet.svg"
    done = plan(
        *(drawing, drawing, drawing),
        *("--grid", "2x2", "--caption", "No {number}", "--preview", preview, "--json"),
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    letters = 3  # N, o and a digit, each of at least one stroke
    assert figures["before"]["strokes"] >= 3 * (4 + letters)
    assert preview.read_text().count("<path") + preview.read_text().count("<polyline") > 0


def test_more_drawings_than_cells_are_refused(drawing: Path) -> None:
    done = plan(drawing, drawing)
    assert done.returncode == 1
    assert "2 drawings do not fit into 1 cells" in done.stderr


@pytest.mark.parametrize("grid", ["0x2", "2", "axb", "100x1"])
def test_a_grid_that_is_none_is_refused(drawing: Path, grid: str) -> None:
    done = plan(drawing, "--grid", grid)
    assert done.returncode == 2
    assert "COLUMNSxROWS" in done.stderr


@pytest.mark.parametrize("paper", ["A6", "A5", "A4", "letter", "120x80"])
@pytest.mark.parametrize("turned", [(), ("--landscape",)])
def test_papers_either_way(drawing: Path, paper: str, turned: tuple[str, ...]) -> None:
    done = plan(drawing, "--paper", paper, *turned, "--caption", "cat", "--json")
    assert done.returncode == 0, done.stderr


def test_lines_stay_as_they_are_at_tolerance_0(drawing: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.gcode"
    assert plan(drawing, "--tolerance", "0", "-o", output).returncode == 0
    assert "R" not in output.read_text()
    assert plan(drawing, "-o", output).returncode == 0
    assert "R" in output.read_text()


PAGE = DRAWING.split(">", maxsplit=1)[0]
LAYERS = """<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="40mm"
 viewBox="0 0 60 40" fill="none"><g id="ink"><path d="M5 5H25" stroke="#112233"/></g>
<g id="gold"><path d="M9 9H25" stroke="red"/><path d="M9 30H25" stroke="#112233"/>
<image width="9" height="9"/></g></svg>"""


@pytest.mark.parametrize(
    ("by", "pens", "strokes"), [("layer", ["gold"], [1]), ("colour", ["#ff0000"], [2])]
)
def test_passes_stop_for_another_pen(
    by: str, pens: list[str], strokes: list[int], tmp_path: Path
) -> None:
    path, output = tmp_path / "in.svg", tmp_path / "out.gcode"
    path.write_text(LAYERS)
    done = plan(path, "--passes", by, "-o", output, "--json")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert [change["stroke"] for change in figures["pen_changes"]] == strokes
    stops = [line for line in output.read_text().splitlines() if line.startswith("M0")]
    assert stops == [f"M0 (pen: {pen})" for pen in pens]
    (drawing,) = figures["drawings"]
    assert drawing["told"] == "Left out: 1 picture."
    assert drawing["left_out"] == [{"code": "svg-picture", "params": {"count": 1}}]


def test_several_files_of_one_drawing_stay_in_register(tmp_path: Path) -> None:
    corners = []
    for body in ('<path d="M5 5H25"/>', '<path d="M5 5V35"/>'):
        path, preview = tmp_path / "in.svg", tmp_path / "p.svg"
        path.write_text(f"{PAGE}>{body}</svg>")
        done = plan(path, "--actual-size", "--preview", preview)
        assert done.returncode == 0, done.stderr
        corners.append("49 90" in preview.read_text())  # A5: 74 - 30 + 5, 105 - 20 + 5
    assert corners == [True, True]
    outside = plan(path, "--actual-size", "--paper", "60x40", "--margin", "9")
    assert "at its place on its page" in outside.stderr


def test_areas_are_hatched_and_hide_what_is_under_them(tmp_path: Path) -> None:
    path = tmp_path / "in.svg"
    path.write_text(
        f'{PAGE} stroke="black" fill="none"><path d="M0 20H60"/>'
        '<rect x="20" y="10" width="20" height="20" fill="red"/></svg>'
    )
    words = (path, "--actual-size", "--tolerance", "0", "--json")
    plain, full, hidden = (
        json.loads(plan(*words, *more).stdout)["before"]["ink_mm"]
        for more in ((), ("--hatch", "1"), ("--hatch", "1", "--occlude"))
    )
    assert plain == pytest.approx(140.0)
    assert full == pytest.approx(580.0, rel=0.01)
    assert hidden == pytest.approx(560.0, rel=0.01)
