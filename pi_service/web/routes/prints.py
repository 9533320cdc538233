"""Prints: contact sheets and labels as PDF, the whole exhibition as a site in a zip."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Response

from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.history import day_bounds
from pi_service.studio.keepsake.darkroom import PicturesBusyError
from pi_service.studio.prints.pdf import Format
from pi_service.studio.prints.prints import Chosen
from pi_service.web.assets import STATIC
from pi_service.web.blueprints import APIBlueprint
from pi_service.web.problems import ApiError
from pi_service.web.routes.files import BUSY_S, NAMED
from pi_service.web.schemas.prints import ContactQuery, ExhibitionQuery, LabelsQuery

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

PDF = "application/pdf"
_ARTICLES = re.compile(
    r"^(eine?|un[ea]?|un[ao]s|des|du|de la|la|le|les|el|las|los) |^(de )?l’", re.IGNORECASE
)


def blueprint(studio: Studio, url: Callable[[], str]) -> APIBlueprint:
    """The routes of prints.

    Args:
        url: The page's address, as others would most likely open it: labels lead there.
    """
    routes = APIBlueprint("prints", __name__, url_prefix="/api/v1")

    @routes.get("/prints/contact.pdf")
    @routes.input(ContactQuery, location="query")
    @routes.output(None, media_type=PDF, description="Pages", headers=NAMED, refuses=[503])
    def contact(query_data: dict[str, Any]) -> Response:
        """Small pictures of the finished drawings of a day or a sheet, to be printed."""
        chosen, paper = _chosen(studio, query_data), Format(query_data["paper"])
        return _pdf(partial(studio.prints.contact_sheet, chosen, paper), f"cats-{chosen.name}")

    @routes.get("/prints/labels.pdf")
    @routes.input(LabelsQuery, location="query")
    @routes.output(None, media_type=PDF, description="Pages", headers=NAMED, refuses=[503])
    def labels(query_data: dict[str, Any]) -> Response:
        """Labels for the finished drawings, each with a QR code to the drawing's page."""
        chosen = _chosen(studio, query_data)
        page = f"{url().rstrip('/')}/gallery?cat="
        stock, first = query_data["stock"], query_data["first"]
        make = partial(studio.prints.label_sheet, chosen, stock, first, page)
        return _pdf(make, f"labels-{chosen.name}")

    @routes.get("/prints/exhibition.zip")
    @routes.input(ExhibitionQuery, location="query")
    @routes.output(
        None,
        media_type="application/zip",
        description="A site that opens from its folder",
        headers=NAMED,
    )
    def exhibition(query_data: dict[str, Any]) -> Response:
        """All finished drawings as a static site: unpack it and open index.html."""
        language, camera = query_data["language"], studio.camera
        body = (
            studio.prints.exhibition(language, _names(language))
            if camera is None
            else studio.prints.exhibition(
                language, _names(language), camera.photo, camera.album.has_photo
            )
        )
        response = Response(body, content_type="application/zip")
        name = "exhibition.zip"
        response.headers.set("Content-Disposition", "attachment", filename=name)
        response.headers["Cache-Control"] = "no-store"
        return response

    return routes


def _chosen(studio: Studio, query: dict[str, Any]) -> Chosen:
    if query["job"] is not None:
        return Chosen(f"{query['job']}", job=query["job"])
    if query["sheet"] is not None:
        return Chosen(f"sheet {query['sheet']}", sheet=query["sheet"])
    day = query["day"] or studio.calendar.now().date().isoformat()
    try:
        return Chosen(day, span=day_bounds(day, studio.calendar))
    except StudioError as error:
        raise ApiError(error.fact, status=400) from error


def _pdf(make: Callable[[], bytes], name: str) -> Response:
    try:
        data = make()
    except PicturesBusyError as error:
        raise ApiError(error.fact, status=503, retry_after=BUSY_S) from error
    response = Response(data, content_type=PDF)
    file = f"{name.replace(' ', '-')}.pdf"
    response.headers.set("Content-Disposition", "inline", filename=file)
    response.headers["Cache-Control"] = "no-store"
    return response


def _names(language: str) -> Callable[[str], str]:
    """What a class is called in a language, without its article, as the page has it."""
    file = STATIC / "lang" / f"{language}-classes.json"
    known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return lambda name: _ARTICLES.sub("", known.get(name, name))
