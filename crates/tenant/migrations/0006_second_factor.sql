-- When the session's user gave a one-time code; NULL: never.
ALTER TABLE sessions ADD COLUMN second_factor_at BIGINT;

-- The time step of the latest one-time code that a user spent: it and those before it are good no more (RFC 6238 5.2).
CREATE TABLE spent_one_time_codes (
    user_id   TEXT PRIMARY KEY,
    time_step BIGINT NOT NULL
);
