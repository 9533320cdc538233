"""Each part of the simulated machine by itself."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from firmware_gcode.gcode.actions import Move, SpindleMode
from firmware_gcode.gcode.interpreter import Interpreter
from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.board import Board
from firmware_gcode.grbl.simulator.drive import Drive
from firmware_gcode.grbl.simulator.inputs import PINS, Inputs, Switches
from firmware_gcode.grbl.simulator.memory import Memory, Settings
from firmware_gcode.grbl.simulator.phases import Event, Phase
from firmware_gcode.grbl.simulator.processor import BYTE_S, Processor, Receiver
from firmware_gcode.grbl.simulator.supervisor import POSTPONED, TRANSITIONS, Supervisor
from firmware_gcode.grbl.simulator.tool import Overrides, Tool

MM = {"$100": 80, "$101": 80, "$102": 80, "$110": 6000, "$120": 500, "$1": 255}


def exhaust(work: Generator[float, None, None], processor: Processor) -> list[float]:
    """Run a part of the program to its end; when it waited until."""
    moments = []
    for moment in work:
        moments.append(moment)
        processor.now = moment
    return moments


# The line.


def test_bytes_arrive_one_by_one_and_real_time_bytes_beside_them() -> None:
    heard: list[int] = []
    receiver = Receiver()
    receiver.on_realtime = heard.append
    receiver.send(b"G0?X1\n", 1.0)
    assert receiver.next_event() == pytest.approx(1.0 + 3 * BYTE_S)
    receiver.deliver(1.0 + 3.5 * BYTE_S)
    assert (bytes(receiver.ring), heard, receiver.backlog) == (b"G0", [ord("?")], 3)
    receiver.deliver(2.0)
    assert bytes(receiver.ring) == b"G0X1\n"


def test_what_does_not_fit_in_the_ring_is_lost() -> None:
    receiver = Receiver(16)
    receiver.send(b"x" * 20, 0.0)
    receiver.deliver(1.0)
    assert (len(receiver.ring), receiver.free, receiver.lost_to_ring) == (16, 0, 4)


def test_of_what_comes_with_interrupts_off_the_uart_keeps_two_bytes_and_the_last() -> None:
    receiver = Receiver()
    receiver.mask(0.0, 0.0034)
    receiver.send(b"123456789", 0.0)
    receiver.deliver(0.01)
    assert (bytes(receiver.ring), receiver.lost_to_uart) == (b"129", 6)


def test_a_full_send_buffer_keeps_the_program_waiting() -> None:
    processor = Processor(0.0, Speech())
    processor.say("x" * 202)
    assert exhaust(processor.pay(), processor) == [pytest.approx(100 * BYTE_S)]
    assert processor.take() == b""
    processor.now = 1.0
    assert processor.take() == b"x" * 202 + b"\r\n"


def test_the_processor_is_deaf_while_it_delays_and_computing_adds_up() -> None:
    processor = Processor(0.0, Speech())
    work = processor.busy(0.5)
    assert (next(work), processor.deaf) == (0.5, True)
    processor.now = 0.5
    assert (next(work, None), processor.deaf) == (None, False)
    processor.compute(0.1)
    assert exhaust(processor.pay(0.2), processor) == [pytest.approx(0.8)]


# Phases.


def test_every_motion_that_is_stopped_comes_to_an_end() -> None:
    for phase, effects in TRANSITIONS.values():
        assert Supervisor._brake not in effects or (phase, Event.STOPPED) in TRANSITIONS


@pytest.mark.parametrize("event", [Event.HOLD, Event.DOOR, Event.CANCEL, Event.LIMIT])
def test_whoever_is_held_is_idle_again_in_the_end(event: Event) -> None:
    for begin in (Phase.RUN, Phase.JOG, Phase.IDLE):
        phase = TRANSITIONS.get((begin, event), (Phase.IDLE, ()))[0]
        for after in (Event.STOPPED, Event.START, Event.RESTORED, Event.STOPPED):
            phase = TRANSITIONS.get((phase, after), (phase, ()))[0]
        assert phase is Phase.IDLE


def test_braking_is_for_what_moves_and_everything_postponed_finds_its_phase() -> None:
    for (phase, _), (_, effects) in TRANSITIONS.items():
        assert Supervisor._brake not in effects or phase in {Phase.RUN, Phase.JOG}
    for phase, event in POSTPONED:
        assert (TRANSITIONS[phase, Event.STOPPED][0], event) in TRANSITIONS


# Overrides, outputs, inputs.


def test_overrides_that_come_together_count_once_each_and_have_their_limits() -> None:
    overrides = Overrides()
    overrides.due = 7
    for byte in (0x91, 0x91, 0x93, 0x97, 0x98, 0x9D):
        overrides.hear(byte)
    assert overrides.apply() == (True, True)
    assert (str(overrides), overrides.due) == ("111,25,99", 0)
    for _ in range(30):
        overrides.hear(0x91)
        overrides.apply()
    assert overrides.feed == 200
    assert overrides.apply() == (False, False)


def outputs(**settings: float) -> Tool:
    """Spindle and coolant with some settings."""
    return Tool(Settings.from_grbl(settings), Overrides(), Interpreter())


@pytest.mark.parametrize(("speed", "pwm"), [(0.0, 0), (1000.0, 255), (500.0, 128), (2e4, 255)])
def test_the_output_follows_s(speed: float, pwm: int) -> None:
    tool = outputs()
    tool.turn(SpindleMode.CW, speed)
    assert (tool.pwm, tool.letters) == (pwm, "S" if pwm else "")
    tool.cool(True)
    tool.switch_off()
    assert (tool.pwm, tool.rpm, tool.letters) == (0, 0.0, "")


def test_inputs_may_be_inverted() -> None:
    inputs = Inputs(Settings.from_grbl({"$5": 1, "$6": 1}), dict.fromkeys(PINS, False))
    assert inputs.letters == "PXYZ"
    inputs.pins |= {"limx": True, "hold": True}
    inputs.away = True
    assert inputs.letters == "YZH"
    assert inputs.limits == (False, True, True)


# Motion, and switches on its way.


def drive() -> tuple[Drive, Processor]:
    """A drive with quick axes."""
    settings, processor = Settings.from_grbl(MM), Processor(0.0, Speech())
    return Drive(processor, settings, outputs()), processor


def run_out(moved: Drive, processor: Processor) -> None:
    """Let the motors turn until nothing is planned and handed over."""
    while not moved.advance():
        processor.now = moved.next_event()
        moved.cut()


def test_a_motion_goes_where_it_was_sent() -> None:
    moved, processor = drive()
    moved.plan(Move((10.0, -5.0, 0.0), 1200.0))
    moved.plan(Move((10.0, 0.0, 0.0), 1200.0))
    assert len(moved.trajectory.blocks) == 2
    moved.go()
    run_out(moved, processor)
    assert (moved.place, len(moved.trajectory.blocks)) == ((10.0, 0.0, 0.0), 0)
    assert processor.now > 0.75


def test_dropped_motion_ends_where_the_motors_stand() -> None:
    moved, processor = drive()
    moved.plan(Move((100.0, 0.0, 0.0), 1200.0))
    moved.go()
    processor.now = 0.03
    moved.drop()
    place = tuple(moved.position)
    assert 0 < place[0] < 100
    assert (len(moved.trajectory.blocks), moved.trajectory.position) == (0, place)


def test_a_switch_closes_at_its_step_and_belongs_to_a_hand_that_took_it() -> None:
    moved, processor = drive()
    switches = Switches((2.0, 1.0, 1.0))
    switches.attach(moved, Settings.from_grbl(MM))
    moved.plan(Move((5.0, 0.0, 0.0), 600.0))
    moved.go()
    while not dict(switches.states())["limx"]:
        processor.now = min(switches.next_event(), moved.next_event())
        moved.advance()
        moved.cut()
    assert moved.position == [160, 0, 0]
    switches.release("limx")
    assert "limx" not in dict(switches.states())


# Memory.


def test_storing_keeps_interrupts_off_for_changed_bytes_only() -> None:
    memory = Memory(Speech())
    board = Board(memory, Speech(), {})
    assert not memory.load()
    memory.restore("*")
    waits = exhaust(board.store(), board.processor)
    assert len(waits) > 60
    assert memory.load()
    memory.settings.change(110, 5123.4)
    memory.write_settings()
    assert 1 <= len(exhaust(board.store(), board.processor)) <= 5
    assert exhaust(board.store(), board.processor) == []
    assert memory.points() == [(0.0, 0.0, 0.0)] * 8
