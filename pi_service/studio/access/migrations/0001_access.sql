-- Who may look after the plotter. No table holds a secret itself, only what tells it apart.

CREATE TABLE password (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    hash   TEXT    NOT NULL,  -- scrypt, with its salt and cost
    set_at REAL    NOT NULL
) STRICT;

CREATE TABLE sessions (
    digest    BLOB PRIMARY KEY CHECK (length(digest) = 32),  -- SHA-256 of the cookie's value
    opened_at REAL NOT NULL,
    seen_at   REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL UNIQUE,
    role    TEXT    NOT NULL CHECK (role IN ('staff', 'visitor')),
    digest  BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    made_at REAL    NOT NULL,
    used_at REAL
) STRICT;
