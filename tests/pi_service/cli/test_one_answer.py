"""`plan`, `estimate` and `send` give the same answer about the same file of G-code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_gcode.program.checker import ProgramError
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.source import read_lines
from pi_service.cli.estimate import estimate
from pi_service.cli.foreign import prepare_program
from pi_service.cli.plan import plan

SIMULATED = Profile.load("simulated")


def estimated(path: Path) -> tuple[float, list[int], list[int]]:
    """Seconds, the refused lines, and those whose time is not counted."""
    done = CliRunner().invoke(estimate, [str(path), "--json"])
    found = json.loads(done.stdout)
    refused = [each["line"] for each in found["refused"]]
    assert done.exit_code == bool(refused)
    assert all(f"line {number} of the program" in done.stderr for number in refused)
    return found["seconds"], refused, found["not_timed"]


def sent(path: Path) -> Program:
    return prepare_program(read_lines(path), SIMULATED)


WAY = "G1X10F600"
FORMS = {
    "comments": "(one) G21 ; more (of\ng1 x10 (here) f600 ; end)\n",
    "nested comment": "(one (two) G21\nG1 (X99) X10 F600\n",
    "open comment": f"{WAY} (never closed\n(G1X99\n",
    "blanks and tabs": f"\n \n\t{WAY}\f\v\n\n",
    "blocks to be skipped": "/G1 X10 F600\n",
    "CRLF": f"G21\r\n{WAY}\r\n\r\n",
    "CR": f"G21\r{WAY}\rG90",
    "no last end of line": WAY,
    "inches, relative": "G20G91\nG1X.3937008F23.62205\n",
    "numbered": "N10 G1 X5 F600\nN20 X10\n",
    "tape": f"%\n{WAY}\n%\n",
    "end": f"{WAY}\nM30\nG1X99\n",
    "end beside a move": f"{WAY} M02 (end)\nwhatever\n",
    "M0, M1, M3": f"M0 (blue)\nM1\n{WAY}\nM3S5\n",
    "letters beyond ASCII": f"{WAY} (café ☕)\n; naïve\n",
    "a long comment": f"{WAY} ({'x' * 500})\n",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_the_same_way_is_the_same_in_any_form(
    text: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.gcode"
    path.write_bytes(text.encode(encoding))
    seconds, refused, aside = estimated(path)
    assert (refused, aside) == ([], [])
    assert seconds == pytest.approx(1.009, abs=0.004)
    program = sent(path)
    assert program.seconds == pytest.approx(seconds, abs=0.03)
    assert max(line.x for line in program.lines) == pytest.approx(10.0, abs=1e-4)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("G99\n", 1),
        ("%\n\nhello\n", 3),
        ("% O1\nG0X1\n", 1),
        (f"{WAY})\n", 1),
        ("G1X5\n", 1),
        ("G21\rG1X5\r\n", 2),
        ("G0X" + "1" * 90, 1),
        ("G0 Xé\n", 1),
        ("G0X1\nG2X5F600\nM30\n", 2),
        ("G0X1\nG90G91\n", 2),
    ],
)
def test_what_grbl_would_refuse_is_refused_by_both(
    text: str, line: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.gcode"
    path.write_bytes(text.encode())
    assert estimated(path)[1] == [line]
    with pytest.raises(ProgramError, match="would be refused") as refused:
        sent(path)
    assert refused.value.line == line
    said = CliRunner().invoke(estimate, [str(path)]).stderr
    assert str(refused.value) in said


def test_many_refused_lines_are_told_in_a_few(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text("G99\n" * 1000)
    assert "980 lines more" in CliRunner().invoke(estimate, [str(path)]).stderr


def test_what_plan_writes_is_taken_as_it_was_planned(tmp_path: Path) -> None:
    """With its stops for the pen, and in the time that `plan` has said."""
    drawing, path = tmp_path / "two.svg", tmp_path / "two.gcode"
    drawing.write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' width='60mm' height='40mm'>"
        "<g fill='none' stroke-width='1'><path stroke='red' d='M5 5C60 5 5 60 90 90'/>"
        "<path stroke='blue' d='M10 90H150'/></g></svg>"
    )
    done = CliRunner().invoke(
        plan, [str(drawing), "-o", str(path), "--passes", "colour", "--json"]
    )
    planned = json.loads(done.stdout)
    program = sent(path)
    assert len(program.pauses) == len(planned["pen_changes"]) == 1
    assert program.seconds == pytest.approx(planned["after"]["seconds"], rel=0.001)
    assert estimated(path)[0] == pytest.approx(planned["after"]["seconds"], rel=0.01)


def test_a_line_with_a_dollar_is_not_timed_and_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text(f" $X\n{WAY}\n")
    assert estimated(path)[1:] == ([], [1])
    with pytest.raises(ProgramError, match=r"line 1 .* is no G-code"):
        sent(path)
