-- Captions, favourites, drawing again, pens, and what happened: all that gallery days need.

ALTER TABLE sheets ADD COLUMN caption INTEGER NOT NULL DEFAULT 0 CHECK (caption IN (0, 1));

ALTER TABLE jobs ADD COLUMN caption TEXT NOT NULL DEFAULT '';       -- written under it
ALTER TABLE jobs ADD COLUMN again_of INTEGER;                       -- the job it repeats
ALTER TABLE jobs ADD COLUMN size_mm REAL CHECK (size_mm > 0);       -- NULL: fills its cell
ALTER TABLE jobs ADD COLUMN ink_drawn_mm REAL NOT NULL DEFAULT 0;   -- of it on the paper
ALTER TABLE jobs ADD COLUMN seconds_drawn REAL NOT NULL DEFAULT 0;  -- that it took
ALTER TABLE jobs ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
-- A deleted job keeps its row: its cell, its number and its key are never given again.
ALTER TABLE jobs ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1));

-- The history, as it is looked through.
CREATE INDEX jobs_shown ON jobs (id) WHERE edition IS NOT NULL AND deleted = 0;
CREATE INDEX jobs_favourite ON jobs (id) WHERE favourite = 1;
CREATE INDEX jobs_of_class ON jobs (class_name, id);
CREATE INDEX jobs_of_source ON jobs (source, id);
CREATE INDEX jobs_of_state ON jobs (state, id);
CREATE INDEX jobs_of_seed ON jobs (seed);
CREATE INDEX jobs_by_day ON jobs (started_at, state, ink_drawn_mm, seconds_drawn)
    WHERE started_at IS NOT NULL;
CREATE INDEX jobs_asked ON jobs (requested_at, source);

CREATE TABLE pens (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    put_in_at  REAL    NOT NULL,
    limit_mm   REAL             CHECK (limit_mm > 0),  -- NULL: nobody knows how far it goes
    used_mm    REAL    NOT NULL DEFAULT 0
) STRICT;

-- What a person who comes in the morning wants to know of the night.
CREATE TABLE log (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at   REAL    NOT NULL,
    kind TEXT    NOT NULL,
    text TEXT    NOT NULL
) STRICT;
