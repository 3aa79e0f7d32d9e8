// A page as the SDK's documentation writes it. A test calls its functions and reads what they come to.
"use strict";

const issuer = document.querySelector('meta[name="silent-auth:issuer"]').content;

const client = new auth0.Auth0Client({
  domain: issuer.replace(/\/$/, ""),
  clientId: "demo-spa",
  authorizationParams: {
    redirect_uri: `${window.location.origin}/callback`,
    audience: "https://notes.example.com",
    scope: "openid profile email read:notes",
  },
});

/** Runs one call of the SDK and leaves its outcome where a test looks for it. */
function call(run) {
  window.outcome = null;
  const started = performance.now();
  const settle = (settled) => { window.outcome = { ...settled, millis: performance.now() - started }; };
  run(client).then(
    (value) => settle({ value: value ?? null }),
    (error) => settle({ error: error.error ?? String(error), description: error.error_description ?? error.message }),
  );
}
