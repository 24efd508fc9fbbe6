-- The laboratory: patients, orders, specimens, observations, what waits for a person, reports.
-- One text for SQLite and PostgreSQL: only types that both read (TEXT, BIGINT, BYTEA).
-- Times are microseconds since 1970 in UTC; identifiers are UUIDs in text; bodies are JSON.

CREATE TABLE laboratory_setting (
    name        TEXT   NOT NULL PRIMARY KEY,
    body        TEXT   NOT NULL,
    set_by      TEXT   NOT NULL,
    set_at      BIGINT NOT NULL
);

CREATE TABLE laboratory_counter (
    name        TEXT   NOT NULL PRIMARY KEY,
    value       BIGINT NOT NULL
);

CREATE TABLE patient (
    id          TEXT   NOT NULL PRIMARY KEY,
    ipp         TEXT   NOT NULL UNIQUE,
    status      TEXT   NOT NULL,
    ins         TEXT,
    name_key    TEXT   NOT NULL,
    near_key    TEXT   NOT NULL,
    search_key  TEXT   NOT NULL,
    birth_date  TEXT   NOT NULL,
    sex         TEXT   NOT NULL,
    body        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL
);
-- RNIV EXI SI 32: no two identities with the same matricule.
CREATE UNIQUE INDEX patient_by_ins ON patient (ins) WHERE ins IS NOT NULL;
CREATE INDEX patient_by_name ON patient (name_key, birth_date);
CREATE INDEX patient_by_near ON patient (near_key);

CREATE TABLE patient_version (
    patient_id  TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    body        TEXT   NOT NULL,
    changed_by  TEXT   NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (patient_id, version)
);

CREATE TABLE lab_order (
    id              TEXT   NOT NULL PRIMARY KEY,
    number          TEXT   NOT NULL UNIQUE,
    request_number  TEXT   UNIQUE,
    request_digest  TEXT,
    patient_id      TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    urgent          BIGINT NOT NULL,
    tests           BIGINT NOT NULL,
    missing         BIGINT NOT NULL,
    to_review       BIGINT NOT NULL,
    held            BIGINT NOT NULL,
    to_sign         BIGINT NOT NULL,
    signed          BIGINT NOT NULL,
    body            TEXT   NOT NULL,
    version         BIGINT NOT NULL,
    registered_at   BIGINT NOT NULL,
    changed_at      BIGINT NOT NULL
);
CREATE INDEX lab_order_by_patient ON lab_order (patient_id);
CREATE INDEX lab_order_by_status ON lab_order (status, registered_at);

CREATE TABLE specimen (
    id           TEXT   NOT NULL PRIMARY KEY,
    order_id     TEXT   NOT NULL,
    accession    TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    collected_at BIGINT
);
CREATE INDEX specimen_by_accession ON specimen (accession);
CREATE INDEX specimen_by_order ON specimen (order_id);

CREATE TABLE ordered_test (
    id           TEXT   NOT NULL PRIMARY KEY,
    order_id     TEXT   NOT NULL,
    specimen_id  TEXT   NOT NULL,
    code         TEXT   NOT NULL,
    position     BIGINT NOT NULL,
    cancelled    TEXT,
    UNIQUE (order_id, specimen_id, code)
);

CREATE TABLE interpretation (
    capture_id     TEXT   NOT NULL,
    run            BIGINT NOT NULL,
    driver         TEXT   NOT NULL,
    driver_version TEXT   NOT NULL,
    outcome        TEXT   NOT NULL,
    readings       BIGINT NOT NULL,
    body           TEXT   NOT NULL,
    done_at        BIGINT NOT NULL,
    PRIMARY KEY (capture_id, run)
);

CREATE TABLE observation (
    id             TEXT   NOT NULL PRIMARY KEY,
    capture_id     TEXT   NOT NULL,
    run            BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    appliance      TEXT   NOT NULL,
    port           TEXT   NOT NULL,
    accession      TEXT   NOT NULL,
    analyzer_code  TEXT   NOT NULL,
    driver         TEXT   NOT NULL,
    patient_id     TEXT,
    order_id       TEXT,
    specimen_id    TEXT,
    code           TEXT,
    state          TEXT   NOT NULL,
    report_version BIGINT,
    is_current     BIGINT NOT NULL,
    generation     BIGINT NOT NULL,
    superseded_by  TEXT,
    interpretation TEXT,
    number         TEXT,
    observed_at    BIGINT NOT NULL,
    received_at    BIGINT NOT NULL,
    body           TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    changed_at     BIGINT NOT NULL,
    UNIQUE (capture_id, run, position)
);
CREATE INDEX observation_by_order ON observation (order_id, code);
CREATE INDEX observation_by_patient ON observation (patient_id, code, observed_at);
CREATE INDEX observation_by_state ON observation (state, is_current);
CREATE INDEX observation_by_accession ON observation (accession);

-- What was said and decided about an observation, in order; never edited.
CREATE TABLE observation_event (
    observation_id TEXT   NOT NULL,
    version        BIGINT NOT NULL,
    act            TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    reason         TEXT,
    actor          TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    PRIMARY KEY (observation_id, version)
);

CREATE TABLE control_result (
    id             TEXT   NOT NULL PRIMARY KEY,
    capture_id     TEXT   NOT NULL,
    run            BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    kind           TEXT   NOT NULL,
    appliance      TEXT   NOT NULL,
    port           TEXT   NOT NULL,
    driver         TEXT   NOT NULL,
    material       TEXT   NOT NULL,
    analyzer_code  TEXT   NOT NULL,
    code           TEXT,
    number         TEXT,
    unit           TEXT,
    observed_at    BIGINT NOT NULL,
    body           TEXT   NOT NULL,
    UNIQUE (capture_id, run, position)
);
CREATE INDEX control_result_by_analyzer ON control_result (appliance, port, analyzer_code, material, observed_at);

-- Everything that no rule may decide alone waits here for a person.
CREATE TABLE waiting_item (
    id             TEXT   NOT NULL PRIMARY KEY,
    kind           TEXT   NOT NULL,
    capture_id     TEXT,
    observation_id TEXT,
    order_id       TEXT,
    subject        TEXT   NOT NULL,
    sentence       TEXT   NOT NULL,
    state          TEXT   NOT NULL,
    opened_at      BIGINT NOT NULL,
    closed_at      BIGINT,
    closed_by      TEXT,
    resolution     TEXT
);
CREATE INDEX waiting_item_open ON waiting_item (state, kind, opened_at);
CREATE INDEX waiting_item_by_observation ON waiting_item (observation_id);

-- Which local test an analyzer's code means, decided by a named person; the highest version holds.
CREATE TABLE code_mapping (
    driver      TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    local_code  TEXT   NOT NULL,
    decided_by  TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    PRIMARY KEY (driver, code, version)
);

CREATE TABLE unit_mapping (
    driver      TEXT   NOT NULL,
    unit        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    ucum        TEXT   NOT NULL,
    decided_by  TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    PRIMARY KEY (driver, unit, version)
);

CREATE TABLE report (
    id           TEXT   NOT NULL PRIMARY KEY,
    order_id     TEXT   NOT NULL,
    patient_id   TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    state        TEXT   NOT NULL,
    document_id  TEXT   NOT NULL UNIQUE,
    set_id       TEXT   NOT NULL,
    replaces     TEXT,
    complete     BIGINT NOT NULL,
    signed_by    TEXT   NOT NULL,
    signed_at    BIGINT NOT NULL,
    model        TEXT   NOT NULL,
    n3           BYTEA  NOT NULL,
    n1           BYTEA  NOT NULL,
    pdf          BYTEA  NOT NULL,
    html         BYTEA  NOT NULL,
    digest       TEXT   NOT NULL,
    UNIQUE (order_id, version)
);

CREATE TABLE report_observation (
    report_id           TEXT   NOT NULL,
    observation_id      TEXT   NOT NULL,
    observation_version BIGINT NOT NULL,
    PRIMARY KEY (report_id, observation_id)
);
