//! Runs the script of `check_session_iframe` in Node.js, with a browser's surroundings.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{Harness, TENANT};

const COOKIE: &str = "__Host-tenant-browser-state";

/// A message to the frame.
pub(crate) struct Message {
    pub(crate) data: Value,
    pub(crate) origin: &'static str,
    /// Whether the page that framed it sends it.
    pub(crate) by_framer: bool,
}

/// What the framer at `origin` is answered when it sends `client_id session_state`.
pub(crate) async fn check_session(
    browser: &mut Harness,
    client_id: &str,
    origin: &'static str,
    session_state: &str,
) -> String {
    let message = Message { data: json!(format!("{client_id} {session_state}")), origin, by_framer: true };
    let mut answers = ask(browser, true, &[message]).await;
    let (answer, to) = answers.remove(0).expect("an answer");
    assert_eq!(to, origin, "to whoever asked, and nobody else");
    answer
}

/// What the frame answers to each message, and to which origin, in this browser; with cookies kept back, if it has
/// no storage access.
pub(crate) async fn ask(browser: &mut Harness, access: bool, messages: &[Message]) -> Vec<Option<(String, String)>> {
    let page = browser.get(&format!("{TENANT}/oidc/check_session")).await;
    assert!(page.status.is_success(), "{page:?}");
    let script = page.body.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a script");
    let state = browser.cookies.get(&("localhost".to_owned(), COOKIE.to_owned())).filter(|_| access);
    let cookie = state.map_or_else(|| "other=x".to_owned(), |state| format!("other=x; {COOKIE}={state}"));
    let messages: Vec<_> = messages
        .iter()
        .map(|message| json!({ "data": message.data, "origin": message.origin, "framer": message.by_framer }))
        .collect();
    let input = json!({ "script": script, "cookie": cookie, "access": access, "messages": messages });
    let mut node = Command::new("node")
        .args(["-e", include_str!("frame_host.js")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js runs");
    node.stdin.take().expect("its input").write_all(input.to_string().as_bytes()).expect("it reads");
    let output = node.wait_with_output().expect("it ends");
    serde_json::from_slice(&output.stdout).expect("a list of answers")
}
