"""The one door of the API: what visitors may do is listed here, all else is the staff's.

Every request passes `install`'s check before its route is called. A route that nobody thought
of is the staff's; the tests go through the whole map of routes to see that it is so.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.routing import Rule

from firmware_gcode.facts import Fact
from pi_service.studio.access.access import FIRST_STEPS, Access, AccessError, SetUpError
from pi_service.studio.access.caller import ANYBODY, Caller, Via
from pi_service.studio.access.limiter import Allowance, TooOftenError, network_of, spoken
from pi_service.studio.access.passwords import BusyError, PasswordError
from pi_service.studio.access.store import KeyNameError
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.settings import setting
from pi_service.studio.machine.standstill import HERE, STAFF, key, visitor
from pi_service.web.pages import VIEWS
from pi_service.web.problems import ApiError, problem

log = logging.getLogger(__name__)

VISITORS = frozenset(
    {
        # The page itself, which holds nothing but its own files.
        *(f"GET {path}" for path in VIEWS),
        "GET /hall",
        "GET /favicon.ico",
        "GET /static/<string>/<path>",
        # Looking.
        "GET /api/v1/state",
        "GET /api/v1/events",
        "GET /api/v1/jobs",
        "GET /api/v1/jobs/<int>",
        "GET /api/v1/jobs/<int>.svg",
        "GET /api/v1/jobs/<int>.gcode",
        "GET /api/v1/jobs/<int>.png",
        "GET /api/v1/jobs/<int>.gif",
        "GET /api/v1/jobs/<int>.jpg",
        "GET /api/v1/jobs/<int>/photos",
        "GET /api/v1/sheets/<int>.webp",
        "GET /api/v1/camera.jpg",
        "GET /api/v1/history",
        "GET /api/v1/statistics",
        "GET /api/v1/statistics/days.csv",
        "GET /api/v1/statistics/kinds.csv",
        "GET /api/v1/door",
        "GET /api/v1/openapi.json",
        "GET /healthz",
        "GET /readyz",
        # Asking for a drawing, within limits.
        "POST /api/v1/jobs",
        # Drawing with the machine, and choosing what.
        "GET /api/v1/classes",
        "GET /api/v1/proposals",
        "POST /api/v1/proposals",
        "POST /api/v1/proposals/draw",
        "GET /api/v1/proposals/asked/<string>",
        # Whoever sees that something goes wrong may stop it.
        "POST /api/v1/machine/stop",
        # Coming in and going out.
        "GET /api/v1/session",
        "POST /api/v1/session",
        "DELETE /api/v1/session",
        "POST /api/v1/setup",
    }
)
"""What everybody may do: method and rule, variables by their kind, choices by their value."""

COUNTED = frozenset({"POST /api/v1/jobs", "POST /api/v1/proposals/draw"})
"""Of these every address has so many within a time."""

NEAR = frozenset({"GET /metrics"})
"""Also open to programs on this machine, and to every API key, whatever its role."""

PEOPLES = frozenset(
    {
        "PUT /api/v1/password",
        "DELETE /api/v1/sessions",
        "GET /api/v1/keys",
        "POST /api/v1/keys",
        "DELETE /api/v1/keys/<int>",
    }
)
"""Closed to API keys: one in wrong hands must not make others, nor lock people out."""

STOP = ("POST", "/api/v1/machine/stop")
"""Answered before anybody looks who asks, and whatever key or session is shown."""

COOKIE = "catplotter_session"
KNOWN = "catplotter_known"
"""The cookie by which a browser of the staff is known at the login, years after the last."""
VISITOR = "visitor"
"""The source of the jobs that visitors ask for."""

_VARIABLE = re.compile(r"<(?:(?P<kind>\w+)(?:\([^)]*\))?:)?(?P<name>\w+)>")


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """What visitors may ask for.

    Attributes:
        within_s: The time in which an address may ask for `drawings`, seconds.
    """

    drawings: int = setting(
        6,
        "Drawings that visitors at one address may ask for in ten minutes; 0: only the "
        "staff, the button and the schedule ask.",
        least=0,
        most=10**6,
        option="visitor-drawings",
    )
    within_s: float = 600.0


def caller() -> Caller:
    """Who makes the request that is being answered; looked up at the first question."""
    if "caller" not in g and "find_caller" in g:
        g.caller = g.find_caller()
    found = g.get("caller", ANYBODY)
    return found if isinstance(found, Caller) else ANYBODY


def address() -> str:
    """The address that the request being answered comes from."""
    return request.remote_addr or ""


def person() -> Fact:
    """Who makes the request that is being answered, as people are told of them."""
    who = caller()
    match who.via:
        case Via.API_KEY:
            return key(who.name)
        case Via.LOCAL_KEY:
            return HERE
        case _:
            return STAFF if who.is_staff else visitor(network_of(address()))


def asked_by(source: str) -> str:
    """The source of a drawing that is asked for: a visitor is one, whatever they say."""
    return source if caller().is_staff else VISITOR


def named(rule: Rule, method: str, values: Mapping[str, Any] | None = None) -> str:
    """A route as the lists here name it, such as ``POST /api/v1/machine/stop``.

    Args:
        values: The rule's variables; those that are one of some words are filled in.
    """

    def fill(variable: re.Match[str]) -> str:
        kind = variable["kind"] or "string"
        return str((values or {}).get(variable["name"])) if kind == "any" else f"<{kind}>"

    method = "GET" if method == "HEAD" else method
    return f"{method} {_VARIABLE.sub(fill, rule.rule)}"


def may(who: Caller, route: str, *, near: bool) -> bool:
    """Whether somebody may use a route.

    Args:
        near: Whether they ask from this machine.
    """
    if route in PEOPLES:
        return who.via in {Via.SESSION, Via.LOCAL_KEY}
    if who.is_staff or route in VISITORS:
        return True
    return route in NEAR and (near or who.via is Via.API_KEY)


def refusals(rule: Rule, method: str) -> set[int]:
    """The statuses with which this check may refuse a request, beside 401 for a wrong key."""
    route = named(rule, method)
    limited = {403, 429} if route in COUNTED else set()
    return limited if route in VISITORS else {401, 403, *limited}


def install(
    app: Flask,
    access: Access | None,
    *,
    limits: VisitorLimits | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Ask of every request to `app` who makes it, and let only those through who may.

    Args:
        app: The dashboard; whatever else checks its requests was installed before.
        access: Tells who somebody is; None makes everybody a visitor.
        limits: What visitors may ask for.
        clock: Monotonic seconds.
    """
    limits = limits or VisitorLimits()
    allowance = Allowance(limits.drawings, limits.within_s, clock)
    _explain(app)

    @app.before_request
    def check() -> None:
        g.find_caller = partial(_who, access)
        if (request.method, request.path) == STOP:
            return  # the machine is told before anybody asks who it is
        who = caller()
        if who.is_staff:
            request.environ.get("catplotter.trust", bool)()
        if request.url_rule is None or _asks_for_methods(request.url_rule):
            return
        route = named(request.url_rule, request.method, request.view_args)
        if not may(who, route, near=_is_near(address())):
            raise _refusal(who, access)
        if route in COUNTED and not who.is_staff:
            g.give_back = _count(allowance, who)

    @app.after_request
    def settle(response: Response) -> Response:
        give_back = g.pop("give_back", None)
        if give_back is not None and response.status_code >= 300:
            give_back()
        return response


def _who(access: Access | None) -> Caller:
    """Who makes the request; where that cannot be read, anybody, who may still stop.

    Raises:
        ApiError: If it shows a key that is none, for anything but to stop.
    """
    try:
        return _shown(access)
    except StoreError as error:
        log.warning("nobody knows who asks: %s", error)
        return ANYBODY
    except ApiError:
        if (request.method, request.path) == STOP:
            return ANYBODY
        raise


def _shown(access: Access | None) -> Caller:
    """Whose key, or else whose session, the request shows."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found = None if access is None else access.keys.owner(secret.strip())
        if found is None:
            raise ApiError("key-opens-nothing", status=401)
        return found
    token = request.cookies.get(COOKIE)
    return ANYBODY if token is None or access is None else access.session_owner(token)


def _asks_for_methods(rule: Rule) -> bool:
    """Whether only the methods of a route are asked for, which Flask itself answers."""
    automatic = getattr(rule, "provide_automatic_options", False)
    return request.method == "OPTIONS" and bool(automatic)


def _is_near(address: str) -> bool:
    try:
        return ipaddress.ip_address(network_of(address)).is_loopback
    except ValueError:
        return address == "::1"


def _refusal(who: Caller, access: Access | None) -> ApiError:
    """Why somebody may not, and what they can do."""
    if who.via is Via.API_KEY:
        return ApiError("key-may-not", status=403)
    if access is not None and not access.set_up:
        return ApiError("staff-only-first", status=401, steps=FIRST_STEPS)
    return ApiError("staff-only", status=401)


def _count(allowance: Allowance, who: Caller) -> Callable[[], None]:
    """Take one of a visitor's drawings; the returned function gives it back."""
    if allowance.most == 0:
        raise ApiError("staff-only-drawings", status=403)
    asker = f"key {who.name}" if who.via is Via.API_KEY else network_of(address())
    try:
        return allowance.take(asker, request.headers.get("Idempotency-Key"))
    except TooOftenError as error:
        raise ApiError(
            "drawings-too-many",
            status=429,
            retry_after=int(error.wait_s) + 1,
            most=allowance.most,
            within=spoken(allowance.within_s),
            wait=spoken(error.wait_s),
        ) from error


def _explain(app: Flask) -> None:
    """Answer the errors of `pi_service.studio.access` as what they are."""
    for kind, status in (
        (AccessError, 403),
        (SetUpError, 409),
        (PasswordError, 400),
        (KeyNameError, 409),
    ):
        app.register_error_handler(
            kind, lambda error, status=status: problem(status, error.fact)
        )

    @app.errorhandler(TooOftenError)
    def too_often(error: TooOftenError) -> Response:
        return problem(429, error.fact, retry_after=int(error.wait_s) + 1)

    @app.errorhandler(BusyError)
    def busy(error: BusyError) -> Response:
        return problem(503, error.fact, retry_after=2)

    @app.after_request
    def say_how(response: Response) -> Response:
        if response.status_code == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="catplotter"'
        return response
