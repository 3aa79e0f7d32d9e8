//! The page that posts an authorization response to the page that framed or opened it.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, PreEscaped, html};
use serde_json::{Map, Value, json};

use crate::pages::{hash_source, may_be_framed_in_isolation, set_policy};

/// Always the same text, so that the content policy can name its hash; what differs is data.
const SCRIPT: &str = r#"
(() => {
  const data = JSON.parse(document.getElementById("response").textContent);
  const target = window.opener || window.parent;
  if (target !== window) target.postMessage(data.message, data.origin);
})();
"#;

/// Posts to exactly `origin`, and loads in frames of exactly `origin`.
pub(super) fn page(origin: &str, parameters: &[(&str, &str)]) -> Response {
    let response: Map<String, Value> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let data = json!({ "origin": origin, "message": { "type": "authorization_response", "response": response } });
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { "Authorization response" } }
            body {
                script id="response" type="application/json" { (PreEscaped(inert(&data))) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    let mut page = (StatusCode::OK, headers, document.into_string()).into_response();
    let policy = format!(
        "default-src 'none'; script-src {}; base-uri 'none'; form-action 'none'; frame-ancestors {origin}",
        hash_source(SCRIPT)
    );
    set_policy(&mut page, &policy);
    may_be_framed_in_isolation(&mut page);
    page
}

/// JSON that cannot end the element it stands in, nor a line of script.
fn inert(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_cannot_leave_its_element() {
        let text = inert(&json!("</script><script>alert(1)</script><!--\u{2028}&"));
        assert!(!text.contains(['<', '>', '&', '\u{2028}']));
        let back: String = serde_json::from_str(&text).expect("still JSON");
        assert!(back.starts_with("</script>"), "and it means the same");
    }
}
