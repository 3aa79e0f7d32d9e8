
(() => {
  const cookie = "__Host-tenant-browser-state=";
  const browserState = () =>
    (document.cookie.split("; ").find((pair) => pair.startsWith(cookie)) || cookie).slice(cookie.length);
  const base64url = (bytes) =>
    btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  // "client_id session_state", where a session_state is a SHA-256 and its salt.
  const asked = /^(.{1,256}) ([\w-]{43})\.([\w-]{1,64})$/;
  const check = async (message, origin) => {
    const parts = typeof message === "string" && asked.exec(message);
    if (!parts) return "error";
    const [, client, hash, salt] = parts;
    const state = browserState();
    // A browser that keeps this frame's cookies back does not say who is signed in: "changed" would be a guess.
    if (!state && document.hasStorageAccess && !(await document.hasStorageAccess())) return "error";
    const text = new TextEncoder().encode(`${client} ${origin} ${state} ${salt}`);
    const digest = await crypto.subtle.digest("SHA-256", text);
    return base64url(new Uint8Array(digest)) === hash ? "unchanged" : "changed";
  };
  addEventListener("message", async (event) => {
    if (event.source !== window.parent || event.origin === "null") return;
    const answer = await check(event.data, event.origin).catch(() => "error");
    event.source.postMessage(answer, event.origin);
  });
})();
