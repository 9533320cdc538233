"""`catplotter machine`: as somebody at a terminal uses it, on a simulated machine's pty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from tests.shell import catplotter

STRANGE = {"$110": 500.0, "$100": 100.0, "$20": 0.0, "$22": 0.0}


def run(*given: str | Path, answer: str = "", folder: Path) -> CompletedProcess[str]:
    return catplotter("machine", *given, typed=answer, cwd=folder)


@pytest.fixture
def plotter() -> Iterator[PtyMachine]:
    profile = Profile.load("simulated")
    settings = {**profile.grbl, **STRANGE}
    with PtyMachine(settings=settings, speed=50.0, pen=profile.pen) as machine:
        yield machine


def at(machine: PtyMachine) -> tuple[str, ...]:
    return "--port", machine.port, "--profile", "simulated"


def stored(machine: PtyMachine) -> dict[str, float]:
    with machine.lock:
        printed = list(machine.machine.board.settings.printed())
    return {f"${number}": float(value) for number, value in printed}


def test_check_apply_check_restore(plotter: PtyMachine, tmp_path: Path) -> None:
    before = stored(plotter)
    checked = run("check", *at(plotter), folder=tmp_path)
    assert checked.returncode == 1
    assert "highest speed, x" in checked.stdout
    assert run("backup", "old.json", *at(plotter), folder=tmp_path).returncode == 0
    no = run("apply", *at(plotter), answer="n\n", folder=tmp_path)
    assert no.returncode == 1
    assert "$110: 500 -> 8000" in no.stdout
    assert stored(plotter) == before
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
    yes = run("apply", *at(plotter), "--backup", "kept.json", answer="y\n", folder=tmp_path)
    assert yes.returncode == 0, yes.stderr
    assert "Written: $22=1, $100=80, $110=8000, $20=1." in yes.stdout
    assert "position is unknown" in yes.stdout
    again = run("check", *at(plotter), "--json", folder=tmp_path)
    assert again.returncode == 0
    assert json.loads(again.stdout)["differences"] == []
    back = run("restore", "kept.json", *at(plotter), "--yes", "--json", folder=tmp_path)
    assert back.returncode == 0, back.stderr
    assert json.loads(back.stdout)["complete"]
    assert stored(plotter) == before
    nothing = run("restore", "old.json", *at(plotter), "--yes", folder=tmp_path)
    assert "Nothing had to be written" in nothing.stdout


def test_apply_whose_cable_is_pulled_says_how_far_it_came(
    plotter: PtyMachine, tmp_path: Path
) -> None:
    with plotter.lock:
        plotter.machine.faults.unplug_after = 75
    done = run("apply", *at(plotter), "--yes", "--json", folder=tmp_path)
    assert done.returncode == 1
    outcome = json.loads(done.stdout)
    assert "unplugged" in outcome["trouble"]
    assert {step["fate"] for step in outcome["steps"]} >= {"not sent"}
    assert Path(tmp_path / outcome["backup"]).exists()
    after = stored(plotter)
    for step in outcome["steps"]:
        if step["fate"] == "written":
            assert after[step["name"]] == step["wanted"]


def test_a_board_is_labelled_and_the_label_is_believed(
    plotter: PtyMachine, tmp_path: Path
) -> None:
    port = ("--port", plotter.port, "--profile", "servo-pen")
    warned = run("check", *port, folder=tmp_path)
    assert "Warning: The profile has a servo" in warned.stdout
    assert run("backup", "old.json", *port, folder=tmp_path).returncode == 0
    done = run("label", *port, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    back = run("restore", "old.json", *port, "--yes", folder=tmp_path)
    assert back.returncode == 0, back.stderr
    assert "label was '' and is 'SERVO' now" in back.stderr
    checked = run("check", *port, folder=tmp_path)
    assert "GRBL 1.1h.20190830 (SERVO)" in checked.stdout
    assert "Warning: The profile has a servo" not in checked.stdout
    odd = run("label", "a;b", *port, folder=tmp_path)
    assert odd.returncode == 2


def test_the_backup_of_another_machine_needs_a_word(
    plotter: PtyMachine, tmp_path: Path
) -> None:
    assert run("backup", "old.json", *at(plotter), folder=tmp_path).returncode == 0
    path = tmp_path / "old.json"
    path.write_text(path.read_text().replace("1.1h.20190830", "1.1f.20170801"))
    done = run("restore", "old.json", *at(plotter), "--yes", folder=tmp_path)
    assert done.returncode == 1
    assert "--from-another" in done.stderr
    meant = run(
        "restore", "old.json", *at(plotter), "--yes", "--from-another", folder=tmp_path
    )
    assert meant.returncode == 0


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (("check", "--port", "/dev/ttyNONE", "--profile", "z-pen"), "There is no port"),
        (("check", "--port", "/dev/null", "--profile", "nothing"), "There is no profile"),
        (("restore", "gone.json", "--profile", "z-pen"), "gone.json cannot be read"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(
    given: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    done = run(*given, folder=tmp_path)
    assert done.returncode == 1
    assert what in done.stderr
    assert "Traceback" not in done.stderr
