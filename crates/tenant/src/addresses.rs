//! Which names the tenant and the app answer to, and which app belongs to which tenant.

use serde::{Deserialize, Serialize};

/// One name the tenant answers to, as the tenant file's `domains` lists it (without a port).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The host name, such as `login.demo.localhost`.
    pub name: String,
    /// Whether it is a custom domain in Auth0's sense: delegation does not work there.
    #[serde(default)]
    pub custom: bool,
    /// The host name of the app that belongs to this domain, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
}

/// All names with the ports that are really listened on.
#[derive(Clone, Debug)]
pub struct Addresses {
    domains: Vec<Domain>,
    tenant_port: u16,
    app_port: u16,
}

/// A tenant address that a request was sent to.
#[derive(Clone, Debug)]
pub struct TenantAddress {
    /// Host and port, such as `localhost:4000`.
    pub authority: String,
    /// The origin, such as `http://localhost:4000`.
    pub origin: String,
    /// The issuer: the origin with a trailing slash.
    pub issuer: String,
    /// Whether it is a custom domain.
    pub custom: bool,
}

/// An app address that a request was sent to.
#[derive(Clone, Debug)]
pub struct AppAddress {
    /// The app's origin.
    pub origin: String,
    /// The tenant that belongs to it.
    pub tenant: TenantAddress,
}

impl Addresses {
    /// The names of the tenant file with the two ports.
    #[must_use]
    pub fn new(domains: Vec<Domain>, tenant_port: u16, app_port: u16) -> Self {
        Self { domains, tenant_port, app_port }
    }

    /// The tenant address that `authority` (a `Host` header) names, if it is one of ours.
    #[must_use]
    pub fn tenant(&self, authority: &str) -> Option<TenantAddress> {
        let name = name_at_port(authority, self.tenant_port)?;
        self.domains
            .iter()
            .find(|domain| domain.name.eq_ignore_ascii_case(name))
            .map(|domain| self.tenant_address(domain))
    }

    /// The app address that `authority` names, if it is one of ours.
    #[must_use]
    pub fn app(&self, authority: &str) -> Option<AppAddress> {
        let name = name_at_port(authority, self.app_port)?;
        self.domains.iter().find_map(|domain| {
            let app = domain.app.as_deref().filter(|app| app.eq_ignore_ascii_case(name))?;
            Some(AppAddress { origin: origin(app, self.app_port), tenant: self.tenant_address(domain) })
        })
    }

    /// Every tenant origin, in the order of the tenant file.
    #[must_use]
    pub fn tenant_origins(&self) -> Vec<String> {
        self.domains.iter().map(|domain| origin(&domain.name, self.tenant_port)).collect()
    }

    /// Every app origin, in the order of the tenant file.
    #[must_use]
    pub fn app_origins(&self) -> Vec<String> {
        self.domains.iter().filter_map(|domain| domain.app.as_deref()).map(|app| origin(app, self.app_port)).collect()
    }

    /// Fills the placeholders of the tenant file: `##APP_ORIGIN##` gives one value for each app
    /// address, `##TENANT_DOMAIN##` the first domain with its port.
    #[must_use]
    pub fn expand(&self, text: &str) -> Vec<String> {
        let first = self.domains.first().map_or_else(String::new, |domain| authority(&domain.name, self.tenant_port));
        let text = text.replace("##TENANT_DOMAIN##", &first);
        if !text.contains("##APP_ORIGIN##") {
            return vec![text];
        }
        self.app_origins().iter().map(|origin| text.replace("##APP_ORIGIN##", origin)).collect()
    }

    fn tenant_address(&self, domain: &Domain) -> TenantAddress {
        let origin = origin(&domain.name, self.tenant_port);
        TenantAddress {
            authority: authority(&domain.name, self.tenant_port),
            issuer: format!("{origin}/"),
            origin,
            custom: domain.custom,
        }
    }
}

/// The name in `authority`, if its port (80 where none is written) is `port`.
fn name_at_port(authority: &str, port: u16) -> Option<&str> {
    let (name, given) = match authority.rsplit_once(':') {
        Some((name, digits)) => (name, digits.parse().ok()?),
        None => (authority, 80),
    };
    (given == port).then_some(name)
}

/// Host and port as browsers write them: without the port where it is http's own.
fn authority(name: &str, port: u16) -> String {
    if port == 80 { name.to_owned() } else { format!("{name}:{port}") }
}

fn origin(name: &str, port: u16) -> String {
    format!("http://{}", authority(name, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        let domain = |name: &str, app: &str| Domain { name: name.into(), custom: false, app: Some(app.into()) };
        Addresses::new(vec![domain("localhost", "localhost"), domain("tenant.localhost", "app.localhost")], 4000, 3000)
    }

    #[test]
    fn only_listed_names_at_the_right_port_are_ours() {
        let addresses = addresses();
        for (authority, expected) in [
            ("localhost:4000", Some("http://localhost:4000/")),
            ("TENANT.localhost:4000", Some("http://tenant.localhost:4000/")),
            ("localhost", None),
            ("localhost:3000", None),
            ("evil.test:4000", None),
            ("x.localhost:4000", None),
            ("localhost:4000:4000", None),
            ("", None),
        ] {
            assert_eq!(addresses.tenant(authority).map(|found| found.issuer).as_deref(), expected, "{authority}");
        }
    }

    #[test]
    fn each_app_address_belongs_to_one_tenant() {
        let app = addresses().app("app.localhost:3000").expect("listed");
        assert_eq!(app.tenant.issuer, "http://tenant.localhost:4000/");
        assert!(addresses().app("tenant.localhost:3000").is_none());
    }

    #[test]
    fn one_placeholder_becomes_one_value_for_each_app() {
        assert_eq!(
            addresses().expand("##APP_ORIGIN##/callback"),
            ["http://localhost:3000/callback", "http://app.localhost:3000/callback"]
        );
        assert_eq!(addresses().expand("https://##TENANT_DOMAIN##/api/v2/"), ["https://localhost:4000/api/v2/"]);
    }
}
