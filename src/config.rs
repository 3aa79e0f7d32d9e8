//! The client's settings, from what whoever serves the page wrote into it.

use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::AuthError;

/// Why the page has no usable settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The page names no issuer: it is served by something that does not fill in its settings.
    NoIssuer,
    /// A setting is refused by the client.
    Refused(AuthError),
}

/// The settings of the page at `origin`, where `setting` gives the content of a `<meta name="silent-auth:…">`.
///
/// The issuer comes from the page alone, never from its address: an address could name an attacker's issuer
/// (mix-up, RFC 9700, section 4.4).
///
/// # Errors
///
/// [`Unusable`], with what the client says about a setting.
pub fn read(setting: impl Fn(&str) -> Option<String>, origin: &str) -> Result<ClientConfig, Unusable> {
    let issuer = setting("issuer").ok_or(Unusable::NoIssuer)?;
    let client_id = setting("client-id").unwrap_or_default();
    let config = ClientConfig::new(&issuer, &client_id, &format!("{origin}/callback")).map_err(Unusable::Refused)?;
    let config = config.with_audience(setting("audience"));
    Ok(match setting("scope") {
        Some(scope) => config.with_scope(scope),
        None => config,
    })
}

#[cfg(test)]
mod tests {
    use silent_auth::protocol::error::Code;

    use super::*;

    fn page<'a>(metas: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| metas.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_page_names_issuer_client_audience_and_scope() {
        let metas = [
            ("issuer", "http://localhost:4000/"),
            ("client-id", "demo-spa"),
            ("audience", "https://notes.example.com"),
            ("scope", "openid read:notes"),
        ];
        let config = read(page(&metas), "http://localhost:3000").expect("usable");
        assert_eq!(config.issuer().as_str(), "http://localhost:4000/");
        assert_eq!(config.redirect_uri(), "http://localhost:3000/callback");
        assert_eq!((config.audience(), config.scope()), (Some("https://notes.example.com"), "openid read:notes"));
    }

    #[test]
    fn a_page_without_issuer_is_no_panic() {
        assert_eq!(read(page(&[("client-id", "demo-spa")]), "http://localhost").err(), Some(Unusable::NoIssuer));
    }

    #[test]
    fn a_setting_that_the_client_refuses_is_named() {
        let refused = |metas: &[(&str, &str)]| match read(page(metas), "http://localhost:3000") {
            Err(Unusable::Refused(error)) => Some(error.code),
            _ => None,
        };
        assert_eq!(refused(&[("issuer", "nowhere"), ("client-id", "x")]), Some(Code::ConfigIssuer));
        assert_eq!(refused(&[("issuer", "http://localhost/")]), Some(Code::ConfigClientId));
    }
}
