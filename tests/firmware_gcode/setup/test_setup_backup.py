"""Backup files: written whole, read with care, and not those of another machine."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.grbl.dialects.grblhal import GRBLHAL
from firmware_gcode.grbl.simulator.memory import Settings
from firmware_gcode.setup.backup import (
    Backup,
    load_backup,
    plan_restore,
    relabelled,
    save_backup,
    stranger,
)
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.readout import STORED, Readout, stored_value

SETTINGS = {f"${number}": float(value) for number, value in Settings.from_grbl({}).printed()}
FOUND = Readout(
    settings=SETTINGS,
    offsets=dict.fromkeys(STORED, (0.0, 0.0, 0.0)),
    startup={0: "", 1: "G21"},
    version="1.1h.20190830",
    label="SERVO",
    options="V",
    buffer=128,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "machine.json"


def test_what_was_saved_is_what_is_loaded(path: Path) -> None:
    backup = Backup(FOUND, "2026-11-22T17:00:00+00:00", "port /dev/ttyUSB0")
    save_backup(backup, path)
    assert load_backup(path) == backup
    assert plan_restore(backup, FOUND) == ([], [])
    assert stranger(backup, FOUND) is None
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        save_backup(Backup(FOUND, ""), tmp_path / "nowhere" / "machine.json")


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda c: c.pop("settings"), "'settings' is missing"),
        (lambda c: c.update(format="another"), "its format is 'another'"),
        (lambda c: c.update(format_version=2), "format version 2"),
        (lambda c: c.update(settings={}), "holds no settings"),
        (lambda c: c["settings"].update({"$100": "80"}), "not a number"),
        (lambda c: c["settings"].update({"$100": float("nan")}), "no setting can be"),
        (lambda c: c["settings"].update({"$100": True}), "not a number"),
        (lambda c: c["settings"].update({"rm -rf": 1}), "is no setting"),
        (lambda c: c["settings"].update({"$1000": 1}), "is no setting"),
        (lambda c: c["offsets_mm"].update(G54=[1]), "not three numbers"),
        (lambda c: c["startup"].update({"$N0\n": "G0X1"}), "no start-up line"),
        (lambda c: c["startup"].update({"$N0": 7}), "not a text"),
        (lambda c: c.update(settings=[1]), "not a table"),
        (lambda c: c.update(firmware=None), "not a table"),
    ],
)
def test_a_damaged_backup_is_refused_in_a_sentence(
    path: Path, damage: Callable[[dict[str, object]], object], what: str
) -> None:
    save_backup(Backup(FOUND, "now"), path)
    content = json.loads(path.read_text())
    damage(content)
    path.write_text(json.dumps(content))
    with pytest.raises(SetupError, match=what) as caught:
        load_backup(path)
    assert str(path) in str(caught.value)


@given(st.binary(max_size=200))
def test_garbage_is_never_a_backup(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.json"
    path.write_bytes(data)
    with pytest.raises(SetupError, match="is not a backup"):
        load_backup(path)


def test_half_a_backup_is_never_restored(path: Path) -> None:
    save_backup(Backup(FOUND, "now"), path)
    whole = path.read_bytes()
    numbers = random.Random(4)
    for _ in range(40):
        path.write_bytes(whole[: numbers.randrange(len(whole) - 2)])
        with pytest.raises(SetupError, match="is not a backup"):
            load_backup(path)
    path.unlink()
    with pytest.raises(SetupError, match="cannot be read"):
        load_backup(path)


@pytest.mark.parametrize(
    ("now", "what"),
    [
        (replace(FOUND, version="1.1f.20170801"), "of GRBL 1.1h.20190830"),
        (replace(FOUND, options="VN"), "this machine has GRBL 1.1h.20190830 (VN)"),
        (
            replace(FOUND, label="B", settings={**SETTINGS, "$131": 9.0}),
            "built otherwise ($131)",
        ),
        (replace(FOUND, texts={"$74": "attic"}), "same settings ($74)"),
        (replace(FOUND, settings={**SETTINGS, "$33": 1.0}), r"same settings ($33)"),
    ],
)
def test_a_backup_of_another_machine_is_noticed(now: Readout, what: str) -> None:
    assert what in str(stranger(Backup(FOUND, "now"), now))


@pytest.mark.parametrize("label", ["", "LEFT", "servo"])
def test_a_board_that_its_owner_labelled_anew_takes_its_own_backup_back(label: str) -> None:
    changed = replace(FOUND, label=label, settings={**SETTINGS, "$110": 77.0})
    for was, now in ((FOUND, changed), (changed, FOUND)):
        backup = Backup(was, "now")
        assert stranger(backup, now) is None
        told = relabelled(backup, now)
        assert (told is None) == (label == "servo")
        assert [step.name for step in plan_restore(backup, now)[0]] == ["$110"]


def test_texts_come_back_and_passwords_stay() -> None:
    texts = {"$74": "attic", "$75": "********", "$76": "N/A", "$77": ""}
    was = replace(FOUND, texts=texts, dialect=GRBLHAL)
    now = replace(was, texts={"$74": "cellar", "$75": "none", "$76": "1", "$77": "x"})
    steps, left = plan_restore(Backup(was, "now"), now)
    assert ([step.line for step in steps], left) == (["$74=attic", "$77="], [])


def test_what_cannot_be_brought_back_is_told() -> None:
    was = replace(
        FOUND,
        settings={**SETTINGS, "$33": 5.0},
        offsets={**FOUND.offsets, "G28": (1.0, 2.0, 3.0), "G55": (4.0, 5.0, 6.0)},
        startup={0: "G0X10", 1: "M3S500"},
    )
    steps, left = plan_restore(Backup(was, "now"), FOUND)
    assert [step.line for step in steps] == ["G21G10L2P2X4Y5Z6"]
    text = " ".join(map(str, left))
    assert "$33 is not a setting of this machine" in text
    assert "$N0=G0X10 was not written: GRBL would execute it at once" in text
    assert "$N1=M3S500 was not written" in text
    assert "G28 is stored by going there" in text


@pytest.mark.parametrize("line", ["G21", "G55", "G90G94", "M9", ""])
def test_start_up_lines_that_move_nothing_are_brought_back(line: str) -> None:
    was = replace(FOUND, startup={0: line, 1: "G21"})
    now = replace(FOUND, startup={0: "G20", 1: "G21"})
    steps, left = plan_restore(Backup(was, "now"), now)
    assert ([step.line for step in steps], left) == ([f"$N0={line}"], [])


@pytest.mark.parametrize("line", ["G28", "G4P1", "M30", "M0", "G1X1F100", "G10L2P1X5", "G99"])
def test_start_up_lines_that_do_something_are_not(line: str) -> None:
    was = replace(FOUND, startup={0: line, 1: "G21"})
    steps, left = plan_restore(Backup(was, "now"), FOUND)
    assert steps == []
    assert f"$N0={line} was not written" in str(left[0])


def test_there_are_only_so_many_names() -> None:
    assert stored_value(FOUND, "$I") == "SERVO"
    with pytest.raises(SetupError, match="called G92"):
        stored_value(FOUND, "G92")
