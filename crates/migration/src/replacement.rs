//! What takes the place of each exchange, for each type of client.

use crate::Exchange;

/// What a client is able to keep secret decides what replaces delegation for it (RFC 6749 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// Runs in the browser and keeps nothing secret.
    SinglePageApp,
    /// Installed on a device; public, but holds tokens safely.
    Native,
    /// Runs on a server and holds a secret.
    Confidential,
    /// Confidential, and trusted to see the user's password.
    HighlyTrusted,
    /// An API that was registered as a client so that tokens could be exchanged for it.
    ApiModelledAsClient,
}

/// What to do in place of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Replacement {
    /// The replacement's name, for a heading.
    pub title: &'static str,
    /// What to do, in one sentence.
    pub sentence: &'static str,
    /// The specification and section that describe it.
    pub spec: &'static str,
}

const SILENT_AUTHENTICATION: Replacement = Replacement {
    title: "Silent authentication",
    sentence: "Send an authorization request with prompt=none in a hidden frame: the tenant \
               answers with a fresh ID token or login_required, never with a login page.",
    spec: "OpenID Connect Core 1.0, section 3.1.2.1",
};

const REFRESH_WITH_PKCE: Replacement = Replacement {
    title: "A refresh token by authorization code with PKCE",
    sentence: "Add offline_access to the scope of the sign-in, keep the refresh token it brings, \
               and exchange it at POST /oauth/token for a new ID token or access token.",
    spec: "RFC 8252, section 6; OpenID Connect Core 1.0, section 12",
};

const REFRESH_WITH_CODE: Replacement = Replacement {
    title: "A refresh token by authorization code",
    sentence: "Add offline_access to the scope of the sign-in, keep the refresh token on the \
               server, and exchange it at POST /oauth/token for a new ID token or access token.",
    spec: "RFC 6749, sections 4.1 and 6; OpenID Connect Core 1.0, section 12",
};

const REFRESH_WITH_PASSWORD: Replacement = Replacement {
    title: "A refresh token by the password grant",
    sentence: "Ask for offline_access in the one request that carries user name and password, \
               then exchange the refresh token at POST /oauth/token; for highly trusted clients alone.",
    spec: "RFC 6749, sections 4.3 and 6",
};

const AN_API_OF_ITS_OWN: Replacement = Replacement {
    title: "An API with access tokens of its own",
    sentence: "Register the API as an API, ask for its identifier as audience when signing in, and \
               call it with the access token; no ID token is sent to an API.",
    spec: "RFC 8707, section 2; RFC 9068, section 4",
};

const ADD_ONS_STAY: Replacement = Replacement {
    title: "Third-party tokens stay for now",
    sentence: "Nothing changes yet: tenants created before 8 June 2017 keep exchanging an ID token \
               for a third party's token until delegation as a whole ends.",
    spec: "Delegation migration guide, first note",
};

/// What replaces `exchange` for a client of type `client`.
///
/// Third-party tokens are the same for every type of client; for the two exchanges that end in an
/// ID token the type of client decides, whichever of the two tokens it sent.
#[must_use]
pub const fn replacement(exchange: Exchange, client: ClientType) -> Replacement {
    match (exchange, client) {
        (Exchange::AddOn, _) => ADD_ONS_STAY,
        (_, ClientType::SinglePageApp) => SILENT_AUTHENTICATION,
        (_, ClientType::Native) => REFRESH_WITH_PKCE,
        (_, ClientType::Confidential) => REFRESH_WITH_CODE,
        (_, ClientType::HighlyTrusted) => REFRESH_WITH_PASSWORD,
        (_, ClientType::ApiModelledAsClient) => AN_API_OF_ITS_OWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_page_app_is_never_told_to_hold_a_refresh_token() {
        for exchange in [Exchange::IdToken, Exchange::RefreshToken] {
            let advice = replacement(exchange, ClientType::SinglePageApp);
            assert_eq!(advice, SILENT_AUTHENTICATION);
            assert!(!advice.sentence.contains("offline_access"));
        }
    }

    #[test]
    fn whoever_can_hold_a_refresh_token_is_told_to_ask_for_offline_access() {
        for client in [ClientType::Native, ClientType::Confidential, ClientType::HighlyTrusted] {
            let advice = replacement(Exchange::RefreshToken, client);
            assert!(advice.sentence.contains("offline_access"), "{client:?}");
        }
    }

    #[test]
    fn add_ons_stay_for_every_type_of_client() {
        for client in [ClientType::SinglePageApp, ClientType::Confidential, ClientType::Native] {
            assert_eq!(replacement(Exchange::AddOn, client), ADD_ONS_STAY);
        }
    }
}
