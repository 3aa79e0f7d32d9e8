// A page as the SDK's documentation writes it. A test calls its functions and reads what they come to.
"use strict";

const content = (name) => document.querySelector(`meta[name="${name}"]`).content;
const isVersion1 = typeof createAuth0Client === "function";
const domain = content("issuer").replace(/\/$/, "");
const redirect_uri = `${window.location.origin}/callback`;
const audience = "https://notes.example.com";
const scope = "openid profile email read:notes";

/** The SDK as an application of the tenant sets it up; what the test chose of its options is in a meta element. */
function sdk(other = {}) {
  const { client_id, ...options } = { ...JSON.parse(content("sdk-options")), ...other };
  return isVersion1
    ? new Auth0Client({ domain, client_id, redirect_uri, audience, scope, ...options })
    : new auth0.Auth0Client({
        domain, clientId: client_id, authorizationParams: { redirect_uri, audience, scope }, ...options,
      });
}

// A property of the window, where every browser's driver finds it.
window.client = sdk();

/** A token that is not from the cache. */
function renewed(by = client) {
  return by.getTokenSilently(isVersion1 ? { ignoreCache: true } : { cacheMode: "off" });
}

/** Leaves for the tenant's logout, to come back to the start of this app. */
function signOut() {
  const returnTo = `${window.location.origin}/`;
  client.logout(isVersion1 ? { returnTo } : { logoutParams: { returnTo } });
}

/** Runs one call of the SDK and leaves its outcome where a test looks for it. */
function call(run) {
  window.outcome = null;
  const started = performance.now();
  const settle = (settled) => { window.outcome = { ...settled, millis: performance.now() - started }; };
  run().then(
    (value) => settle({ value: value ?? null }),
    (error) => settle({ error: error.error ?? String(error), description: error.error_description ?? error.message }),
  );
}
