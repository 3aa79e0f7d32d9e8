-- The clients that got something in a session and want to be told when it ends.
CREATE TABLE session_clients (
    sid       TEXT NOT NULL,
    client_id TEXT NOT NULL,
    issuer    TEXT NOT NULL, -- the tenant's address that the client knows the session from
    PRIMARY KEY (sid, client_id, issuer)
);

-- Logout tokens that are on their way: stored in the commit that ends the session, removed once they arrived or
-- nobody tries any more.
CREATE TABLE logout_notices (
    notice_id TEXT PRIMARY KEY, -- the jti of the logout token
    sid       TEXT NOT NULL,
    user_id   TEXT NOT NULL,
    client_id TEXT NOT NULL,
    issuer    TEXT NOT NULL,
    initiator TEXT NOT NULL, -- why the session ended, in Auth0's words
    failed    BIGINT NOT NULL, -- how many tries came to nothing
    due_at    BIGINT NOT NULL
);
CREATE INDEX logout_notices_by_time ON logout_notices (due_at);
