//! What a person reads when everything is up.

/// Host names of app and tenant, and what a hidden frame meets between them.
const SITUATIONS: [(&str, &str, &str); 3] = [
    ("localhost", "localhost", "same site: the frame's cookie is first-party"),
    (
        "app.demo.localhost",
        "login.demo.localhost",
        "custom domain: same site, as in production with a domain of one's own",
    ),
    ("app.localhost", "tenant.localhost", "cross site: a third-party cookie, as the browser decides"),
];

/// Users of the built-in tenant, to sign in as.
const USERS: &str = "ada@example.com / ada-password, grace@example.com / grace-password";

/// The addresses from the tenant's line `ready tenant=…,… app=…,…`, who to sign in as, and how to stop.
///
/// A line of another form is shown as it is.
pub(super) fn banner(ready: &str, took: &str, dev: bool) -> String {
    let addresses = |key: &str| -> Vec<&str> {
        let list = ready.split_whitespace().find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        list.map(|list| list.split(',').collect()).unwrap_or_default()
    };
    let (apps, tenants) = (addresses("app"), addresses("tenant"));
    let rows: Vec<String> = SITUATIONS
        .iter()
        .filter_map(|(app, tenant, situation)| {
            let (app, tenant) = (at_host(&apps, app)?, at_host(&tenants, tenant)?);
            Some(format!("  {app:<34} {tenant:<34} {situation}"))
        })
        .collect();
    if rows.is_empty() {
        return format!("\n{ready}");
    }
    let building = if dev { " The page is built again whenever a file changes: reload to see it." } else { "" };
    // The tenant itself prints the password, when it makes one.
    let dashboard =
        tenants.first().map(|tenant| format!("\nThe tenant's dashboard is at {tenant}/dashboard.")).unwrap_or_default();
    format!(
        "\nSilent Auth is up, after {took}. Open one of the apps:\n\n  {:<34} {:<34}\n{}\n\nSign in as {USERS}.{dashboard}\nCtrl-C stops everything.{building}",
        "app",
        "its tenant",
        rows.join("\n"),
    )
}

fn at_host<'a>(addresses: &[&'a str], host: &str) -> Option<&'a str> {
    addresses.iter().copied().find(|address| {
        let authority = address.split("://").nth(1).unwrap_or_default();
        authority.rsplit_once(':').map_or(authority, |(name, _)| name) == host
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "ready tenant=http://localhost:4100,http://login.demo.localhost:4100,http://tenant.localhost:4100 \
                         app=http://localhost:3100,http://app.demo.localhost:3100,http://app.localhost:3100";

    #[test]
    fn each_app_stands_beside_its_own_tenant() {
        let banner = banner(READY, "9.0 s", false);
        let pairs = [
            ("http://localhost:3100", "http://localhost:4100"),
            ("http://app.demo.localhost:3100", "http://login.demo.localhost:4100"),
            ("http://app.localhost:3100", "http://tenant.localhost:4100"),
        ];
        for (app, tenant) in pairs {
            let row = banner.lines().find(|line| line.trim_start().starts_with(&format!("{app} ")));
            assert!(row.is_some_and(|row| row.contains(&format!(" {tenant} "))), "{banner}");
        }
        assert!(banner.contains("ada@example.com") && banner.contains("grace@example.com"));
        assert!(banner.contains("after 9.0 s"));
        assert!(banner.contains(" http://localhost:4100/dashboard."));
    }

    #[test]
    fn a_ready_line_of_another_form_is_shown_as_it_is() {
        assert_eq!(banner("ready somewhere", "1 s", false), "\nready somewhere");
    }
}
