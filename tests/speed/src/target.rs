//! A server that is measured: where it listens, what it calls things, and the requests it gets.

use url::form_urlencoded::Serializer;

use crate::connection::Answer;

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The API that every access token is for.
const API: &str = "https://notes.example.com";

/// What a server calls its addresses, clients and parameters.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Its name in tables and errors.
    pub name: &'static str,
    /// The path of its authorization endpoint.
    pub authorize: &'static str,
    /// The path of its token endpoint.
    pub token: &'static str,
    /// The id of a public client with rotating refresh tokens.
    pub client_id: &'static str,
    /// That client's callback.
    pub callback: &'static str,
    /// What a client asks a token for itself for: the parameter that names the API, the API (with `PORT` for the
    /// server's own), and a scope there.
    pub for_itself: (&'static str, &'static str, &'static str),
}

/// The tenant with its built-in file.
pub const TENANT: Dialect = Dialect {
    name: "tenant",
    authorize: "/authorize",
    token: "/oauth/token",
    client_id: "demo-spa-rotating",
    callback: "http://localhost:3000/callback",
    for_itself: ("audience", "https://localhost:PORT/api/v2/", "read:clients"),
};

/// npm's oidc-provider as `oidc-provider.mjs` sets it up.
pub const OIDC_PROVIDER: Dialect = Dialect {
    name: "oidc-provider",
    authorize: "/auth",
    token: "/token",
    client_id: "spa",
    callback: "https://app.example/callback",
    for_itself: ("resource", API, "read:notes"),
};

/// A server that runs, with the cookies of those who are signed in there.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its own words for things.
    pub dialect: Dialect,
    /// The port of this machine that it listens at.
    pub port: u16,
    /// One `Cookie` header for each browser that is signed in.
    pub browsers: Vec<String>,
}

/// How an authorization response is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// By redirect, in the query.
    Query,
    /// In a page that posts it to the page around it.
    WebMessage,
}

impl Target {
    /// The path of an authorization request, with `more` parameters.
    #[must_use]
    pub fn authorization(&self, more: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs([
            ("client_id", self.dialect.client_id),
            ("redirect_uri", self.dialect.callback),
            ("response_type", "code"),
            ("scope", "openid offline_access read:notes"),
            ("audience", API),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("state", "a-state-of-usual-length"),
            ("nonce", "a-nonce-of-usual-length"),
        ]);
        query.extend_pairs(more);
        format!("{}?{}", self.dialect.authorize, query.finish())
    }

    /// A silent authorization request of the `index`th browser.
    #[must_use]
    pub fn silent(&self, index: usize, mode: ResponseMode) -> Vec<u8> {
        let mut more = vec![("prompt", "none")];
        if mode == ResponseMode::WebMessage {
            more.push(("response_mode", "web_message"));
        }
        let cookie = &self.browsers[index % self.browsers.len()];
        self.request("GET", &self.authorization(&more), cookie, "")
    }

    /// The exchange of a code.
    #[must_use]
    pub fn exchange(&self, code: &str) -> Vec<u8> {
        self.token_request(&[
            ("grant_type", "authorization_code"),
            ("client_id", self.dialect.client_id),
            ("code", code),
            ("redirect_uri", self.dialect.callback),
            ("code_verifier", VERIFIER),
        ])
    }

    /// The exchange of a refresh token.
    #[must_use]
    pub fn refresh(&self, refresh_token: &str) -> Vec<u8> {
        self.token_request(&[
            ("grant_type", "refresh_token"),
            ("client_id", self.dialect.client_id),
            ("refresh_token", refresh_token),
        ])
    }

    /// A request for a client's own access token.
    #[must_use]
    pub fn client_credentials(&self) -> Vec<u8> {
        let (parameter, api, scope) = self.dialect.for_itself;
        self.token_request(&[
            ("grant_type", "client_credentials"),
            ("client_id", "machine"),
            ("client_secret", "machine-secret"),
            (parameter, &api.replace("PORT", &self.port.to_string())),
            ("scope", scope),
        ])
    }

    /// The request that a start is timed with.
    #[must_use]
    pub fn discovery(&self) -> Vec<u8> {
        self.request("GET", "/.well-known/openid-configuration", "", "")
    }

    fn token_request(&self, form: &[(&str, &str)]) -> Vec<u8> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        self.request("POST", self.dialect.token, "", &body)
    }

    /// Any request, with a form as its body if there is one.
    #[must_use]
    pub fn request(&self, method: &str, path: &str, cookie: &str, form: &str) -> Vec<u8> {
        let mut text = format!("{method} {path} HTTP/1.1\r\nhost: localhost:{}\r\nuser-agent: speed\r\n", self.port);
        if !cookie.is_empty() {
            text += &format!("cookie: {cookie}\r\n");
        }
        if method == "POST" {
            let length = form.len();
            text += &format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n");
        }
        format!("{text}\r\n{form}").into_bytes()
    }
}

/// The code of an authorization response, if it is one that brings a code to the callback.
#[must_use]
pub fn code<'a>(answer: &Answer<'a>, callback: &str) -> Option<&'a str> {
    let (start, end) = match answer.status {
        302 | 303 => {
            let location = answer.header("location")?;
            (location.strip_prefix(callback)?.strip_prefix("?code=")?, '&')
        }
        200 => (std::str::from_utf8(answer.body).ok()?.split_once(r#""code":""#)?.1, '"'),
        _ => return None,
    };
    Some(start.split(end).next()?).filter(|code| code.len() >= 43)
}

/// A text member of a JSON answer with status 200.
#[must_use]
pub fn member<'a>(answer: &Answer<'a>, name: &str) -> Option<&'a str> {
    let body = std::str::from_utf8(answer.body).ok().filter(|_| answer.status == 200)?;
    let value = body.split_once(&format!(r#""{name}":""#))?.1.split('"').next()?;
    Some(value).filter(|value| !value.is_empty())
}

/// Whether an answer of the token endpoint brings an access token that is a JWT.
#[must_use]
pub fn has_access_token(answer: &Answer<'_>) -> bool {
    member(answer, "access_token").is_some_and(|token| token.starts_with("eyJ") && token.split('.').count() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "0123456789012345678901234567890123456789012";

    #[test]
    fn a_code_counts_only_where_it_belongs() {
        let callback = TENANT.callback;
        let redirect = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nx: y");
        let right = redirect(&format!("{callback}?code={CODE}&state=s"));
        let elsewhere = redirect(&format!("https://other.example/callback?code={CODE}&state=s"));
        let refused = redirect(&format!("{callback}?error=login_required"));
        let answer = |status, head, body| Answer { status, head, body };
        assert_eq!(code(&answer(302, &right, b""), callback), Some(CODE));
        for (status, head) in [(302, &elsewhere), (302, &refused), (500, &right)] {
            assert_eq!(code(&answer(status, head, b""), callback), None, "{status} {head}");
        }
        let page = format!(r#"{{"message":{{"response":{{"code":"{CODE}","state":"s"}}}}}}"#);
        assert_eq!(code(&answer(200, "", page.as_bytes()), callback), Some(CODE));
        assert_eq!(code(&answer(200, "", br#"{"error":"login_required"}"#), callback), None);
    }

    #[test]
    fn an_access_token_is_a_jwt_in_an_answer_that_says_yes() {
        let answer = |status, body: &'static [u8]| Answer { status, head: "", body };
        assert!(has_access_token(&answer(200, br#"{"access_token":"eyJh.eyJz.c2ln","refresh_token":"r"}"#)));
        assert!(!has_access_token(&answer(403, br#"{"access_token":"eyJh.eyJz.c2ln"}"#)));
        assert!(!has_access_token(&answer(200, br#"{"access_token":"opaque"}"#)));
        assert!(!has_access_token(&answer(200, br#"{"error":"invalid_grant"}"#)));
        assert_eq!(member(&answer(200, br#"{"refresh_token":"r"}"#), "refresh_token"), Some("r"));
    }
}
