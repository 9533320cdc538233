"""The gallery's backups, and updates of the service. All of it is the staff's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response

from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.keeper import PLACES
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.pieces import pieces
from pi_service.web.schemas.backups import BackupContentsSchema, BackupSchema, BackupsSchema
from pi_service.web.schemas.base import DoneSchema, NothingSchema
from pi_service.web.schemas.updates import UpdateSchema, UpdatesSchema

if TYPE_CHECKING:
    from pi_service.studio.history.keeper import Keeper
    from pi_service.studio.workshop.updates import Updates

ONE = f"/backups/<any({', '.join(PLACES)}):place>/<name>"
TAGS = ["backups"]


def add(routes: APIBlueprint, keeper: Keeper) -> None:
    """Add the routes to those of the maker."""

    @routes.get("/backups")
    @routes.output(BackupsSchema, tags=TAGS)
    def backups() -> dict[str, Any]:
        """All backups that there are, here and in the second folder."""
        return keeper.view()

    @routes.post("/backups")
    @routes.input(NothingSchema)
    @routes.output(BackupSchema, 201, tags=TAGS)
    def make_backup() -> dict[str, Any]:
        """Make a backup now, and copy it to the second folder."""
        return keeper.make()

    @routes.get(ONE)
    @routes.output(
        None, media_type="application/gzip", description="What restore takes", tags=TAGS
    )
    def one_backup(place: str, name: str) -> Response:
        """A backup's file, to take away."""
        try:
            path = keeper.file(place, name)
            size = path.stat().st_size
        except (StudioError, OSError) as error:
            raise ApiError("backup-unknown", status=404, name=name[:60]) from error
        response = Response(pieces(path), mimetype="application/gzip")
        response.headers.set("Content-Disposition", "attachment", filename=path.name)
        response.headers["Content-Length"] = str(size)
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.get(f"{ONE}/contents")
    @routes.output(BackupContentsSchema, refuses=[409], tags=TAGS)
    def backup_contents(place: str, name: str) -> dict[str, Any]:
        """What is in a backup, and what would be lost if it were put back."""
        return keeper.inside(place, name)

    @routes.post(f"{ONE}/restore")
    @routes.input(NothingSchema)
    @routes.output(DoneSchema, 202, tags=TAGS)
    def restore_backup(place: str, name: str) -> dict[str, Any]:
        """Put a backup in the place of the gallery: the service begins anew with it."""
        keeper.restore(place, name)
        return {}


def add_updates(routes: APIBlueprint, updates: Updates) -> None:
    """Add the routes of updates."""

    @routes.get("/update")
    @routes.output(UpdatesSchema, tags=["service"])
    def update_view() -> dict[str, Any]:
        """Which version runs, what is new, and what became of the last update."""
        return updates.view()

    @routes.post("/update")
    @routes.input(UpdateSchema)
    @routes.output(UpdatesSchema, 202, tags=["service"])
    def ask_for_update(json_data: dict[str, Any]) -> dict[str, Any]:
        """Have a release installed once nothing is drawn; it goes back if it does not run."""
        updates.ask(json_data["name"])
        return updates.view()
