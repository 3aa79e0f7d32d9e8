//! What to do about an error, in one sentence for the person who reads the page.

use silent_auth::protocol::error::{AuthError, Code, Fault, NextStep};

/// What helps, in one sentence.
#[must_use]
pub const fn remedy(error: &AuthError) -> &'static str {
    match (error.code, error.code.next_step()) {
        (Code::TenantUnreachable, _) => "Start the tenant: cargo xtask serve starts tenant and app together.",
        (Code::SignedOutHereOnly, _) => {
            "To sign out there too, open the tenant's own page; until then the next visit finds you signed in."
        }
        (_, NextStep::SignIn) => "Sign in by full page; with a live session at the tenant that takes no typing.",
        (_, NextStep::Interact) => "Sign in by full page, and answer what the tenant asks there.",
        (_, NextStep::Wait) => "Nothing to do: the page tries again by itself.",
        (_, NextStep::AvoidThirdPartyCookies) => {
            "Sign in by full page for now. For good: serve the tenant from the app's own site (a custom domain)."
        }
        (_, NextStep::FixApp) => "The app's developer has to correct the app's settings.",
        (_, NextStep::FixTenant) => {
            "The tenant's administrator has to correct the tenant, or its settings for this app."
        }
        (_, NextStep::SetClock) => "Set this device's clock.",
    }
}

/// Who has to change something, in words.
#[must_use]
pub const fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::TenantRefused => "the tenant said no",
        Fault::TenantMisbehaved => "the tenant's answer is wrong",
        Fault::Browser => "the browser's rules",
        Fault::Network => "the network",
        Fault::Device => "this device's clock",
        Fault::App => "this app",
        Fault::Person => "the person at the page",
    }
}

/// The address at which the same app is same-site with its tenant, for `origin` where it is not.
///
/// Of the demo's three address pairs `app.localhost` is the one whose tenant is another site;
/// `app.demo.localhost` is its comparison, a custom domain. `None` for any other origin.
#[must_use]
pub fn same_site_address(origin: &str) -> Option<String> {
    (host(origin)? == "app.localhost").then(|| at_host(origin, "app.demo.localhost"))?
}

/// The host of `origin`, without its port; `None` if it is no origin.
#[must_use]
pub fn host(origin: &str) -> Option<&str> {
    let authority = origin.split_once(':')?.1.strip_prefix("//")?;
    authority.split(':').next()
}

/// The address of the app at another host, with the scheme and port of `origin`; `None` if that is no origin.
#[must_use]
pub fn at_host(origin: &str, other: &str) -> Option<String> {
    let (scheme, rest) = origin.split_once(':')?;
    let port = rest.strip_prefix("//")?.strip_prefix(host(origin)?)?;
    Some(format!("{scheme}://{other}{port}/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_remedy_in_a_whole_sentence() {
        for &code in Code::ALL {
            let sentence = remedy(&AuthError::new(code));
            assert!(sentence.ends_with('.'), "{code:?}");
        }
        assert!(remedy(&AuthError::new(Code::TenantUnreachable)).contains("cargo xtask serve"));
    }

    #[test]
    fn only_the_cross_site_address_has_a_comparison() {
        assert_eq!(same_site_address("http://app.localhost:3000").as_deref(), Some("http://app.demo.localhost:3000/"));
        assert_eq!(same_site_address("http://app.localhost").as_deref(), Some("http://app.demo.localhost/"));
        assert_eq!(same_site_address("http://localhost:3000"), None);
        assert_eq!(same_site_address("https://app.example"), None);
        assert_eq!(same_site_address("app.localhost"), None);
    }

    #[test]
    fn another_situation_keeps_scheme_and_port() {
        assert_eq!(at_host("https://localhost:3443", "app.localhost").as_deref(), Some("https://app.localhost:3443/"));
        assert_eq!((at_host("null", "x"), host("http://localhost:3000")), (None, Some("localhost")));
    }
}
