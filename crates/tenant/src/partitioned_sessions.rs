//! Partitioned sessions: an app's hidden frames find the user's session where third-party cookies are blocked.
//!
//! The answer to a code that a page of the app exchanges sets a cookie of the jar that the browser keeps for the tenant under the
//! app's site (CHIPS: `Partitioned`). In silent requests of that client, from that origin, it stands for the sign-in session that
//! the code came from. It is nothing in any other request, and ends with that session.

use axum::response::Response;
use jiff::SignedDuration;
use url::Url;

use crate::addresses::TenantAddress;
use crate::cookies::set_cookie;
use crate::model::{Client, RedirectUri};
use crate::params::Params;
use crate::secret::{Hash, Secret};
use crate::store::{CodeRecord, NewPartitionedSession, Partition};
use crate::visit::{SESSION_COOKIE, Visit};

/// What the names of the cookies begin with.
pub(crate) const COOKIE: &str = "__Host-tenant-partitioned-";

/// Each partition has a cookie of its own: under one site there may be several clients and origins, and cookies know no ports, which
/// issuers do.
fn cookie_name(Partition { client_id, issuer, origin }: &Partition) -> String {
    let hash = Hash::of(&format!("{client_id}\n{issuer}\n{origin}"));
    format!("{COOKIE}{}", &hash.as_str()[..16])
}

/// The partition of a client's pages at `origin`, if they may have one. Where app and tenant share a host, the session's own cookie
/// always comes along.
fn partition(client: &Client, address: &TenantAddress, origin: &str) -> Option<Partition> {
    let host = |origin: &str| Url::parse(origin).ok().and_then(|url| url.host_str().map(ToOwned::to_owned));
    let offered =
        client.partitioned_session && client.names_web_origin(origin) && host(origin) != host(&address.origin);
    offered.then(|| Partition {
        client_id: client.client_id.clone(),
        issuer: address.issuer.clone(),
        origin: origin.to_owned(),
    })
}

/// Whether the page that gets a code at this origin may exchange it with credentials, to have a partitioned session.
pub(crate) fn is_offered(client: &Client, address: &TenantAddress, origin: &str) -> bool {
    partition(client, address, origin).is_some()
}

/// A partitioned session that a code buys, with the secret of its cookie.
pub(crate) struct Bought {
    secret: Secret,
    partition: Partition,
}

impl Bought {
    /// What the exchange of this code buys, if it is for a page of the origin that the code was sent to. The code alone says whose
    /// session it is: no cookie of the request is looked at.
    pub(crate) fn by(code: &CodeRecord, client: &Client, visit: &Visit) -> Option<Self> {
        let origin = visit.origin.as_deref()?;
        let sent_to = RedirectUri::parse(&code.redirect_uri).ok().and_then(|uri| uri.origin());
        if code.partitioned || sent_to.as_deref() != Some(origin) {
            return None;
        }
        Some(Self { secret: Secret::random(), partition: partition(client, &visit.address, origin)? })
    }

    /// What the store keeps of it.
    pub(crate) fn to_store(&self, sid: &str) -> NewPartitionedSession {
        NewPartitionedSession { id: self.secret.hash(), sid: sid.to_owned(), partition: self.partition.clone() }
    }

    pub(crate) fn set_cookie(&self, response: &mut Response, lasts: SignedDuration) {
        set_cookie(response, &cookie_name(&self.partition), self.secret.expose(), "SameSite=None; Partitioned", lasts);
    }
}

/// The cookie of a partitioned session that came with an authorization request.
pub(crate) struct Brought {
    pub id: Hash,
    pub partition: Partition,
    /// Why it is not looked at, if it is not.
    pub unfit: Option<&'static str>,
}

impl Brought {
    /// The cookie of the partition that the request is about, if it came.
    pub(crate) fn with(visit: &Visit, client: &Client, params: &Params) -> Option<Self> {
        let uri = params.get("redirect_uri").and_then(|uri| RedirectUri::parse(uri).ok())?;
        let (client_id, issuer) = (client.client_id.clone(), visit.address.issuer.clone());
        let about = Partition { client_id, issuer, origin: uri.origin()? };
        let id = Hash::of(visit.cookie(&cookie_name(&about))?);
        let unfit = if !client.partitioned_session {
            Some("the client has partitioned sessions turned off")
        } else if params.get("prompt") != Some("none") {
            Some("it is for prompt=none alone")
        } else if visit.fetch.dest.as_deref() != Some("iframe") {
            Some("it is for frames alone")
        } else if !is_offered(client, &visit.address, &about.origin) {
            Some("its origin is not among the web origins of the client")
        } else if visit.cookie(SESSION_COOKIE).is_some() {
            Some("the session's own cookie came too, and decides")
        } else {
            None
        };
        Some(Self { id, partition: about, unfit })
    }
}
