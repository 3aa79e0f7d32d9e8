//! The old delegation request and its answer, as values.

use serde_json::Value;
use silent_auth::protocol::http::Response;

/// The client of the built-in tenant that stands for an API: the target of the exchange.
pub const TARGET: &str = "legacy-api-c";

/// The parameters of the old request: an ID token of `client_id` for one of [`TARGET`].
#[must_use]
pub fn parameters<'a>(client_id: &'a str, id_token: &'a str) -> [(&'static str, &'a str); 6] {
    [
        ("grant_type", migration::grant_type::JWT_BEARER),
        ("id_token", id_token),
        ("client_id", client_id),
        ("target", TARGET),
        ("api_type", "app"),
        ("scope", "openid"),
    ]
}

/// What the tenant answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It gave a token. What it gave is not kept, only for how long it is good.
    Granted {
        /// The status code.
        status: u16,
        /// The life of the token in seconds, if it was said.
        expires_in: Option<i64>,
    },
    /// It refused.
    Refused {
        /// The status code.
        status: u16,
        /// The error code, for instance `endpoint_disabled`; empty if the answer names none.
        error: String,
        /// The tenant's own words.
        description: String,
    },
}

/// Reads the tenant's answer.
#[must_use]
pub fn answer(response: &Response) -> Answer {
    let status = response.status;
    if status == 200 {
        let body: Option<Value> = serde_json::from_str(&response.body).ok();
        let expires_in = body.as_ref().and_then(|body| body.get("expires_in")).and_then(Value::as_i64);
        return Answer::Granted { status, expires_in };
    }
    let (error, description) = super::decision::refusal(&response.body).unwrap_or_default();
    Answer::Refused { status, error, description }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &str) -> Response {
        Response { status, body: body.to_owned(), date: None, content_type: None }
    }

    #[test]
    fn the_old_request_carries_what_sdks_of_the_time_sent() {
        let names: Vec<_> = parameters("demo-spa", "secret").iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["grant_type", "id_token", "client_id", "target", "api_type", "scope"]);
    }

    #[test]
    fn a_refusal_keeps_the_tenants_words() {
        let refused = answer(&response(404, r#"{"error":"endpoint_disabled","error_description":"off"}"#));
        assert_eq!(
            refused,
            Answer::Refused { status: 404, error: "endpoint_disabled".to_owned(), description: "off".to_owned() }
        );
    }

    #[test]
    fn an_answer_that_is_no_json_is_still_a_refusal() {
        assert!(
            matches!(answer(&response(502, "<html>")), Answer::Refused { status: 502, error, .. } if error.is_empty())
        );
    }

    #[test]
    fn a_grant_keeps_no_token() {
        let granted = answer(&response(200, r#"{"id_token":"secret","expires_in":36000}"#));
        assert_eq!(granted, Answer::Granted { status: 200, expires_in: Some(36_000) });
        assert!(!format!("{granted:?}").contains("secret"));
    }
}
