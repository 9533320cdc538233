"""Settings written to a machine on a real pty: read back, refused, cut off, brought back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.profile import Profile
from firmware_gcode.setup import words
from firmware_gcode.setup.backup import Backup, load_backup, plan_restore, save_backup
from firmware_gcode.setup.calibration.sheet import ordered_program
from firmware_gcode.setup.compare import differences, plan_writes, setting_step
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.writing import Fate, Step

if TYPE_CHECKING:
    from tests.firmware_gcode.setup.conftest import Workplace

Open = Callable[..., AbstractContextManager["Workplace"]]


def random_settings(seed: int, homing: Mapping[str, float]) -> dict[str, float]:
    """Settings that a machine may have, with as many decimals as `$$` shows."""
    numbers = random.Random(seed)
    chosen = dict(homing)
    for key in homing:
        if key not in {"$20", "$22", "$32", "$13"} and numbers.random() < 0.6:
            factor = numbers.uniform(0.5, 1.5)
            whole = key in {"$1", "$10", "$26"}
            chosen[key] = round(homing[key] * factor, 0 if whole else 3) % (
                256 if whole else 1e9
            )
    chosen["$22"] = float(numbers.random() < 0.5)
    chosen["$20"] = chosen["$22"] * float(numbers.random() < 0.5)
    return chosen


@pytest.mark.parametrize("seed", range(6))
def test_after_apply_a_check_shows_no_difference(
    workplace: Open, homing: Profile, seed: int
) -> None:
    has = random_settings(seed, homing.grbl)
    wanted = random_settings(seed + 100, homing.grbl)
    with workplace(homing, has) as place:
        before = place.machine.read().settings
        report = place.machine.write(plan_writes(wanted, before), confirmed=True)
        assert report.complete, report.text()
        after = place.settings()
        assert differences(wanted, after) == []
        assert differences(wanted, place.machine.read().settings) == []
    changed = {key for key in after if not words.same(key, after[key], before[key])}
    assert changed <= set(wanted), "a setting that nobody named was changed"


@pytest.mark.parametrize("seed", range(3))
def test_a_backup_brings_every_setting_back(
    workplace: Open, homing: Profile, tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "machine.json"
    with workplace(homing, random_settings(seed, homing.grbl)) as place:
        machine = place.machine
        before = dict(place.settings())
        found = machine.read()
        save_backup(Backup(found, "2026-11-22T12:00:00+00:00"), path)
        changed = random_settings(seed + 50, homing.grbl)
        steps = plan_writes(changed, found.settings)
        steps += [
            Step("G55", None, (1.5, -2.25, 3.0), "G21G10L2P2X1.5Y-2.25Z3", "$#"),
            Step("$N0", "", "G55", "$N0=G55", "$N"),
        ]
        assert machine.write(steps, confirmed=True).complete
        assert place.settings() != before
        steps, left = plan_restore(load_backup(path), machine.read())
        assert left == []
        report = machine.write(steps, confirmed=True)
        assert report.complete, report.text()
        assert place.settings() == before
        assert machine.read() == found


def test_settings_that_move_the_place_leave_the_position_unknown(
    workplace: Open, plain: Profile
) -> None:
    with workplace(plain) as place:
        place.machine.set_zero()
        assert place.machine.ready
        assert place.machine.write([setting_step("$110", 8000.0, 7000.0)]).complete
        assert place.machine.ready
        report = place.machine.write([setting_step("$100", 80.0, 81.5)])
        assert report.place_lost
        assert "home the machine" in report.text()
        assert place.machine.state is LinkState.UNREFERENCED
        with pytest.raises(SetupError, match="Nobody knows"):
            _ = place.machine.position


def test_a_servo_gets_its_signal_back_after_its_settings_were_written(
    workplace: Open, servo: Profile
) -> None:
    with workplace(servo) as place:
        place.machine.set_zero()
        assert place.machine.write([setting_step("$30", 1000.0, 900.0)]).complete
        with place.behind.lock:
            place.behind.machine.advance()
            assert place.behind.machine.board.tool.rpm == 700.0
            assert place.behind.machine.board.tool.pwm > 0


def test_a_refusal_is_told_and_the_others_are_written(workplace: Open, plain: Profile) -> None:
    steps = [
        setting_step("$110", 8000.0, 7000.0),
        setting_step("$20", 0.0, 1.0),
        setting_step("$99", None, 1.0),
        setting_step("$0", 10.0, 2.0),
        setting_step("$111", 8000.0, 7500.0),
    ]
    with workplace(plain) as place:
        report = place.machine.write(steps, confirmed=True)
        assert not report.complete
        assert [step.fate for step in steps] == [
            Fate.WRITTEN, Fate.REFUSED, Fate.REFUSED, Fate.REFUSED, Fate.WRITTEN,
        ]  # fmt: skip
        text = report.text()
        assert "$20: error:10, soft limits need homing" in text
        assert "$99: error:3" in text
        assert "$0: error:6" in text
        assert "Written: $110=7000, $111=7500." in text
        assert (place.settings()["$110"], place.settings()["$111"]) == (7000.0, 7500.0)


def test_a_value_that_the_machine_cuts_short_is_noticed(
    workplace: Open, plain: Profile
) -> None:
    with workplace(plain) as place:
        report = place.machine.write([setting_step("$1", 255.0, 300.0)])
        assert report.named(Fate.DIFFERENT)
        assert "$1 did not become 300" in report.text()
        assert "shows 44" in report.text()


def test_a_damaged_line_that_wrote_another_setting_is_noticed(
    workplace: Open, plain: Profile
) -> None:
    """`$111=7000` for `$110=7000`: GRBL has no checksum and takes it."""
    steps = [
        Step("$110", 8000.0, 7000.0, "$111=7000"),
        setting_step("$112", 3000.0, 2500.0),
    ]
    with workplace(plain) as place:
        report = place.machine.write(steps, confirmed=True)
        assert "also changed $111 from 8000 to 7000" in str(report.trouble)
        assert "restore the backup" in str(report.trouble)
        assert steps[1].fate is Fate.PENDING
        assert place.settings()["$112"] == 3000.0


@pytest.mark.parametrize("byte", range(0, 72, 4))
def test_a_cable_pulled_in_the_middle(workplace: Open, plain: Profile, byte: int) -> None:
    """What the report calls written is in the machine; what it calls not sent is not."""
    wanted = {**plain.grbl, "$110": 5000.0, "$111": 5100.0, "$112": 2500.0, "$120": 900.0}
    with workplace(plain) as place:
        has = place.machine.read().settings
        with place.behind.lock:
            place.behind.machine.faults.unplug_after = byte
        report = place.machine.write(plan_writes(wanted, has), confirmed=True)
        after = place.settings()
    for step in report.steps:
        value = after[step.name]
        if step.fate is Fate.WRITTEN:
            assert value == step.wanted
        elif step.fate is Fate.PENDING:
            assert value == step.before
        else:
            assert step.fate is Fate.SENT
            assert "nobody knows" in str(step.note)
    assert not report.complete
    assert report.place_lost
    assert "unplugged" in str(report.trouble)
    assert len(report.named(Fate.SENT)) <= 1
    assert all(name in report.text() for name in ("$110", "$111", "$112", "$120"))


def test_garbled_answers_are_asked_for_again(workplace: Open, plain: Profile) -> None:
    with workplace(plain) as place:
        truth = place.machine.read()
        for count in (30, 90, 200):
            with place.behind.lock:
                place.behind.machine.faults.add("garble", count)
            try:
                assert place.machine.read() == truth
            except SetupError as error:  # an answer was lost for good: said, not guessed
                assert "did not answer" in str(error)  # noqa: PT017 - either outcome is right
                break


def test_a_lost_answer_is_not_taken_for_a_yes(workplace: Open, plain: Profile) -> None:
    with workplace(plain) as place:
        has = place.machine.read().settings
        with place.behind.lock:
            place.behind.machine.faults.add("dropok", 3)
        report = place.machine.write(plan_writes({**plain.grbl, "$110": 5000.0}, has))
        assert not report.complete
        assert "did not answer" in str(report.trouble)


def test_what_only_an_unlocked_machine_takes_is_written_on_a_locked_one(
    workplace: Open, homing: Profile
) -> None:
    with workplace(homing) as place:
        assert place.machine.state is LinkState.LOCKED
        steps = [
            setting_step("$110", 8000.0, 7000.0),
            Step("G55", None, (1.0, 2.0, 3.0), "G21G10L2P2X1Y2Z3", "$#"),
            Step("$N0", "", "G55", "$N0=G55", "$N"),
        ]
        report = place.machine.write(steps, confirmed=True)
        assert report.complete, report.text()
        found = place.machine.read()
        assert (found.offsets["G55"], found.startup[0]) == ((1.0, 2.0, 3.0), "G55")


def test_positions_are_read_in_millimetres_from_a_machine_that_speaks_inches(
    workplace: Open, plain: Profile
) -> None:
    with workplace(plain, {**plain.grbl, "$13": 1.0}) as place:
        step = Step("G54", None, (25.4, -50.8, 10.0), "G21G10L2P1X25.4Y-50.8Z10", "$#")
        report = place.machine.write([step])
        assert report.complete, report.text()
        assert place.machine.read().offsets["G54"] == pytest.approx(
            (25.4, -50.8, 10.0), abs=0.003
        )


def test_nothing_is_read_or_written_while_something_is_drawn_or_nothing_is_there(
    workplace: Open, plain: Profile
) -> None:
    with workplace(plain) as place:
        place.behind.unplug()
        done = threading.Event()
        while place.machine.state is not LinkState.ABSENT:
            assert not done.wait(0.02)
        with pytest.raises(SetupError, match="No plotter is connected"):
            place.machine.read()
        report = place.machine.write([setting_step("$110", 8000.0, 7000.0)])
        assert [step.fate for step in report.steps] == [Fate.PENDING]
        assert "No plotter is connected" in report.text()


def test_nothing_is_written_while_something_is_drawn(workplace: Open, plain: Profile) -> None:
    line = np.array([[10.0, 10.0], [80.0, 10.0]])
    with workplace(plain, speed=1.0) as place:
        machine = place.machine
        machine.set_zero()
        drawing = threading.Thread(
            target=lambda: machine.draw(ordered_program([line], plain), Paper.named("A6"))
        )
        drawing.start()
        pause = threading.Event()
        while machine.state is not LinkState.DRAWING:
            assert not pause.wait(0.01)
        report = machine.write([setting_step("$110", 8000.0, 7000.0)])
        assert [step.fate for step in report.steps] == [Fate.PENDING]
        assert "A drawing is being made" in str(report.trouble)
        assert not report.place_lost
        drawing.join(30.0)
        assert machine.ready


def test_profiles_may_come_and_go(workplace: Open, homing: Profile) -> None:
    """Another paper corner counts at once on a machine that knows where it is."""
    with workplace(homing) as place:
        machine = place.machine
        machine.home()
        machine.go(10.0, 10.0)
        machine.use(replace(homing, paper_origin=(homing.paper_origin[0] + 5.0, 8.0)))
        assert machine.position == pytest.approx((5.0, 7.0), abs=0.02)
        machine.go(5.0, 7.0)
        with pytest.raises(SetupError, match="travel"):
            machine.go(1000.0, 0.0)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before
