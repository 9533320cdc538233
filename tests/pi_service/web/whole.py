"""The dashboard with everything that it can have, over the real studio and link."""

from __future__ import annotations

from flask import Flask

from pi_service.studio.access.access import Access
from pi_service.web.routes.app import create_app
from pi_service.web.vitals import Vitals
from tests.pi_service.studio.workshop.machine_room import Room


def whole_app(room: Room, doors: Access) -> Flask:
    """All routes that there are.

    Args:
        room: Studio, link, simulated plotter and workshop.
        doors: Tells the staff from visitors.
    """
    return create_app(
        room.studio,
        workshop=room.workshop,
        doors=doors,
        vitals=Vitals(read=room.store.database.ping),
        allowed_hosts=["localhost"],
    )
