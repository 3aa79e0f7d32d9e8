//! The tenant's dashboard in a browser, as its administrator uses it.

use crate::browser::Browser;
use crate::scene::Pair;
use crate::tenant::Tenant;

/// The page of *Tenant Settings > Advanced*.
pub const ADVANCED: &str = "/dashboard/tenant/advanced";

/// Signs the administrator in, in the current tab, and arrives at `path` of the dashboard.
///
/// # Panics
///
/// If there is no form, or the password is not taken.
pub async fn sign_in(browser: &Browser, tenant: &Tenant, path: &str) {
    let address = format!("{}{path}", tenant.origin(Pair::SameHost));
    browser.open(&address).await;
    let field = browser.element("input[name=password]").await;
    field.send_keys(tenant.admin_password()).await.expect("a field to type in");
    browser.element("button[type=submit]").await.click().await.expect("a button to press");
    browser.arrives_at(&address).await;
    browser.element("nav").await;
}

/// Presses *Disable Legacy Delegation (ID Tokens)*, and waits until it is on or off, as stated.
///
/// # Panics
///
/// If it is not there, or cannot be pressed.
pub async fn toggle_delegation(browser: &Browser, disabled: bool) {
    let toggle =
        browser.element(&format!("[role=switch][aria-checked={}][aria-describedby=toggle-means]", !disabled)).await;
    let name = toggle.text().await.expect("a text");
    assert!(name.contains("Disable Legacy Delegation (ID Tokens)"), "{name}");
    toggle.click().await.expect("a toggle to press");
    browser.element(&format!("[role=switch][aria-checked={disabled}][aria-describedby=toggle-means]")).await;
}
