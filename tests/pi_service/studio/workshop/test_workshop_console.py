"""The console: one line to GRBL and its answer; what could do harm is not sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from firmware_gcode.grbl.events import LinkState
from firmware_gcode.setup.files import SetupError
from firmware_gcode.setup.typed_line import Kind, read
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.workshop.machine_room import WAIT, Room

Make = Callable[..., Room]


def test_a_question_is_answered_in_grbls_words(room: Make) -> None:
    here = room()
    console = here.open().console
    entry = console.send(" $$ ", wait_s=WAIT)
    assert entry["state"] == "ok"
    assert entry["line"] == "$$"
    assert "$110=8000.000" in entry["answers"]
    assert entry["answers"][-1] == "ok"
    assert any("VER:1.1h" in line for line in console.send("$I", wait_s=WAIT)["answers"])
    assert console.send("?", wait_s=WAIT)["answers"][0].startswith("<Idle|")
    assert console.send("$g", wait_s=WAIT)["answers"][0].startswith("[GC:G")
    assert [each["line"] for each in console.entries()] == ["$$", "$I", "?", "$G"]
    assert [each["line"] for each in console.entries(after=3)] == ["$G"]


def test_a_move_goes_where_it_says_and_no_further(room: Make) -> None:
    here = room()
    console = here.open().console
    assert console.send("G0 X20 Y30", wait_s=WAIT)["state"] == "ok"
    assert here.place[:2] == pytest.approx((20.0, 30.0), abs=0.02)
    assert console.send("G91", wait_s=WAIT)["state"] == "ok"
    assert console.send("X5", wait_s=WAIT)["state"] == "ok"
    assert here.place[:2] == pytest.approx((25.0, 30.0), abs=0.02)
    refused = console.send("x280", wait_s=WAIT)
    assert refused["state"] == "refused"
    assert "out of the machine's travel" in refused["note"]
    refused = console.send("G20 X20", wait_s=WAIT)
    assert "out of the machine's travel" in refused["note"], refused
    assert console.send("G53 G0 X-290 Y-290", wait_s=WAIT)["state"] == "ok"
    assert here.place[:2] == pytest.approx((5.0, 5.0), abs=0.02)


def test_no_move_is_sent_while_nobody_knows_where_the_pen_is(room: Make) -> None:
    here = room("z-pen")
    console = here.open(ready=False).console
    entry = console.send("G0 X10", wait_s=WAIT)
    assert entry["state"] == "refused"
    assert "Nobody knows where the pen is" in entry["note"]
    assert entry["answers"] == []
    assert here.link.details.work == pytest.approx((0.0, 0.0, 0.0))


def test_an_error_is_explained(room: Make) -> None:
    here = room()
    console = here.open().console
    entry = console.send("G90 G91", wait_s=WAIT)
    assert entry["state"] == "refused"
    assert entry["answers"] == ["error:21"]
    assert entry["note"].endswith(".")
    entry = console.send("G0 G1 X1", wait_s=WAIT)
    assert "GRBL would refuse this line" in entry["note"]
    assert here.link.state is LinkState.READY


@pytest.mark.parametrize("line", ["G0 X900", "G53 G0 X-400", "G91 G0 Y-300", "X900"])
def test_the_first_line_of_all_may_not_leave_the_travel_either(room: Make, line: str) -> None:
    """No feed is in force before the first line with one."""
    here = room("simulated")
    console = here.open().console
    console.send("$H", wait_s=WAIT)
    before = here.place
    entry = console.send(line, wait_s=WAIT)
    assert "out of the machine's travel" in entry["note"], entry
    assert here.place == before
    assert here.link.state is LinkState.READY


def test_a_setting_is_written_read_back_and_backed_up(room: Make) -> None:
    here = room()
    workshop = here.open()
    entry = workshop.console.send("$110=7000", wait_s=WAIT)
    assert entry["state"] == "ok", entry
    assert "Written: $110=7000." in entry["note"]
    assert "The profile says 8000." in entry["note"]
    assert here.settings()["$110"] == 7000.0
    assert len(workshop.checkup.backups()) == 1
    entry = workshop.console.send("$100=81", wait_s=WAIT)
    assert "The position is unknown now" in entry["note"]
    assert here.link.state is LinkState.UNREFERENCED


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("G1 Z-40 F100", "it goes from"),
        ("$100=0", "no steps for a millimetre"),
        ("$3=5", "run the other way"),
        ("$130=900", "the profile says 300"),
    ],
)
def test_neither_the_pen_nor_the_settings_are_spoilt(room: Make, line: str, why: str) -> None:
    here = room()
    console = here.open().console
    before, settings = here.place, here.settings()
    entry = console.send(line, wait_s=WAIT)
    assert entry["state"] == "refused"
    assert why in entry["note"]
    assert (here.place, here.settings()) == (before, settings)
    assert here.link.state is LinkState.READY


def test_home_and_unlock_go_the_usual_way(room: Make) -> None:
    here = room()
    console = here.open().console
    assert console.send("$H", wait_s=WAIT)["state"] == "ok"
    eventually(lambda: here.link.state is LinkState.READY, timeout=WAIT)
    entry = console.send("$X", wait_s=WAIT)
    assert entry["state"] == "refused"
    assert entry["note"] == "The machine is not locked."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "Type a line"),
        ("!", "which GRBL would act upon"),
        ("G0 X1 ; to the left", "which GRBL would act upon"),
        ("G0 X1 é", "not plain ASCII"),
        ("$RST=*", "wipe settings"),
        ("$SLP", "put the machine to sleep"),
        ("$C", "check mode"),
        ("$J=G91 X10 F100", "Use the jog pad"),
        ("$N0=G0X100", "start-up line"),
        ("$I=SERVO", "label"),
        ("$FOO", "Known are"),
        ("G10 L20 P1 X0", "Use Set zero"),
        ("G92 X0", "Use Set zero"),
        ("G28", "Use Home"),
        ("G28.1", "Use Home"),
        ("G2 X1 I1 F100", "is not sent from here"),
        ("G38.2 Z-5 F10", "is not sent from here"),
        ("G55", "is not sent from here"),
        ("M2", "is not sent from here"),
        ("M0", "is not sent from here"),
        ("T1", "is not sent from here"),
        ("HELLO", "no line of G-code"),
        ("G0 X" + "1" * 100, "longer than 79"),
    ],
)
def test_what_could_do_harm_is_refused(line: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        read(line)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("?", Kind.REPORT),
        ("$$", Kind.ASK),
        ("$h", Kind.HOME),
        ("$x", Kind.UNLOCK),
        ("$110=500.5", Kind.SET),
        ("G0X1", Kind.MOVE),
        ("x1", Kind.MOVE),
        ("G90 G21", Kind.MODE),
        ("G4 P0.1", Kind.MODE),
        ("M3 S100", Kind.MODE),
    ],
)
def test_what_a_line_is(line: str, kind: Kind) -> None:
    assert read(line).kind is kind


def test_the_history_has_an_end(room: Make) -> None:
    here = room()
    console = here.open().console
    for _ in range(3):
        console.send("?", wait_s=WAIT)
    assert console.last_id == 3
    assert len(console.entries()) == 3
