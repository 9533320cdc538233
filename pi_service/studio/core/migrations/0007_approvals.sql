-- Drawings of a visitor's hand that wait for the staff's yes. One that is refused leaves no row.

CREATE TABLE approvals (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket     TEXT    NOT NULL UNIQUE,  -- by which the visitor's page asks how it stands
    asked_at   REAL    NOT NULL,         -- seconds since 1970
    class_name TEXT    NOT NULL,
    strokes    INTEGER NOT NULL,         -- of both hands
    ink_mm     REAL    NOT NULL,
    seconds    REAL    NOT NULL,         -- that the pen is down
    pen_change INTEGER NOT NULL CHECK (pen_change IN (0, 1)),
    content    BLOB    NOT NULL          -- as in proposals
) STRICT;

INSERT INTO counters (name, last) VALUES ('approved', 0), ('refused', 0);

-- The address of a visitor who pressed Stop is told while the Stop holds, and not kept any more.
UPDATE jobs SET reason = '{"code": "stopped-by", "params": {"who": {"code": "by-a-visitor", "params": {}}}}'
    WHERE reason LIKE '%by-visitor%';
UPDATE standstill SET who = '{"code": "by-a-visitor", "params": {}}' WHERE who LIKE '%by-visitor%';
DELETE FROM log WHERE fact LIKE '%by-visitor%' OR fact LIKE '%stops-repeated%';
