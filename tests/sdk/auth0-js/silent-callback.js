// Hands the answer to the page that framed this one, as renewAuth expects it with usePostMessage.
"use strict";

window.parent.postMessage({ type: "auth0:silent-authentication", hash: window.location.hash }, window.location.origin);
