//! `/authorize`: one ordered list of checks, then a code or tokens, a login page or an error.

mod answer;
mod checks;
mod consent;
mod facts;
mod faulty;
mod form_post;
mod issue;
mod parameters;
mod refusal;
mod response_type;
mod signed_in;
mod web_message;

pub(crate) use answer::{ReturnAddress, redirect};
pub(crate) use checks::PROMPTS;
pub(crate) use facts::Resumed;
pub(crate) use refusal::{MFA_REQUIRED, Refusal};

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::body::{Form, Query};
use crate::decisions::Decision;
use crate::logs::{LogEntry, LogType};
use crate::pages::{Framing, problem};
use crate::params::Params;
use crate::sessions::over_limit;
use crate::store::PendingLogin;
use crate::visit::{SESSION_COOKIE, Visit};
use crate::{Tenant, interaction, session_management, storage_access};
use checks::{Check, Flow};
use facts::Facts;

/// Every request passes these in this order; the first that refuses decides. Up to `check_response_mode` an
/// error stays on the tenant's own page; from there on client and address are known good and it travels there.
const CHECKS: [(&str, Check); 21] = [
    ("check_address_given_once", checks::address_given_once),
    ("check_client", checks::client),
    ("check_redirect_uri", checks::redirect_uri),
    ("check_response_mode", checks::response_mode),
    ("check_given_once", checks::given_once),
    ("check_request_object", parameters::request_object),
    ("check_response_type", checks::response_type),
    ("check_grant_type", checks::grant_type),
    ("check_pkce", checks::pkce),
    ("check_nonce", checks::nonce),
    ("check_prompt", checks::prompt),
    ("check_max_age", checks::max_age),
    ("check_audience", checks::audience),
    ("check_scope", checks::scope),
    ("check_proof_of_possession", parameters::proof_of_possession),
    ("check_claims", parameters::claims),
    ("check_id_token_hint", checks::id_token_hint),
    ("check_session", signed_in::session),
    ("check_user", signed_in::user),
    ("check_second_factor", signed_in::second_factor),
    ("check_consent", consent::consent),
];

/// `GET /authorize`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Query(params): Query,
) -> Response {
    decide(&tenant, &visit, params, None).await
}

/// `POST /authorize` with a form body (OpenID Connect Core 1.0, 3.1.2.1).
pub(crate) async fn post(
    State(tenant): State<Tenant>,
    Extension(visit): Extension<Visit>,
    Form(sent): Form,
) -> Response {
    match sent {
        Ok(params) => decide(&tenant, &visit, params, None).await,
        Err(error) => problem(error.status, error.code, &error.description, "", Framing::ByAnyone),
    }
}

/// Decides a request and leaves a record of why. `resumed` is what a page of the tenant came to, if one led here.
pub(crate) async fn decide(tenant: &Tenant, visit: &Visit, params: Params, resumed: Option<Resumed>) -> Response {
    let now = tenant.now();
    let deadline = Instant::now() + tenant.answer_within();
    let after_form = resumed.is_some();
    let expires_at = resumed.as_ref().map_or(now + interaction::LIFETIME, |resumed| resumed.expires_at);
    let mut decision = Decision::begin("/authorize", visit, now);
    decision.about(params.get("client_id"), params.get("state"));

    let facts = Facts::gather(tenant, visit, &params, resumed, deadline).await;
    decision.partitioned_cookie(facts.partitioned.as_ref().map(|brought| brought.unfit.is_none()));
    let mut flow = Flow::new(&params, &facts, visit, now);
    let checked = CHECKS.iter().try_for_each(|(name, check)| match check(&mut flow) {
        Ok(detail) => {
            decision.check(name, true, detail);
            Ok(())
        }
        Err(refusal) => {
            decision.check(name, false, refusal.detail.clone());
            Err(refusal)
        }
    });
    let mut issued = match checked {
        Ok(()) => issue::issue(tenant, &flow, deadline).await,
        Err(refusal) => Err(refusal),
    };
    let trouble = faulty::tamper(tenant, &flow, &mut issued, &mut decision).await;

    let silent = flow.prompts("none");
    let mut response = match issued {
        Ok(issued) => {
            decision.outcome = issued.outcome.into();
            decision.summary = issued.summary.into();
            if silent {
                tenant.log(log_of(LogType::SilentAuthSucceeded, visit, &flow, String::new()));
            }
            let answer: Vec<_> = issued.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
            issued.address.answer(&answer, after_form)
        }
        Err(Refusal { step: Some(step), cause, detail, .. }) if !silent => {
            decision.outcome = step.outcome().into();
            decision.cause = cause;
            decision.summary = format!("{}: {detail}.", step.in_words());
            let login = PendingLogin {
                issuer: visit.address.issuer.clone(),
                request: params.clone(),
                progress: flow.progress_at(step),
                expires_at,
            };
            match interaction::begin(tenant, visit, &login, after_form).await {
                Ok(response) => response,
                Err(error) => problem(error.status, error.code, &error.description, "", Framing::Never),
            }
        }
        Err(refusal) => {
            decision.outcome = refusal.code.into();
            decision.cause = refusal.cause;
            decision.summary = format!("{}: {}.", refusal.code, refusal.detail);
            if refusal.is_ours() {
                eprintln!("tenant: {}", refusal.detail);
            }
            if flow.client().is_ok() {
                let kind = if silent { LogType::SilentAuthFailed } else { LogType::LoginFailed };
                tenant.log(log_of(kind, visit, &flow, refusal.public.clone()));
            }
            refuse(visit, &flow, &refusal, silent, after_form)
        }
    };
    tenant.decisions().add(decision);
    if !after_form
        && let Ok(settings) = &facts.settings
        && facts.session.is_ok()
    {
        let live = flow.known_session().filter(|known| over_limit(&known.session, settings, now).is_ok());
        let sid = live.map(|known| known.session.sid.as_str());
        session_management::follow(&mut response, tenant, visit, sid, settings.absolute_limit());
    }
    match trouble {
        Some(trouble) => trouble.befall(response).await,
        None => response,
    }
}

/// The answer of a refused request: to the client, if client and address are known good, else a page.
fn refuse(visit: &Visit, flow: &Flow<'_>, refusal: &Refusal, silent: bool, after_form: bool) -> Response {
    match flow.address.as_ref().filter(|_| refusal.travels) {
        Some(address) => {
            // A cookie that did come has its own say.
            let storage_access = visit.fetch.storage_access.as_deref().filter(|_| !flow.facts.by_partition());
            let answer = [
                ("error", refusal.code),
                ("error_description", &refusal.public),
                ("state", address.state().unwrap_or_default()),
                // Tells a page why no cookie can have come: `none` means the browser would not send one.
                ("sec_fetch_storage_access", storage_access.unwrap_or_default()),
                ("iss", &visit.address.issuer),
            ];
            let mut response = address.answer(&answer, after_form);
            // The user lets this app's frames have the cookie, and the browser waits to be asked for it.
            if let Some(origin) = storage_access::unused_by(visit)
                && refusal.code == "login_required"
                && visit.cookie(SESSION_COOKIE).is_none()
                && address.origin().as_deref() == Some(origin)
                && flow.client().is_ok_and(|client| client.names_web_origin(origin))
            {
                storage_access::retry(&mut response, origin);
            }
            response
        }
        None => {
            // A silent request is in a hidden frame: its error must load there, or the frame stays mute.
            let framing = if silent { Framing::ByAnyone } else { Framing::Never };
            // What failed inside is for the operator alone.
            let next = if refusal.is_ours() {
                "The tenant's error output says more.".to_owned()
            } else {
                format!("Go back to the app. For its developer: {}.", refusal.detail)
            };
            problem(refusal.status, refusal.code, &refusal.public, &next, framing)
        }
    }
}

fn log_of(kind: LogType, visit: &Visit, flow: &Flow<'_>, description: String) -> LogEntry {
    let mut entry = LogEntry::new(kind, visit, description)
        .audience_and_scope(flow.params.get("audience"), flow.params.get("scope"))
        .client(flow.client().ok());
    if let Some(known) = flow.known_session() {
        entry = entry.user(&known.user.user_id, &known.user.email).details(serde_json::json!({
            "session_id": known.session.sid,
            "prompts": [],
            "initiatedAt": flow.now.as_millisecond(),
            "completedAt": flow.now.as_millisecond(),
            "elapsedTime": null,
        }));
    }
    entry
}

/// What answers if the tenant itself fails: loads in a frame, posts nothing, reads no cookie.
pub(crate) fn failure_page() -> Response {
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "The tenant failed while answering.",
        "Its error output says more. Try again.",
        Framing::ByAnyone,
    )
    .into_response()
}
