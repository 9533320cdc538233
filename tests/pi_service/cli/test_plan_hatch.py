"""`catplotter plan --hatch`: straight lines with sharp corners, under smooth outlines."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner

from pi_service.cli.plan import plan
from tests.pi_service.studio.test_artworks import HATCHED


def test_hatch_comes_first_of_its_pen_and_is_not_smoothed(tmp_path: Path) -> None:
    drawing, output = tmp_path / "in.svg", tmp_path / "out.gcode"
    drawing.write_text(HATCHED)
    words = [str(drawing), "-o", str(output), "--hatch", "1", "--passes", "colour", "--json"]
    done = CliRunner().invoke(plan, words)
    assert done.exit_code == 0, done.output
    (change,) = json.loads(done.stdout)["pen_changes"]
    hatch, rest = re.split(r"G[23](?!\d)", output.read_text(), maxsplit=1)
    assert change == {"stroke": 2, "told": "pen: #0000ff"}
    assert hatch.count("\n") > 200
    assert rest.count("R") > 2
