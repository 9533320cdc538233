-- What visitors and the machine drew together, of which a job was made.

CREATE TABLE proposals (
    id      TEXT PRIMARY KEY,  -- SHA-256 of what is kept, in hexadecimal digits
    content BLOB NOT NULL      -- zlib of JSON: the person's strokes, the machine's, the seed
) STRICT;

ALTER TABLE jobs ADD COLUMN proposal TEXT;  -- NULL: the machine draws alone
ALTER TABLE jobs ADD COLUMN pen_change INTEGER NOT NULL DEFAULT 0 CHECK (pen_change IN (0, 1));
CREATE INDEX jobs_of_proposal ON jobs (proposal) WHERE proposal IS NOT NULL;
