"""Everything that GRBL says is understood, and nothing that noise says does harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.protocol import (
    LONGEST_LINE,
    Alarm,
    Banner,
    Error,
    LineSplitter,
    Modes,
    Ok,
    Options,
    Parameter,
    Remark,
    Reply,
    Setting,
    StartupLine,
    Status,
    Unknown,
    Version,
    parse,
)


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("ok", Ok()),
        ("error:9", Error(9)),
        ("ALARM:1", Alarm(1)),
        ("Grbl 1.1h ['$' for help]", Banner("1.1h")),
        ("GrblHAL 1.1f ['$' or '$HELP' for help]", Banner("1.1f")),
        ("$110=500.000", Setting("$110", 500.0)),
        ("$N0=G21G90", StartupLine(0, "G21G90")),
        (">G21G90:ok", Remark(">", "G21G90:ok")),
        (">G5:error:20", Remark(">", "G5:error:20")),
        ("[MSG:'$H'|'$X' to unlock]", Remark("MSG", "'$H'|'$X' to unlock")),
        ("[G54:0.000,-1.500,2.000]", Parameter("G54", (0.0, -1.5, 2.0))),
        ("[TLO:0.000]", Parameter("TLO", (0.0,))),
        ("[PRB:0.000,0.000,-1.325:1]", Remark("PRB", "0.000,0.000,-1.325:1")),
        ("[GC:G0 G54 M5 F0]", Modes(("G0", "G54", "M5", "F0"))),
        ("[VER:1.1h.20190830:PLOTTER1]", Version("1.1h.20190830", "PLOTTER1")),
        ("[OPT:V,15,128]", Options("V", 15, 128)),
        ("[OPT:VNMSL,35,1024,3,0]", Options("VNMSL", 35, 1024)),
        ("[HLP:$$ $# $G $I $N $x=val]", Remark("HLP", "$$ $# $G $I $N $x=val")),
        ("[echo: G1X2]", Remark("echo", "G1X2")),
    ],
)
def test_each_kind_of_line(line: str, reply: Reply) -> None:
    assert STOCK.parse(line) == reply
    assert STOCK.parse(f"{line}\r") == reply


def test_a_status_report_with_every_field() -> None:
    line = (
        "<Hold:1|WPos:1.000,-2.500,0.125|Bf:14,100|Ln:99|FS:1200,300|Pn:XZ|"
        "WCO:1.000,2.000,3.000|Ov:110,50,100|A:SF>"
    )
    assert parse(line) == Status(
        state="Hold",
        substate=1,
        wpos=(1.0, -2.5, 0.125),
        wco=(1.0, 2.0, 3.0),
        blocks_free=14,
        bytes_free=100,
        feed=1200.0,
        spindle=300.0,
        line=99,
        overrides=(110, 50, 100),
        accessories="SF",
        pins="XZ",
    )


def test_a_damaged_field_is_left_out_and_the_rest_believed() -> None:
    reply = parse("<Run|MPos:1.0,2.x,3.0|FS:100,0>")
    assert reply == Status(state="Run", feed=100.0, spindle=0.0)


@pytest.mark.parametrize(
    "noise",
    ["", "o", "okok", "error:", "error:x", "ALARM", "<Run|MPos:1,2", "[OPT:V]", "[G54:a]",
    "$110=",
     "\xff\x00U", "rbl 1.1", "ok<Idle>", "Marlin 2.0"],
)  # fmt: skip
def test_half_lines_and_noise_are_unknown(noise: str) -> None:
    assert isinstance(parse(noise), Unknown)


def test_a_banner_is_found_behind_the_noise_of_a_boot_loader() -> None:
    assert STOCK.parse("\xf0\xe0U\x00Grbl 1.1h ['$' for help]") == Banner("1.1h")


def test_errors_and_alarms_come_with_words_and_advice() -> None:
    assert "locked" in str(Error(9).meaning)
    assert str(Error(9).advice).endswith(".")
    assert "position is lost" in str(Alarm(1).meaning)
    assert str(Alarm(1).advice).endswith(".")
    assert "document" in str(Error(99).meaning)
    assert "document" in str(Alarm(99).meaning)


@given(st.binary(max_size=200))
def test_no_bytes_can_break_the_parser(data: bytes) -> None:
    splitter = LineSplitter()
    for line in splitter.feed(data + b"\n"):
        parse(line)


@given(st.lists(st.sampled_from([b"ok\r\n", b"error:3\r\n", b"<Idle>\r\n"])), st.data())
def test_lines_are_the_same_however_the_bytes_are_cut(
    lines: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(lines)
    splitter, got = LineSplitter(), list[str]()
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        got += splitter.feed(stream[:size])
        stream = stream[size:]
    assert got == [line.decode().strip() for line in lines]


def test_noise_without_an_end_does_not_pile_up() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"x" * (LONGEST_LINE + 1)) == []
    assert splitter.feed(b"ok\r\n") == ["ok"]


def test_every_line_that_the_firmware_was_recorded_to_say_is_understood(
    shared_data: Path,
) -> None:
    recorded = json.loads((shared_data / "grbl" / "transcripts.json").read_text())
    kinds: dict[str, int] = {}
    for case in recorded["cases"]:
        for step in case["steps"]:
            for line in LineSplitter().feed(step.get("recv", "").encode("latin-1")):
                reply = STOCK.parse(line)
                assert not isinstance(reply, Unknown), (case["id"], line)
                kinds[type(reply).__name__] = kinds.get(type(reply).__name__, 0) + 1
    assert kinds["Status"] > 100
    assert kinds["Ok"] > 100
