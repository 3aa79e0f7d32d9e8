-- The cookies by which frames of one app find a sign-in session where third-party cookies are blocked. They end with it.
CREATE TABLE partitioned_sessions (
    id_hash   TEXT PRIMARY KEY,
    sid       TEXT NOT NULL,
    client_id TEXT NOT NULL,
    issuer    TEXT NOT NULL,
    origin    TEXT NOT NULL, -- of the app's pages
    code_hash TEXT NOT NULL, -- the code that bought it: a replayed code ends it
    began_at  BIGINT NOT NULL
);
CREATE INDEX partitioned_sessions_by_session ON partitioned_sessions (sid);
CREATE INDEX partitioned_sessions_by_code ON partitioned_sessions (code_hash);
