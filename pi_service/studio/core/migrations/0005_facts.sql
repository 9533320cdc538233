-- What is told to people is a code with parameters, as JSON; sentences are made at the edges.
-- Old sentences are kept as they are: the code "text".

UPDATE jobs SET reason = json_object('code', 'text', 'params', json_object('text', reason))
    WHERE reason <> '';

ALTER TABLE log RENAME COLUMN text TO fact;
UPDATE log SET fact = json_object('code', 'text', 'params', json_object('text', fact));

UPDATE firings
    SET outcome = json_object('code', 'text', 'params', json_object('text', outcome))
    WHERE outcome <> 'asked';
