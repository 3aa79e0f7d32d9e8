// Runs in the page before everything else, and writes down what a test could only see too late.
"use strict";

(() => {
  const seen = [];
  window.watched = seen;
  const note = (kind, value) => seen.push({ kind, value, at: performance.now() });

  document.addEventListener("securitypolicyviolation", (event) => {
    note("violation", `${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
  });
  window.addEventListener("error", (event) => note("error", String(event.message)));
  window.addEventListener("unhandledrejection", (event) => note("error", String(event.reason)));

  let phase;
  let code;
  const look = () => {
    const phaseNow = document.querySelector("main")?.dataset.phase;
    const codeNow = document.querySelector(".notice[data-code]")?.dataset.code;
    if (phaseNow !== undefined && phaseNow !== phase) note("phase", phaseNow);
    if (codeNow !== undefined && codeNow !== code) note("code", codeNow);
    phase = phaseNow;
    code = codeNow;
  };
  const attributeFilter = ["data-phase", "data-code"];
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter });

  // What the page's policy makes of markup, asked from the page's own world.
  window.tryMarkup = (markup) => {
    const element = document.createElement("div");
    try {
      element.innerHTML = markup;
      return "accepted";
    } catch (error) {
      return error.name;
    }
  };
})();
