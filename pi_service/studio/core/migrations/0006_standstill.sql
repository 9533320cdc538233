-- After a person's Stop nothing begins until the staff let it go on: one row while that is so.

CREATE TABLE standstill (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    stopped_at REAL NOT NULL,  -- seconds since 1970
    who        TEXT NOT NULL   -- who stopped, as JSON: a code with parameters
) STRICT;

-- A drawing may be gone on with from an earlier stroke, also when it was done.
ALTER TABLE jobs ADD COLUMN strokes_before INTEGER NOT NULL DEFAULT 0;
