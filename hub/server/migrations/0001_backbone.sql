-- The backbone: appliances, captures exactly once, quarantine, audit.
-- One file for SQLite and PostgreSQL: TEXT, INTEGER, BIGINT and BYTEA only. Times are microseconds since 1970 (UTC).

CREATE TABLE appliances (
    name                  TEXT PRIMARY KEY,
    site                  TEXT NOT NULL,
    enrolment             TEXT NOT NULL,          -- invited | enrolled | revoked
    created_at            BIGINT NOT NULL,
    created_by            TEXT NOT NULL,
    enrolled_at           BIGINT,
    certificate_serial    TEXT,
    certificate_not_after BIGINT,
    revoked_at            BIGINT,
    revoked_by            TEXT,
    last_seen_at          BIGINT,
    connected             INTEGER NOT NULL DEFAULT 0,
    queue_depth           BIGINT NOT NULL DEFAULT 0,
    version               TEXT,
    state                 TEXT,                   -- the last state it announced, as JSON
    state_at              BIGINT
);

CREATE TABLE invitations (
    id            TEXT PRIMARY KEY,
    appliance     TEXT NOT NULL,
    site          TEXT NOT NULL,
    secret_digest TEXT NOT NULL UNIQUE,
    created_at    BIGINT NOT NULL,
    created_by    TEXT NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    withdrawn_at  BIGINT
);

CREATE TABLE certificates (
    serial     TEXT PRIMARY KEY,
    appliance  TEXT NOT NULL,
    issued_at  BIGINT NOT NULL,
    not_after  BIGINT NOT NULL,
    pem        TEXT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT
);
CREATE INDEX certificates_of_appliance ON certificates (appliance, issued_at);

-- One row for each journal an appliance ever had; its lock serialises what two hubs write about the same journal.
CREATE TABLE journals (
    appliance  TEXT NOT NULL,
    journal    TEXT NOT NULL,
    upto       BIGINT NOT NULL,                   -- highest contiguous sequence number committed
    highest    BIGINT NOT NULL,
    islands    TEXT NOT NULL,                     -- what is committed above a gap: "12-15,20-22"
    duplicates BIGINT NOT NULL DEFAULT 0,
    gap_since  BIGINT,
    asked_at   BIGINT NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (appliance, journal)
);

CREATE TABLE captures (
    id            TEXT PRIMARY KEY,
    appliance     TEXT NOT NULL,
    journal       TEXT NOT NULL,
    seq           BIGINT NOT NULL,
    boot          BIGINT NOT NULL,
    site          TEXT NOT NULL,
    port          TEXT NOT NULL,
    link          TEXT NOT NULL,
    driver        TEXT NOT NULL,
    received_at   BIGINT NOT NULL,
    clock         TEXT NOT NULL,
    stored_at     BIGINT NOT NULL,
    digest        BYTEA NOT NULL,
    counters      TEXT NOT NULL,
    bytes         BYTEA NOT NULL,
    interpreted   INTEGER NOT NULL DEFAULT 0,     -- 0 waiting, 1 interpreted, 2 not readable
    problem       TEXT,
    UNIQUE (appliance, journal, seq)
);
CREATE INDEX captures_waiting ON captures (id) WHERE interpreted = 0;

-- Payloads the hub could not take in as a capture: kept as received, for a person.
CREATE TABLE quarantined_payloads (
    id         TEXT PRIMARY KEY,
    topic      TEXT NOT NULL,
    appliance  TEXT,
    reason     TEXT NOT NULL,
    digest     BYTEA NOT NULL,
    payload    BYTEA NOT NULL,
    at         BIGINT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT,
    UNIQUE (topic, reason, digest)
);

CREATE TABLE audit (
    seq          BIGINT PRIMARY KEY,
    at           BIGINT NOT NULL,
    who          TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   TEXT NOT NULL,
    detail       TEXT NOT NULL,
    previous     TEXT NOT NULL,
    digest       TEXT NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject_kind, subject_id, seq);

-- The end of the audit chain; its row is locked while an entry is added, so a removed last entry shows too.
CREATE TABLE audit_head (
    id     INTEGER PRIMARY KEY,
    seq    BIGINT NOT NULL,
    digest TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, digest) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
