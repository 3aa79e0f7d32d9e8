//! The client's settings, from what whoever serves the page wrote into it.

use silent_auth::protocol::config::ClientConfig;
use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::json::Value;

use crate::model::settings;

/// Why the page has no usable settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The page names no issuer: it is served by something that does not fill in its settings.
    NoIssuer,
    /// A setting is refused by the client.
    Refused(AuthError),
}

/// The settings of the page at `origin`, and whether they are `own` ones, which somebody typed here and which were kept. Otherwise, and
/// where own ones cannot be used, `setting` gives the content of a `<meta name="silent-auth:…">`.
///
/// The issuer comes from the page or from who uses it, never from its address: an address could name an attacker's issuer
/// (mix-up, RFC 9700, section 4.4).
///
/// # Errors
///
/// [`Unusable`], with what the client says about a setting.
pub fn read(
    setting: impl Fn(&str) -> Option<String>,
    own: Option<&str>,
    origin: &str,
) -> Result<(ClientConfig, bool), Unusable> {
    if let Some(config) = own.and_then(Value::read).and_then(|own| settings::config(&own, origin).ok()) {
        return Ok((config, true));
    }
    let issuer = setting("issuer").ok_or(Unusable::NoIssuer)?;
    let client_id = setting("client-id").unwrap_or_default();
    let config = ClientConfig::new(&issuer, &client_id, &format!("{origin}/callback")).map_err(Unusable::Refused)?;
    let config = config.with_audience(setting("audience"));
    let config = match setting("scope") {
        Some(scope) => config.with_scope(scope),
        None => config,
    };
    Ok((config, false))
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
        let (config, own) = read(page(&metas), None, "http://localhost:3000").expect("usable");
        assert!(!own);
        assert_eq!(config.issuer().as_str(), "http://localhost:4000/");
        assert_eq!(config.redirect_uri(), "http://localhost:3000/callback");
        assert_eq!((config.audience(), config.scope()), (Some("https://notes.example.com"), "openid read:notes"));
    }

    #[test]
    fn own_settings_come_first_and_unusable_ones_are_as_good_as_none() {
        let metas = [("issuer", "http://localhost:4000/"), ("client-id", "demo-spa")];
        let read = |own| read(page(&metas), Some(own), "http://localhost:3000").expect("usable");
        let (config, own) = read(r#"{"issuer":"https://op.example","client_id":"mine"}"#);
        assert_eq!((config.issuer().as_str(), config.client_id(), own), ("https://op.example", "mine", true));
        for unusable in ["", "[]", r#"{"issuer":"javascript:0","client_id":"mine"}"#] {
            let (config, own) = read(unusable);
            assert_eq!((config.client_id(), own), ("demo-spa", false), "{unusable}");
        }
    }

    #[test]
    fn a_page_without_issuer_is_no_panic() {
        assert_eq!(read(page(&[("client-id", "demo-spa")]), None, "http://localhost").err(), Some(Unusable::NoIssuer));
    }

    #[test]
    fn a_setting_that_the_client_refuses_is_named() {
        let refused = |metas: &[(&str, &str)]| match read(page(metas), None, "http://localhost:3000") {
            Err(Unusable::Refused(error)) => Some(error.code),
            _ => None,
        };
        assert_eq!(refused(&[("issuer", "nowhere"), ("client-id", "x")]), Some(Code::ConfigIssuer));
        assert_eq!(refused(&[("issuer", "http://localhost/")]), Some(Code::ConfigClientId));
    }
}
