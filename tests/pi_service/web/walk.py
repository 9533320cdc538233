"""A random walk over the API of a real service: ``make walk SEED=2``, 5,000 steps.

Staff, visitors at three addresses, a finger on the stop pin and a cable that comes out do what
comes into their heads; now and then the service is started anew. After every step: no 5xx, no
transition that `TRANSITIONS` does not have; what a page has made of the events, what
``/state`` says and what the database holds is the same; and after a Stop nothing moves until
the staff have it move.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from gpiozero.pins.mock import MockFactory

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.events import LinkState
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig
from pi_service.studio.access.tokens import LocalKey
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import ACTIVE, QUEUED, TRANSITIONS, JobState
from pi_service.web.access import VisitorLimits
from tests.pi_service.studio.gallery import ZigzagArtist

SPEED: Final = 150.0
VISITORS: Final = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
NEAR: Final = "127.0.0.1"
STOP_PIN: Final = 27
RESTART_EVERY: Final = 800
AGREES_S: Final = 3.0
"""What was stored a moment ago is told within this time, and read within it."""
RESTS_S: Final = 20.0
"""The machine stands within this time after a Stop."""
ANSWERS: Final = frozenset({200, 201, 202, 400, 401, 403, 404, 409, 429, 503})
"""What may be answered; 503 only by a page that is full, which this walk cannot do."""
MOVES: Final = ("resume", "finish", "jog", "go", "pen", "home", "zero", "hand", "console")
"""Acts of the staff after which things may move again."""


class WalkError(AssertionError):
    """Something is so that must never be so."""


class Seen:
    """What a page makes of the first state and all events after it: which jobs stand where."""

    def __init__(self, state: dict[str, Any], became: Counter[str]) -> None:
        self.became = became
        self.event = int(state["event"])
        self.jobs: dict[int, str] = {}
        for job in (*state["queue"], *state["interrupted"], state["job"]):
            if job is not None:
                self.jobs[job["id"]] = job["state"]

    def hear(self, kind: str, data: dict[str, Any]) -> None:
        """Take an event in. Raises WalkError on a transition that there is not."""
        if kind == "job":
            number, state = int(data["id"]), JobState(data["state"])
            before = self.jobs.get(number)
            if before not in {None, state} and state not in TRANSITIONS[JobState(before)]:
                raise WalkError(f"job {number} was {before} and is {state}")
            self.became[state] += before != state
            self.jobs[number] = state
        elif kind == "deleted":
            self.jobs.pop(int(data["job"]), None)

    def standing(self) -> dict[int, str]:
        """The jobs that are not over."""
        over = {*QUEUED, *ACTIVE, JobState.INTERRUPTED}
        return {number: state for number, state in self.jobs.items() if state in over}


class Walk:
    """One walk on one folder.

    Args:
        rng: Chooses what is done; how long the machine takes for it nobody chooses.
    """

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.rng = rng
        self.folder = folder
        self.profile = Profile.load("simulated")
        self.plotter = PtyMachine(
            settings=self.profile.grbl, speed=SPEED, pen=self.profile.pen
        )
        self.pins = MockFactory()
        self.answers: Counter[int] = Counter()
        self.done: Counter[str] = Counter()
        self.still: str | None = None
        """Where the motors stand since a Stop; None while things may move."""
        self.checked = 0
        self.shown: Counter[str] = Counter()
        self.became: Counter[str] = Counter()
        self.open()

    def open(self) -> None:
        """Start the service on what there is."""
        self.pins.reset()
        config = ServiceConfig(
            data=self.folder,
            profile=self.profile,
            paper=Paper.named("A5"),
            find_port=lambda: self.plotter.port,
            http_port=0,
            pin_factory=self.pins,
            stop_pin=STOP_PIN,
            visitors=VisitorLimits(drawings=10**6),
            settings=StudioSettings(columns=4, rows=4, caption=False, cooldown_s=0.0),
        )
        with patch(
            "pi_service.service._sketcher", lambda _: ZigzagArtist()
        ):  # draws in no time
            self.service = Service(config).__enter__()
        self.key = LocalKey.read(self.folder)
        self.seen = Seen(self.state(), self.became)

    def close(self) -> None:
        """End the service and the machine."""
        self.service.__exit__(None, None, None)
        self.plotter.close()

    # Asking

    def ask(
        self, method: str, path: str, body: Any = None, *, address: str | None = None
    ) -> tuple[int, Any]:
        """Ask as the staff, or as a visitor at an address. Raises WalkError on a 5xx."""
        where = (address or NEAR, 0)
        line = http.client.HTTPConnection(
            NEAR, self.service.web.port, timeout=20, source_address=where
        )
        headers = {"Content-Type": "application/json"}
        if address is None and self.key is not None:
            headers["Authorization"] = f"Bearer {self.key.secret}"
        try:
            line.request(method, f"/api/v1{path}", json.dumps(body or {}), headers)
            answer = line.getresponse()
            status, text = answer.status, answer.read()
        finally:
            line.close()
        self.answers[status] += 1
        if status not in ANSWERS:
            raise WalkError(f"{method} {path} {body} answers {status}: {text[:300]!r}")
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return status, json.loads(text) if is_json else text

    def state(self) -> dict[str, Any]:
        """The state as a page gets it."""
        status, found = self.ask("GET", "/state", address=VISITORS[0])
        if status != 200:
            raise WalkError(f"/state answers {status}: {found}")
        return dict(found)

    def some_job(self) -> int:
        """The number of a job that there is, most likely one that is not over."""
        standing = list(self.seen.standing())
        if standing and self.rng.random() < 0.7:
            return self.rng.choice(standing)
        return self.rng.randrange(1, max(self.seen.jobs, default=1) + 2)

    def some_begun(self) -> int:
        """The number of a job that may be gone on with, if there is one."""
        jobs = self.seen.jobs.items()
        broken = [number for number, state in jobs if state == JobState.INTERRUPTED]
        done = [number for number, state in jobs if state == JobState.DONE]
        found = broken or done
        return (
            self.rng.choice(found[-6:])
            if found and self.rng.random() < 0.9
            else self.some_job()
        )

    # One step

    def step(self) -> str:
        """Do something, and look at everything afterwards; gives what was done."""
        name, act = self.rng.choices(*zip(*self._acts(), strict=True))[0]
        self.done[name] += 1
        if name in MOVES:
            self.still = None
        act()
        self.look()
        return str(name)

    def _acts(self) -> list[tuple[tuple[str, Callable[[], object]], float]]:
        rng, ask = self.rng, self.ask
        visitor = rng.choice(VISITORS)

        def post(path: str, body: Any = None, address: str | None = None) -> object:
            return ask("POST", path, body, address=address)

        way = {axis: rng.choice((-20, -1, 0, 1, 20)) for axis in ("dx", "dy")}
        stroke = rng.choice((None, None, 0, 1, rng.randrange(40)))
        hands = rng.choice((*("done",) * 14, "take", "home", "zero", "unlock"))
        place, line = (
            rng.choice(("corner", "centre", "park")),
            rng.choice(("?", "$G", "G0X9999")),
        )
        return [
            (("wish", lambda: post("/jobs", {"class": "cat"}, visitor)), 10),
            (("request", lambda: post("/jobs", {"seed": rng.randrange(99)})), 4),
            (("stop", lambda: self.stop(rng.choice((None, visitor)))), 5),
            (("pin", self.press_pin), 2),
            (("pause", lambda: post("/machine/pause")), 6),
            (("resume", lambda: post("/machine/resume")), 14),
            (("refused", lambda: post("/machine/resume", address=visitor)), 1),
            (("cancel", lambda: post(f"/jobs/{self.some_job()}/cancel")), 6),
            (("finish", lambda: self.finish(self.some_begun(), stroke)), 12),
            (("again", lambda: post(f"/jobs/{self.some_job()}/again")), 1),
            (("delete", lambda: ask("DELETE", f"/jobs/{self.some_job()}")), 1),
            (("paper", lambda: post("/sheets")), 3),
            (("feed", lambda: post("/machine/feed", {"percent": rng.randrange(1, 220)})), 3),
            (("jog", lambda: post("/machine/jog", way)), 1.5),
            (("go", lambda: post("/machine/go", {"place": place})), 1),
            (("pen", lambda: post("/machine/pen", {"down": rng.random() < 0.3})), 2),
            (("home", lambda: post("/machine/home")), 4),
            (("zero", lambda: post("/machine/zero")), 1),
            (("hand", lambda: post(f"/machine/hand/{hands}")), 10),
            (("console", lambda: post("/machine/console", {"line": line})), 1),
            (("look", lambda: ask("GET", f"/jobs/{self.some_job()}", address=visitor)), 3),
            (("cable", self.replug), 0.5),
            (("wait", lambda: time.sleep(rng.random() * 0.2)), 16),
        ]

    def finish(self, job: int, stroke: int | None) -> None:
        """Have a drawing drawn on, the machine given back and homed where it must be."""
        if self.ask("POST", f"/jobs/{job}/finish", {"from_stroke": stroke})[0] == 200:
            self.done["finish, taken"] += 1

    def stop(self, address: str | None) -> None:
        """Stop, and have the machine come to rest."""
        status, told = self.ask("POST", "/machine/stop", address=address)
        codes = [each["code"] for each in told.get("facts", [])]
        if status == 202 and "stop-pauses" not in codes:
            self.done["stop, held"] += 1
            self.at_rest()

    def press_pin(self) -> None:
        """A finger on the stop pin."""
        at = self.service.studio.standstill.stopped
        self.pins.pin(STOP_PIN).drive_low()
        until = time.monotonic() + RESTS_S
        while self.service.studio.standstill.stopped is at:
            if time.monotonic() > until:
                raise WalkError("the stop pin is not heard")
            time.sleep(0.005)
        self.pins.pin(STOP_PIN).drive_high()
        time.sleep(0.05)  # the contacts rest
        self.at_rest()

    def replug(self) -> None:
        """The cable comes out and is put in again; the machine loses its place."""
        self.still = None
        self.plotter.unplug()
        self.look()
        self.plotter.plug()
        self._until(lambda: self.service.studio.machine.link.state not in _AWAY, "it is away")

    def at_rest(self) -> None:
        """Wait until the machine stands, and remember where."""
        link = self.service.studio.machine.link
        self._until(lambda: not link.moving or link.state in _AWAY, "it is still moving")
        before = self.plotter.control("pos")
        time.sleep(0.02)
        if self.plotter.control("pos") != before:
            raise WalkError("the link says that it stands, and the motors move")
        self.still = before

    def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + RESTS_S
        while not holds():
            if time.monotonic() > until:
                raise WalkError(f"after {RESTS_S:g} s {otherwise}")
            time.sleep(0.005)

    # What must be so

    def look(self) -> None:
        """Compare everything with everything. Raises WalkError."""
        until = time.monotonic() + AGREES_S
        while (unlike := self._unlike(state := self.state())) is not None:
            if time.monotonic() > until:
                raise WalkError(unlike)
            time.sleep(0.005)
        self.shown[state["shown"]["fact"]["code"]] += 1
        stopped = state["stopped"] is not None
        if stopped and state["shown"]["state"] in {"ready", "working"}:
            raise WalkError(f"it is stopped and shows {state['shown']}")
        if self.still is not None:
            if not stopped:
                raise WalkError("nobody let it go on, and it is not stopped")
            if (now := self.plotter.control("pos")) != self.still:
                raise WalkError(f"after a Stop the motors went from {self.still} to {now}")
            self.checked += 1

    def _unlike(self, state: dict[str, Any]) -> str | None:
        """How a state is another than the database's and the page's; None if it is not."""
        shown = {job["id"]: job["state"] for job in (*state["queue"], *state["interrupted"])}
        if state["job"] is not None:
            shown[state["job"]["id"]] = state["job"]["state"]
        kept = self._kept()
        self._hear(int(state["event"]))
        for name, other in (("the database", kept), ("the page", self.seen.standing())):
            if other != shown:
                return f"/state has {shown}, {name} has {other}"
        return None

    def _kept(self) -> dict[int, str]:
        """The jobs in the database that are not over."""
        path = f"{(self.folder / 'catplotter.db').as_uri()}?mode=ro"
        connection = sqlite3.connect(path, uri=True)
        try:
            states = "'requested','composing','waiting','drawing','paused','interrupted'"
            return dict(
                connection.execute(f"SELECT id, state FROM jobs WHERE state IN ({states})")  # noqa: S608
            )
        finally:
            connection.close()

    def _hear(self, upto: int) -> None:
        for event in self.service.studio.events.read(self.seen.event):
            if event.kind == "reset":
                raise WalkError("the walk looks too seldom")
            if event.id <= upto:
                self.seen.hear(event.kind, event.data)
                self.seen.event = event.id

    def restart(self) -> None:
        """End the service and start it again; a Stop still holds."""
        still, stopped = self.still, self.state()["stopped"]
        self.service.__exit__(None, None, None)
        self.open()
        if (self.state()["stopped"] is None) != (stopped is None):
            raise WalkError("a Stop was forgotten, or made up, by a restart")
        link = self.service.studio.machine.link
        self._until(lambda: link.state not in _AWAY, "the plotter is not met")
        self.still = still


_AWAY = frozenset({LinkState.ABSENT, LinkState.CONNECTING})


def walk(folder: Path, seed: int, steps: int, *, talk: bool = False) -> Walk:
    """Take so many steps; gives the walk that was taken. Raises WalkError."""
    made, trail = Walk(folder, random.Random(seed)), []
    try:
        for number in range(1, steps + 1):
            trail.append(made.step())
            if number % RESTART_EVERY == 0:
                made.restart()
            if talk and number % 500 == 0:
                print(f"{number} steps", flush=True)
    except WalkError as error:
        raise WalkError(f"step {len(trail)}, {trail[-12:]}: {error}") from error
    finally:
        made.close()
    return made


def main() -> int:
    """Read the command line and walk."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    found = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        made = walk(Path(folder), found.seed, found.steps, talk=True)
    print(f"{found.steps} steps in {time.monotonic() - begun:.0f} s, seed {found.seed}")
    print(f"answers {dict(sorted(made.answers.items()))}")
    print(f"done {dict(made.done.most_common())}")
    print(f"shown {dict(made.shown.most_common())}")
    print(f"jobs became {dict(made.became)}; {made.checked} looks at a stopped machine")
    return 0


if __name__ == "__main__":
    sys.exit(main())
