"""The maker's part of the API: the machine in a person's hands. All of it is the staff's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response

from pi_service.studio.core.errors import StudioError
from pi_service.studio.machine.control import Act
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes import backups
from pi_service.web.routes.pieces import pieces
from pi_service.web.schemas import machine as schemas
from pi_service.web.schemas.base import NothingSchema
from pi_service.web.schemas.service import ComputerSchema, MessagesSchema, WorkshopSchema

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio
    from pi_service.studio.workshop.workshop import Workshop

WAIT_S = 6.0
"""So long an asker waits for what is being done; a page gives up after eight seconds."""
JOINS_S = 0.4
"""So long for what usually takes longer: its end is told by the live stream."""
ACTS = ("home", "unlock", "zero")
"""What the machine does by itself when a person asks for it."""


def blueprint(workshop: Workshop, studio: Studio) -> APIBlueprint:
    """The routes of the workshop."""
    routes = APIBlueprint("workshop", __name__, url_prefix="/api/v1")

    @routes.get("/machine")
    @routes.output(schemas.MakersMachineSchema)
    def room() -> dict[str, Any]:
        """Everything about the machine that a maker wants to see at once."""
        return workshop.view()

    @routes.get("/machine/bed")
    @routes.output(schemas.BedSchema)
    def bed() -> dict[str, Any]:
        """What lies where: the travel, the paper's cells, where the pen waits."""
        return {**workshop.bed(), "cells": studio.sheets.cells()}

    @routes.get("/machine/setup")
    @routes.output(schemas.MachineSetUpSchema)
    def set_up() -> dict[str, float | None]:
        """What was done to set the machine up, and when."""
        return made_ready(studio, workshop)

    _add_moves(routes, workshop)
    _add_holds(routes, workshop)
    _add_pen(routes, workshop)
    _add_console(routes, workshop)
    _add_settings(routes, workshop)
    _add_backups(routes, workshop)
    _add_calibration(routes, workshop)
    _add_computer(routes, workshop)
    backups.add(routes, workshop.keeper)
    backups.add_updates(routes, workshop.updates)
    return routes


def made_ready(studio: Studio, workshop: Workshop) -> dict[str, float | None]:
    """What was done to set the machine up, the paper and the pen, and when."""
    sheet, pen = studio.sheets.current, studio.supplies.pen()
    laid = None if sheet is None else sheet.opened_at
    return {**workshop.set_up(), "paper": laid, "pen": pen.put_in_at}


def in_time(outcome: dict[str, Any] | None) -> dict[str, Any]:
    """The outcome of what was asked for. Raises StudioError if it takes longer."""
    if outcome is None:
        raise StudioError("machine-still-at-it")
    return outcome


def _add_moves(routes: APIBlueprint, workshop: Workshop) -> None:
    actions: dict[str, Callable[[], None]] = {
        "take": workshop.take,
        "forget": workshop.forget_place,
    }

    @routes.post(f"/machine/hand/<any({', '.join((*actions, *ACTS, 'done'))}):action>")
    @routes.input(NothingSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(WorkshopSchema, 202)
    def by_hand(action: str, headers_data: dict[str, Any]) -> dict[str, Any]:
        """Take the machine or give it back; find, set or forget the position by hand."""
        if action in ACTS:
            workshop.act(Act(action), **headers_data)
        elif action == "done":
            workshop.done(**headers_data)
        else:
            actions[action]()
        return workshop.news()

    @routes.post("/machine/jog")
    @routes.input(schemas.JogSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(WorkshopSchema, 202)
    def jog(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Move the pen by some millimetres."""
        workshop.jog(**json_data, **headers_data)
        return workshop.news()

    @routes.post("/machine/go")
    @routes.input(schemas.GoSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(WorkshopSchema, 202)
    def go(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Take the lifted pen to a place."""
        workshop.go(**json_data, **headers_data)
        return workshop.news()

    @routes.post("/machine/point")
    @routes.input(schemas.PointSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(WorkshopSchema, 202)
    def point(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Take the lifted pen to a point of the bed, within the travel."""
        workshop.go_to(**json_data, **headers_data)
        return workshop.news()


def _add_holds(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.post("/machine/holds")
    @routes.input(schemas.NewHoldSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.HoldSchema, 202)
    def hold(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Move the lifted pen until it is let go of, or its holder says nothing more."""
        return workshop.hold(**json_data, **headers_data)

    @routes.put("/machine/holds/<int:number>")
    @routes.input(NothingSchema)
    @routes.output(schemas.HoldSchema)
    def still(number: int) -> dict[str, Any]:
        """Say that it is still held."""
        return workshop.grip(number, hold=True)

    @routes.delete("/machine/holds/<int:number>")
    @routes.output(schemas.HoldSchema)
    def release(number: int) -> dict[str, Any]:
        """Let go of it: the machine stops."""
        return workshop.grip(number, hold=False)


def _add_pen(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.post("/machine/pen")
    @routes.input(schemas.PenDownSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(WorkshopSchema, 202)
    def pen(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Lower or lift the pen."""
        workshop.move_pen(**json_data, **headers_data)
        return workshop.news()

    @routes.post("/machine/pen/try")
    @routes.input(schemas.PenTrialSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.PenRoomSchema)
    def try_pen(json_data: dict[str, Any], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Take the machine for other values of the pen, and show what they do."""
        values, show = json_data["values"], json_data["show"]
        return in_time(workshop.pen.try_out(values, show, wait_s=WAIT_S, **headers_data))

    @routes.delete("/machine/pen/try")
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.PenRoomSchema)
    def put_back(headers_data: dict[str, Any]) -> dict[str, Any]:
        """Go back to the pen's values of the profile."""
        return in_time(workshop.pen.put_back(wait_s=WAIT_S, **headers_data))

    @routes.post("/machine/pen/keep")
    @routes.input(NothingSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.SaidSchema)
    def keep_values(headers_data: dict[str, Any]) -> dict[str, Any]:
        """Write what was tried into the profile; the next drawing goes by it."""
        return in_time(workshop.pen.keep(wait_s=WAIT_S, **headers_data))


def _add_console(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.get("/machine/console")
    @routes.input(schemas.ConsoleQuery, location="query")
    @routes.output(schemas.ConsoleEntriesSchema)
    def console(query_data: dict[str, int]) -> dict[str, Any]:
        """What was sent to GRBL by hand, and its answers."""
        return {"entries": workshop.console.entries(query_data["after"])}

    @routes.post("/machine/console")
    @routes.input(schemas.LineSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.ConsoleEntrySchema)
    def send(json_data: dict[str, str], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Send one line to GRBL and wait a while for its answer."""
        return workshop.console.send(json_data["line"], wait_s=WAIT_S, **headers_data)


def _add_settings(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.get("/machine/settings")
    @routes.output(schemas.CheckupSchema)
    def check() -> dict[str, Any]:
        """Read the machine's settings, and compare them with the profile."""
        return in_time(workshop.checkup.check(wait_s=WAIT_S))

    @routes.post("/machine/settings/write")
    @routes.input(schemas.SettingKeysSchema)
    @routes.output(schemas.WrittenSchema)
    def write(json_data: dict[str, Any]) -> dict[str, Any]:
        """Write what the profile says into the machine, which is backed up before."""
        return in_time(workshop.checkup.write(json_data["keys"], wait_s=WAIT_S))

    @routes.post("/machine/settings/keep")
    @routes.input(schemas.SettingKeysSchema)
    @routes.output(schemas.SaidSchema)
    def keep(json_data: dict[str, Any]) -> dict[str, Any]:
        """Write what the machine has into the profile."""
        return in_time(workshop.checkup.take(json_data["keys"], wait_s=WAIT_S))

    @routes.put("/machine/profile")
    @routes.input(schemas.ProfileChangeSchema)
    @routes.output(schemas.SaidSchema)
    def change(json_data: dict[str, Any]) -> dict[str, Any]:
        """Change the profile; the next drawing goes by it."""
        return in_time(workshop.change_profile(json_data, wait_s=WAIT_S))


def _add_backups(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.get("/machine/backups")
    @routes.output(schemas.MachineBackupsSchema)
    def machine_backups() -> dict[str, Any]:
        """The backups of what the machine has stored."""
        return {"backups": workshop.checkup.backups()}

    @routes.post("/machine/backups")
    @routes.input(NothingSchema)
    @routes.output(schemas.NameSchema, 201)
    def make() -> dict[str, Any]:
        """Keep everything that the machine has stored."""
        return in_time(workshop.checkup.make_backup(wait_s=WAIT_S))

    @routes.get("/machine/backups/<name>")
    @routes.output(None, media_type="application/json", description="The backup's file")
    def machine_backup(name: str) -> Response:
        """A backup's file, to take away."""
        found = _known(workshop, name)
        response = Response(found.read_bytes(), mimetype="application/json")
        response.headers.set("Content-Disposition", "attachment", filename=found.name)
        response.headers["Cache-Control"] = "no-store"
        return response

    @routes.post("/machine/backups/<name>/restore")
    @routes.input(schemas.RestoreSchema)
    @routes.output(schemas.WrittenSchema)
    def restore(name: str, json_data: dict[str, bool]) -> dict[str, Any]:
        """Bring the machine back to what a backup has kept."""
        _known(workshop, name)
        wanted = json_data["from_another"]
        return in_time(workshop.checkup.restore(name, from_another=wanted, wait_s=WAIT_S))


def _known(workshop: Workshop, name: str) -> Path:
    try:
        return workshop.checkup.backup_file(name)
    except StudioError as error:
        raise ApiError(error.fact, status=404) from error


def _add_calibration(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.post("/machine/calibration")
    @routes.input(schemas.StepSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.CalibrationSchema)
    def begin(json_data: dict[str, str], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Begin a step of the calibration; one that is open is ended."""
        return workshop.calibration.begin(json_data["step"], wait_s=JOINS_S, **headers_data)

    @routes.post("/machine/calibration/answer")
    @routes.input(schemas.AnswerSchema)
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.CalibrationSchema)
    def answer(json_data: dict[str, str], headers_data: dict[str, Any]) -> dict[str, Any]:
        """Answer the calibration's question."""
        given = json_data["answer"]
        return workshop.calibration.answer(given, wait_s=JOINS_S, **headers_data)

    @routes.delete("/machine/calibration")
    @routes.input(schemas.StopsHeaders, location="headers")
    @routes.output(schemas.CalibrationSchema)
    def end(headers_data: dict[str, Any]) -> dict[str, Any]:
        """End the calibration where it stands; the pen is lifted."""
        return workshop.calibration.end(wait_s=JOINS_S, **headers_data)


def _add_computer(routes: APIBlueprint, workshop: Workshop) -> None:
    @routes.get("/computer")
    @routes.output(ComputerSchema)
    def computer() -> dict[str, Any]:
        """The plotter's computer: temperature, memory, disk, versions."""
        return workshop.computer.view()

    @routes.get("/messages")
    @routes.output(MessagesSchema)
    def messages() -> dict[str, Any]:
        """What the service itself logged last."""
        return {"messages": workshop.messages.last()}

    @routes.get("/backup")
    @routes.output(None, media_type="application/gzip", description="What restore takes")
    def backup() -> Response:
        """All that the service keeps, in one file."""
        path = workshop.back_up()
        response = Response(pieces(path), mimetype="application/gzip")
        response.call_on_close(lambda: path.unlink(missing_ok=True))
        name = f"catplotter-{workshop.today}.tar.gz"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.headers["Content-Length"] = str(path.stat().st_size)
        response.headers["Cache-Control"] = "no-store"
        return response
