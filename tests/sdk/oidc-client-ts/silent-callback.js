// Hands the answer to the page that framed this one, as the SDK's documentation writes it.
"use strict";

const authority = document.querySelector('meta[name="silent-auth:issuer"]').content;
new oidc.UserManager({ authority, client_id: "demo-spa", redirect_uri: window.location.origin }).signinSilentCallback();
