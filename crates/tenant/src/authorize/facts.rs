//! Everything the checks look at, read from the store beforehand, each read within the request's time.

use tokio::time::{Instant, timeout_at};

use crate::clock::Timestamp;
use crate::model::{Api, Client, TenantSettings};
use crate::params::Params;
use crate::partitioned_sessions::Brought;
use crate::secret::Hash;
use crate::store::{Consent, Progress, SessionWithUser, StoreError};
use crate::tenant_file::Object;
use crate::visit::{SESSION_COOKIE, Visit};
use crate::{Tenant, id_tokens};

/// What is known when the checks run. A read that failed is a fact too: the check that needs it says so.
pub(crate) struct Facts {
    pub client: Result<Option<Client>, StoreError>,
    pub settings: Result<TenantSettings, StoreError>,
    /// The API of the requested audience, or of the tenant's default.
    pub api: Result<Option<Api>, StoreError>,
    pub session: Result<SessionFact, StoreError>,
    /// The cookie of a partitioned session, if one came.
    pub partitioned: Option<Brought>,
    /// What the user of the session granted to the client for the API.
    pub consent: Result<Option<Consent>, StoreError>,
    /// What the user did for this request so far.
    pub progress: Progress,
    /// The claims of the `id_token_hint`, or what is wrong with it.
    pub hint: Option<Result<Object, String>>,
}

/// A request that goes on after one of the tenant's pages.
pub(crate) struct Resumed {
    /// The session of the browser that the page was shown in.
    pub known: SessionWithUser,
    pub progress: Progress,
    /// When the request has waited long enough, should there be another page.
    pub expires_at: Timestamp,
}

/// What the session cookie led to.
#[derive(Debug)]
pub(crate) enum SessionFact {
    /// No cookie came.
    NoCookie,
    /// A cookie came that names no session.
    Unknown,
    /// A session, whatever its age.
    Known(SessionWithUser),
    /// A session that was begun for this very request.
    Fresh(SessionWithUser),
}

impl Facts {
    pub(super) async fn gather(
        tenant: &Tenant,
        visit: &Visit,
        params: &Params,
        resumed: Option<Resumed>,
        deadline: Instant,
    ) -> Self {
        let (store, addresses) = (tenant.store(), tenant.addresses());
        let client = match params.get("client_id") {
            Some(id) => by(deadline, store.client(id, addresses)).await,
            None => Ok(None),
        };
        let settings = by(deadline, store.tenant_settings()).await;
        let default = settings.as_ref().ok().and_then(|settings| settings.default_audience.as_deref());
        let api = match params.get("audience").or(default) {
            Some(audience) => by(deadline, store.api(audience, addresses)).await,
            None => Ok(None),
        };
        let about = client.as_ref().ok().and_then(Option::as_ref);
        let partitioned = about.and_then(|client| Brought::with(visit, client, params));
        let mut progress = Progress::default();
        let session = match (resumed, visit.cookie(SESSION_COOKIE)) {
            (Some(resumed), _) => {
                progress = resumed.progress;
                Ok(if progress.signed_in {
                    SessionFact::Fresh(resumed.known)
                } else {
                    SessionFact::Known(resumed.known)
                })
            }
            (None, None) => match partitioned.as_ref().filter(|brought| brought.unfit.is_none()) {
                None => Ok(SessionFact::NoCookie),
                Some(brought) => by(deadline, store.partitioned_session(&brought.id, &brought.partition))
                    .await
                    .map(|found| found.map_or(SessionFact::Unknown, SessionFact::Known)),
            },
            (None, Some(id)) => by(deadline, store.session(&Hash::of(id)))
                .await
                .map(|found| found.map_or(SessionFact::Unknown, SessionFact::Known)),
        };
        let consent = match (&client, &session) {
            (Ok(Some(client)), Ok(SessionFact::Known(known) | SessionFact::Fresh(known))) => {
                let audience = api.as_ref().ok().and_then(Option::as_ref).map(|api| api.identifier.as_str());
                by(deadline, store.consent(&known.user.user_id, &client.client_id, audience)).await
            }
            _ => Ok(None),
        };
        let hint = params.get("id_token_hint").map(|token| match &client {
            Ok(Some(client)) => id_tokens::verify(tenant, client, token),
            _ => tenant.keys().verify(token),
        });
        Self { client, settings, api, session, partitioned, consent, progress, hint }
    }

    /// Whether the session, or that there is none, was found by a partitioned session's cookie.
    pub(super) fn by_partition(&self) -> bool {
        self.partitioned.as_ref().is_some_and(|brought| brought.unfit.is_none())
    }
}

/// Runs a query, but not past the deadline: a silent request has to be answered.
pub(super) async fn by<T>(
    deadline: Instant,
    query: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout_at(deadline, query).await.unwrap_or(Err(StoreError::TooSlow))
}
