"""What was asked for on the page, done with root's rights: an update, or the way back.

`pi_service.studio.workshop.update_files` says what is believed of a request, and why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pi_service.studio.workshop.update_files as files
from pi_service.appliance import host
from pi_service.appliance.host import ApplianceError
from pi_service.appliance.install import Box, rollback, update

RESTS_WITHIN_S = 3600.0
"""So long the end of a drawing is waited for."""
POLL_S = 2.0


def follow(
    box: Box,
    request: Path | None = None,
    *,
    owner: int = 0,
    state: Callable[[str], dict[str, Any] | None] = lambda address: host.said(
        f"{address}/api/v1/state"
    ),
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Do what the page has asked for, and note for it how far that is.

    Args:
        request: Where it is; None for the usual place.
        owner: Whose the releases must be; root's, but in tests.
        state: What the service at an address tells of itself; None while it does not answer.

    Raises:
        ApplianceError: It could not be done; the page is told the same.
    """
    outcome, version = box.places.home / files.OUTCOME.name, ""

    def rests(wanted: str) -> None:
        nonlocal version
        version = wanted
        files.tell(outcome, "waiting", wanted)
        address = host.page(host.options(box.places.options))
        until = clock() + RESTS_WITHIN_S
        while (seen := state(address)) is not None and seen.get("job") is not None:
            if clock() > until:
                raise ApplianceError("A drawing was on the paper all the time: ask again.")
            sleep(POLL_S)
        files.tell(outcome, "switching", wanted)

    try:
        wanted = files.take(request or files.REQUEST)
        files.tell(outcome, "building", version)
        careful = replace(box, rests=rests)
        if "back" in wanted:
            rests("")
            rollback(careful)
        else:
            folder = box.places.incoming
            update(
                careful, files.trusted(folder, wanted["name"], wanted["sha256"], owner=owner)
            )
    except (ApplianceError, files.RequestError, OSError) as error:
        files.tell(outcome, "failed", version, str(error))
        raise ApplianceError(str(error)) from error
    files.tell(outcome, "done", version)
