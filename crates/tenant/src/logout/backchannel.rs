//! Sends logout tokens to clients (OpenID Connect Back-Channel Logout 1.0) from the stored notices, in the background.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use url::{Host, Url};

use crate::id_tokens;
use crate::logs::{LogEntry, LogType};
use crate::model::{Client, logout_target};
use crate::secret::Secret;
use crate::store::{LogoutNotice, StoreError};
use crate::tenant::{Tenant, WeakTenant};
use crate::tenant_file::Object;

/// How long a client may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long after each try that came to nothing the next one is, in seconds; after the last nobody tries any more.
const TRY_AGAIN_AFTER: [i64; 4] = [10, 60, 600, 3600];
/// A logout token is good for two minutes (section 2.4).
const LIFETIME: i64 = 120;
/// How many notices are on their way at once.
const AT_ONCE: i64 = 20;
/// How often the clock is looked at while a notice waits for its time.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A request to look for notices, and whom to tell afterwards, if anybody asks.
pub(crate) type Look = Option<oneshot::Sender<()>>;

/// Wakes the sender after a session ended. The sender ends when this is dropped.
pub(crate) struct Sender(mpsc::Sender<Look>);

impl Sender {
    /// What wakes the sender, and what it waits for.
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Look>) {
        let (sender, receiver) = mpsc::channel(1);
        (Self(sender), receiver)
    }

    /// Lets the sender look for notices now.
    pub(crate) fn wake(&self) {
        // Full: it is about to look anyway.
        let _ = self.0.try_send(None);
    }

    /// The same, and returns once every notice that is due was tried.
    pub(crate) async fn flush(&self) {
        let (done, looked) = oneshot::channel();
        if self.0.send(Some(done)).await.is_ok() {
            // An error: the sender has ended, and nothing is sent any more.
            let _ = looked.await;
        }
    }
}

/// Sends what is due, until the tenant is gone.
pub(crate) async fn run(tenant: WeakTenant, mut asked: mpsc::Receiver<Look>) {
    let mut look: Look = None;
    loop {
        let waiting = match tenant.upgrade() {
            Some(tenant) => send_due(&tenant).await.unwrap_or_else(|error| {
                eprintln!("tenant: logout tokens wait for the store: {error}");
                false
            }),
            None => break,
        };
        if let Some(done) = look.take() {
            // Whoever asked may have gone.
            let _ = done.send(());
        }
        let next = if waiting {
            // Nothing but the clock says when a notice is due, and the clock may be a test's.
            tokio::time::timeout(LOOK_EVERY, asked.recv()).await.unwrap_or(Some(None))
        } else {
            asked.recv().await
        };
        match next {
            Some(asked) => look = asked,
            None => break,
        }
    }
}

/// Sends every notice whose time has come; whether others wait for theirs.
async fn send_due(tenant: &Tenant) -> Result<bool, StoreError> {
    loop {
        let due = tenant.store().due_logout_notices(tenant.now(), AT_ONCE).await?;
        if due.is_empty() {
            return Ok(tenant.store().next_logout_notice().await?.is_some());
        }
        for done in join_all(due.iter().map(|notice| send(tenant, notice))).await {
            done?;
        }
    }
}

/// What came of one try.
enum Outcome {
    Arrived,
    /// The client is not told of such ends, or is gone.
    NotWanted,
    /// It may work later.
    Failed(String),
    /// It will never work.
    Refused(String),
}

async fn send(tenant: &Tenant, notice: &LogoutNotice) -> Result<(), StoreError> {
    let store = tenant.store();
    let client = store.client(&notice.client.client_id, tenant.addresses()).await?;
    let wants = client.filter(|client| client.oidc_logout.is_told_of(&notice.initiator));
    let Some(client) = wants else { return store.remove_logout_notice(notice).await };
    let outcome = tell(tenant, &client, notice).await;
    let log = |kind: LogType, description: String| {
        let details = json!({ "session_id": notice.sid, "initiator": notice.initiator, "attempt": notice.failed + 1 });
        let entry = LogEntry::of_tenant(kind, &notice.client.issuer, description).client(Some(&client));
        tenant.log(entry.user(&notice.user_id, "").details(details));
    };
    match outcome {
        Outcome::NotWanted => store.remove_logout_notice(notice).await,
        Outcome::Arrived => {
            log(LogType::BackchannelLogoutSucceeded, "The logout token arrived".into());
            store.remove_logout_notice(notice).await
        }
        Outcome::Refused(why) => {
            log(LogType::BackchannelLogoutFailed, why);
            store.remove_logout_notice(notice).await
        }
        Outcome::Failed(why) => {
            log(LogType::BackchannelLogoutFailed, why);
            let after = usize::try_from(notice.failed).ok().and_then(|failed| TRY_AGAIN_AFTER.get(failed));
            match after {
                Some(seconds) => {
                    store.defer_logout_notice(notice, tenant.now() + SignedDuration::from_secs(*seconds)).await
                }
                None => store.remove_logout_notice(notice).await,
            }
        }
    }
}

/// Sends the logout token to each of the client's addresses.
async fn tell(tenant: &Tenant, client: &Client, notice: &LogoutNotice) -> Outcome {
    let urls = client.oidc_logout.backchannel_urls();
    if urls.is_empty() {
        return Outcome::NotWanted;
    }
    let token = id_tokens::sign_as(tenant, client, "logout+jwt", &claims(notice, tenant.now().as_second()));
    for url in urls {
        let target = match logout_target(url) {
            Ok(target) => target,
            Err(why) => return Outcome::Refused(format!("{url} is not called: {why}")),
        };
        match post(&target, &token).await {
            Ok(200 | 204) => {}
            Ok(400) => return Outcome::Refused(format!("{url} refused the logout token (400)")),
            Ok(status) => return Outcome::Failed(format!("{url} answered {status}; 200 was expected")),
            Err(why) => return Outcome::Failed(format!("{url} was not reached: {why}")),
        }
    }
    Outcome::Arrived
}

/// The claims of a logout token (section 2.4). It has no `nonce`, so that nobody takes it for an ID token.
fn claims(notice: &LogoutNotice, now: i64) -> Object {
    let claims = json!({
        "iss": notice.client.issuer,
        "sub": notice.user_id,
        "aud": notice.client.client_id,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": notice.notice_id,
        "sid": notice.sid,
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    match claims {
        Value::Object(claims) => claims,
        other => unreachable!("claims are an object, not {other}"),
    }
}

/// The status of the answer; nothing else of it is read, and no redirect is followed.
async fn post(target: &Url, token: &Secret) -> Result<u16, String> {
    let words = |error: reqwest::Error| match error.is_timeout() {
        true => format!("no answer within {} s", ANSWER_WITHIN.as_secs()),
        false => error.without_url().to_string(),
    };
    let mut client = reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none());
    if target.scheme() == "http" {
        client = client.no_proxy();
    }
    if let Some(Host::Domain(name)) = target.host()
        && (name == "localhost" || name.ends_with(".localhost"))
    {
        // RFC 6761 6.3: this machine, whatever a name server says.
        let port = target.port_or_known_default().unwrap_or_default();
        let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        client = client.resolve_to_addrs(name, &here.map(|address| SocketAddr::new(address, port)));
    }
    let body =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token.expose()).finish();
    let request = client.build().map_err(words)?.post(target.clone()).body(body);
    let response = request.header("content-type", "application/x-www-form-urlencoded").send().await.map_err(words)?;
    Ok(response.status().as_u16())
}
