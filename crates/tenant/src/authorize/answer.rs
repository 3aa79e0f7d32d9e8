//! Sends an authorization response to the client, by the response mode it asked for.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{form_post, web_message};
use crate::model::RedirectUri;

/// How the response reaches the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In the fragment of a redirect, which no server sees.
    Fragment,
    /// In a form that the browser posts.
    FormPost,
    /// In a message to a page of this origin.
    WebMessage {
        /// The origin of the redirect URI, which is one of the client's web origins.
        origin: String,
    },
}

/// A place that is known to belong to the client that asked.
#[derive(Clone, Debug)]
pub(crate) struct ReturnAddress {
    uri: RedirectUri,
    mode: ResponseMode,
    state: Option<String>,
}

impl ReturnAddress {
    pub(super) fn new(uri: RedirectUri, mode: ResponseMode, state: Option<String>) -> Self {
        Self { uri, mode, state }
    }

    pub(crate) fn uri(&self) -> &str {
        self.uri.as_str()
    }

    pub(super) const fn redirect_uri(&self) -> &RedirectUri {
        &self.uri
    }

    /// The origin of the redirect URI, if browsers give it one.
    pub(crate) fn origin(&self) -> Option<String> {
        self.uri.origin()
    }

    pub(crate) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    pub(super) fn mode(&self) -> &ResponseMode {
        &self.mode
    }

    /// Answers with these parameters, `iss` among them (RFC 9207); empty ones are left out.
    pub(super) fn answer(&self, parameters: &[(&str, &str)], after_login: bool) -> Response {
        let parameters: Vec<_> = parameters.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        match &self.mode {
            ResponseMode::Query => redirect(&self.uri.with(&parameters), after_login),
            ResponseMode::Fragment => redirect(&self.uri.with_fragment(&parameters), after_login),
            ResponseMode::FormPost => form_post::page(&self.uri, &parameters),
            ResponseMode::WebMessage { origin } => web_message::page(origin, &parameters),
        }
    }
}

/// 302, and 303 after a form: browsers would repeat the password on a 307 (RFC 9700 4.12).
pub(crate) fn redirect(to: &str, after_form: bool) -> Response {
    let status = if after_form { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    match HeaderValue::from_str(to) {
        Ok(location) => (status, [(header::LOCATION, location)]).into_response(),
        Err(_) => super::failure_page(),
    }
}
