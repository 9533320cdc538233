-- Jobs, what they look like, and the paper they are on.

CREATE TABLE sheets (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    opened_at REAL    NOT NULL,
    width     REAL    NOT NULL CHECK (width > 0),    -- mm
    height    REAL    NOT NULL CHECK (height > 0),   -- mm
    margin    REAL    NOT NULL CHECK (margin >= 0),  -- mm
    columns   INTEGER NOT NULL CHECK (columns > 0),
    rows      INTEGER NOT NULL CHECK (rows > 0)
) STRICT;

CREATE TABLE jobs (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    state             TEXT    NOT NULL CHECK (state IN (
        'requested', 'composing', 'waiting', 'drawing', 'paused',
        'done', 'cancelled', 'failed', 'interrupted')),
    source            TEXT    NOT NULL,
    class_name        TEXT    NOT NULL,
    seed              INTEGER NOT NULL CHECK (seed >= 0),
    priority          INTEGER NOT NULL,
    request_key       TEXT    UNIQUE,
    requested_at      REAL    NOT NULL,
    started_at        REAL,
    ended_at          REAL,
    reason            TEXT    NOT NULL DEFAULT '',
    strokes_total     INTEGER NOT NULL DEFAULT 0,
    strokes_drawn     INTEGER NOT NULL DEFAULT 0,
    seconds_estimated REAL,
    ink_mm            REAL,
    model_hash        TEXT,
    program_hash      TEXT,
    sheet             INTEGER REFERENCES sheets (id),
    cell              INTEGER,
    edition           INTEGER UNIQUE,
    CHECK (strokes_drawn <= strokes_total),
    UNIQUE (sheet, cell)  -- no cell is ever drawn over
) STRICT;

-- The few jobs that are still to be drawn, in the order in which they will be.
CREATE INDEX jobs_queued ON jobs (priority, id)
    WHERE state IN ('requested', 'composing', 'waiting');
CREATE INDEX jobs_queued_by_source ON jobs (source)
    WHERE state IN ('requested', 'composing', 'waiting');
CREATE INDEX jobs_on_paper ON jobs (id) WHERE state IN ('drawing', 'paused');
CREATE INDEX jobs_interrupted ON jobs (id) WHERE state = 'interrupted';

-- What the pen draws: enough to show it, to draw it again, and to make it again from the seed.
CREATE TABLE drawings (
    job      INTEGER PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    strokes  BLOB    NOT NULL,  -- zlib of JSON: [[[x, y], …], …] in paper mm, as inked
    gcode    BLOB    NOT NULL,  -- zlib of the program's text
    profile  TEXT    NOT NULL,  -- name of the machine's profile
    settings TEXT    NOT NULL   -- JSON: paper, area and whatever else went into it
) STRICT;

-- Numbers that only ever rise.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, last) VALUES ('edition', 0);
