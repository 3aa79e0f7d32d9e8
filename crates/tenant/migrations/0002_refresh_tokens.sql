-- What one sign-in allowed a client to renew: a family of refresh tokens, of which the latest is the one in use.
CREATE TABLE refresh_families (
    family_id  TEXT PRIMARY KEY,
    client_id  TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    code_hash  TEXT, -- the code that bought it: a replayed code revokes the family
    body       TEXT NOT NULL, -- what its tokens are good for
    issued_at  BIGINT NOT NULL,
    expires_at BIGINT, -- NULL: never
    revoked_at BIGINT
);
CREATE INDEX refresh_families_by_owner ON refresh_families (user_id, client_id);
CREATE INDEX refresh_families_by_code ON refresh_families (code_hash);

CREATE TABLE refresh_tokens (
    token_hash  TEXT PRIMARY KEY,
    family_id   TEXT NOT NULL REFERENCES refresh_families (family_id) ON DELETE CASCADE,
    counter     BIGINT NOT NULL, -- 0 for the first, one more for each successor
    replaced_at BIGINT,
    UNIQUE (family_id, counter)
);

-- Access tokens now come from refresh tokens, passwords and secrets too, not from codes alone.
ALTER TABLE access_tokens RENAME TO access_tokens_from_codes;
CREATE TABLE access_tokens (
    token_hash TEXT PRIMARY KEY,
    code_hash  TEXT,
    family_id  TEXT,
    body       TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
INSERT INTO access_tokens SELECT token_hash, code_hash, NULL, body, expires_at, revoked_at FROM access_tokens_from_codes;
DROP TABLE access_tokens_from_codes;
CREATE INDEX access_tokens_by_code ON access_tokens (code_hash);
CREATE INDEX access_tokens_by_family ON access_tokens (family_id);
