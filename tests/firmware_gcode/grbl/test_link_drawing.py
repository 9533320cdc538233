"""Drawing, pausing and stopping, on a simulated machine in made-up time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkError, ProgramEnded, Progress, StrokeDrawn
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Lines, Program, ProgramLine
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import straight
from tests.firmware_gcode.virtual_time import VirtualTimeLink

Make = Callable[..., Program]
Ready = Callable[..., VirtualTimeLink]


def same_ink(drawn: Sequence[Sequence[tuple[float, float]]], wanted: Sequence[object]) -> bool:
    """Whether the same strokes, corner by corner, are on the paper within a motor step."""
    return len(drawn) == len(wanted) and all(
        np.allclose(np.array(one), np.array(other), atol=0.02)
        for one, other in zip(drawn, wanted, strict=True)
    )


def finish(rehearsal: VirtualTimeLink, state: str = "ready", seconds: float = 120.0) -> None:
    assert rehearsal.run(seconds, lambda: rehearsal.session.state.value == state), (
        rehearsal.session.state,
        rehearsal.events,
    )


@pytest.mark.parametrize("pen", ["profile", "servo_profile", "homing_profile"])
def test_every_stroke_is_inked_where_it_should_be(
    pen: str, request: pytest.FixtureRequest, make_ready: Ready, make_program: Make
) -> None:
    profile: Profile = request.getfixturevalue(pen)
    rehearsal, program = make_ready(profile), make_program(profile)
    rehearsal.session.draw(program)
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes)
    assert [e.stroke for e in rehearsal.events if isinstance(e, StrokeDrawn)] == [0, 1, 2, 3]
    assert rehearsal.events[-2] == ProgramEnded("done", 4)
    assert rehearsal.states() == ["drawing", "ready"]
    assert rehearsal.session.position == pytest.approx(profile.park, abs=0.02)


def test_strokes_follow_each_other_without_a_stop(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    """Reports tell where a stroke ended before the next must begin: no time is lost."""
    rehearsal, program = make_ready(profile), make_program(profile, strokes=12)
    before = rehearsal.now
    rehearsal.session.draw(program)
    finish(rehearsal)
    assert program.seconds < rehearsal.now - before < 1.02 * program.seconds
    assert sum(line.sync for line in program.lines) == 1


@pytest.mark.parametrize("pen", ["profile", "servo_profile"])
def test_dots_and_strokes_between_two_reports_are_known_to_be_drawn(
    pen: str, request: pytest.FixtureRequest, make_ready: Ready
) -> None:
    profile: Profile = request.getfixturevalue(pen)
    rehearsal = make_ready(profile)
    tick = [(0.0, 0.0), (0.2, 0.0), (0.2, 0.2), (0.0, 0.0)]
    shapes = [[(0.0, 0.0)], tick, tick[:2]]
    places = [(10.0, 10.0), (10.0, 10.0), (10.3, 10.0), (30.0, 10.0), (10.0, 10.05)]
    drawing = [np.add(shape, place) for place in places for shape in shapes]
    strokes = tuple(Stroke((n,), straight(line)) for n, line in enumerate(drawing))
    program = write_program(Toolpath(strokes, profile.park, profile.park), profile)
    known: dict[int, int] = {}
    rehearsal.subscribe(
        lambda event: (
            known.update({event.stroke: len(rehearsal.machine.ink.strokes)})
            if isinstance(event, StrokeDrawn)
            else None
        )
    )
    rehearsal.session.draw(program)
    finish(rehearsal)
    assert list(known) == list(range(len(strokes)))
    assert all(inked > stroke for stroke, inked in known.items()), "none before its ink"


def test_the_buffer_is_used_and_never_over(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.session.draw(make_program(profile, strokes=3, points=60))
    finish(rehearsal)
    assert 80 < rehearsal.session.fullest <= 112
    assert rehearsal.machine.board.receiver.highest < 128


def test_a_host_that_looks_fifty_times_a_second_keeps_up_with_the_reading(
    profile: Profile,
) -> None:
    """USB adapters hand answers over every 16 ms; short lines are answered every 4."""
    way = np.linspace(0.0, 6.0, 1000)
    wave = np.column_stack([60.0 + 15.0 * way, 60.0 + 3.0 * np.sin(way * 9.0)]).round(2)
    stroke = Stroke((0,), straight(wave))
    program = write_program(Toolpath((stroke,), profile.park, profile.park), profile)
    rehearsal = VirtualTimeLink(profile, turn=0.02)
    rehearsal.plug()
    finish(rehearsal, "unreferenced")
    rehearsal.session.set_zero()
    finish(rehearsal)
    before = rehearsal.now
    rehearsal.session.draw(program)
    finish(rehearsal)
    assert rehearsal.now - before < 1.05 * program.seconds


def test_it_asks_at_most_ten_times_a_second_and_progress_follows_the_pen(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    seen: list[Progress] = []
    rehearsal.subscribe(
        lambda event: seen.append(event) if isinstance(event, Progress) else None
    )
    start, written = rehearsal.now, []
    send = rehearsal.machine.write

    def spy(data: bytes) -> None:
        written.append(data)
        send(data)

    rehearsal.machine.write = spy  # type: ignore[method-assign] # looks at the wire
    rehearsal.session.draw(make_program(profile))
    finish(rehearsal)
    asked = b"".join(written).count(b"?")
    assert 8.0 < asked / (rehearsal.now - start) <= 10.5
    for stroke in range(4):
        way = [event.length_mm for event in seen if event.stroke == stroke]
        assert way == sorted(way)
        assert len(way) > 3
    assert any(event.pen_down for event in seen)
    assert not all(event.pen_down for event in seen)


def test_progress_is_where_the_ink_is_not_where_the_answers_are(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    program = make_program(profile, strokes=1, points=40)
    total = float(np.hypot(*np.diff(program.strokes[0], axis=0).T).sum())
    rehearsal.session.draw(program)

    def inked() -> float:
        ink = rehearsal.machine.ink.strokes
        return float(np.hypot(*np.diff(np.array(ink[0]), axis=0).T).sum()) if ink else 0.0

    assert rehearsal.run(60.0, lambda: inked() > total / 2)
    assert rehearsal.progress is not None
    assert inked() - 10.0 < rehearsal.progress.length_mm <= inked() + 0.05
    finish(rehearsal)


def test_a_pause_waits_for_the_pen_to_be_up_and_resume_goes_on(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal, program = make_ready(profile), make_program(profile)
    rehearsal.session.draw(program)
    assert rehearsal.run(60.0, lambda: rehearsal.machine.ink.down)
    rehearsal.session.pause()
    finish(rehearsal, "paused")
    ink = [list(stroke) for stroke in rehearsal.machine.ink.strokes]
    rehearsal.run(20.0)
    assert rehearsal.machine.ink.strokes == ink
    assert not rehearsal.machine.ink.down
    assert same_ink(ink, program.strokes[: len(ink)])
    rehearsal.session.resume()
    finish(rehearsal)
    assert rehearsal.states() == ["drawing", "pausing", "paused", "drawing", "ready"]
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes)


def test_a_pause_can_be_taken_back_before_it_comes(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal, program = make_ready(profile), make_program(profile)
    rehearsal.session.draw(program)
    assert rehearsal.run(60.0, lambda: rehearsal.machine.ink.down)
    rehearsal.session.pause()
    rehearsal.session.resume()
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes)


@pytest.mark.parametrize("pen", ["profile", "servo_profile"])
@pytest.mark.parametrize("after", [0.05, 0.9, 1.3, 1.7, 2.2, 2.6, 3.1, 4.0, 4.5])
def test_a_pause_at_once_lifts_the_pen_and_resume_goes_on_from_the_same_point(
    pen: str,
    after: float,
    request: pytest.FixtureRequest,
    make_ready: Ready,
    make_program: Make,
) -> None:
    profile: Profile = request.getfixturevalue(pen)
    rehearsal, program = make_ready(profile), make_program(profile)
    rehearsal.session.draw(program)
    rehearsal.run(after)
    rehearsal.session.pause(at_once=True)
    finish(rehearsal, "paused")
    assert not rehearsal.machine.ink.down
    ink = [list(stroke) for stroke in rehearsal.machine.ink.strokes]
    rehearsal.run(3.0)
    assert rehearsal.machine.ink.strokes == ink
    rehearsal.session.resume()
    finish(rehearsal)
    assert same_ink(joined(rehearsal.machine.ink.strokes), program.strokes)
    assert [e.stroke for e in rehearsal.events if isinstance(e, StrokeDrawn)] == [0, 1, 2, 3]


def joined(
    strokes: Sequence[Sequence[tuple[float, float]]],
) -> list[list[tuple[float, float]]]:
    """Strokes that go on where the one before ended are one; the seam's point is left out."""
    result: list[list[tuple[float, float]]] = []
    for stroke in strokes:
        if result and np.allclose(result[-1][-1], stroke[0], atol=0.02):
            before = result.pop()
            seam = [] if _is_between(before, stroke) else [stroke[0]]
            result.append([*before[:-1], *seam, *stroke[1:]])
        else:
            result.append(list(stroke))
    return result


def _is_between(
    before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]]
) -> bool:
    if len(before) < 2 or len(after) < 2:
        return False
    a, b, c = np.array(before[-2]), np.array(before[-1]), np.array(after[1])
    return bool(np.hypot(*(b - a)) + np.hypot(*(c - b)) - np.hypot(*(c - a)) < 0.005)


def test_a_stop_keeps_the_position_lifts_the_pen_and_parks(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal, program = make_ready(profile), make_program(profile)
    rehearsal.session.draw(program)
    assert rehearsal.run(60.0, lambda: len(rehearsal.machine.ink.strokes) == 2)
    rehearsal.run(0.2)
    rehearsal.session.stop()
    finish(rehearsal)
    ended = rehearsal.events[-2]
    assert ended == ProgramEnded("stopped", 1, fact("drawing-stopped"))
    assert rehearsal.states() == ["drawing", "stopping", "ready"]
    assert not rehearsal.machine.ink.down
    assert rehearsal.session.position == pytest.approx(profile.park, abs=0.02)
    ink = [list(stroke) for stroke in rehearsal.machine.ink.strokes]
    rehearsal.run(10.0)
    assert rehearsal.machine.ink.strokes == ink


def test_after_a_stop_the_rest_can_be_drawn_and_nothing_is_missing(
    profile: Profile,
    make_ready: Ready,
    make_toolpath: Callable[..., Toolpath],
) -> None:
    rehearsal, toolpath = make_ready(profile), make_toolpath(profile)
    whole = write_program(toolpath, profile)
    rehearsal.session.draw(whole)
    assert rehearsal.run(60.0, lambda: len(rehearsal.machine.ink.strokes) == 3)
    rehearsal.session.stop()
    finish(rehearsal)
    ended = next(e for e in rehearsal.events if isinstance(e, ProgramEnded))
    rehearsal.machine.ink.strokes[ended.strokes_drawn :] = []
    rest = write_program(toolpath, profile, from_stroke=ended.strokes_drawn)
    rehearsal.session.draw(rest)
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, whole.strokes)
    assert rehearsal.events[-2] == ProgramEnded("done", 4)


@pytest.mark.parametrize("pen", ["profile", "servo_profile"])
def test_where_another_drawing_follows_the_pen_is_not_parked_between(
    pen: str, request: pytest.FixtureRequest, make_ready: Ready, make_program: Make
) -> None:
    profile: Profile = request.getfixturevalue(pen)
    rehearsal = make_ready(profile)
    first, second = (make_program(profile, strokes=2, seed=seed) for seed in (1, 2))
    rehearsal.session.draw(first)
    rehearsal.session.onward(follows=True)
    finish(rehearsal)
    assert rehearsal.session.position == pytest.approx(first.strokes[-1][-1], abs=0.02)
    place = rehearsal.session.details.work
    assert place is not None
    assert place[2] == pytest.approx(profile.pen.lifted_z, abs=0.01)
    rehearsal.session.draw(second)
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, first.strokes + second.strokes)
    assert rehearsal.session.position == pytest.approx(profile.park, abs=0.02)
    rehearsal.session.draw(first)
    rehearsal.session.onward(follows=True)
    finish(rehearsal)
    rehearsal.session.park()
    assert rehearsal.run(9.0, lambda: not rehearsal.session.moving)
    assert rehearsal.session.position == pytest.approx(profile.park, abs=0.02)


def test_a_stop_while_paused_parks_without_more_ado(
    servo_profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(servo_profile)
    rehearsal.session.draw(make_program(servo_profile))
    rehearsal.run(1.0)
    rehearsal.session.pause()
    finish(rehearsal, "paused")
    rehearsal.session.stop()
    finish(rehearsal)
    ended = next(e for e in rehearsal.events if isinstance(e, ProgramEnded))
    assert ended.outcome == "stopped"
    assert ended.strokes_drawn == len(rehearsal.machine.ink.strokes)


@pytest.mark.parametrize("too_many", [1, 2, 3, 4])
def test_a_drawing_is_over_where_its_last_line_leads_whatever_was_answered(
    servo_profile: Profile, make_ready: Ready, make_program: Make, too_many: int
) -> None:
    """Too many answers make all look answered, in a dwell that GRBL calls idle."""
    rehearsal, program = make_ready(servo_profile), make_program(servo_profile, strokes=1)
    rehearsal.session.draw(program)
    assert rehearsal.run(60.0, lambda: rehearsal.machine.ink.down)
    rehearsal.machine.faults.add("doubleok", too_many)
    assert rehearsal.run(60.0, lambda: not rehearsal.session.moving)
    place = rehearsal.machine.shaft
    rehearsal.run(5.0)
    assert rehearsal.machine.shaft == place
    ended = next(e for e in rehearsal.events if isinstance(e, ProgramEnded))
    assert ended.strokes_drawn == 1


def test_a_stop_stops_what_nobody_here_has_sent(profile: Profile, make_ready: Ready) -> None:
    rehearsal = make_ready(profile)
    rehearsal.machine.write(b"G1X50F600\n")
    rehearsal.run(1.0)
    before = rehearsal.machine.shaft
    rehearsal.session.stop()
    assert rehearsal.run(5.0, lambda: rehearsal.session.state == "ready")
    place = rehearsal.machine.shaft
    rehearsal.run(5.0)
    assert before < rehearsal.machine.shaft == place


def test_the_hold_button_on_the_machine_pauses_with_the_pen_up(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal, program = make_ready(profile), make_program(profile)
    rehearsal.session.draw(program)
    assert rehearsal.run(60.0, lambda: rehearsal.machine.ink.down)
    rehearsal.machine.set_pin("hold", True)
    rehearsal.run(0.2)
    rehearsal.machine.set_pin("hold", False)
    finish(rehearsal, "paused")
    assert not rehearsal.machine.ink.down
    rehearsal.session.resume()
    finish(rehearsal)
    assert same_ink(joined(rehearsal.machine.ink.strokes), program.strokes)


def test_the_feed_can_be_changed_while_drawing(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    times = []
    for percent in (100, 50):
        rehearsal = make_ready(profile)
        start = rehearsal.now
        rehearsal.session.draw(make_program(profile, points=30))
        rehearsal.session.override_feed(percent)
        finish(rehearsal)
        times.append(rehearsal.now - start)
    assert times[1] > 1.2 * times[0]


@pytest.mark.parametrize("percent", [10, 83, 155, 200])
def test_the_machine_comes_to_the_feed_that_is_wanted_whatever_it_was(
    profile: Profile, make_ready: Ready, make_program: Make, percent: int
) -> None:
    """Two wishes at once, and a reset in between, which forgets the first."""
    rehearsal = make_ready(profile)
    session, said = rehearsal.session, rehearsal.session._core.connection
    session.draw(make_program(profile, strokes=12, points=40))
    session.override_feed(120)
    session.override_feed(percent)
    assert rehearsal.run(20.0, lambda: said.machine.feed_override == percent)
    session.pause(at_once=True)
    finish(rehearsal, "paused")
    session.resume()
    assert rehearsal.run(20.0, lambda: said.machine.feed_override == percent)
    assert session.feed_percent == percent
    session.stop()
    assert rehearsal.run(30.0, lambda: session.state == "ready")
    assert session.feed_percent == 100, "the next drawing is drawn as it was planned"
    assert rehearsal.run(30.0, lambda: said.machine.feed_override == 100)


def test_a_stop_may_leave_the_pen_where_it_is(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal = make_ready(profile)
    rehearsal.session.draw(make_program(profile, points=30))
    rehearsal.run(2.0)
    rehearsal.session.pause(at_once=True)
    finish(rehearsal, "paused")
    place = rehearsal.session.position
    rehearsal.session.stop(park=False)
    assert rehearsal.run(10.0, lambda: rehearsal.session.state == "ready")
    assert rehearsal.session.position == place


def test_a_program_that_grbl_could_misread_is_refused_before_anything_moves(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal, program = make_ready(profile), make_program(profile)
    for text in ("G1X1(wow!)", "G10L20P1X0", "G1X" + "1" * 80):
        bad = replace(program.lines[3], text=text)
        spoiled = replace(
            program, lines=Lines.of([*program.lines[:3], bad, *program.lines[4:]])
        )
        with pytest.raises(LinkError, match="cannot be drawn"):
            rehearsal.session.draw(spoiled)
    endless = replace(program, lines=Lines.of(map(left_down, program.lines)))
    with pytest.raises(LinkError, match="nobody could know when it is drawn"):
        rehearsal.session.draw(endless)
    assert rehearsal.session.state == "ready"


def left_down(line: ProgramLine) -> ProgramLine:
    return replace(line, pen_down=line.stroke is not None)


def test_requests_that_make_no_sense_now_are_refused_in_a_sentence(
    profile: Profile, make_ready: Ready, make_program: Make
) -> None:
    rehearsal, program = make_ready(profile), make_program(profile)
    session = rehearsal.session
    for request, why in (
        (session.pause, "nothing to pause"),
        (session.resume, "Nothing is paused"),
        (session.home, "no limit switches"),
        (session.unlock, "not locked"),
        (lambda: session.jog(float("nan"), 0), "at most"),
        (lambda: session.override_feed(500), "10 to 200"),
    ):
        with pytest.raises(LinkError, match=why):
            request()
    session.stop()
    session.draw(program)
    for request in (
        lambda: session.draw(program),
        session.home,
        session.set_zero,
        session.pen_up,
        session.pen_down,
        lambda: session.jog(1, 1),
    ):
        with pytest.raises(LinkError, match="Wait for its end, or stop it first"):
            request()
    finish(rehearsal)
    assert same_ink(rehearsal.machine.ink.strokes, program.strokes)
