// The only Trusted Types policy of this page, loaded before anything else.
//
// Leptos puts static markup into <template> elements through innerHTML. This policy lets such markup
// pass and refuses whatever could run code or load something: scripts, frames, event handlers, and
// attributes that hold an address. It makes no scripts and no script addresses at all.
"use strict";

(() => {
  if (!window.trustedTypes || !window.trustedTypes.createPolicy) return;

  const forbidden = /<\s*\/?\s*(script|iframe|object|embed|base|meta|link|style|img|svg\s*:|math\s*:)|\son[a-z]+\s*=|\s(src|srcdoc|href|xlink:href|action|formaction|data|style)\s*=/i;

  window.trustedTypes.createPolicy("default", {
    createHTML(markup) {
      if (forbidden.test(markup)) throw new TypeError("markup with scripts, handlers or addresses is refused");
      return markup;
    },
  });
})();
