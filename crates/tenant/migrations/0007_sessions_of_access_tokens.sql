-- The session whose end also ends the token; NULL for those that were granted for the time without one.
ALTER TABLE access_tokens ADD COLUMN sid TEXT;
