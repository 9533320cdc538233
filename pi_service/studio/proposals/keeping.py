"""What visitors drew with the machine, in the database: kept with the job that draws it."""

from __future__ import annotations

import json
import sqlite3
import zlib

from pi_service.studio.database import Database
from pi_service.studio.proposals.picked import Picked


def keep(connection: sqlite3.Connection, picked: Picked) -> None:
    """Keep a drawing, inside the transaction that keeps its job."""
    connection.execute(
        "INSERT OR IGNORE INTO proposals (id, content) VALUES (?, ?)",
        (picked.id, zlib.compress(picked.text.encode())),
    )


def look_up(database: Database, name: str) -> Picked | None:
    """The drawing of that name; None if it was let go."""
    with database.read() as connection:
        row = connection.execute(
            "SELECT content FROM proposals WHERE id = ?", (name,)
        ).fetchone()
    if row is None:
        return None
    return Picked.of(json.loads(zlib.decompress(row[0])))


def let_go(connection: sqlite3.Connection) -> int:
    """Forget what no job draws or shows any more; says how many."""
    return connection.execute(
        "DELETE FROM proposals WHERE NOT EXISTS ("
        " SELECT 1 FROM jobs WHERE jobs.proposal = proposals.id AND jobs.deleted = 0 AND ("
        "  jobs.state NOT IN ('done', 'cancelled', 'failed')"
        "  OR EXISTS (SELECT 1 FROM drawings WHERE drawings.job = jobs.id)))"
    ).rowcount
