// Hands the authorization response in this page's address to the page that framed it or opened it as a popup, and does nothing else.
// Opened on its own, it stays silent. No page of another origin hears it.
"use strict";

const page = window.parent === window ? window.opener : window.parent;
if (page) {
  page.postMessage(
    { type: "silent_callback", url: window.location.href },
    window.location.origin,
  );
}
