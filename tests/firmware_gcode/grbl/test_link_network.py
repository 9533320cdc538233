"""A machine on the network: a real TCP stream with the promises of a cable."""

from __future__ import annotations

import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware_gcode.grbl import port as ports
from firmware_gcode.grbl.events import LinkEvent, LinkState, ProgramEnded, StrokeDrawn
from firmware_gcode.grbl.finder import PlotterFinder
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.port import NetworkPort, PortError
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program

SPEED = 50.0


class Networked:
    """A simulated machine on the network, and the link to it."""

    def __init__(self, profile: Profile, journal: Path) -> None:
        self.behind = PtyMachine(
            settings=profile.grbl, speed=SPEED, pen=profile.pen, listen=("127.0.0.1", 0)
        )
        assert self.behind.bridge is not None
        self.address = self.behind.bridge.address
        self.events: queue.Queue[LinkEvent] = queue.Queue()
        self.link = Link(
            PlotterFinder("socket://{}:{}".format(*self.address)), profile, journal=journal
        )
        self.link.subscribe(self.events.put)
        self.link.start()

    def until(self, *states: LinkState, seconds: float = 30.0) -> LinkState:
        end = time.monotonic() + seconds
        while self.link.state not in states:
            assert time.monotonic() < end, (self.link.state, self.link.fault)
            time.sleep(0.01)
        return self.link.state

    def ready(self) -> None:
        self.until(LinkState.UNREFERENCED)
        self.link.set_zero()
        self.until(LinkState.READY)

    def event(self, kind: type) -> LinkEvent:
        while not isinstance(event := self.events.get(timeout=30.0), kind):
            pass
        return event

    def close(self) -> None:
        self.link.close()
        self.behind.close()


@pytest.fixture
def network(
    profile: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Networked]:
    monkeypatch.setattr(ports, "HALF_OPEN_SECONDS", 1.0)
    machine = Networked(profile, tmp_path / "journal")
    yield machine
    machine.close()


def test_it_draws_and_leaves_the_place_to_others(
    network: Networked, profile: Profile, make_program: Callable[..., Program]
) -> None:
    network.ready()
    network.link.draw(make_program(profile, strokes=3))
    assert network.event(ProgramEnded) == ProgramEnded("done", 3)
    assert sum(len(stroke) > 1 for stroke in network.behind.ink) == 3


def test_a_connection_that_breaks_off_ends_the_drawing_and_is_made_again(
    network: Networked, profile: Profile, make_program: Callable[..., Program]
) -> None:
    network.ready()
    network.link.draw(make_program(profile, strokes=40))
    network.event(StrokeDrawn)
    assert network.behind.control("net cut") == "ok"
    ended = network.event(ProgramEnded)
    assert isinstance(ended, ProgramEnded)
    assert ended.outcome == "failed"
    assert "broke off" in str(ended.reason)
    network.until(LinkState.UNREFERENCED)
    with network.behind.lock:
        assert not network.behind.machine.ink.down


def test_a_half_open_connection_is_noticed(network: Networked) -> None:
    network.ready()
    assert network.behind.control("net mute 1") == "ok"
    network.until(LinkState.FAULTED, LinkState.ABSENT)
    network.behind.control("net mute 0")
    network.until(LinkState.UNREFERENCED)


def test_answers_to_a_second_client_stop_the_drawing(
    network: Networked, profile: Profile, make_program: Callable[..., Program]
) -> None:
    network.ready()
    network.link.draw(make_program(profile, strokes=40))
    network.event(StrokeDrawn)
    with socket.create_connection(network.address) as second:
        second.sendall(b"\n\n\n")
        ended = network.event(ProgramEnded)
    assert isinstance(ended, ProgramEnded)
    assert ended.outcome == "failed"
    network.until(LinkState.READY, LinkState.UNREFERENCED)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("rfc2217://10.0.0.1:23", "port-scheme-unknown"),
        ("http://10.0.0.1:80", "port-scheme-unknown"),
        ("socket://10.0.0.1", "port-url-odd"),
        ("socket://:23", "port-url-odd"),
        ("socket://10.0.0.1:99999", "port-url-odd"),
        ("socket://10.0.0.1:23?logging=debug", "port-url-odd"),
        ("socket://127.0.0.1:1", "port-not-connected"),
    ],
)
def test_what_is_no_port_on_the_network_is_told(url: str, code: str) -> None:
    with pytest.raises(PortError) as told:
        NetworkPort(PlotterFinder(url)() or "")
    assert told.value.fact.code == code


def test_a_name_server_that_does_not_answer_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asleep = threading.Event()
    monkeypatch.setattr(ports, "LOOK_UP_SECONDS", 0.05)

    def slow(*_given: object, **_named: object) -> None:
        asleep.wait(5.0)
        raise OSError("too late")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(PortError, match="name server does not answer"):
        NetworkPort("socket://plotter.local:23")
    asleep.set()


def test_the_kernel_watches_the_connection_and_keeps_nothing_for_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = NetworkPort(f"socket://127.0.0.1:{server.getsockname()[1]}")
        other, _ = server.accept()
        with other, socket.socket(fileno=port.fileno()) as same:
            assert same.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 8000
            assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            linger = same.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)
            assert struct.unpack("ii", linger) == (1, 0)
            port.write(b"?")
            assert other.recv(9) == b"?"
            other.sendall(b"ok\r\n")
            time.sleep(0.05)
            assert port.read() == b"ok\r\n"
            port.restart()
            same.detach()
            port.close()
            assert other.recv(9) == b""
