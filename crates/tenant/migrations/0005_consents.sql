-- What a user granted to an application, for one API or, with the audience '', for /userinfo alone.
CREATE TABLE consents (
    consent_id TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    audience   TEXT NOT NULL,
    scope      TEXT NOT NULL, -- a list in JSON
    granted_at BIGINT NOT NULL,
    UNIQUE (user_id, client_id, audience)
);

-- Several pages can follow one another now: which one a request waits at, and what the user did for it so far.
ALTER TABLE logins ADD COLUMN progress TEXT NOT NULL DEFAULT '{}';

-- APIs from before the rule about loopback callbacks go on without it.
UPDATE apis SET body = replace(
    body,
    '"skip_consent_for_verifiable_first_party_clients":true',
    '"skip_consent_for_verifiable_first_party_clients":true,"loopback_callbacks_are_verifiable":true'
);
