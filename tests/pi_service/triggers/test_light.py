"""The light says what the page says: real gpiozero pins, a studio of made-up snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from firmware_gcode.facts import fact
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream
from pi_service.studio.jobs.display import Display, Shown
from pi_service.triggers.light import ASKS, MOODS, Light, LightError


class Scene:
    """A studio that shows whatever the test says."""

    def __init__(self) -> None:
        self.events, self.board, self.approvals = EventStream(), self, self
        self.count = 0
        self.state = Shown.READY
        self.refuses = False

    def now(self) -> Display:
        if self.refuses:
            raise StudioError("text", text="The database cannot be read.")
        return Display(self.state, fact("all-is-well"))

    def change(self, state: Shown = Shown.READY) -> None:
        self.state = state
        self.events.publish("shown", {})


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


def test_every_state_is_said_and_no_two_alike() -> None:
    assert set(MOODS) == set(Shown)
    moods = {*MOODS.values(), ASKS}
    assert len(moods) == len(Shown) + 1
    rhythms = {(mood.on, mood.off) for mood in moods}
    assert len(rhythms) >= 6, "a light without colours tells them apart"


def test_it_says_that_a_drawing_waits_for_a_yes(scene: Any, factory: MockFactory) -> None:
    light = Light(scene, (4,), pin_factory=factory)
    scene.change(Shown.DRAWING)
    eventually(lambda: light._mood == MOODS[Shown.DRAWING])
    scene.count = 1
    scene.events.publish("approvals", {"approvals": 1})
    eventually(lambda: light._mood == ASKS)
    scene.change(Shown.NEEDS_PAPER)
    eventually(lambda: light._mood == MOODS[Shown.NEEDS_PAPER])
    scene.events.close()
    light.close()


def test_a_closed_gallery_is_dark(scene: Any, factory: MockFactory) -> None:
    light = Light(scene, (4,), pin_factory=factory)
    scene.change()
    eventually(lambda: factory.pin(4).state)
    scene.change(Shown.CLOSED)
    eventually(lambda: not factory.pin(4).state)
    scene.events.close()
    light.close()


def test_a_plain_light_shines_when_ready_and_blinks_while_drawing(
    scene: Any, factory: MockFactory
) -> None:
    light = Light(scene, (4,), pin_factory=factory)
    scene.change()
    eventually(lambda: light.shown is Shown.READY)
    assert factory.pin(4).state
    scene.change(Shown.WORKING)
    eventually(lambda: light.shown is Shown.WORKING)
    eventually(lambda: not factory.pin(4).state)
    eventually(lambda: factory.pin(4).state)
    scene.events.close()
    light.close()


def test_a_light_of_three_colours(scene: Any, factory: MockFactory) -> None:
    light = Light(scene, (4, 5, 6), pin_factory=factory)
    scene.change()
    eventually(lambda: light.shown is Shown.READY)
    assert [bool(factory.pin(n).state) for n in (4, 5, 6)] == [False, True, False]
    scene.change(Shown.FAULT)
    eventually(lambda: light.shown is Shown.FAULT)
    eventually(lambda: [bool(factory.pin(n).state) for n in (4, 5, 6)] == [True, False, False])
    light.close()


def test_progress_alone_changes_nothing_and_a_refusal_is_survived(
    scene: Any, factory: MockFactory
) -> None:
    light = Light(scene, (4,), pin_factory=factory)
    scene.change()
    eventually(lambda: light.shown is Shown.READY)
    scene.state = Shown.NEEDS_PAPER
    scene.events.publish("progress", {})
    scene.refuses = True
    scene.events.publish("job", {})
    scene.refuses = False
    scene.change(Shown.DRAWING)
    eventually(lambda: light.shown is Shown.DRAWING)
    light.close()


def test_no_gpio_is_told_in_a_sentence(scene: Any) -> None:
    with pytest.raises(LightError, match=r"There is no light on GPIO 4 \(.*Everything else"):
        Light(scene, (4,))


def test_two_pins_are_no_light(scene: Any, factory: MockFactory) -> None:
    with pytest.raises(LightError, match="There is no light on GPIO 4, 5"):
        Light(scene, (4, 5), pin_factory=factory)
