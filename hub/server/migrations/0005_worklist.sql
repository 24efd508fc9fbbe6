-- Orders on their way to the analyzers: the list by driver, in versions; what each appliance holds of it; what became of
-- each order there. One text for SQLite and PostgreSQL. Times are microseconds since 1970 (UTC).

CREATE TABLE work_list (
    id      BIGINT NOT NULL PRIMARY KEY,  -- 1: its row lock serialises two hubs
    list    TEXT   NOT NULL,              -- one life of the list, 32 hexadecimal digits
    version BIGINT NOT NULL,
    floor   BIGINT NOT NULL               -- what was removed up to this version is forgotten
);

-- One tube as the analyzers of one driver may ask about it. A removed one stays without a body until it is forgotten.
CREATE TABLE work_item (
    driver     TEXT   NOT NULL,
    specimen   TEXT   NOT NULL,
    version    BIGINT NOT NULL,           -- of its last change
    body       TEXT,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (driver, specimen)
);
CREATE INDEX work_item_by_version ON work_item (version);

CREATE TABLE work_holder (
    appliance  TEXT   NOT NULL PRIMARY KEY,
    site       TEXT   NOT NULL,
    list       TEXT   NOT NULL,
    version    BIGINT NOT NULL,           -- what it said it holds
    drivers    TEXT   NOT NULL,           -- one a line
    said_at    BIGINT NOT NULL,
    caught_up  BIGINT NOT NULL,           -- up to this version it lacks nothing that concerns it
    offered    BIGINT NOT NULL,
    offered_at BIGINT NOT NULL
);

-- What analyzers asked and got, as the appliances said it; never edited.
CREATE TABLE work_event (
    id         TEXT   NOT NULL PRIMARY KEY,
    capture_id TEXT   NOT NULL,
    appliance  TEXT   NOT NULL,
    port       TEXT   NOT NULL,
    driver     TEXT   NOT NULL,
    specimen   TEXT   NOT NULL,
    state      TEXT   NOT NULL,           -- asked | sent | refused | unsent | unknown | unreadable | cancelled
    tests      TEXT   NOT NULL,           -- codes of the analyzer, one a line
    reason     TEXT   NOT NULL,
    version    BIGINT NOT NULL,           -- of the list the appliance held
    at         BIGINT NOT NULL
);
CREATE INDEX work_event_by_specimen ON work_event (specimen, at);

-- Where each ordered test stands at the analyzers: the last word on it.
CREATE TABLE work_state (
    test_id    TEXT   NOT NULL PRIMARY KEY,
    order_id   TEXT   NOT NULL,
    state      TEXT   NOT NULL,           -- asked | sent | refused | unsent | cancelled | resulted
    appliance  TEXT   NOT NULL,
    port       TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX work_state_by_order ON work_state (order_id);

-- Orders that still wait for results: all that the list is made of.
CREATE INDEX lab_order_awaited ON lab_order (registered_at) WHERE missing > 0;
