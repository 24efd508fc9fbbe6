-- Numbers of a journal that are accounted for without a capture; how often payloads repeat; patience with gaps.
-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 (UTC).

CREATE TABLE absences (
    id        TEXT   NOT NULL PRIMARY KEY,
    appliance TEXT   NOT NULL,
    journal   TEXT   NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    reason    TEXT   NOT NULL,          -- pruned | too_large | unreadable | set_aside | given_up
    at        BIGINT NOT NULL
);
CREATE INDEX absences_of_journal ON absences (appliance, journal, first_seq);

-- How often this payload (or, where only the newest is kept, one like it) came.
ALTER TABLE quarantined_payloads ADD COLUMN times BIGINT NOT NULL DEFAULT 1;
-- Requests for the gap in a row that changed nothing.
ALTER TABLE journals ADD COLUMN asks BIGINT NOT NULL DEFAULT 0;
