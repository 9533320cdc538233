"""`catplotter draw --complete` and `--best-of`, as the command line gives them on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from pi_service.cli.draw import ChoosingArtist, draw
from pi_service.sketching.sketcher import Sketcher
from pi_service.sketching.stroke import to_polylines

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100mm" '
    'height="100mm"><circle cx="50" cy="60" r="30" fill="none" stroke="black"/></svg>'
)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """An SVG file with a round head."""
    path = tmp_path / "begin.svg"
    path.write_text(HEAD)
    return path


def _call(*words: object) -> Result:
    return CliRunner().invoke(draw, [str(word) for word in words])


def test_a_drawing_that_was_begun_keeps_its_beginning_and_goes_on(begun: Path) -> None:
    artist = ChoosingArtist.of(Sketcher.load(), 8, begun)
    lines = to_polylines(artist.draw("cat", seed=4))
    assert len(lines) > 1
    ring = lines[0].astype(float)
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    radii = np.hypot(*(ring - middle).T)
    assert radii.max() / radii.min() == pytest.approx(1, abs=0.01)
    assert artist.classes == artist.sketcher.classes
    assert artist.model_hash == artist.sketcher.model_hash


def test_the_same_seed_completes_in_the_same_way(begun: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        done = _call("--complete", begun, "--seed", seed, "--svg", tmp_path / f"{name}.svg")
        assert done.exit_code == 0, done.output
    a, b, c = ((tmp_path / f"{name}.svg").read_text() for name in "abc")
    assert a.replace("cat 1", "") == b.replace("cat 1", "")
    assert a != c


def test_the_number_of_candidates_can_be_chosen() -> None:
    sketcher = Sketcher.load()
    one = ChoosingArtist.of(sketcher, 1, None).draw("cat", seed=6)
    eight = ChoosingArtist.of(sketcher, 8, None).draw("cat", seed=6)
    assert np.array_equal(one, sketcher.draw("cat", seed=6, candidates=1))
    assert np.array_equal(eight, sketcher.draw("cat", seed=6, candidates=8))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", "draws no line"),
        ("no picture", "SVG"),
    ],
)
def test_a_beginning_that_is_none_is_said_in_a_sentence(
    tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "begin.svg"
    path.write_text(content)
    done = _call("--complete", path, "--seed", 1, "--svg", tmp_path / "a.svg")
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output
