//! `GET /delegation` as a script (JSONP): how auth0.js up to version 7 called it from browsers without CORS.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::exchange;
use crate::Tenant;
use crate::body::Query;
use crate::error::ApiError;
use crate::params::Params;
use crate::visit::Visit;

/// The longest callback name that is taken. The SDK's are `__auth0jp` and a number.
const LONGEST_NAME: usize = 64;

/// `GET /delegation?…&cbx=NAME`: calls the page's function NAME with the answer.
///
/// A script is run by whatever page asks for it, so this gives nothing to those who hold no token: neither cookie nor
/// session is looked at.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Response {
    let callback = match callback(&params) {
        Ok(callback) => callback.to_owned(),
        Err(error) => return error.into_response(),
    };
    let answered = exchange(&tenant, &visit, "GET", Ok(params)).await;
    // A page cannot see the status of a script, and one that fails is not run: so the status travels in the body.
    let body = answered.result.unwrap_or_else(
        |error| json!({ "error": error.code, "error_description": error.description, "status": error.status.as_u16() }),
    );
    let mut response = (StatusCode::OK, script(&callback, &body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/javascript; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    if let Some(allowance) = answered.allowance {
        allowance.write(headers);
    }
    response
}

/// The name of the page's function: one plain identifier, nothing that could be more than a name.
fn callback(params: &Params) -> Result<&str, ApiError> {
    let mut names = params.all("cbx");
    let name = names.next().filter(|name| !name.is_empty()).ok_or_else(|| ApiError::missing("cbx"))?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if names.next().is_some()
        || name.len() > LONGEST_NAME
        || !name.chars().all(is_word)
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(ApiError::invalid_request(format!(
            "cbx must be one JavaScript identifier of at most {LONGEST_NAME} letters, digits, _ or $"
        )));
    }
    Ok(name)
}

/// One call with one value. The comment in front keeps the name from being the first bytes of the file (so that it
/// cannot be mistaken for another format), and what ends a script or a line in older JavaScript is escaped.
fn script(callback: &str, body: &Value) -> String {
    let body = body.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    format!("/**/{callback}({body});")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_identifier_is_called() {
        for good in ["__auth0jp0", "__auth0jp123", "$", "a"] {
            assert_eq!(callback(&Params::from_form(format!("cbx={good}").as_bytes())).expect(good), good);
        }
        let long = format!("cbx={}", "a".repeat(65));
        for bad in [
            "",
            "cbx=",
            "cbx=1a",
            "cbx=a.b",
            "cbx=alert(1)//",
            "cbx=a%0ab",
            "cbx=a%20b",
            "cbx=%C3%A9",
            "cbx=a&cbx=b",
            "cbx=window[%22a%22]",
            &long,
        ] {
            assert!(callback(&Params::from_form(bad.as_bytes())).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_value_cannot_end_the_script() {
        let text = script("cb", &json!({ "a": "</script>\u{2028}\u{2029}<!--" }));
        assert_eq!(text, r#"/**/cb({"a":"\u003c/script>\u2028\u2029\u003c!--"});"#);
    }
}
