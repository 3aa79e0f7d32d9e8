//! How a client wants to be told that a session ended (OpenID Connect Back-Channel Logout 1.0 and Front-Channel Logout 1.0).

use serde::Deserialize;
use url::Url;

use super::registered::is_loopback;
use crate::addresses::Addresses;

/// Why a session ended, in the words of Auth0's `backchannel_logout_initiators`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoutInitiator {
    /// The user signed out, or another user signed in with the same browser.
    RpLogout,
    /// An administrator ended it.
    SessionRevoked,
    /// It reached one of its limits.
    SessionExpired,
}

impl LogoutInitiator {
    /// The word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::RpLogout => "rp-logout",
            Self::SessionRevoked => "session-revoked",
            Self::SessionExpired => "session-expired",
        }
    }
}

/// `oidc_logout` of a client.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct OidcLogout {
    #[serde(default)]
    backchannel_logout_urls: Option<Vec<String>>,
    #[serde(default)]
    backchannel_logout_initiators: Option<Initiators>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Initiators {
    /// `all`, or anything else for those selected.
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    selected_initiators: Option<Vec<String>>,
}

impl OidcLogout {
    /// Fills the placeholders of its addresses.
    pub(super) fn at(&mut self, addresses: &Addresses) {
        if let Some(urls) = &mut self.backchannel_logout_urls {
            *urls = urls.iter().flat_map(|url| addresses.expand(url)).collect();
        }
    }

    /// Where logout tokens go.
    pub(crate) fn backchannel_urls(&self) -> &[String] {
        self.backchannel_logout_urls.as_deref().unwrap_or_default()
    }

    /// Whether the client wants to know of ends of this kind. Default: `rp-logout` and `idp-logout`, which cannot be
    /// deselected (Auth0: Configure Back-Channel Logout Initiators).
    pub(crate) fn is_told_of(&self, initiator: &str) -> bool {
        const ALWAYS: [&str; 2] = ["rp-logout", "idp-logout"];
        let chosen = self.backchannel_logout_initiators.as_ref();
        ALWAYS.contains(&initiator)
            || chosen.is_some_and(|chosen| {
                chosen.mode.as_deref() == Some("all")
                    || chosen.selected_initiators.iter().flatten().any(|selected| selected == initiator)
            })
    }
}

/// An address that a client may be told at: https, or http of this machine. The tenant calls it itself, so it must not
/// become a way into the network that it stands in.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn logout_target(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "it is not an absolute URI")?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err("plain http is for loopback addresses alone"),
        _ => return Err("it is no http or https address"),
    }
    if url.fragment().is_some() {
        return Err("it has a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it names a user");
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_https_or_this_machine() {
        for good in [
            "https://app.example/out?x=1",
            "http://localhost:3000/out",
            "http://app.localhost/",
            "http://[::1]:8/",
            "http://127.0.0.2/",
        ] {
            assert!(logout_target(good).is_ok(), "{good}");
        }
        for bad in [
            "/out",
            "http://app.example/out",
            "http://169.254.169.254/latest/meta-data",
            "http://192.168.0.1/",
            "http://localhost.evil.example/",
            "http://0.0.0.0/",
            "https://user@app.example/",
            "https://app.example/out#x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "gopher://localhost/",
        ] {
            assert!(logout_target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn initiators_are_chosen_and_logouts_always_count() {
        let told = |json: &str, initiator: &str| {
            serde_json::from_str::<OidcLogout>(json).expect("readable").is_told_of(initiator)
        };
        let nothing = "{}";
        let custom = r#"{"backchannel_logout_initiators":{"mode":"custom","selected_initiators":["session-revoked"]}}"#;
        let all = r#"{"backchannel_logout_urls":null,"backchannel_logout_initiators":{"mode":"all"}}"#;
        assert!(told(nothing, "rp-logout") && !told(nothing, "session-revoked"));
        assert!(told(custom, "rp-logout") && told(custom, "session-revoked") && !told(custom, "session-expired"));
        assert!(told(all, "session-expired"));
    }
}
