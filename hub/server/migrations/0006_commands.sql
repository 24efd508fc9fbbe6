-- What people asked appliances to do and what came of it; how far clocks are apart.
-- One text for SQLite and PostgreSQL. Times are microseconds since 1970 (UTC).

CREATE TABLE commands (
    id          TEXT   NOT NULL PRIMARY KEY,  -- 32 hexadecimal digits
    appliance   TEXT   NOT NULL,
    port        TEXT   NOT NULL,              -- empty when it is about the whole appliance
    act         TEXT   NOT NULL,              -- recognise | restart | replay
    asked_by    TEXT   NOT NULL,
    issued_at   BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    state       TEXT   NOT NULL,              -- sent | accepted | done | refused
    answered_at BIGINT,
    answer      TEXT                          -- JSON when done, a sentence when refused
);
CREATE INDEX commands_of_appliance ON commands (appliance, issued_at);

-- How far the appliance's clock was ahead of the hub's when it last spoke, microseconds.
ALTER TABLE appliances ADD COLUMN clock_ahead BIGINT;

-- How far the analyzer's clock was ahead of the appliance's when it sent its last dated message.
CREATE TABLE analyzer_clocks (
    appliance   TEXT   NOT NULL,
    port        TEXT   NOT NULL,
    ahead       BIGINT NOT NULL,
    quality     TEXT   NOT NULL,              -- of the appliance's clock: unsynchronised | rtc | ntp
    measured_at BIGINT NOT NULL,
    PRIMARY KEY (appliance, port)
);
