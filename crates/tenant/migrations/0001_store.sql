-- Text and BIGINT alone, and $n placeholders in every query: the schema is meant for PostgreSQL too.
-- Times are milliseconds since 1970. Codes, session ids and tokens are kept as SHA-256 hashes.

-- `body` is JSON exactly as the tenant file gave it, whether this version uses a field or not.
CREATE TABLE sections (
    name TEXT PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    name      TEXT NOT NULL,
    body      TEXT NOT NULL
);

CREATE TABLE apis (
    identifier TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    body       TEXT NOT NULL
);

CREATE TABLE client_grants (
    client_id TEXT NOT NULL,
    audience  TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (client_id, audience)
);

CREATE TABLE users (
    user_id       TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE, -- lower case
    password_hash TEXT NOT NULL,
    body          TEXT NOT NULL
);

CREATE TABLE signing_keys (
    kid         TEXT PRIMARY KEY,
    private_key TEXT NOT NULL, -- PKCS #8, PEM
    created_at  BIGINT NOT NULL
);

CREATE TABLE server_secrets (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE sessions (
    id_hash          TEXT PRIMARY KEY,
    sid              TEXT NOT NULL UNIQUE,
    user_id          TEXT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    last_used_at     BIGINT NOT NULL
);

-- A login page that somebody has open, with the authorization request it belongs to.
CREATE TABLE logins (
    id_hash    TEXT PRIMARY KEY,
    issuer     TEXT NOT NULL,
    request    TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE codes (
    code_hash   TEXT PRIMARY KEY,
    body        TEXT NOT NULL, -- what the code is bound to
    sid         TEXT NOT NULL,
    expires_at  BIGINT NOT NULL,
    redeemed_at BIGINT
);
CREATE INDEX codes_by_session ON codes (sid);

CREATE TABLE access_tokens (
    token_hash TEXT PRIMARY KEY,
    code_hash  TEXT NOT NULL,
    body       TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX access_tokens_by_code ON access_tokens (code_hash);

CREATE TABLE logs (
    log_id TEXT PRIMARY KEY, -- grows with time
    type   TEXT NOT NULL,
    body   TEXT NOT NULL
);
CREATE INDEX logs_by_type ON logs (type, log_id);

-- When a deprecation notice was last written: at most one an hour for each client and feature.
CREATE TABLE notices (
    client_id  TEXT NOT NULL,
    feature    TEXT NOT NULL,
    noticed_at BIGINT NOT NULL,
    PRIMARY KEY (client_id, feature)
);
