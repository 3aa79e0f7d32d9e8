//! Browsers that have signed in before: a cookie that says so, and that nobody can make up.

use axum::response::Response;
use jiff::SignedDuration;

use crate::Tenant;
use crate::attempts::account_name;
use crate::cookies::set_cookie;
use crate::secret::random_text;
use crate::visit::Visit;

const DEVICE_COOKIE: &str = "__Host-tenant-device";
/// Renewed at each sign-in.
const LASTS: SignedDuration = SignedDuration::from_hours(180 * 24);
/// So many accounts of one browser are remembered; the one used longest ago goes.
const ACCOUNTS: usize = 5;
/// Characters of a mark, 16 bytes, and of a stamp, 32 bytes, in base64url.
const MARK: usize = 22;
const STAMP: usize = 43;

/// The mark of the browser that a request comes from, if somebody signed in to this account with it before.
pub(crate) fn known<'a>(tenant: &Tenant, visit: &'a Visit, account: &str) -> Option<&'a str> {
    let (mark, stamps) = visit.cookie(DEVICE_COOKIE)?.split_once('.')?;
    let account = account_name(account);
    stamps.split('.').take(ACCOUNTS).any(|stamp| tenant.stamps().is_ours(&parts(mark, &account), stamp)).then_some(mark)
}

/// Remembers that somebody signed in to this account with this browser: its mark and, for each account, a stamp over the
/// two, the latest first.
pub(crate) fn remember(tenant: &Tenant, visit: &Visit, account: &str, response: &mut Response) {
    let before = visit.cookie(DEVICE_COOKIE).and_then(|cookie| cookie.split_once('.'));
    let (mark, others) = before.filter(|(mark, _)| is_ours(mark, MARK)).unwrap_or_default();
    let mark = if mark.is_empty() { random_text::<16>() } else { mark.to_owned() };
    let own = tenant.stamps().stamp(&parts(&mark, &account_name(account)));
    let others = others.split('.').filter(|stamp| *stamp != own && is_ours(stamp, STAMP)).take(ACCOUNTS - 1);
    let value = [mark.as_str(), &own].into_iter().chain(others).collect::<Vec<_>>().join(".");
    set_cookie(response, DEVICE_COOKIE, &value, "SameSite=Lax", LASTS);
}

fn parts<'a>(mark: &'a str, account: &'a str) -> [&'a str; 3] {
    ["device", mark, account]
}

/// Whether a part of the cookie can be one of ours: what cannot is not sent back.
fn is_ours(part: &str, length: usize) -> bool {
    part.len() == length && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
