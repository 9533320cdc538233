"""The button: gpiozero's own pins, pressed as fingers and bad contacts do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from gpiozero.exc import PinUnknownPi
from gpiozero.pins.mock import MockFactory

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import LongPress, StudioSettings
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.machine.standstill import Stopped
from pi_service.triggers.button import Button, ButtonError, Wish


class Ledger:
    """Counts requests; refuses or fails when told to."""

    def __init__(self) -> None:
        self.approvals = self
        self.count = self.approved = 0
        self.jobs = self.machine = self.sheets = self.notices = self.standstill = self
        self.problems = self.preflight = self
        self.no_paper: Fact | None = None
        self.drawing, self.paper = False, 0
        self.trouble: dict[str, str] = {}
        self.settings, self.current = StudioSettings(), None
        self.asked = 0
        self.error: Exception | None = None
        self.cancel_error: Exception | None = None
        self.stopped: Stopped | None = None
        self.stopped_by: Fact | None = None
        self.said: list[str] = []
        self.cancelled: list[int] = []
        self.long_presses = 0
        self.stops = 0
        self.hold = threading.Event()
        self.hold.set()

    def request(self, request: Request) -> Job:
        self.hold.wait(10)
        self.asked += 1
        if self.error is not None:
            raise self.error
        return Job(
            source=request.source,
            id=self.asked,
            state=JobState.REQUESTED,
            class_name="cat",
            seed=1,
            requested_at=0.0,
        )

    def cancel(self, job_id: int) -> Job:
        self.cancelled.append(job_id)
        if self.cancel_error is not None:
            raise self.cancel_error
        return Job(
            source="button",
            id=job_id,
            state=JobState.CANCELLED,
            class_name="cat",
            seed=1,
            requested_at=0.0,
        )

    def stop(self, who: Fact) -> None:
        self.stops += 1
        self.stopped_by = who
        if self.error is not None:
            raise self.error

    def approve(self) -> None:
        self.approved += 1
        self.count -= 1

    def on_paper(self, job_id: int) -> bool:
        return job_id == self.paper

    def paper_fault(self) -> Fact | None:
        return self.no_paper

    def new_sheet(self) -> None:
        self.long_presses += 1

    def say(self, told: Fact) -> None:
        self.said.append(str(told))

    def report(self, part: str, told: Fact | None) -> None:
        self.trouble.pop(part, None)
        if told is not None:
            self.trouble[part] = str(told)


class Finger:
    """Presses the button on a clock of its own."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ledger = Ledger()
        self.factory = MockFactory()
        studio: Any = self.ledger
        self.button = Button(studio, 17, pin_factory=self.factory, clock=lambda: self.now)
        self.pin = self.factory.pin(17)

    def press(self, seconds: float = 0.2) -> None:
        self.pin.drive_low()
        self.now += seconds
        self.pin.drive_high()

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def settled(self) -> int:
        """How often the studio was asked, once every note is seen to."""
        self.now += 1.0
        self.button.close()
        return self.ledger.asked


@pytest.fixture
def finger() -> Iterator[Finger]:
    made = Finger()
    yield made
    made.button.close()
    made.factory.reset()


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_press_asks_once(finger: Finger) -> None:
    finger.press()
    assert finger.settled() == 1


def test_chattering_contacts_are_one_press(finger: Finger) -> None:
    for _ in range(20):
        finger.press(0.001)
        finger.wait(0.001)
    finger.press()
    assert finger.settled() == 1


def test_what_a_long_cable_picks_up_is_no_press(finger: Finger) -> None:
    for _ in range(5):
        finger.press(0.0005)
        finger.wait(1.1)
    assert finger.settled() == 0


def test_a_dip_while_the_stop_button_is_held_stops_once(finger: Finger) -> None:
    studio: Any = finger.ledger
    stop = Button(
        studio, 27, wish=Wish.STOP, pin_factory=finger.factory, clock=lambda: finger.now
    )
    pin = finger.factory.pin(27)
    for seconds in (0.0005, 0.5, 0.5):
        pin.drive_low()
        finger.wait(seconds)
        pin.drive_high()
        finger.wait(0.0005)
    finger.wait(1.0)
    stop.close()
    assert finger.ledger.stops == 1


def test_a_finger_that_stays_is_seen_before_it_leaves(finger: Finger) -> None:
    finger.pin.drive_low()
    finger.wait(0.01)
    eventually(lambda: finger.ledger.asked == 1)


def test_a_button_that_is_stuck_is_told_until_it_is_free(finger: Finger) -> None:
    finger.pin.drive_low()
    finger.wait(20.0)
    eventually(lambda: finger.ledger.trouble)
    assert "GPIO 17 has been down for more than 15 s" in finger.ledger.trouble["draw button"]
    finger.pin.drive_high()
    finger.wait(0.1)
    eventually(lambda: not finger.ledger.trouble)
    assert finger.settled() == 1


def test_a_pin_that_is_low_from_the_start_asks_for_nothing_and_is_told() -> None:
    factory, ledger, now = MockFactory(), cast(Any, Ledger()), [100.0]
    pin = factory.pin(17)
    pin.drive_low()
    pin.drive_high = lambda: None  # the pull-up is too weak for what holds it down
    button = Button(ledger, 17, pin_factory=factory, clock=lambda: now[0])
    now[0] += 16.0
    eventually(lambda: "draw button" in ledger.trouble)
    button.close()
    factory.reset()
    assert ledger.asked == 0


def test_two_hundred_presses_in_twenty_seconds_ask_at_most_once_a_second(
    finger: Finger,
) -> None:
    for _ in range(200):
        finger.press(0.05)
        finger.wait(0.05)
    assert 15 <= finger.settled() <= 20


def test_a_button_held_for_an_hour_asks_once_and_works_afterwards(finger: Finger) -> None:
    finger.press(3600.0)
    finger.wait(2.0)
    finger.press()
    assert finger.settled() == 2


def test_a_long_press_takes_its_drawing_back_and_means_something_else(
    finger: Finger,
) -> None:
    finger.press(3.0)
    assert finger.settled() == 1
    assert finger.ledger.cancelled == [1]
    assert finger.ledger.long_presses == 1


def test_a_long_press_is_new_paper_where_a_drawing_waits_for_a_whole_sheet(
    finger: Finger,
) -> None:
    ledger: Any = finger.ledger
    ledger.current = SimpleNamespace(free=2)
    finger.press(3.0)
    finger.wait(2.0)
    eventually(lambda: ledger.cancelled == [1])
    ledger.no_paper = fact("hold-paper-sheet", name="poster")
    finger.press(3.0)
    assert finger.settled() == 2
    assert ledger.long_presses == 1


def test_a_long_press_stops_the_machine_before_anything_is_looked_up(finger: Finger) -> None:
    """Whatever the database says: what was asked for is taken back afterwards."""
    finger.ledger.drawing = True
    finger.ledger.cancel_error = StudioError("text", text="The database is damaged.")
    finger.press(3.0)
    assert finger.settled() == 1
    assert (finger.ledger.stops, finger.ledger.long_presses) == (1, 0)
    assert finger.ledger.stopped_by == fact("by-button")


def test_a_held_button_says_yes_where_the_owner_wants_it_so(finger: Finger) -> None:
    """Only while nothing is drawn; then a press counts when the finger leaves."""
    ledger: Any = finger.ledger
    ledger.settings = StudioSettings(long_press=LongPress.APPROVE)
    ledger.current = SimpleNamespace(free=2)
    ledger.count = 1
    finger.press(3.0)
    finger.wait(2.0)
    eventually(lambda: ledger.approved == 1)
    assert ledger.asked == 0
    ledger.count, ledger.drawing = 1, True
    finger.press(3.0)
    finger.wait(2.0)
    eventually(lambda: ledger.stops == 1)
    ledger.drawing = False
    finger.press(0.3)
    assert finger.settled() == 2
    assert (ledger.approved, ledger.long_presses) == (1, 0)


def test_a_press_while_it_is_stopped_is_told_that_it_waits(finger: Finger) -> None:
    finger.ledger.stopped = Stopped(0.0, fact("by-pin"))
    finger.press()
    assert finger.settled() == 1
    assert "The plotter was stopped: it waits" in finger.ledger.said[0]


def test_a_long_press_right_after_a_short_one_takes_nothing_back(finger: Finger) -> None:
    finger.press(0.2)
    finger.wait(0.2)
    finger.press(2.5)
    assert finger.settled() == 1
    assert finger.ledger.cancelled == []
    assert finger.ledger.long_presses == 1


def test_a_stuck_button_is_never_a_long_press(finger: Finger) -> None:
    finger.press(16.0)
    assert finger.settled() == 1
    assert finger.ledger.long_presses == 0


def test_chatter_at_the_release_is_no_press(finger: Finger) -> None:
    finger.press(5.0)
    finger.wait(0.002)
    finger.press(0.002)
    assert finger.settled() == 1


def test_a_refusal_is_told_to_those_who_look_now(finger: Finger) -> None:
    finger.ledger.error = StudioError("text", text="The queue is full.")
    finger.press()
    eventually(lambda: finger.ledger.said == ["The queue is full."])
    finger.ledger.error = None
    finger.wait(2.0)
    finger.press()
    eventually(lambda: finger.ledger.asked == 2)
    assert finger.ledger.said == ["The queue is full."]


def test_an_error_in_the_studio_does_not_kill_the_button(
    finger: Finger, caplog: pytest.LogCaptureFixture
) -> None:
    finger.ledger.error = ZeroDivisionError("a mistake")
    finger.press()
    eventually(lambda: finger.ledger.asked == 1)
    finger.ledger.error = None
    finger.wait(2.0)
    finger.press()
    assert finger.settled() == 2
    assert "unexpected error" in caplog.text


def test_a_slow_studio_does_not_hold_up_the_pins(finger: Finger) -> None:
    finger.ledger.hold.clear()
    started = time.monotonic()
    for _ in range(5):
        finger.press()
        finger.wait(2.0)
    assert time.monotonic() - started < 1.0
    finger.ledger.hold.set()
    assert finger.settled() == 5


def test_a_second_button_stops_at_every_press(finger: Finger) -> None:
    studio: Any = finger.ledger
    stop = Button(
        studio,
        27,
        wish=Wish.STOP,
        pin_factory=finger.factory,
        clock=lambda: finger.now,
    )
    pin = finger.factory.pin(27)
    finger.ledger.error = StudioError("text", text="Nothing moves.")
    for _ in range(3):
        finger.wait(0.2)
        pin.drive_low()
        finger.wait(5.0)
        pin.drive_high()
    stop.close()
    assert (finger.ledger.stops, finger.ledger.asked, finger.ledger.long_presses) == (3, 0, 0)


def test_a_jammed_contact_that_chatters_for_an_hour_does_not_flood_the_studio(
    finger: Finger,
) -> None:
    for _ in range(20_000):  # an edge every millisecond, in pairs, for forty seconds
        finger.press(0.001)
        finger.wait(0.001)
    finger.wait(3600.0)
    finger.press()
    assert finger.settled() <= 42


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ModuleNotFoundError("No module named 'lgpio'"), "this computer has no pins"),
        (PinUnknownPi("unable to locate Pi revision"), "cannot be read here"),
        (OSError("can not open gpiochip"), "can not open gpiochip"),
    ],
)
def test_no_gpio_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def no_pins() -> None:
        raise error

    monkeypatch.setattr("pi_service.triggers.button.board_pins", no_pins)
    with pytest.raises(ButtonError) as raised:
        Button(cast(Any, Ledger()), 17)
    told = sentence(raised.value.fact)
    assert told.startswith("There is no button on GPIO 17 (")
    assert words in told
    assert "No module" not in told


def test_a_pin_that_is_taken_is_told_in_a_sentence(finger: Finger) -> None:
    with pytest.raises(ButtonError, match="There is no button on GPIO 17"):
        Button(cast(Any, Ledger()), 17, pin_factory=finger.factory)
