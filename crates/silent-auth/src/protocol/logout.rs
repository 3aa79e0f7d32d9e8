//! Signing out at the tenant.

use super::config::{ClientConfig, Provider};
use super::discovery::Endpoints;
use super::http::encode;
use super::secret::{IdToken, State};

/// The address that ends the person's session at the tenant; `None` if the tenant has none for apps.
///
/// By Auth0's paths it is `GET /v2/logout` (Auth0 Authentication API), where the tenant returns to `back`, one of the client's Allowed
/// Logout URLs, or to the first of them. By discovery it is the tenant's `end_session_endpoint` (OpenID Connect RP-Initiated Logout 1.0,
/// section 2): with the ID token as its hint nobody is asked, and `back` is where the tenant returns to with this state; without `back` it
/// ends on a page of its own.
#[must_use]
pub fn url(
    config: &ClientConfig,
    endpoints: &Endpoints,
    id_token: Option<&IdToken>,
    back: Option<(&str, &State)>,
) -> Option<String> {
    let address = endpoints.end_session.as_deref()?;
    let mut pairs = vec![("client_id", config.client_id())];
    if config.provider() == Provider::Auth0 {
        pairs.extend(back.map(|(address, _)| ("returnTo", address)));
    } else {
        pairs.extend(id_token.map(|token| ("id_token_hint", token.expose())));
        if let Some((address, state)) = back {
            pairs.extend([("post_logout_redirect_uri", address), ("state", state.expose())]);
        }
    }
    let joint = if address.bytes().any(|it| it == b'?') { '&' } else { '?' };
    Some(format!("{address}{joint}{}", encode(&pairs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ClientConfig {
        ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid")
    }

    #[test]
    fn auth0s_address_names_the_client_and_the_way_back() {
        let (config, state) = (config(), State::new("s"));
        let url = |back| url(&config, &Endpoints::auth0(&config), Some(&IdToken::new("secret")), back);
        assert_eq!(url(None).as_deref(), Some("https://tenant.example/v2/logout?client_id=spa"));
        assert_eq!(
            url(Some(("https://app.example/", &state))).as_deref(),
            Some("https://tenant.example/v2/logout?client_id=spa&returnTo=https%3A%2F%2Fapp.example%2F")
        );
    }

    #[test]
    fn a_discovered_address_keeps_its_query_and_gets_the_standards_parameters() {
        let (config, state) = (config().with_provider(Provider::Discovered), State::new("s"));
        let at =
            |address: Option<&str>| Endpoints { end_session: address.map(str::to_owned), ..Endpoints::auth0(&config) };
        let (hint, back) = (IdToken::new("the.id.token"), Some(("https://app.example/", &state)));
        assert_eq!(url(&config, &at(None), Some(&hint), back), None);
        assert_eq!(
            url(&config, &at(Some("https://tenant.example/end?p=1")), Some(&hint), back).as_deref(),
            Some(
                "https://tenant.example/end?p=1&client_id=spa&id_token_hint=the.id.token\
                 &post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F&state=s"
            )
        );
        assert_eq!(
            url(&config, &at(Some("https://tenant.example/end")), None, None).as_deref(),
            Some("https://tenant.example/end?client_id=spa")
        );
    }
}
