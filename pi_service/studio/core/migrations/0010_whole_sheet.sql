-- A drawing may take all cells of a sheet that nothing else is on.

ALTER TABLE jobs ADD COLUMN whole_sheet INTEGER NOT NULL DEFAULT 0
    CHECK (whole_sheet IN (0, 1));

-- As UNIQUE (sheet, cell): it is never drawn over, and over nothing.
CREATE TRIGGER jobs_whole_sheet BEFORE UPDATE OF sheet, cell ON jobs
    WHEN NEW.cell IS NOT NULL AND EXISTS (
        SELECT 1 FROM jobs WHERE sheet = NEW.sheet AND cell IS NOT NULL AND id <> NEW.id
            AND 1 IN (whole_sheet, NEW.whole_sheet))
BEGIN
    SELECT RAISE (ABORT, 'the sheet is taken');
END;
