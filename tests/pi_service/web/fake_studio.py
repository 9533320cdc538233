"""A studio without database, model or machine: the page's tests draw with this one.

It keeps the promises of `pi_service.studio.studio.Studio` and draws made-up
cats, either step by step (`advance`) or by itself in a thread (`run`).
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, cast

from flask import Flask

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.jobs.display import Display, Shown, display
from pi_service.studio.jobs.job import ACTIVE, QUEUED, Job, JobState, Request
from pi_service.studio.jobs.preflight import Check, Hold
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import Stopped
from pi_service.studio.paper.supplies import Sheet
from pi_service.studio.studio import Studio
from pi_service.web.problems import ApiError
from pi_service.web.routes.app import create_app
from tests.pi_service.web.made_up_cats import Stroke, made_up_cat

TICK = 0.1
PEN = {"id": 1, "put_in_at": 0.0, "used_m": 0.0, "limit_m": None, "left_m": None, "low": False}


def words(text: str) -> Fact:
    """A sentence as a fact."""
    return fact("text", text=text)


def fake_app(studio: FakeStudio, **options: Any) -> Flask:
    """A dashboard over a made-up studio; options as for `create_app`."""
    return create_app(cast(Studio, studio), **options)


class NotHere:
    """A part that the made-up studio has not got: nothing is found there."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise ApiError("address-unknown", status=404)


class FakeMenu(NotHere):
    """There is nothing to choose."""

    def as_dict(self, *, staff: bool) -> dict[str, Any]:
        return {"default": "cat", "offered": ["cat"], "rule": "default"}


class FakeHistory(NotHere):
    """Pictures and programs of made-up drawings."""

    def __init__(self, studio: FakeStudio) -> None:
        self._studio = studio

    def svg(self, job_id: int) -> str:
        width, height = self._studio.paper
        paths = "".join(
            "<path d='M" + "L".join(f"{x:.2f} {height - y:.2f}" for x, y in stroke) + "'/>"
            for stroke in self._studio.kept(job_id)
        )
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width:g} {height:g}'>"
            "<g fill='none' stroke='black' stroke-width='0.5' stroke-linecap='round' "
            f"stroke-linejoin='round'>{paths}</g></svg>"
        )

    def stamp(self, job_id: int) -> str:
        return f"{job_id}-{self._studio.get(job_id).strokes_drawn}"

    def gcode(self, job_id: int) -> str:
        lines = ["G21", "G90"]
        for stroke in self._studio.kept(job_id):
            lines += [f"G0X{x}Y{y}" for x, y in stroke[:1]]
            lines += [f"G1X{x}Y{y}F3000" for x, y in stroke[1:]]
        return "\n".join(lines) + "\n"

    def ended(self) -> dict[str, Any]:
        return {"jobs": {}, "seconds": 0.0, "ink_m": 0.0}


class FakeStudio:
    """Draws one made-up cat after the other, at `speed` mm of ink a second."""

    def __init__(
        self,
        *,
        speed: float = 120.0,
        paper: tuple[float, float] = (210.0, 148.0),
        cells: int = 1,
        clock: Callable[[], float] = time.time,
        draw: Callable[[int, float, float], list[Stroke]] = made_up_cat,
    ) -> None:
        self.jobs = self.sheets = self.machine = self.notices = self
        self.camera = None
        self.history = FakeHistory(self)
        self.menu = FakeMenu()
        self.calendar = self.supplies = self.proposals = self.preflight = NotHere()
        self.approvals = self.prints = NotHere()
        self.speed = speed
        self.paper = paper
        self.events = EventStream(clock=clock)
        self.machine_state = "ready"
        self.fault: str | None = None
        self.problems: list[str] = []
        self.asked: list[tuple[str, str | None, int | None, str | None]] = []
        self.full_at = 20
        self.feed_percent = 100
        self.stopped: Stopped | None = None
        self.asked_from: int | None = None
        self._cells = cells
        self._sheet, self._used = 1, 0
        self._clock = clock
        self._draw = draw
        self._jobs: dict[int, Job] = {}
        self._strokes: dict[int, list[Stroke]] = {}
        self._progress: dict[str, Any] | None = None
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._shown: dict[str, Any] | None = None
        self._thread: threading.Thread | None = None

    # Requests

    def request(self, request: Request) -> Job:
        source, class_name, seed = request.source, request.class_name, request.seed
        request_key = request.request_key
        with self._lock:
            self.asked.append((source, class_name, seed, request_key))
            for job in self._jobs.values():
                if request_key is not None and job.request_key == request_key:
                    return job
            if class_name not in {None, "cat", "owl"}:
                raise StudioError(
                    "text", text=f"“{class_name}” cannot be drawn; ask for cat or owl."
                )
            if len(self.queue()) >= self.full_at:
                raise StudioError(
                    "text", text="The queue is full; try again when a cat is done."
                )
            number = len(self._jobs) + 1
            job = Job(
                id=number,
                state=JobState.WAITING,
                source=source,
                class_name=class_name or "cat",
                seed=1000 + number if seed is None else seed,
                requested_at=self._clock(),
                request_key=request_key,
            )
            self._strokes[number] = self._draw(job.seed, *self.paper)
            return self._put(replace(job, strokes_total=len(self._strokes[number])))

    def cancel(self, job_id: int) -> Job:
        with self._lock:
            job = self.get(job_id)
            if job.state in {JobState.DONE, JobState.CANCELLED, JobState.FAILED}:
                raise StudioError("text", text=f"Job {job_id} has already ended.")
            return self._end(job, JobState.CANCELLED)

    def on_paper(self, job_id: int) -> bool:
        active = self._active()
        return active is not None and active.id == job_id

    def finish(
        self,
        job_id: int,
        *,
        first: int | None = None,
        who: Fact | None = None,
        seen: int | None = None,
    ) -> Job:
        self.asked_from = first
        with self._lock:
            job = self.get(job_id)
            if job.state != JobState.INTERRUPTED:
                raise StudioError("text", text=f"Job {job_id} is not interrupted.")
            return self._put(replace(job, state=JobState.WAITING))

    def act(self, act: Act, who: Fact | None = None, *, seen: int | None = None) -> None:
        if act is Act.PAUSE:
            self._hold(JobState.DRAWING, JobState.PAUSED, "There is nothing to pause.")
        elif act is Act.RESUME and self.stopped is not None:
            self.stopped = None
            self._tell_stop(fact("let-go-on", who=fact("by-staff")))
        elif act is Act.RESUME:
            self._hold(JobState.PAUSED, JobState.DRAWING, "Nothing is paused.")
        else:
            self.problems = []
            self.set_machine("ready")
            self.events.publish("problem", self._trouble())

    def _hold(self, state: JobState, following: JobState, otherwise: str) -> None:
        with self._lock:
            job = self._active()
            if job is None or job.state != state:
                raise StudioError("text", text=otherwise)
            self._put(replace(job, state=following))
            self.set_machine(str(following))

    def stop(self, who: Fact | Callable[[], Fact]) -> list[Fact]:
        who = who() if callable(who) else who
        with self._lock:
            job = self._active()
            self.stopped = Stopped(self._clock(), who)
            if job is not None:
                self._end(replace(job, reason=self.stopped.told), JobState.INTERRUPTED)
            self._tell_stop(self.stopped.told)
            moved = fact("stop-told") if job is not None else fact("stop-still")
            return [moved, fact("stop-holds")]

    def calm(self, who: Fact) -> list[Fact]:
        return [fact("stop-pauses")]

    def feed(self, percent: int) -> None:
        self.feed_percent = percent
        self.events.publish("machine", self.view())

    def _tell_stop(self, told: Fact) -> None:
        self.events.publish("stopped", {**self._stop_view(), "fact": told.as_dict()})
        self._show()

    def _stop_view(self) -> dict[str, Any]:
        return {"stopped": None if self.stopped is None else self.stopped.as_dict()}

    def new_sheet(
        self,
        *,
        columns: int | None = None,
        rows: int | None = None,
        caption: bool | None = None,
    ) -> Sheet:
        with self._lock:
            self._sheet, self._used = self._sheet + 1, 0
            self.events.publish("sheet", self._sheet_view())
            self._show()
            return self._lying()

    # What a test does to it

    def set_machine(self, state: str, fault: str | None = None) -> None:
        """Put the machine into a state; trouble becomes a problem."""
        with self._lock:
            self.machine_state, self.fault = state, fault
            self.events.publish("machine", self.view())
            self._show()
            if fault is not None:
                self.problems = [fault]
                self.events.publish("problem", self._trouble())

    def break_off(self, reason: str) -> None:
        """Interrupt the job on the paper."""
        with self._lock:
            job = self._active()
            assert job is not None
            self._end(replace(job, reason=words(reason)), JobState.INTERRUPTED)

    def run(self) -> None:
        """Draw in a thread from now on, in real time."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closing.wait(TICK):
            self.advance(self.speed * TICK)

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self.events.close()

    def advance(self, mm: float) -> None:
        """Let the pen draw so many millimetres, beginning the next job if there is none."""
        with self._lock:
            job = self._active() or self._begin()
            if job is None or job.state != JobState.DRAWING:
                return
            strokes = self._strokes[job.id]
            place = self._progress or {"stroke": job.strokes_drawn, "length_mm": 0.0}
            stroke, length = place["stroke"], place["length_mm"] + mm
            while stroke < len(strokes) and length >= _length(strokes[stroke]):
                length -= _length(strokes[stroke])
                stroke += 1
            if stroke == len(strokes):
                self._end(job, JobState.DONE)
                return
            self._jobs[job.id] = replace(job, strokes_drawn=stroke)
            x, y = _point(strokes[stroke], length)
            self._progress = {
                "job": job.id,
                "stroke": stroke,
                "length_mm": round(length, 3),
                "x": round(x, 3),
                "y": round(y, 3),
                "pen_down": True,
            }
            self.events.publish("progress", self._progress)

    def finish_drawing(self) -> None:
        """Draw what is on the paper, or next in the queue, to its end."""
        self.advance(0.001)
        while self._active() is not None:
            self.advance(50.0)

    # Answers

    def get(self, job_id: int) -> Job:
        with self._lock:
            if job_id not in self._jobs:
                raise StudioError("text", text=f"There is no job {job_id}.")
            return self._jobs[job_id]

    def latest(self, limit: int = 50, before: int | None = None) -> list[Job]:
        with self._lock:
            ids = sorted((i for i in self._jobs if before is None or i < before), reverse=True)
            return [self._jobs[i] for i in ids[:limit]]

    def queue(self) -> list[Job]:
        with self._lock:
            return [job for job in self._jobs.values() if job.state in QUEUED]

    def kept(self, job_id: int) -> list[Stroke]:
        self.get(job_id)
        if job_id not in self._strokes:
            raise StudioError("text", text=f"Job {job_id} is not composed yet.")
        return self._strokes[job_id]

    def snapshot(self) -> dict[str, Any]:
        with self._lock:
            job = self._active()
            return {
                "event": self.events.last_id,
                "machine": self.view(),
                "shown": self.shown(),
                **self._stop_view(),
                "job": job and {**job.as_dict(), "strokes": self._strokes[job.id]},
                "progress": self._progress if job else None,
                "queue": [waiting.as_dict() for waiting in self.queue()],
                "queue_length": len(self.queue()),
                "interrupted": [
                    broken.as_dict()
                    for broken in self._jobs.values()
                    if broken.state == JobState.INTERRUPTED
                ],
                "sheet": self._sheet_view(),
                "sheet_full_at": None,
                "pen": dict(PEN),
                "paper": {"width": self.paper[0], "height": self.paper[1], "margin": 10.0},
                "pen_width": 0.5,
                "classes": ["cat", "owl"],
                "default_class": "cat",
                "zone": "Europe/Berlin",
                "approvals": 0,
                "camera": None,
                **self._trouble(),
                "notices": [],
            }

    def told(self) -> Fact:
        return words(self.fault) if self.fault else fact(f"machine-{self.machine_state}")

    def view(self) -> dict[str, Any]:
        fault = None if self.fault is None else words(self.fault).as_dict()
        return {
            "state": self.machine_state,
            "sentence": str(self.told()),
            "fact": self.told().as_dict(),
            "fault": self.fault,
            "fault_fact": fault,
            "feed_percent": self.feed_percent,
            "position": None,
        }

    def shown(self) -> dict[str, Any]:
        full = Check(Hold.PAPER, None if self._lying().free else fact("hold-paper"))
        machine, drawing = LinkState(self.machine_state), self._active() is not None
        head = next(iter(self.queue()), None)
        if self.stopped is not None and not drawing:
            told = fact("shown-stopped", who=self.stopped.who, waiting=len(self.queue()))
            return Display(Shown.STOPPED, told).as_dict()
        found = display(machine, self.told(), drawing=drawing, holds=[full], head=head)
        return found.as_dict()

    def _show(self) -> None:
        if (shown := self.shown()) != self._shown:
            self._shown = shown
            self.events.publish("shown", shown)

    def say(self, told: Fact) -> None:
        """Tell those who look now."""
        notice = {"at": time.time(), "text": str(told), "fact": told.as_dict()}
        self.events.publish("notice", notice)

    def trouble(self, *problems: str) -> None:
        self.problems = list(problems)
        self.events.publish("problem", self._trouble())

    def _trouble(self) -> dict[str, Any]:
        facts = [words(text).as_dict() for text in self.problems]
        return {"problems": list(self.problems), "problem_facts": facts}

    def _sheet_view(self) -> dict[str, Any]:
        return self._lying().as_dict()

    def _lying(self) -> Sheet:
        taken = frozenset(range(self._used))
        return Sheet(self._sheet, 0.0, *self.paper, 10.0, self._cells, 1, taken)

    def _active(self) -> Job | None:
        return next((job for job in self._jobs.values() if job.state in ACTIVE), None)

    def _begin(self) -> Job | None:
        queue = self.queue()
        if not queue or self.machine_state != "ready" or self.stopped is not None:
            return None
        if self._used == self._cells:
            self.new_sheet()  # an obliging attendant
        self._used += 1
        strokes = self._strokes[queue[0].id]
        edition = sum(job.edition is not None for job in self._jobs.values()) + 1
        job = replace(
            queue[0],
            state=JobState.DRAWING,
            started_at=self._clock(),
            seconds_estimated=sum(_length(stroke) for stroke in strokes) / self.speed,
            edition=queue[0].edition or edition,
            sheet=self._sheet,
        )
        self._progress = None
        self._put(job)
        self.events.publish("sheet", self._sheet_view())
        self.set_machine("drawing")
        drawing = {"job": job.id, "strokes": strokes, "seconds": job.seconds_estimated}
        self.events.publish("drawing", {**drawing, "first_stroke": job.strokes_drawn})
        return job

    def _end(self, job: Job, state: JobState) -> Job:
        drawn = job.strokes_total if state == JobState.DONE else job.strokes_drawn
        on_paper = job.state in ACTIVE
        if on_paper:
            self._progress = None
        ended = self._put(
            replace(job, state=state, strokes_drawn=drawn, ended_at=self._clock())
        )
        if on_paper:
            self.set_machine("ready")
        return ended

    def _put(self, job: Job) -> Job:
        self._jobs[job.id] = job
        self.events.publish("job", job.as_dict())
        self._show()
        return job


def _length(stroke: Stroke) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(stroke))


def _point(stroke: Stroke, length: float) -> tuple[float, float]:
    for a, b in itertools.pairwise(stroke):
        step = math.dist(a, b)
        if length <= step and step > 0:
            part = length / step
            return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
        length -= step
    return stroke[-1][0], stroke[-1][1]
