//! Signing out at the tenant.

use super::config::ClientConfig;
use super::http::encode;

/// The address that ends the person's session at an Auth0 tenant (Auth0 Authentication API, `GET /v2/logout`).
///
/// `return_to` must be one of the client's Allowed Logout URLs; without it the tenant uses the first of them.
#[must_use]
pub fn url(config: &ClientConfig, return_to: Option<&str>) -> String {
    let mut pairs = vec![("client_id", config.client_id())];
    pairs.extend(return_to.map(|address| ("returnTo", address)));
    format!("{}?{}", config.issuer().at("/v2/logout"), encode(&pairs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_client_and_the_way_back() {
        let config = ClientConfig::new("https://tenant.example/", "spa", "https://app.example/cb").expect("valid");
        assert_eq!(url(&config, None), "https://tenant.example/v2/logout?client_id=spa");
        assert_eq!(
            url(&config, Some("https://app.example/")),
            "https://tenant.example/v2/logout?client_id=spa&returnTo=https%3A%2F%2Fapp.example%2F"
        );
    }
}
