// A relying party that watches its session by the provider's frame (OpenID Connect Session Management 1.0, section 3.1).
"use strict";

const issuer = document.querySelector('meta[name="silent-auth:issuer"]').content;

/** Loads the frame that discovery names; from then on `ask` sends it a message, and `answer` is what it said. */
async function watch() {
  const discovery = await (await fetch(`${issuer}.well-known/openid-configuration`)).json();
  const provider = new URL(discovery.check_session_iframe).origin;
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = discovery.check_session_iframe;
  window.addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.origin === provider) window.answer = event.data;
  });
  frame.addEventListener("load", () => {
    window.ask = (message) => {
      window.answer = null;
      frame.contentWindow.postMessage(message, provider);
    };
  });
  document.body.append(frame);
}

watch();
