// Hands the authorization response in this page's address to the page that framed it, and does nothing else.
// Opened on its own (not in a frame), it stays silent.
"use strict";

if (window.parent !== window) {
  window.parent.postMessage(
    { type: "silent_callback", url: window.location.href },
    window.location.origin,
  );
}
