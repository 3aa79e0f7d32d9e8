-- What a password began and a one-time code is to complete (Auth0: mfa_token).
CREATE TABLE mfa_tokens (
    token_hash TEXT PRIMARY KEY,
    body       TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
