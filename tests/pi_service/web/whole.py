"""The dashboard with everything that it can have, over the real studio and link."""

from __future__ import annotations

from flask import Flask

from pi_service.fleet.hall import Hall
from pi_service.fleet.membership import Broker
from pi_service.plugins.plugins import Plugins
from pi_service.studio.access.access import Access
from pi_service.studio.camera.camera import FOLDER, Camera
from pi_service.studio.camera.source import Address
from pi_service.web.routes.app import create_app
from pi_service.web.vitals import Vitals
from tests.pi_service.studio.workshop.machine_room import Room


def whole_app(room: Room, doors: Access) -> Flask:
    """All routes that there are.

    Args:
        room: Studio, link, simulated plotter and workshop.
        doors: Tells the staff from visitors.
    """
    room.studio.camera = Camera(
        Address.parse("http://127.0.0.1:9/stream"),  # where nothing listens; it is off
        database=room.store.database,
        events=room.studio.events,
        problems=room.studio.problems,
        folder=room.data / FOLDER,
        keep_mb=1.0,
    )
    return create_app(
        room.studio,
        workshop=room.workshop,
        plugins=Plugins(room.studio, room.store.database.path.parent, name="whole", url=str),
        plotters=Hall(Broker(host="127.0.0.1", port=9)),  # it is not begun: no broker is asked
        doors=doors,
        vitals=Vitals(read=room.store.database.ping),
        allowed_hosts=["localhost"],
    )
