-- When drawings are asked for by the clock.

CREATE TABLE schedules (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    rule             TEXT    NOT NULL,  -- as a person wrote it: daily at 14:00, 16:30
    class_name       TEXT,              -- NULL: the studio's default
    enabled          INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    catch_up_minutes INTEGER NOT NULL DEFAULT 10 CHECK (catch_up_minutes >= 0),
    created_at       REAL    NOT NULL
) STRICT;

-- Every run that was due, and what came of it. The key keeps a run from happening twice.
CREATE TABLE firings (
    schedule_id   INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    scheduled_for TEXT    NOT NULL,  -- local time, ISO 8601 with its offset
    due_at        REAL    NOT NULL,  -- the same instant, seconds since 1970
    fired_at      REAL    NOT NULL,
    job           INTEGER REFERENCES jobs (id) ON DELETE SET NULL,
    outcome       TEXT    NOT NULL,  -- asked, or the sentence why not
    UNIQUE (schedule_id, scheduled_for)
) STRICT;
CREATE INDEX firings_due ON firings (schedule_id, due_at);
CREATE INDEX firings_job ON firings (job);

-- What people set while the service runs.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL  -- JSON
) STRICT;
