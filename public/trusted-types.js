// The only Trusted Types policy of this page, loaded before anything else.
//
// Leptos writes markup that never changes through innerHTML. This policy reads such markup by the narrow grammar in which
// Leptos writes it (every attribute in double quotes, nothing else), and lets pass only elements and attributes on the lists
// below. None of them can run or load anything, and none changes how the rest is read, so the markup means the same to this
// grammar and to every HTML parser. Scripts and script addresses are not made at all.
"use strict";

(() => {
  if (!window.trustedTypes || !window.trustedTypes.createPolicy) return;

  const words = (text) => new Set(text.split(" "));

  const elements = words(
    "a abbr article aside b blockquote br button caption code dd details div dl dt em figcaption figure footer h1 h2 h3 h4 " +
    "header hr i kbd li main nav ol p pre q s samp section small span strong sub summary sup " +
    "table tbody td tfoot th thead time tr u ul var wbr " +
    "svg g path circle rect line polyline polygon text tspan defs marker desc",
  );

  const attributes = words(
    "class id role title lang dir hidden tabindex type disabled open reversed start value name for " +
    "target rel colspan rowspan headers scope datetime " +
    "viewBox d x y x1 y1 x2 y2 cx cy r rx ry width height points transform " +
    "fill stroke stroke-width stroke-linecap stroke-linejoin",
  );

  const allowed = (name) => attributes.has(name) || /^(aria|data)-[a-z-]+$/.test(name);

  // A place in this page, a path of this app, or an https page to follow. Never `//host`, never javascript:.
  const address = /^(#[\w-]*|\/(?!\/)([\w./?=%~#-]|&amp;)*|https:\/\/[\w.-]+(\/([\w./?=%~#-]|&amp;)*)?)$/;

  const text = /[^<>]+/y;
  const opening = /<([a-z][a-z0-9]*)/y;
  const attribute = / ([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"<>]*)")?/y;
  const closing = /<\/([a-z][a-z0-9]*)>/y;

  // Whether the whole markup follows the grammar and uses nothing but what is on the lists.
  const harmless = (markup) => {
    let at = 0;
    const take = (pattern) => {
      pattern.lastIndex = at;
      const match = pattern.exec(markup);
      if (match) at = pattern.lastIndex;
      return match;
    };
    while (at < markup.length) {
      if (take(text)) continue;
      const end = take(closing);
      if (end) {
        if (!elements.has(end[1])) return false;
        continue;
      }
      const start = take(opening);
      if (!start || !elements.has(start[1])) return false;
      for (let found = take(attribute); found; found = take(attribute)) {
        const [, name, value = ""] = found;
        if (name === "href" ? start[1] !== "a" || !address.test(value) : !allowed(name)) return false;
      }
      if (markup[at] !== ">") return false;
      at += 1;
    }
    return true;
  };

  window.trustedTypes.createPolicy("default", {
    createHTML(markup) {
      if (!harmless(markup)) {
        throw new TypeError("refused: markup that could run or load something, or that this page's own code does not write");
      }
      return markup;
    },
  });
})();
