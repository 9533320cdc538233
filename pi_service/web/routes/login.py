"""Logging in: the first password, logging in and out, keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Response, request

from firmware_gcode.facts import fact
from pi_service.studio.access.access import LONGEST_S
from pi_service.studio.access.caller import ANYBODY, Caller, Role, Via
from pi_service.web.access import COOKIE, KNOWN, address, caller
from pi_service.web.blueprints import APIBlueprint, answer
from pi_service.web.problems import ApiError
from pi_service.web.schemas.access import (
    KeySchema,
    KeysSchema,
    LogInSchema,
    MadeKeySchema,
    NewKeySchema,
    NewPasswordSchema,
    SessionSchema,
    SetUpSchema,
)

if TYPE_CHECKING:
    from pi_service.studio.access.access import Access

KNOWN_S = 400 * 86400.0
"""Browsers keep a cookie no longer."""
STAFF = Caller(Role.STAFF, Via.SESSION)
TRIED = (429, 503)
"""How a password that is tried may be refused."""


def blueprint(access: Access | None) -> APIBlueprint:
    """The routes of session, password and keys.

    Args:
        access: Whom they ask; None where it cannot be used, so that nobody can log in.
    """
    routes = APIBlueprint("access", __name__, url_prefix="/api/v1")
    _add_session(routes, access)
    if access is None:
        _add_closed(routes)
    else:
        _add_logging_in(routes, access)
        _add_password(routes, access)
        _add_keys(routes, access)
    return routes


def session(access: Access | None) -> dict[str, Any] | None:
    """What ``GET /session`` answers; None where it takes back a session that is over."""
    who = caller()
    return None if COOKIE in request.cookies and not who.is_staff else _view(access, who)


def _view(access: Access | None, who: Caller) -> dict[str, Any]:
    return {"role": str(who.role), "set_up": access is None or access.set_up}


def _come_in(access: Access, token: str) -> Response:
    """The answer to somebody who has just shown that they are the staff."""
    old = request.cookies.get(COOKIE)
    if old is not None:
        access.log_out(old)
    response = answer(_view(access, STAFF))
    for name, value, age in (
        (COOKIE, token, LONGEST_S),
        (KNOWN, access.introduce(_shown()), KNOWN_S),
    ):
        response.set_cookie(
            name,
            value,
            max_age=int(age),
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
            path=request.script_root or "/",
        )
    return response


def _shown() -> str:
    """The token by which the browser is known, if it is."""
    return request.cookies.get(KNOWN, "")


def _go_out(access: Access | None) -> Response:
    response = answer(_view(access, ANYBODY))
    response.delete_cookie(
        COOKIE, httponly=True, samesite="Strict", path=request.script_root or "/"
    )
    return response


def _add_session(routes: APIBlueprint, access: Access | None) -> None:
    @routes.get("/session")
    @routes.output(SessionSchema)
    def who() -> Response:
        """Who asks, and whether there is a password yet."""
        found = session(access)  # a browser need not show one that is over again
        return _go_out(access) if found is None else answer(found)

    @routes.delete("/session")
    @routes.output(SessionSchema)
    def log_out() -> Response:
        """Log out."""
        token = request.cookies.get(COOKIE)
        if token is not None and access is not None:
            access.log_out(token)
        return _go_out(access)


def _add_closed(routes: APIBlueprint) -> None:
    @routes.post("/session")
    @routes.post("/setup")
    @routes.output(SessionSchema, refuses=[503])
    def closed() -> Response:
        """Say that nobody can log in."""
        raise ApiError("nobody-logs-in", status=503)


def _add_logging_in(routes: APIBlueprint, access: Access) -> None:
    @routes.post("/session")
    @routes.input(LogInSchema)
    @routes.output(SessionSchema, refuses=TRIED)
    def log_in(json_data: dict[str, Any]) -> Response:
        """Log in with the staff's password."""
        return _come_in(access, access.log_in(json_data["password"], address(), _shown()))

    @routes.post("/setup")
    @routes.input(SetUpSchema)
    @routes.output(SessionSchema, refuses=TRIED)
    def set_up(json_data: dict[str, Any]) -> Response:
        """Set the first password, and log in."""
        token, password = json_data["token"], json_data["password"]
        return _come_in(access, access.set_first_password(token, password, address()))

    @routes.delete("/sessions")
    @routes.output(SessionSchema)
    def log_out_everywhere() -> Response:
        """Log out everywhere: every session ends, this one too."""
        access.log_out_everywhere()
        return _go_out(access)


def _add_password(routes: APIBlueprint, access: Access) -> None:
    @routes.put("/password")
    @routes.input(NewPasswordSchema)
    @routes.output(SessionSchema, refuses=TRIED)
    def change_password(json_data: dict[str, Any]) -> Response:
        """Set another password; every other session ends."""
        password, current = json_data["password"], json_data["current"]
        if caller().via is Via.LOCAL_KEY:
            access.reset_password(password)
            return answer(_view(access, caller()))
        if current is None:
            raise ApiError(
                "field-wrong",
                status=400,
                field="current",
                must=fact("must-be-old-password"),
            )
        token = access.change_password(
            password, current=current, address=address(), shown=_shown()
        )
        return _come_in(access, token)


def _add_keys(routes: APIBlueprint, access: Access) -> None:
    @routes.get("/keys")
    @routes.output(KeysSchema)
    def keys() -> dict[str, Any]:
        """All keys for programs, without their secrets."""
        return {"keys": [asdict(key) for key in access.keys.all()]}

    @routes.post("/keys")
    @routes.input(NewKeySchema)
    @routes.output(MadeKeySchema, 201)
    def add_key(json_data: dict[str, Any]) -> dict[str, Any]:
        """Make a key for a program; its secret is answered this once."""
        key, secret = access.keys.add(json_data["name"], Role(json_data["role"]))
        return {**asdict(key), "secret": secret}

    @routes.delete("/keys/<int:key_id>")
    @routes.output(KeySchema)
    def revoke_key(key_id: int) -> dict[str, Any]:
        """Have a key open nothing from now on."""
        known = next((key for key in access.keys.all() if key.id == key_id), None)
        if known is None:
            raise ApiError("api-key-unknown", status=404, key=key_id)
        return asdict(access.keys.revoke(key_id))
