"""Streaming 20,000 short segments: three ways to send them, and what ours costs.

The three senders talk to the simulated machine in made-up time over a line of 115,200 baud;
the host looks at the port every two milliseconds, as a USB adapter lets it. The cost is
measured on a real pseudo-terminal in real time.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ParamSpec, TypeVar

import numpy as np

from firmware_gcode.grbl.events import LinkEvent, ProgramEnded, ProgramStarted, Progress
from firmware_gcode.grbl.link import Link, LinkState
from firmware_gcode.grbl.protocol import LineSplitter
from firmware_gcode.grbl.simulator.machine import SimulatedMachine
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import straight
from tests.firmware_gcode.virtual_time import TURN_SECONDS, VirtualTimeLink

P = ParamSpec("P")
R = TypeVar("R")

SEGMENTS = 20_000
COST_SEGMENTS = 4_000
STEP_MM = 0.25
STREAM_PY_BUFFER = 128


@dataclass(frozen=True)
class Sent:
    """What came of one way of sending."""

    name: str
    seconds: float
    lost: int
    fullest: int
    processor: float


def main() -> None:
    """Print the table and the cost."""
    profile = _profile()
    program = wavy_program(profile, SEGMENTS)
    mean = program.ink_mm / SEGMENTS
    print(
        f"{SEGMENTS} segments of {mean:.2f} mm on average, {program.size_bytes:,} bytes; "
        f"the motion model says {program.seconds:.1f} s"
    )
    print(
        f"{'sender':<38}{'machine s':>10}{'vs model':>10}{'buffer':>8}{'lost':>6}{'host s':>8}"
    )
    for send in (by_the_link, by_stream_py, by_send_response):
        sent = send(profile, program)
        over = (sent.seconds / program.seconds - 1.0) * 100.0
        print(
            f"{sent.name:<38}{sent.seconds:10.1f}{over:+9.2f}%{sent.fullest:8}{sent.lost:6}"
            f"{sent.processor:8.1f}"
        )
    share, seconds = cost_in_real_time(profile)
    print(f"the link's thread in real time: {share:.1%} of one core over {seconds:.0f} s")


def _profile() -> Profile:
    shipped = Profile.load("simulated")
    grbl = {**shipped.grbl, "$20": 0.0, "$22": 0.0}
    return replace(shipped, homing=False, home_at_start=False, grbl=grbl)


def wavy_program(profile: Profile, segments: int) -> Program:
    """One stroke: a spiral of waves, scaled to fit into 240 mm."""
    way = np.arange(segments + 1) * STEP_MM
    turn = np.sqrt(way / 20.0)
    radius = 12.0 * turn / (2.0 * math.pi) + 2.0 * np.sin(way / 3.0)
    turned = np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])
    span = float(np.abs(turned).max())
    points = (turned * min(1.0, 120.0 / span) + 140.0).round(2)
    stroke = Stroke((0,), straight(points))
    return write_program(Toolpath((stroke,), profile.park, profile.park), profile)


def by_the_link(profile: Profile, program: Program) -> Sent:
    """Ours, all of its care included."""
    rehearsal = VirtualTimeLink(profile)
    rehearsal.plug()
    rehearsal.run(10.0, lambda: rehearsal.session.state is LinkState.UNREFERENCED)
    rehearsal.session.set_zero()
    rehearsal.run(10.0, lambda: rehearsal.session.state is LinkState.READY)
    start, spent = rehearsal.now, _host_time(rehearsal)
    rehearsal.session.draw(program)
    rehearsal.run(10_000.0, lambda: rehearsal.session.state is LinkState.READY)
    seconds = rehearsal.now - start
    receiver = rehearsal.machine.board.receiver
    name = "character counting, this link"
    return Sent(name, seconds, receiver.lost_to_ring, receiver.highest, spent())


def _host_time(rehearsal: VirtualTimeLink) -> Callable[[], float]:
    """Processor seconds spent outside of the simulated machine from now on."""
    inside = [0.0]
    machine = rehearsal.machine
    start = time.process_time()
    for part, name in ((machine, "read"), (machine, "write"), (rehearsal, "_let_it_say")):
        setattr(part, name, _timed(getattr(part, name), inside))
    return lambda: time.process_time() - start - inside[0]


def _timed(work: Callable[P, R], total: list[float]) -> Callable[P, R]:
    def timed(*given: P.args, **named: P.kwargs) -> R:
        start = time.process_time()
        result = work(*given, **named)
        total[0] += time.process_time() - start
        return result

    return timed


def by_stream_py(profile: Profile, program: Program) -> Sent:
    """As GRBL's own doc/script/stream.py counts, with its `127 | unread` as the limit.

    It blocks for a line from the machine while the sum of the lengths is at that limit.
    """
    waiting: deque[int] = deque()

    def may_send(size: int, unread: int) -> bool:
        return sum(waiting) + size < (STREAM_PY_BUFFER - 1 | unread)

    return _streamed(
        "character counting, GRBL's stream.py", profile, program, waiting, may_send
    )


def by_send_response(profile: Profile, program: Program) -> Sent:
    """One line, one answer."""
    waiting: deque[int] = deque()

    def may_send(size: int, unread: int) -> bool:
        return not waiting and size >= 0 and unread >= 0

    return _streamed("send and wait for the answer", profile, program, waiting, may_send)


def _streamed(
    name: str,
    profile: Profile,
    program: Program,
    waiting: deque[int],
    may_send: Callable[[int, int], bool],
) -> Sent:
    now = 0.0
    machine = SimulatedMachine(settings=profile.grbl, clock=lambda: now)
    splitter, index, unread = LineSplitter(), 0, b""
    texts = [line.text for line in program.lines]
    inside, begun = 0.0, time.process_time()
    now = 1.0
    machine.read()
    while index < len(texts) or waiting:
        entered = time.process_time()
        unread = machine.read()
        inside += time.process_time() - entered
        for line in splitter.feed(unread):
            if line.startswith(("ok", "error")) and waiting:
                waiting.popleft()
        while index < len(texts) and may_send(len(texts[index]) + 1, 0):
            waiting.append(len(texts[index]) + 1)
            machine.write(texts[index].encode() + b"\n")
            index += 1
        now += TURN_SECONDS
    receiver = machine.board.receiver
    host = time.process_time() - begun - inside
    return Sent(name, now - 1.0, receiver.lost_to_ring, receiver.highest, host)


def cost_in_real_time(profile: Profile) -> tuple[float, float]:
    """Share of one core that the link's thread takes while it draws, and for how long."""
    marks: list[tuple[float, float]] = []
    done = threading.Event()

    def listen(event: LinkEvent) -> None:
        if isinstance(event, ProgramStarted | Progress | ProgramEnded):
            marks.append((time.monotonic(), time.thread_time()))
        if isinstance(event, ProgramEnded):
            done.set()

    with PtyMachine(settings=profile.grbl, pen=profile.pen) as machine:
        link = Link(lambda: machine.port, profile)
        link.subscribe(listen)
        link.start()
        try:
            _until(link, LinkState.UNREFERENCED)
            link.set_zero()
            _until(link, LinkState.READY)
            link.draw(wavy_program(profile, COST_SEGMENTS))
            done.wait(120.0)
        finally:
            link.close()
    seconds = marks[-1][0] - marks[0][0]
    return (marks[-1][1] - marks[0][1]) / seconds, seconds


def _until(link: Link, state: LinkState) -> None:
    end = time.monotonic() + 20.0
    while link.state is not state and time.monotonic() < end:
        time.sleep(0.01)


if __name__ == "__main__":
    main()
