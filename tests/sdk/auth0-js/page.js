// A page as the documentation of the time writes it. A test calls the SDK in it and reads what its callback got.
"use strict";

const issuer = document.querySelector('meta[name="silent-auth:issuer"]').content;
const domain = new URL(issuer).host;
const isVersion7 = typeof auth0 === "function";

/** The SDK as an application of the tenant sets it up. */
function sdk(clientID = "legacy-spa") {
  const callback = `${window.location.origin}/callback`;
  return isVersion7
    ? new auth0({ domain, clientID, callbackURL: callback, responseType: "token" })
    : new auth0.WebAuth({ domain, clientID, redirectUri: callback, responseType: "token id_token", scope: "openid profile email" });
}

/** Leaves for the tenant's login page, as the SDK does. */
function signIn() {
  const client = sdk();
  if (isVersion7) client.login({ scope: "openid profile email" });
  else client.authorize();
}

/** Reads the tenant's answer in the address, as the SDK does. */
function comeBack(done) {
  const client = sdk();
  if (!isVersion7) return client.parseHash(done);
  const result = client.parseHash(window.location.hash);
  return result.error ? done(result) : done(null, result);
}

/** Runs one call, and leaves the arguments of its callback where a test looks for them. */
function call(run) {
  window.outcome = null;
  // Errors may hold the whole response; what an application reads of them is plain.
  const plain = (error) => Object.fromEntries(Object.entries(error).filter(([, value]) => Object(value) !== value));
  const started = performance.now();
  run((error, value) => {
    const millis = performance.now() - started;
    window.outcome = { error: error ? plain(error) : null, value: value ?? null, millis };
  });
}

/** What a token says. */
function claims(token) {
  const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** A confidential application signs its user in by the password grant, and gets a refresh token (RFC 6749 4.3). */
function passwordGrant(done) {
  const body = {
    grant_type: "password", client_id: "legacy-app-a", client_secret: "legacy-app-a-secret",
    username: "ada@example.com", password: "ada-password", scope: "openid profile email offline_access",
  };
  fetch(`${issuer}oauth/token`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  }).then((answer) => answer.json()).then(
    (told) => (told.error ? done(told) : done(null, told)),
    (error) => done({ error: String(error) }),
  );
}
