-- Reports of other laboratories: the document as it came, what a person decided about it, and the results taken over, each
-- with the laboratory that found it. One text for SQLite and PostgreSQL. Times are microseconds since 1970 (UTC).

CREATE TABLE incoming_report (
    id          TEXT   NOT NULL PRIMARY KEY,
    digest      TEXT   NOT NULL UNIQUE,   -- of the bytes: the same document comes in once
    channel     TEXT   NOT NULL,          -- file
    form        TEXT   NOT NULL,          -- n3 | n1 | auto | unknown
    signed      BIGINT NOT NULL,
    origin_id   TEXT   NOT NULL,          -- idNat_Struct of the laboratory that made it, or empty
    origin      TEXT   NOT NULL,
    written_at  BIGINT,
    state       TEXT   NOT NULL,          -- waiting | attached | aside
    version     BIGINT NOT NULL,
    usage       TEXT,                     -- history | subcontract
    patient_id  TEXT,
    order_id    TEXT,
    reason      TEXT   NOT NULL,          -- why it was set aside
    decided_by  TEXT,
    decided_at  BIGINT,
    received_by TEXT   NOT NULL,
    received_at BIGINT NOT NULL,
    bytes       BYTEA  NOT NULL
);
CREATE INDEX incoming_report_by_state ON incoming_report (state, received_at);

-- Results taken over from an attached report; never edited.
CREATE TABLE incoming_result (
    report_id  TEXT   NOT NULL,
    place      BIGINT NOT NULL,
    usage      TEXT   NOT NULL,
    patient_id TEXT   NOT NULL,
    order_id   TEXT,
    loinc      TEXT   NOT NULL,           -- or empty
    origin_id  TEXT   NOT NULL,
    origin     TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    chapter    TEXT   NOT NULL,
    body       TEXT   NOT NULL,           -- the result in the report model, as JSON
    PRIMARY KEY (report_id, place)
);
CREATE INDEX incoming_result_by_patient ON incoming_result (patient_id, loinc, at);
CREATE INDEX incoming_result_by_order ON incoming_result (order_id);
