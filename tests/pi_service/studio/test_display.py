"""Light, page, kiosk and MQTT show the same of every state, in both languages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from gpiozero.pins.mock import MockFactory

from firmware_gcode.facts import Fact, fact, sentence
from firmware_gcode.grbl.events import LinkState
from pi_service.fleet.member import state as told_by_mqtt
from pi_service.studio.calendar.hours import DAYS
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.display import Shown, display
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.jobs.preflight import Check, Hold
from pi_service.studio.machine.control import Act
from pi_service.triggers.light import Light
from pi_service.web.routes.app import create_app
from tests.pi_service.studio.gallery import Gallery, eventually


@dataclass(frozen=True)
class Row:
    """What is brought about, and what all show then."""

    bring_about: Callable[[Gallery], object]
    shown: Shown
    english: str
    french: str


def ask(gallery: Gallery) -> None:
    gallery.studio.jobs.request(Request("page"))


def close(gallery: Gallery) -> None:
    gallery.studio.calendar.set_hours({})
    ask(gallery)


def fill_the_disk(gallery: Gallery) -> None:
    gallery.free_bytes = 3_000_000
    ask(gallery)


def fill_the_sheet(gallery: Gallery) -> None:
    gallery.draw_one()
    ask(gallery)


def fill_the_sheet_and_close(gallery: Gallery) -> None:
    gallery.draw_one()
    close(gallery)


def dry_the_pen(gallery: Gallery) -> None:
    gallery.studio.supplies.new_pen(1.0)
    with gallery.store.transaction() as connection:
        connection.execute("UPDATE pens SET used_mm = 999")
    ask(gallery)


def unset_the_clock(gallery: Gallery) -> None:
    gallery.studio.calendar.set_hours(dict.fromkeys(DAYS, "10:00-18:00"))
    gallery.now = 1000.0
    ask(gallery)


def draw(gallery: Gallery) -> None:
    job = gallery.studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)


def pause(gallery: Gallery) -> None:
    draw(gallery)
    gallery.studio.machine.act(Act.PAUSE)
    gallery.machine.become(LinkState.PAUSED)


def interrupt(gallery: Gallery) -> None:
    job = gallery.studio.jobs.request(Request("page"))
    gallery.wait_for(job, JobState.DRAWING)
    gallery.machine.end("failed", 0, "The plotter was unplugged.")
    gallery.wait_for(job, JobState.INTERRUPTED)


ROWS = {
    "ready": Row(lambda _: None, Shown.READY, "Ready to draw.", "Prêt à dessiner."),
    "drawing": Row(draw, Shown.DRAWING, "Drawing.", "Dessin en cours."),
    "paused": Row(pause, Shown.PAUSED, "Paused, the pen", "En pause, le stylo est levé."),
    "closed": Row(
        close, Shown.CLOSED, "Waits: the gallery is closed.", "la galerie est fermée"
    ),
    "full disk": Row(
        fill_the_disk,
        Shown.NEEDS_SOMEBODY,
        "the disk is full (3 MB",
        "le disque est plein (3 Mo",
    ),
    "missing paper": Row(
        fill_the_sheet, Shown.NEEDS_PAPER, "the sheet is full", "la feuille est pleine"
    ),
    "closed without paper": Row(
        fill_the_sheet_and_close,
        Shown.CLOSED,
        "the gallery is closed",
        "la galerie est fermée",
    ),
    "dry pen": Row(
        dry_the_pen, Shown.NEEDS_SOMEBODY, "Waits for a pen", "En attente d’un stylo"
    ),
    "clock": Row(
        unset_the_clock, Shown.NEEDS_SOMEBODY, "The clock is not set", "pas à l’heure"
    ),
    "interrupted": Row(
        interrupt,
        Shown.NEEDS_SOMEBODY,
        "a drawing was interrupted",
        "un dessin a été interrompu",
    ),
    "fault": Row(
        lambda gallery: gallery.machine.become(LinkState.FAULTED),
        Shown.FAULT,
        "The plotter has a fault",
        "Le traceur a un défaut",
    ),
    "absent": Row(
        lambda gallery: gallery.machine.become(LinkState.ABSENT),
        Shown.FAULT,
        "No plotter is connected",
        "Aucun traceur n’est branché",
    ),
    "unreferenced": Row(
        lambda gallery: gallery.machine.become(LinkState.UNREFERENCED),
        Shown.NEEDS_SOMEBODY,
        "does not know where the pen is",
        "ne sait pas où est le stylo",
    ),
    "homing": Row(
        lambda gallery: gallery.machine.become(LinkState.HOMING),
        Shown.WORKING,
        "The plotter is being homed",
        "Le traceur prend son origine",
    ),
    "by hand": Row(
        lambda gallery: gallery.studio.machine.lease.take(),
        Shown.WORKING,
        "somebody is setting the plotter up",
        "quelqu’un règle le traceur",
    ),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_light_page_kiosk_and_mqtt_show_the_same(gallery: Gallery, row: Row) -> None:
    gallery.settings = StudioSettings(columns=1, rows=1)
    studio = gallery.open()
    pins = MockFactory()
    light = Light(studio, (4, 5, 6), pin_factory=pins)
    seen = studio.events.last_id
    client = create_app(studio, allowed_hosts=["localhost"]).test_client()
    row.bring_about(gallery)
    eventually(lambda: studio.snapshot()["shown"]["state"] == row.shown)
    eventually(lambda: light.shown is row.shown)
    page = client.get("/api/v1/state").get_json()["shown"]  # the kiosk reads the same
    mqtt = told_by_mqtt(studio.snapshot(), None)
    assert page["state"] == mqtt["shown"] == row.shown
    assert page["sentence"] == mqtt["sentence"]
    assert page["fact"] == mqtt["fact"]
    assert row.english in page["sentence"]
    assert row.french in sentence(Fact.from_dict(page["fact"]), "fr")
    told = [event.data for event in studio.events.read(seen) if event.kind == "shown"]
    deadline = time.monotonic() + 10
    while row.shown is not Shown.READY and (not told or told[-1] != page):
        assert time.monotonic() < deadline, "those who listen are told"
        told = [event.data for event in studio.events.read(seen) if event.kind == "shown"]
    studio.events.close()
    light.close()
    pins.reset()


def test_every_hold_is_shown_and_the_first_counts() -> None:
    head = Request("page")
    for hold in Hold:
        held = Check(hold, fact("all-is-well"))
        found = display(
            LinkState.READY, fact("machine-ready"), drawing=False, holds=[held], head=head
        )
        assert found.state is not Shown.READY
    holds = [Check(Hold.CLOSED, fact("hold-closed")), Check(Hold.PAPER, fact("hold-paper"))]
    found = display(
        LinkState.READY, fact("machine-ready"), drawing=False, holds=holds, head=head
    )
    assert found.state is Shown.CLOSED


@pytest.mark.parametrize("machine", LinkState)
def test_every_state_of_the_machine_is_shown(machine: LinkState) -> None:
    found = display(machine, fact("all-is-well"), drawing=False, holds=[], head=None)
    assert (found.state is Shown.READY) == (machine is LinkState.READY)


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (Request("page"), "thinking"),
        (Request("page", class_name="owl"), "thinking"),
        (Request("page", again_of=1), "begins"),
        (Request("page", class_name="logo.svg", proposal="a"), "begins"),
    ],
)
def test_the_machine_thinks_of_nothing_whose_lines_are_there(head: Request, code: str) -> None:
    """Such as an own drawing, or a print of an edition."""
    ready = fact("machine-ready")
    found = display(LinkState.READY, ready, drawing=False, holds=[], head=head)
    assert found.told == fact(code)
