"""The whole service: a press becomes ink, files and history; and it ends cleanly."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.request import urlopen

import numpy as np
import pytest
from gpiozero.pins.mock import MockFactory

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import SWITCH_S, Service, ServiceConfig
from pi_service.studio.jobs.job import Request
from tests.shell import catplotter

T = TypeVar("T")
SPEED = 40.0
PIN = 17
ANY_PORT = "127.0.0.1:0"


def wait_for(what: Callable[[], T | None], seconds: float = 40.0) -> T:
    """The first result that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain")


def get(url: str, path: str) -> Any:
    with urlopen(f"{url}{path}", timeout=10) as answer:
        body = answer.read()
    return json.loads(body) if path.startswith("api") and "." not in path else body.decode()


def config(data: Path, **changes: Any) -> ServiceConfig:
    """A service on the simulated machine, much faster than real time."""
    values: dict[str, Any] = {
        "data": data,
        "profile": Profile.load("simulated"),
        "paper": Paper.named("A5"),
        "find_port": None,
        "speed": SPEED,
        "http_port": 0,
        "pin_factory": MockFactory(),
        **changes,
    }
    return ServiceConfig(**values)


@pytest.fixture
def service(tmp_path: Path, plain_model: Path) -> Iterator[Service]:
    with Service(config(tmp_path / "data", model=plain_model)) as running:
        yield running


def test_a_press_of_the_real_pin_becomes_ink_within_tolerance(tmp_path: Path) -> None:
    pins = MockFactory()
    with Service(config(tmp_path, pin_factory=pins)) as service:
        wait_for(lambda: service.studio.snapshot()["machine"]["state"] == "ready")
        pins.pin(PIN).drive_low()
        time.sleep(0.1)  # a finger
        pins.pin(PIN).drive_high()
        jobs = wait_for(lambda: [j for j in service.studio.jobs.latest() if j.state == "done"])
        assert jobs[0].source == "button"
        assert jobs[0].strokes_drawn == jobs[0].strokes_total > 0
        path = service.studio.history.svg(jobs[0].id)
        planned = strokes_of_svg(path)
        assert service.simulated is not None
        inked = [np.array(stroke) for stroke in service.simulated.ink]
    assert len(inked) == len(planned)
    height = Paper.named("A5").height
    for ink, plan in zip(inked, planned, strict=True):
        assert hausdorff(ink, np.column_stack([plan[:, 0], height - plan[:, 1]])) < 0.05


def test_a_second_button_stops_what_is_drawn(tmp_path: Path, plain_model: Path) -> None:
    pins = MockFactory()
    made = config(tmp_path, model=plain_model, pin_factory=pins, stop_pin=27, speed=2.0)
    with Service(made) as service:
        job = service.studio.jobs.request(Request("page"))
        wait_for(lambda: service.studio.jobs.get(job.id).state == "drawing")
        pins.pin(27).drive_low()
        wait_for(lambda: service.studio.jobs.get(job.id).state == "interrupted")
        wait_for(lambda: service.studio.snapshot()["machine"]["state"] == "ready")


def strokes_of_svg(text: str) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    """The points of each path, as they stand in the file (y down)."""
    found = []
    for data in re.findall(r'<path d="([^"]+)"', text):
        numbers = re.findall(r"-?\d+(?:\.\d+)?", data.replace("h0", ""))
        found.append(np.array([float(n) for n in numbers]).reshape(-1, 2))
    return found


def hausdorff(
    a: np.ndarray[Any, np.dtype[np.float64]], b: np.ndarray[Any, np.dtype[np.float64]]
) -> float:
    """The largest distance of a point of either line from the other line, in mm."""
    return max(distance(a, b), distance(b, a))


def distance(
    points: np.ndarray[Any, np.dtype[np.float64]], line: np.ndarray[Any, np.dtype[np.float64]]
) -> float:
    if len(line) == 1:
        return float(np.linalg.norm(points - line, axis=1).max())
    start, way = line[:-1], np.diff(line, axis=0)
    square = np.maximum((way**2).sum(axis=1), 1e-12)
    part = ((points[:, None] - start) * way).sum(axis=2) / square
    nearest = start + np.clip(part, 0, 1)[..., None] * way
    return float(np.linalg.norm(points[:, None] - nearest, axis=2).min(axis=1).max())


def test_the_page_offers_the_finished_cat_as_files(service: Service) -> None:
    url = service.web.url
    job = service.studio.jobs.request(Request("page", seed=7))
    wait_for(lambda: service.studio.jobs.get(job.id).state == "done")
    assert get(url, f"api/v1/jobs/{job.id}.svg").startswith("<svg")
    program = get(url, f"api/v1/jobs/{job.id}.gcode")
    assert program.startswith("G")
    assert max(len(line) for line in program.splitlines()) < 80


def test_without_a_model_the_page_says_so_and_the_rest_goes_on(tmp_path: Path) -> None:
    with Service(config(tmp_path, model=tmp_path / "none.safetensors")) as service:
        state = get(service.web.url, "api/v1/state")
        assert any("none.safetensors" in problem for problem in state["problems"])
        wait_for(lambda: service.studio.snapshot()["machine"]["state"] == "ready")


def test_without_a_plotter_the_page_says_so_and_jobs_wait(tmp_path: Path) -> None:
    with Service(config(tmp_path, find_port=lambda: None)) as service:
        service.studio.jobs.request(Request("page"))
        snapshot = wait_for(
            lambda: s if (s := service.studio.snapshot())["problems"] else None
        )
        assert "plotter" in " ".join(snapshot["problems"]).lower()
        assert len(service.studio.jobs.queue()) == 1


def test_a_press_survives_a_kill_before_it_is_drawn(tmp_path: Path, plain_model: Path) -> None:
    """Without a plotter the job stays; a new service still has it."""
    with Service(config(tmp_path, model=plain_model, find_port=lambda: None)) as service:
        job = service.studio.jobs.request(Request("button", seed=11))
    with Service(config(tmp_path, model=plain_model)) as service:
        done = wait_for(
            lambda: j if (j := service.studio.jobs.get(job.id)).state == "done" else None
        )
    assert done.seed == 11


class Serve:
    """`catplotter serve` as a process of its own; killed at the end if it still runs."""

    def __init__(self, *words: str | Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pi_service", "serve", *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        with self.process:  # closes its pipes
            pass

    def url(self) -> str:
        """The page's address, once the service has said it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+", line):
                return found[0]
        raise AssertionError(self.process.communicate()[1])

    def type(self, line: str) -> None:
        """Type something, and press Enter."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def says(self, what: str) -> str:
        """The next line on standard output that has this in it."""
        assert self.process.stdout is not None
        return next(line for line in self.process.stdout if what in line)

    def end(self) -> tuple[int, str]:
        """Exit code and what it said on standard error."""
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


def test_a_page_full_of_visitors_starves_no_watchdog(
    tmp_path: Path, plain_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = sys.getswitchinterval()
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
        contextlib.ExitStack() as crowd,
    ):
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(2.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        with Service(config(tmp_path / "data", model=plain_model)) as service:
            for _ in range(520):
                visitor = crowd.enter_context(socket.socket())
                with contextlib.suppress(OSError):
                    visitor.connect(("127.0.0.1", service.web.port))
                    visitor.sendall(b"GET / HTTP/1.1\r\n")
            for _ in range(8):
                assert systemd.recv(100) == b"WATCHDOG=1"
            assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    assert sys.getswitchinterval() == pytest.approx(usual)


@pytest.mark.parametrize(("instant", "end"), [(0.0, signal.SIGTERM), (0.3, signal.SIGHUP)])
def test_enter_presses_the_simulated_button_and_a_signal_ends_with_the_pen_up(
    tmp_path: Path, plain_model: Path, instant: float, end: signal.Signals
) -> None:
    words = (
        *("--simulate-missing", "--speed", "5", "--model", plain_model),
        *("--data", tmp_path, "--listen", ANY_PORT),
    )
    with Serve(*words) as serve:
        url = serve.url()
        assert "login?token=" in serve.says("The staff:")
        serve.type("?")
        assert "Enter draws a cat" in serve.says("Ctrl-C ends")
        serve.type("")
        assert url in serve.says("Cat No. 1 is begun")
        assert get(url, "api/v1/state")["queue_length"] == 0
        assert wait_for(lambda: get(url, "api/v1/state")["job"])["source"] == "button"
        time.sleep(instant)
        started = time.monotonic()
        serve.process.send_signal(end)
        code, errors = serve.end()
        assert code == 0, errors
        assert "Traceback" not in errors
        assert time.monotonic() - started < 10
    with Serve(*words) as again:
        state = get(again.url(), "api/v1/state")
        assert [job["state"] for job in state["interrupted"]] == ["interrupted"]
        again.process.terminate()
        assert again.end()[0] == 0


def file_as_folder(folder: Path) -> list[str]:
    (folder / "taken").write_text("not a folder")
    return ["--data", str(folder / "taken")]


def read_only_folder(_: Path) -> list[str]:
    return ["--data", "/proc/catplotter"]


MISTAKES: dict[str, tuple[Callable[[Path], list[str]], str]] = {
    "data folder is a file": (file_as_folder, "taken"),
    "data folder cannot be written": (read_only_folder, "/proc/catplotter"),
    "no profile": (lambda _: [], "--profile"),
    "paper below its margins": (lambda _: ["--paper", "15x100"], "margin"),
    "paper beyond the machine": (lambda _: ["--paper", "A2"], "A2|mm"),
    "cells too small": (lambda _: ["--grid", "40x40"], "cell|grid|room"),
    "no grid": (lambda _: ["--grid", "many"], "many"),
    "no address": (lambda _: ["--listen", "here"], "here"),
    "no such profile": (lambda _: ["--profile", "lathe"], "lathe"),
    "port without profile": (lambda _: ["--port", "/dev/ttyUSB0"], "--profile"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_ends_in_one_clear_sentence(mistake: str, tmp_path: Path) -> None:
    make, named = MISTAKES[mistake]
    words = make(tmp_path)
    if "--data" not in words:
        words += ["--data", str(tmp_path)]
    if "--listen" not in words:
        words += ["--listen", ANY_PORT]
    if mistake not in {"no profile", "no such profile", "port without profile"}:
        words.append("--simulate-missing")
    done = catplotter("serve", *words)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert re.search(named, done.stderr), done.stderr
    assert "Error: " in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CATPLOTTER_SERVE_PROFILE", "lathe"),
        ("CATPLOTTER_SERVE_LISTEN", "somewhere"),
        ("CATPLOTTER_PAPER", "A99"),
    ],
)
def test_the_unit_can_set_every_option_by_the_environment(
    name: str, value: str, tmp_path: Path
) -> None:
    profile = [] if name == "CATPLOTTER_SERVE_PROFILE" else ["--profile", "simulated"]
    done = catplotter("serve", "--data", tmp_path, *profile, told={name: value})
    assert done.returncode != 0
    assert value in done.stderr


def test_a_page_port_in_use_ends_in_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        words = ("--simulate-missing", "--data", tmp_path, "--listen", address)
        done = catplotter("serve", *words)
    assert done.returncode != 0
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_not_there_and_a_model_that_is_none_are_shown_on_the_page(
    tmp_path: Path,
) -> None:
    words = (
        *("--port", "/dev/nothing-here", "--profile", "z-pen", "--paper", "A6"),
        *("--data", tmp_path, "--model", tmp_path / "none", "--listen", ANY_PORT),
    )
    with Serve(*words) as serve:
        url = serve.url()
        problems = wait_for(
            lambda: p if len(p := get(url, "api/v1/state")["problems"]) > 1 else None
        )
        assert "/dev/nothing-here" in " ".join(problems)
        serve.process.terminate()
        assert serve.end()[0] == 0


def test_posting_from_a_foreign_page_is_refused(service: Service) -> None:
    request = urllib.request.Request(
        f"{service.web.url}api/v1/jobs",
        method="POST",
        data=b"{}",
        headers={"Origin": "http://elsewhere.example", "Content-Type": "application/json"},
    )
    with pytest.raises(OSError, match="403"):
        urlopen(request, timeout=10)
    assert not service.studio.jobs.latest()
