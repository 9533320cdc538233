-- When drawings are asked for by the clock.

CREATE TABLE schedules (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    rule       TEXT    NOT NULL,  -- as a person wrote it: "daily at 14:00, 16:30"
    class_name TEXT,              -- NULL: the studio's default
    enabled    INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    created_at REAL    NOT NULL
) STRICT;

-- Every run that was due, and what came of it. The key keeps a run from happening twice, when
-- the clock is set back in autumn or the service restarts within the minute.
CREATE TABLE firings (
    schedule_id   INTEGER NOT NULL REFERENCES schedules (id) ON DELETE CASCADE,
    scheduled_for TEXT    NOT NULL,  -- local time by the wall clock, ISO 8601 without an offset
    fired_at      REAL    NOT NULL,
    job           INTEGER REFERENCES jobs (id) ON DELETE SET NULL,
    outcome       TEXT    NOT NULL,  -- 'asked', or the sentence why not
    UNIQUE (schedule_id, scheduled_for)
) STRICT;

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL  -- JSON
) STRICT;
