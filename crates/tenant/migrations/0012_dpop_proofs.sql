-- DPoP proofs that were used (RFC 9449): each is good once, until it would be refused anyway.
CREATE TABLE dpop_proofs (
    proof_hash TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
