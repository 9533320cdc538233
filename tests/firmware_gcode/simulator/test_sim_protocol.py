"""The simulated machine answers as GRBL 1.1h does: lines, commands, real-time bytes."""

from __future__ import annotations

import random
from typing import Any

import pytest

OK = ["ok"]


def test_it_greets_at_power_on_and_after_a_reset(make_bench: Any) -> None:
    bench = make_bench()
    assert bench.boot() == ["Grbl 1.1h ['$' for help]"]
    assert bench.ask("\x18") == ["Grbl 1.1h ['$' for help]"]


def test_with_homing_it_boots_locked(make_bench: Any) -> None:
    bench = make_bench(settings={"$22": 1})
    assert bench.boot()[-1] == "[MSG:'$H'|'$X' to unlock]"
    assert bench.ask("G0X1\n") == ["error:9"]
    assert bench.ask("$J=X1F100\n") == ["error:8"]
    assert bench.ask("$X\n") == ["[MSG:Caution: Unlocked]", "ok"]
    assert bench.ask("G0X1\n") == OK


def test_every_line_end_earns_one_answer(bench: Any) -> None:
    assert bench.ask("\n") == OK
    assert bench.ask("\r\n") == OK * 2
    assert bench.ask("G21 ; comment\n(c)\nG5\n") == ["ok", "ok", "error:20"]


def test_long_lines_are_refused(bench: Any) -> None:
    assert bench.ask("G1F100X1." + "0" * 70 + "\n") == OK
    assert bench.ask("G1F100X1." + "0" * 71 + "\n") == ["error:11"]


def test_the_printed_settings_are_those_that_were_set(bench: Any) -> None:
    assert bench.ask("$100=81.5\n") == OK
    lines = bench.ask("$$\n")
    assert lines[0] == "$0=10"
    assert lines[-1] == "ok"
    assert {"$100=81.500", "$30=1000", "$11=0.010", "$23=0"} <= set(lines)
    assert len(lines) == 35


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("$0=2", "error:6"), ("$100=-1", "error:4"), ("$100=", "error:2"), ("$9=1", "error:3"),
        ("$256=1", "error:3"), ("$20=1", "error:10"), ("$foo", "error:2"), ("$100", "error:3"),
        ("$GG", "error:3"), ("$H", "error:5"), ("$J", "error:3"), ("$RST=&", "error:3"),
        ("$SLEEP", "error:3"), ("$N0=G5", "error:20"), ("$Nx", "error:2"), ("$I1", "error:3"),
        ("$#x", "error:3"), ("$100=80", "ok"), ("$X", "ok"),
    ],
)  # fmt: skip
def test_commands_are_accepted_or_refused(bench: Any, command: str, answer: str) -> None:
    assert bench.ask(command + "\n") == [answer]


def test_help_state_parameters_and_build(bench: Any) -> None:
    assert bench.ask("$\n")[0].startswith("[HLP:$$ $# $G $I $N")
    assert bench.ask("$G\n")[0] == "[GC:G0 G54 G17 G21 G90 G94 M5 M9 T0 F0 S0]"
    assert bench.ask("$I\n") == ["[VER:1.1h.20190830:]", "[OPT:V,15,128]", "ok"]
    names = [line[1:4] for line in bench.ask("$#\n")[:-1]]
    assert names == [
        "G54",
        "G55",
        "G56",
        "G57",
        "G58",
        "G59",
        "G28",
        "G30",
        "G92",
        "TLO",
        "PRB",
    ]


def test_status_fields_come_and_go(bench: Any) -> None:
    reports = [bench.status() for _ in range(12)]
    assert [index for index, text in enumerate(reports) if "WCO:" in text] == [0, 10]
    assert [index for index, text in enumerate(reports) if "Ov:" in text] == [1, 11]


def test_the_status_mask_chooses_position_and_buffers(bench: Any) -> None:
    bench.ask("G92 X-5\n")
    bench.ask("$10=2\n")
    assert bench.status().startswith("<Idle|WPos:-5.000,0.000,0.000|Bf:15,128|FS:0,0|WCO:5.0")
    bench.ask("$10=1\n")
    assert bench.status().startswith("<Idle|MPos:0.000,0.000,0.000|FS:0,0")


def test_inches_are_reported_with_four_decimals(bench: Any) -> None:
    bench.ask("G0 X25.4\n", 2.0)
    bench.ask("$13=1\n")
    assert bench.status().startswith("<Idle|MPos:1.0000,0.0000,0.0000|FS:0.0,0")


def test_many_question_marks_make_few_reports(bench: Any) -> None:
    assert len(bench.ask("?" * 200)) == 7


def test_real_time_bytes_act_inside_comments_and_never_reach_the_line(bench: Any) -> None:
    lines = bench.ask("G0 (wow? r\xc3\xa9ally) X1\n", 1.0)
    assert lines[0].startswith("<Idle")
    assert lines[1:] == OK
    bench.ask("(stop!) G0 X5\n")
    assert bench.status().startswith("<Hold:0|MPos:1.000")


def test_129_bytes_do_not_fit_while_the_planner_is_full(bench: Any) -> None:
    for _ in range(17):
        bench.ask("G91G1X1F6\n", 0.02)
    bench.machine.write(b"G0X00\n" * 40)
    bench.wait(0.1)
    receiver = bench.machine.board.receiver
    assert receiver.highest == 128
    assert receiver.lost_to_ring >= 240 - 128


def test_writing_the_eeprom_loses_bytes_behind_it(bench: Any) -> None:
    answers = bench.ask("G10L2P1X1Y2Z3\n" + "G0X1\n" * 10, 3.0)
    assert len(answers) < 11
    assert bench.machine.board.receiver.lost_to_uart > 0
    assert bench.ask("\nG10L2P1X1Y2Z3\n")[-1:] == OK  # Nothing changed: nothing is written.


def test_a_setting_swallows_six_bytes_of_what_is_sent_with_it(bench: Any) -> None:
    """As on the real firmware (`eeprom-swallows-bytes`); of `G4 P0` only `G4` is left."""
    assert bench.ask("$110=5123.4\nG4 P0\n$G\n\n", 1.0) == ["ok", "error:28"]
    assert bench.machine.board.receiver.lost_to_uart == 6
    assert bench.ask("$110=5123.4\nG4 P0\n\n", 1.0) == OK * 3


def test_dwells_hold_back_their_answer_and_read_as_idle(bench: Any) -> None:
    assert bench.ask("G4 P0.5\n", 0.3) == []
    assert bench.status().startswith("<Idle")
    assert bench.wait(0.3) == OK


def test_a_reset_answers_the_blocked_line(bench: Any) -> None:
    bench.ask("G4 P5\n")
    assert bench.ask("\x18") == ["ok", "Grbl 1.1h ['$' for help]"]


def test_m3_waits_for_the_motion_and_is_seen_in_reports(bench: Any) -> None:
    bench.machine.write(b"G1 X10 F1200\nM3 S500\n")
    assert bench.wait(0.3) == OK
    assert bench.wait(0.4) == OK
    assert "FS:0,500" in bench.status()
    assert bench.status().endswith("|A:S>")
    bench.ask("M5\n")
    assert "FS:0,0" in bench.status()


def test_start_up_lines_run_after_every_reset(bench: Any) -> None:
    assert bench.ask("$N0=G91\n", 1.0) == OK
    assert bench.ask("$N\n") == ["$N0=G91", "$N1=", "ok"]
    assert bench.ask("\x18") == ["Grbl 1.1h ['$' for help]", ">G91:ok"]
    assert "G91" in bench.ask("$G\n")[0]


def test_check_mode_moves_nothing_and_ends_with_a_reset(bench: Any) -> None:
    assert bench.ask("$C\n") == ["[MSG:Enabled]", "ok"]
    assert bench.ask("G1 X10 F100\nG4 P5\nM3 S9\nG5\n") == ["ok", "ok", "ok", "error:20"]
    assert bench.status().startswith("<Check|MPos:0.000")
    assert bench.ask("$C\n") == ["[MSG:Disabled]", "ok", "Grbl 1.1h ['$' for help]"]
    assert bench.steps == (0, 0, 0)


def test_sleep_ends_only_with_a_reset(bench: Any) -> None:
    assert bench.ask("$SLP\n") == ["ok", "[MSG:Sleeping]"]
    assert bench.ask("G0X0\n~") == []
    assert bench.status().startswith("<Sleep|")
    assert bench.ask("\x18")[-1] == "[MSG:'$H'|'$X' to unlock]"


def test_restoring_defaults_greets_anew(bench: Any) -> None:
    assert bench.ask("$RST=$\n", 1.0) == [
        "[MSG:Restoring defaults]",
        "ok",
        "Grbl 1.1h ['$' for help]",
    ]
    assert "$100=250.000" in bench.ask("$$\n")


def test_a_blank_eeprom_is_filled_at_power_on(bench: Any) -> None:
    bench.machine.erase()
    lines = bench.wait(1.0)
    assert lines[0] == "error:7"
    assert lines[1] == "$0=10"
    assert lines[-3:] == ["Grbl 1.1h ['$' for help]", ">:error:7", ">:error:7"]
    assert len(lines) == 38


def test_a_boot_loader_eats_what_is_sent_to_it(bench: Any) -> None:
    bench.machine.power_on(bootloader_s=1.0)
    assert bench.ask("?\n$G\n", 0.9) == []
    assert bench.wait(0.3) == ["Grbl 1.1h ['$' for help]"]


@pytest.mark.parametrize("setting", ["$100=0", "$110=0", "$120=0"])
def test_a_zero_where_none_belongs_does_not_break_it(bench: Any, setting: str) -> None:
    assert bench.ask(setting + "\n") == OK
    assert bench.ask("G0X1\n")[-1:] == OK
    bench.ask("\x18", 2.0)
    assert bench.ask("\n")[-1:] == OK


def test_any_garbage_is_survived(bench: Any) -> None:
    bench.machine.write(bytes(range(256)) * 4)
    bench.wait(5.0)
    bench.ask("\x18", 2.0)
    bench.ask("\x18$X\n", 2.0)
    assert bench.ask("\n") == OK


LINES = (
    "G0X{n} G1X{n}F600 G1Y{n}F3000 G2X{n}I1F100 M3S{n} M5 G4P0.{n} $J=X{n}F900 $H $X $C $$ $# "
    "$SLP $20={n} $21={n} $22={n} $1={n} $32={n} M0 M30 G38.2Z-{n}F100 G10L2P1X{n} G28 $RST=$ "
    "G93 G94"
)
TALK = [line + "\n" for line in LINES.split()] + list("?!~\x18\x84\x85\x91\x96\x9e\xa0")


@pytest.mark.parametrize("seed", range(12))
def test_any_conversation_ends_with_a_machine_that_answers(make_bench: Any, seed: int) -> None:
    numbers = random.Random(seed)
    bench = make_bench(settings={"$22": seed % 2})
    pins = ("limx", "limy", "limz", "reset", "hold", "start", "probe")
    for _ in range(120):
        bench.machine.write(
            numbers.choice(TALK).format(n=numbers.randrange(99)).encode("latin-1")
        )
        if numbers.random() < 0.1:
            bench.machine.set_pin(numbers.choice(pins), numbers.random() < 0.5)
        bench.wait(numbers.choice([0.0, 0.0005, 0.01, 0.1, 1.0, 5.0]))
    for pin in pins:
        bench.machine.set_pin(pin, False)
    for _ in range(3):
        bench.ask("\x18", 3.0)
    bench.ask("$X\n", 3.0)
    bench.ask("\x18", 3.0)
    assert bench.ask("\n") == OK
