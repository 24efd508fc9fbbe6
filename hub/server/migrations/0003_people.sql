-- People: accounts, sessions, failed sign-ins, and what a person searched for (so that no name stands in an address).
-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 (UTC). Accounts are closed, never deleted.

CREATE TABLE account (
    id          TEXT    NOT NULL PRIMARY KEY,
    login       TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    role        TEXT    NOT NULL,
    rpps        TEXT,
    language    TEXT    NOT NULL,
    password    TEXT    NOT NULL,          -- argon2id, PHC string
    active      INTEGER NOT NULL,
    created_at  BIGINT  NOT NULL,
    created_by  TEXT    NOT NULL,
    changed_at  BIGINT  NOT NULL,
    changed_by  TEXT    NOT NULL
);

CREATE TABLE session (
    digest      TEXT    NOT NULL PRIMARY KEY,   -- SHA-256 of the random identifier in the cookie
    account_id  TEXT    NOT NULL,
    created_at  BIGINT  NOT NULL,
    seen_at     BIGINT  NOT NULL
);
CREATE INDEX session_of_account ON session (account_id);

CREATE TABLE sign_in_failure (
    login_digest TEXT   NOT NULL PRIMARY KEY,   -- a digest: people type passwords into the wrong field
    failures     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL
);

CREATE TABLE search (
    id          TEXT    NOT NULL PRIMARY KEY,
    session     TEXT    NOT NULL,
    words       TEXT    NOT NULL,
    at          BIGINT  NOT NULL
);
CREATE INDEX search_of_session ON search (session);
