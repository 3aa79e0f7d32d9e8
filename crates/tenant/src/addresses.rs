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

/// Plain http, or http over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`.
    Http,
    /// `https`.
    Https,
}

impl Scheme {
    const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that an address of this scheme does not write.
    const fn own_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The ports of the tenant and the app at one scheme.
#[derive(Clone, Copy, Debug)]
struct Ports {
    scheme: Scheme,
    tenant: Option<u16>,
    app: Option<u16>,
}

/// All names with the ports that are really listened on.
#[derive(Clone, Debug)]
pub struct Addresses {
    domains: Vec<Domain>,
    plain: Ports,
    tls: Ports,
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
    /// The names of the tenant file with the two ports of plain http.
    #[must_use]
    pub fn new(domains: Vec<Domain>, tenant_port: u16, app_port: u16) -> Self {
        Self {
            domains,
            plain: Ports { scheme: Scheme::Http, tenant: Some(tenant_port), app: Some(app_port) },
            tls: Ports { scheme: Scheme::Https, tenant: None, app: None },
        }
    }

    /// The same names at ports that speak TLS, too.
    #[must_use]
    pub fn with_tls(mut self, tenant_port: Option<u16>, app_port: Option<u16>) -> Self {
        self.tls = Ports { scheme: Scheme::Https, tenant: tenant_port, app: app_port };
        self
    }

    /// The tenant address that `authority` (a `Host` header) names, if it is one of ours at this scheme.
    #[must_use]
    pub fn tenant(&self, scheme: Scheme, authority: &str) -> Option<TenantAddress> {
        let port = self.at(scheme).tenant?;
        let name = name_at_port(authority, scheme, port)?;
        let domain = self.domains.iter().find(|domain| domain.name.eq_ignore_ascii_case(name))?;
        Some(tenant_address(domain, scheme, port))
    }

    /// The app address that `authority` names, if it is one of ours at this scheme. An app over TLS belongs to the
    /// tenant over TLS, if there is one.
    #[must_use]
    pub fn app(&self, scheme: Scheme, authority: &str) -> Option<AppAddress> {
        let port = self.at(scheme).app?;
        let name = name_at_port(authority, scheme, port)?;
        let is_this = |domain: &&Domain| domain.app.as_deref().is_some_and(|app| app.eq_ignore_ascii_case(name));
        let domain = self.domains.iter().find(is_this)?;
        let (tenant_scheme, tenant_port) = match (scheme, self.tls.tenant, self.plain.tenant) {
            (Scheme::Https, Some(port), _) => (Scheme::Https, port),
            (_, _, port) => (Scheme::Http, port?),
        };
        Some(AppAddress {
            origin: origin(domain.app.as_deref()?, scheme, port),
            tenant: tenant_address(domain, tenant_scheme, tenant_port),
        })
    }

    /// Every tenant origin, in the order of the tenant file; those over TLS after the others.
    #[must_use]
    pub fn tenant_origins(&self) -> Vec<String> {
        let names = || self.domains.iter().map(|domain| domain.name.as_str());
        self.origins(|ports| ports.tenant, names)
    }

    /// Every app origin, in the same order.
    #[must_use]
    pub fn app_origins(&self) -> Vec<String> {
        self.origins(|ports| ports.app, || self.domains.iter().filter_map(|domain| domain.app.as_deref()))
    }

    /// Every name of the tenant and the app, each once.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.domains.iter().flat_map(|domain| std::iter::once(&domain.name).chain(&domain.app)) {
            let name = name.to_ascii_lowercase();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Fills the placeholders of the tenant file: `##APP_ORIGIN##` gives one value for each app address,
    /// `##TENANT_DOMAIN##` one for each tenant address (host and port), the first domain first.
    #[must_use]
    pub fn expand(&self, text: &str) -> Vec<String> {
        let domains = || self.tenant_origins().iter().map(|origin| host_and_port(origin).to_owned()).collect();
        let texts = fill(vec![text.to_owned()], "##TENANT_DOMAIN##", domains);
        fill(texts, "##APP_ORIGIN##", || self.app_origins())
    }

    fn at(&self, scheme: Scheme) -> Ports {
        match scheme {
            Scheme::Http => self.plain,
            Scheme::Https => self.tls,
        }
    }

    fn origins<'a, N: Iterator<Item = &'a str>>(
        &self,
        port: impl Fn(Ports) -> Option<u16>,
        names: impl Fn() -> N,
    ) -> Vec<String> {
        let listening = [self.plain, self.tls].into_iter().filter_map(|ports| Some((ports.scheme, port(ports)?)));
        listening.flat_map(|(scheme, port)| names().map(move |name| origin(name, scheme, port))).collect()
    }
}

/// Each text once for each value, if the placeholder is in it.
fn fill(texts: Vec<String>, placeholder: &str, values: impl Fn() -> Vec<String>) -> Vec<String> {
    let filled = |text: String| match text.contains(placeholder) {
        true => values().iter().map(|value| text.replace(placeholder, value)).collect(),
        false => vec![text],
    };
    texts.into_iter().flat_map(filled).collect()
}

fn host_and_port(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, rest)| rest)
}

fn tenant_address(domain: &Domain, scheme: Scheme, port: u16) -> TenantAddress {
    let origin = origin(&domain.name, scheme, port);
    TenantAddress {
        authority: authority(&domain.name, scheme, port),
        issuer: format!("{origin}/"),
        origin,
        custom: domain.custom,
    }
}

/// The name in `authority`, if its port (the scheme's own where none is written) is `port`.
fn name_at_port(authority: &str, scheme: Scheme, port: u16) -> Option<&str> {
    let (name, given) = match authority.rsplit_once(':') {
        Some((name, digits)) => (name, digits.parse().ok()?),
        None => (authority, scheme.own_port()),
    };
    (given == port).then_some(name)
}

/// Host and port as browsers write them: without the port where it is the scheme's own.
fn authority(name: &str, scheme: Scheme, port: u16) -> String {
    if port == scheme.own_port() { name.to_owned() } else { format!("{name}:{port}") }
}

fn origin(name: &str, scheme: Scheme, port: u16) -> String {
    format!("{}://{}", scheme.name(), authority(name, scheme, port))
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
            assert_eq!(
                addresses.tenant(Scheme::Http, authority).map(|found| found.issuer).as_deref(),
                expected,
                "{authority}"
            );
        }
    }

    #[test]
    fn each_app_address_belongs_to_one_tenant() {
        let app = addresses().app(Scheme::Http, "app.localhost:3000").expect("listed");
        assert_eq!(app.tenant.issuer, "http://tenant.localhost:4000/");
        assert!(addresses().app(Scheme::Http, "tenant.localhost:3000").is_none());
    }

    #[test]
    fn one_placeholder_becomes_one_value_for_each_app() {
        assert_eq!(
            addresses().expand("##APP_ORIGIN##/callback"),
            ["http://localhost:3000/callback", "http://app.localhost:3000/callback"]
        );
        assert_eq!(
            addresses().with_tls(Some(4443), None).expand("https://##TENANT_DOMAIN##/api/v2/"),
            [
                "https://localhost:4000/api/v2/",
                "https://tenant.localhost:4000/api/v2/",
                "https://localhost:4443/api/v2/",
                "https://tenant.localhost:4443/api/v2/",
            ]
        );
        assert_eq!(addresses().expand("as it is"), ["as it is"]);
    }

    #[test]
    fn over_tls_the_same_names_are_other_addresses() {
        let addresses = addresses().with_tls(Some(4443), Some(443));
        let issuer = |scheme, authority| addresses.tenant(scheme, authority).map(|found| found.issuer);
        assert_eq!(issuer(Scheme::Https, "localhost:4443").as_deref(), Some("https://localhost:4443/"));
        assert_eq!(issuer(Scheme::Http, "localhost:4000").as_deref(), Some("http://localhost:4000/"));
        assert_eq!(issuer(Scheme::Http, "localhost:4443"), None, "the port is not all: the scheme has to fit");
        assert_eq!(issuer(Scheme::Https, "localhost:4000"), None);
        let app = addresses.app(Scheme::Https, "app.localhost").expect("443 is not written");
        assert_eq!(
            (app.origin.as_str(), app.tenant.issuer.as_str()),
            ("https://app.localhost", "https://tenant.localhost:4443/")
        );
        let app = addresses.app(Scheme::Http, "app.localhost:3000").expect("listed");
        assert_eq!(app.tenant.issuer, "http://tenant.localhost:4000/");
        assert_eq!(addresses.names(), ["localhost", "tenant.localhost", "app.localhost"]);
        assert_eq!(
            addresses.expand("##APP_ORIGIN##/"),
            ["http://localhost:3000/", "http://app.localhost:3000/", "https://localhost/", "https://app.localhost/"]
        );
        // Without a tenant over TLS the plain one answers.
        let app = super::Addresses::with_tls(addresses, None, Some(3443)).app(Scheme::Https, "localhost:3443");
        assert_eq!(app.expect("listed").tenant.issuer, "http://localhost:4000/");
    }
}
