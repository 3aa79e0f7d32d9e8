-- A signing key is next while it was never current, current while it has no end, previous after that.
ALTER TABLE signing_keys ADD COLUMN current_since BIGINT;
ALTER TABLE signing_keys ADD COLUMN current_until BIGINT;
ALTER TABLE signing_keys ADD COLUMN revoked_at BIGINT;
-- The only key that a store had before there were several is the one in use.
UPDATE signing_keys SET current_since = created_at;

-- Who may use the dashboard, and the browsers they are signed in with.
CREATE TABLE admins (
    name          TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL
);

CREATE TABLE admin_sessions (
    id_hash      TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    began_at     BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
