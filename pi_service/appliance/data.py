"""The data that a release leaves behind, and whether an older one can still read it.

A newer release may bring the database to a newer form, which an older one refuses. Before it
does so it keeps a copy; going back puts that copy in place.
"""

from __future__ import annotations

import os
from pathlib import Path

from pi_service.appliance.host import ApplianceError
from pi_service.appliance.places import Places
from pi_service.appliance.release import Release

_FORM = slice(60, 64)
"""Where SQLite's file format keeps the user version, https://www.sqlite.org/fileformat2.html."""


def form(database: Path) -> int:
    """The form of a database that nobody has open; 0 where there is none yet."""
    if not database.exists():
        return 0
    with database.open("rb") as file:
        return int.from_bytes(file.read(100)[_FORM], "big")


def newest_form(release: Release) -> int:
    """The newest form that a release can read."""
    packages = "venv/lib/*/site-packages/pi_service/studio"
    found = (
        path
        for place in ("migrations", "core/migrations")  # the first up to version 0.2
        for path in release.folder.glob(f"{packages}/{place}/*.sql")
    )
    return max((int(path.name[:4]) for path in found if path.name[:4].isdecimal()), default=0)


def put_back(places: Places, release: Release) -> Path | None:
    """Make the data readable for an older release, from the copy that was kept of it.

    Call it while the service is stopped. The newer data is kept beside it.

    Returns:
        Where the newer data is now; None if the release can read it as it is.

    Raises:
        ApplianceError: There is no such copy.
    """
    database = places.state / "catplotter.db"
    now = form(database)
    if now <= newest_form(release):
        return None
    copy = database.with_name(f"catplotter.before-{now:04d}.db")
    if not copy.exists() or form(copy) > newest_form(release):
        raise ApplianceError(
            f"{database} is too new for {release}, and no older copy of it is there. Install "
            "the newer release again."
        )
    aside = database.with_name(f"catplotter.form-{now:04d}.db")
    owner = database.stat()
    database.replace(aside)
    for rest in ("-wal", "-shm"):
        database.with_name(database.name + rest).unlink(missing_ok=True)
    copy.replace(database)
    os.chown(database, owner.st_uid, owner.st_gid)
    return aside
