-- Opening hours that held before, so that days of the past are counted by those that held then.

CREATE TABLE past_hours (
    until TEXT PRIMARY KEY,  -- the first day on which they held no more, ISO 8601
    value TEXT NOT NULL      -- JSON, as the setting's
) STRICT;
