"""The guides in `firmware_gcode/`: every example works, all is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from firmware_gcode.grbl.protocol import Alarm, Error
from firmware_gcode.program.profile import SHIPPED

ROOT = Path(__file__).resolve().parents[3]
GUIDES = {name: ROOT / "firmware_gcode" / name for name in ("README.md", "WIRING.md")}
STAR = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60mm" height="60mm" viewBox="0 0 60 60">'
    '<path fill="none" stroke="black" d="M30 5 L45 55 L5 22 L55 22 L15 55 Z"/></svg>'
)


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.M | re.S)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "firmware_gcode").symlink_to(ROOT / "firmware_gcode")
    (tmp_path / "star.svg").write_text(STAR)
    return tmp_path


def test_the_examples_of_the_library_run_as_they_stand(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    text = SHIPPED.joinpath("simulated.toml").read_text()
    for was, now in (
        ("homing = true", "homing = false"),
        ("home_at_start = true", "home_at_start = false"),
        ('"$20" = 1', '"$20" = 0'),
        ('"$22" = 1', '"$22" = 0'),
    ):
        text = text.replace(was, now)
    (place / "my-plotter.toml").write_text(text)
    names: dict[str, object] = {}
    for block in blocks(GUIDES["README.md"], "python"):
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 - our own example
    said = capsys.readouterr().out
    assert re.search(r"\d+ mm of ink, \d", said)
    assert "highest speed, x" in said
    assert re.search(r"[12] strokes are on the paper", said)
    assert "nudge Take the pen" in said
    assert "The machine has $100=81.013" in said


def test_what_the_table_of_numbers_says_is_what_the_product_prints() -> None:
    rows = re.findall(
        r"^\| (ALARM|error):(\d+) \| (.*?) \| (.*?) \|$", GUIDES["WIRING.md"].read_text(), re.M
    )
    assert len(rows) >= 16
    for kind, number, meaning, advice in rows:
        told = Alarm(int(number)) if kind == "ALARM" else Error(int(number))
        assert (meaning, advice) == (str(told.meaning), str(told.advice))


def test_links_to_files_of_the_repository_lead_somewhere() -> None:
    for guide in GUIDES.values():
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", guide.read_text()):
            assert (guide.parent / target).exists(), target


def test_every_room_is_in_the_table() -> None:
    text = GUIDES["README.md"].read_text()
    rooms = [path.parent.name for path in (ROOT / "firmware_gcode").glob("*/__init__.py")]
    assert all(f"`{room}/`" in text for room in rooms)
