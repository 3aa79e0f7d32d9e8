// Plays the browser around check_session_iframe: on standard input its script, the cookies that it may read, whether it
// has storage access, and the messages that it gets; on standard output what it answers to each, and to which origin.
const { script, cookie, access, messages } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const parent = {};
let listener;
globalThis.window = { parent };
globalThis.document = { cookie, hasStorageAccess: async () => access };
globalThis.addEventListener = (type, heard) => {
  if (type === "message") listener = heard;
};
(0, eval)(script);
(async () => {
  const answers = [];
  for (const { data, origin, framer } of messages) {
    const source = framer ? parent : {};
    let answer = null;
    source.postMessage = (text, to) => {
      answer = [text, to];
    };
    await listener({ data, origin, source });
    answers.push(answer);
  }
  console.log(JSON.stringify(answers));
})();
