//! The settings of an own provider, as they are typed and kept: a JSON object, read as the client's settings.

use silent_auth::protocol::config::{ClientConfig, Provider, RefreshTokens};
use silent_auth::protocol::error::AuthError;
use silent_auth::protocol::json::Value;

use super::member::text;

/// The settings that are typed.
pub const FIELDS: [&str; 4] = ["issuer", "client_id", "audience", "scope"];

/// The settings that are chosen: Auth0's fixed paths in place of discovery, and refresh tokens.
pub const CHOICES: [&str; 2] = ["auth0", "refresh"];

/// The client's settings at an own provider.
///
/// # Errors
///
/// What the client says about a setting.
pub fn config(own: &Value, origin: &str) -> Result<ClientConfig, AuthError> {
    let chosen = |name| own.get(name).and_then(Value::as_bool) == Some(true);
    let config = ClientConfig::new(&text(own, "issuer"), &text(own, "client_id"), &format!("{origin}/callback"))?;
    let scope = text(own, "scope");
    let has_openid = scope.split(' ').any(|name| name == "openid");
    Ok(config
        .with_audience(Some(text(own, "audience")).filter(|audience| !audience.is_empty()))
        // Without this scope there is no ID token (OpenID Connect Core, section 3.1.2.1).
        .with_scope(if has_openid { scope } else { ["openid ", &scope].concat().trim_ascii().to_owned() })
        .with_provider(if chosen("auth0") { Provider::Auth0 } else { Provider::Discovered })
        .with_refresh_tokens(if chosen("refresh") { RefreshTokens::InMemory } else { RefreshTokens::Never }))
}

/// What stands in the field of a setting, or whether its box is ticked.
#[must_use]
pub fn in_use(config: &ClientConfig, name: &str) -> (String, Option<bool>) {
    let text = match name {
        "issuer" => config.issuer().as_str(),
        "client_id" => config.client_id(),
        "audience" => config.audience().unwrap_or_default(),
        "scope" => config.scope(),
        "auth0" => return (String::new(), Some(config.provider() == Provider::Auth0)),
        _ => return (String::new(), Some(config.refresh_tokens() != RefreshTokens::Never)),
    };
    (text.to_owned(), None)
}

/// The address, or another text, that has to be known elsewhere: `callback`, `silent`, `origin` and `home` at the provider, and
/// `provider` where the app is served, whose policy names providers.
#[must_use]
pub fn told(config: &ClientConfig, what: &str) -> String {
    match what {
        "callback" => config.redirect_uri().to_owned(),
        "silent" => config.silent_redirect_uri().to_owned(),
        "origin" => config.app_origin(),
        "home" => config.home(),
        _ => ["--app-provider ", config.issuer().origin()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use silent_auth::protocol::error::Code;

    use super::*;

    const ORIGIN: &str = "http://localhost:3000";

    fn read(text: &str) -> Result<ClientConfig, Code> {
        config(&Value::read(text).expect("JSON"), ORIGIN).map_err(|error| error.code)
    }

    #[test]
    fn what_is_typed_becomes_settings_and_is_typed_the_same_again() {
        let text = r#"{"audience":"https://api.example","auth0":false,"client_id":"spa","issuer":"https://op.example","refresh":true,"scope":"openid email"}"#;
        let config = read(text).expect("usable");
        assert_eq!((config.audience(), config.scope()), (Some("https://api.example"), "openid email"));
        assert_eq!((config.provider(), config.refresh_tokens()), (Provider::Discovered, RefreshTokens::InMemory));
        let typed = Value::read(text).expect("JSON");
        for name in FIELDS {
            assert_eq!(in_use(&config, name), (super::text(&typed, name), None));
        }
        for name in CHOICES {
            assert_eq!(in_use(&config, name).1, typed[name].as_bool(), "{name}");
        }
        let auth0 = read(r#"{"issuer":"https://t.eu.auth0.com/","client_id":"x","auth0":true}"#).expect("usable");
        assert_eq!((auth0.provider(), auth0.refresh_tokens()), (Provider::Auth0, RefreshTokens::Never));
        assert_eq!((auth0.audience(), auth0.scope()), (None, "openid"));
    }

    #[test]
    fn openid_is_always_asked_for() {
        let scope = |scope| read(&format!(r#"{{"issuer":"https://op.example","client_id":"x","scope":"{scope}"}}"#));
        assert_eq!(scope("email openidx").expect("usable").scope(), "openid email openidx");
        assert_eq!(scope("email openid").expect("usable").scope(), "email openid");
    }

    #[test]
    fn what_the_client_refuses_is_named() {
        assert_eq!(read(r#"{"issuer":"op.example","client_id":"x"}"#).err(), Some(Code::ConfigIssuer));
        assert_eq!(read(r#"{"issuer":"http://op.example","client_id":"x"}"#).err(), Some(Code::ConfigIssuer));
        assert_eq!(read(r#"{"issuer":"https://op.example"}"#).err(), Some(Code::ConfigClientId));
        assert_eq!(read("null").err(), Some(Code::ConfigIssuer));
    }

    #[test]
    fn what_has_to_be_registered_is_said_to_the_letter() {
        let config = read(r#"{"issuer":"https://op.example/realms/x","client_id":"x"}"#).expect("usable");
        for (what, text) in [
            ("callback", "http://localhost:3000/callback"),
            ("silent", "http://localhost:3000/silent-callback.html"),
            ("origin", "http://localhost:3000"),
            ("home", "http://localhost:3000/"),
            ("provider", "--app-provider https://op.example"),
        ] {
            assert_eq!(told(&config, what), text);
        }
    }
}
