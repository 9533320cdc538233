-- A drawing may be drawn again as one of an edition: print n of N, each number once.

ALTER TABLE jobs ADD COLUMN print_number INTEGER;
ALTER TABLE jobs ADD COLUMN print_total  INTEGER;

-- A print that the pen never began gives its number back.
CREATE UNIQUE INDEX jobs_prints ON jobs (again_of, print_number) WHERE
    print_total IS NOT NULL AND state <> 'failed'
    AND (state <> 'cancelled' OR edition IS NOT NULL);
