// A page as the SDK's documentation writes it: it knows the tenant by discovery alone.
"use strict";

const app = window.location.origin;

window.manager = new oidc.UserManager({
  authority: document.querySelector('meta[name="silent-auth:issuer"]').content,
  client_id: "demo-spa",
  redirect_uri: `${app}/callback`,
  silent_redirect_uri: `${app}/silent-callback.html`,
  post_logout_redirect_uri: `${app}/`,
  scope: "openid profile email",
  automaticSilentRenew: false,
  // Watches the session by the tenant's check_session_iframe.
  monitorSession: true,
});

window.signedOut = false;
window.manager.events.addUserSignedOut(() => { window.signedOut = true; });

/** Runs one call of the SDK and leaves its outcome where a test looks for it. */
function call(run) {
  window.outcome = null;
  run().then(
    (value) => { window.outcome = { value: value ?? null }; },
    (error) => { window.outcome = { error: error.error ?? String(error), description: error.error_description ?? null }; },
  );
}
