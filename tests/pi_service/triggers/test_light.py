"""The light says what the page says: real gpiozero pins, a studio of made-up snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.triggers.light import Light, LightError, Mood, mood_of

ASKED = {"reason": ""}
READY: dict[str, Any] = {
    "machine": {"state": "ready"},
    "job": None,
    "queue": [],
    "interrupted": [],
    "sheet": {"free": 3},
}


class Scene:
    """A studio that shows whatever the test says."""

    def __init__(self) -> None:
        self.events = EventStream()
        self.shown = READY
        self.refuses = False

    def snapshot(self) -> dict[str, Any]:
        if self.refuses:
            raise StudioError("The database cannot be read.")
        return {**self.shown, "event": self.events.last_id}

    def change(self, **changes: Any) -> None:
        self.shown = {**READY, **changes}
        self.events.publish("job", {})


@pytest.fixture
def scene() -> Iterator[Any]:
    made = Scene()
    yield made
    made.events.close()


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.reset()


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("changes", "mood"),
    [
        ({}, Mood.READY),
        ({"queue": [ASKED]}, Mood.THINKING),
        ({"queue": [{"reason": "Waits for a pen: this one …"}]}, Mood.NO_PAPER),
        ({"queue": [{"reason": "Waits: the gallery is closed."}]}, Mood.NO_PAPER),
        ({"queue": [{"reason": "Waits for the plotter. Connecting."}]}, Mood.THINKING),
        ({"machine": {"state": "connecting"}}, Mood.THINKING),
        ({"job": {"id": 1}, "machine": {"state": "drawing"}}, Mood.DRAWING),
        ({"sheet": {"free": 0}, "queue": [ASKED]}, Mood.NO_PAPER),
        ({"machine": {"state": "absent"}, "queue": [ASKED]}, Mood.ATTENTION),
        ({"machine": {"state": "faulted"}}, Mood.ATTENTION),
        ({"interrupted": [{}]}, Mood.ATTENTION),
        ({"sheet": None}, Mood.READY),
    ],
)
def test_what_it_says(changes: dict[str, Any], mood: Mood) -> None:
    assert mood_of({**READY, **changes}) is mood


def test_a_plain_light_shines_when_ready_and_blinks_while_drawing(
    scene: Any, factory: MockFactory
) -> None:
    light = Light(scene, (4,), pin_factory=factory)
    scene.change()
    eventually(lambda: light.mood is Mood.READY)
    assert factory.pin(4).state
    scene.change(queue=[ASKED])
    eventually(lambda: light.mood is Mood.THINKING)
    eventually(lambda: not factory.pin(4).state)
    eventually(lambda: factory.pin(4).state)
    scene.events.close()
    light.close()


def test_a_light_of_three_colours(scene: Any, factory: MockFactory) -> None:
    light = Light(scene, (4, 5, 6), pin_factory=factory)
    scene.change()
    eventually(lambda: light.mood is Mood.READY)
    assert [bool(factory.pin(n).state) for n in (4, 5, 6)] == [False, True, False]
    scene.change(machine={"state": "faulted"})
    eventually(lambda: light.mood is Mood.ATTENTION)
    eventually(lambda: [bool(factory.pin(n).state) for n in (4, 5, 6)] == [True, False, False])
    light.close()


def test_progress_alone_changes_nothing_and_a_refusal_is_survived(
    scene: Any, factory: MockFactory
) -> None:
    light = Light(scene, (4,), pin_factory=factory)
    scene.change()
    eventually(lambda: light.mood is Mood.READY)
    scene.shown = {**READY, "sheet": {"free": 0}}
    scene.events.publish("progress", {})
    scene.refuses = True
    scene.events.publish("job", {})
    scene.refuses = False
    scene.change(job={"id": 1})
    eventually(lambda: light.mood is Mood.DRAWING)
    light.close()


def test_no_gpio_is_told_in_a_sentence(scene: Any) -> None:
    with pytest.raises(LightError, match=r"There is no light on GPIO 4 \(.*Everything else"):
        Light(scene, (4,))


def test_two_pins_are_no_light(scene: Any, factory: MockFactory) -> None:
    with pytest.raises(LightError, match="There is no light on GPIO 4, 5"):
        Light(scene, (4, 5), pin_factory=factory)
