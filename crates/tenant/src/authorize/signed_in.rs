//! The checks of the person: who is signed in, whether the session still counts, and what may be given away.

use jiff::SignedDuration;

use super::checks::Flow;
use super::facts::SessionFact;
use super::refusal::{MFA_REQUIRED, Refusal};
use crate::clock::iso;
use crate::decisions::Cause;
use crate::model::UserAuthentication;
use crate::partitioned_sessions::Brought;
use crate::sessions::over_limit;
use crate::visit::Visit;

/// OpenID Connect Core Error Code unmet_authentication_requirements 1.0, section 2.
const UNMET: &str = "unmet_authentication_requirements";
const UNMET_SENTENCE: &str = "The user cannot authenticate as the request demands";

/// Whether somebody is signed in, and by which cookie that is known.
pub(super) fn session(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let detail = live_session(flow)?;
    Ok(match &flow.facts.partitioned {
        None => detail,
        Some(Brought { unfit: Some(why), .. }) => {
            format!("{detail}; a partitioned session's cookie came and was not used: {why}")
        }
        Some(Brought { partition, .. }) => {
            format!("{detail}; known by the partitioned session of {}", partition.origin)
        }
    })
}

/// The causes of `login_required`, the most telling first.
fn live_session(flow: &Flow<'_>) -> Result<String, Refusal> {
    let settings = flow.facts.settings.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let session = flow.facts.session.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let (known, fresh) = match session {
        SessionFact::NoCookie => {
            return Err(Refusal::login_required(Cause::NoSessionCookie, no_cookie(flow)));
        }
        SessionFact::Unknown if flow.facts.by_partition() => {
            return Err(Refusal::login_required(
                Cause::SessionUnknown,
                "a partitioned session's cookie came, and leads nowhere: its session is over, or it was ended by itself",
            ));
        }
        SessionFact::Unknown => {
            return Err(Refusal::login_required(
                Cause::SessionUnknown,
                "a session cookie came, but it names no session",
            ));
        }
        SessionFact::Known(known) => (known, false),
        SessionFact::Fresh(known) => (known, true),
    };
    let (age, detail) = match over_limit(&known.session, settings, flow.now) {
        Ok(ages) => (ages.since_login, ages.to_string()),
        Err((cause, detail)) => return Err(Refusal::login_required(cause, detail)),
    };
    if flow.hinted_user().is_some_and(|hinted| hinted != known.user.user_id) {
        let why = "id_token_hint names another user than the one signed in";
        let refusal = Refusal::login_required(Cause::OtherUser, why);
        // Whoever has just signed in as somebody else would do so again (OpenID Connect Core 1.0, 3.1.2.1).
        return Err(if fresh { Refusal { step: None, ..refusal } } else { refusal });
    }
    if flow.claims.subject.as_ref().is_some_and(|subject| *subject != known.user.user_id) {
        return Err(Refusal::login_required(Cause::OtherUser, "claims asks for another user than the one signed in"));
    }
    if fresh {
        return Ok(format!("the user has just signed in; {detail}"));
    }
    if flow.prompts("login") {
        return Err(Refusal::login_required(Cause::PromptLogin, "prompt=login asks for a new sign-in"));
    }
    if flow.prompts("select_account") && !flow.facts.progress.account_chosen {
        let why = "prompt=select_account asks which account is meant";
        return Err(Refusal::account_selection_required(Cause::PromptSelectAccount, why));
    }
    let max_age = flow.params.get("max_age").and_then(|text| text.parse::<u32>().ok());
    if let Some(max_age) = max_age
        // Zero means what prompt=login means, also within the second of the sign-in.
        && (max_age == 0 || age > SignedDuration::from_secs(max_age.into()))
    {
        return Err(Refusal::login_required(
            Cause::MaxAge,
            format!("the sign-in was {} s ago, and max_age allows {max_age} s", age.as_secs()),
        ));
    }
    Ok(detail)
}

/// No cookie looks like nobody signed in; what the browser says of its storage tells the two apart.
fn no_cookie(flow: &Flow<'_>) -> String {
    let unfit = flow.facts.partitioned.as_ref().and_then(|brought| brought.unfit);
    let unfit = unfit.map(|why| format!("; a partitioned session's cookie came and was not used: {why}"));
    format!("{}{}", no_session_cookie(flow.visit), unfit.unwrap_or_default())
}

fn no_session_cookie(visit: &Visit) -> String {
    if let Some(weather) = visit.cookie_weather {
        return format!("no session cookie came with the request; the lab's cookie weather is {weather}");
    }
    let why = match visit.fetch.storage_access.as_deref() {
        Some("none") => "; the browser says that it sends this frame no cookies (Sec-Fetch-Storage-Access: none)",
        Some("inactive") => "; the browser would send cookies if asked to (Sec-Fetch-Storage-Access: inactive)",
        Some(_) => "; the browser says that this frame has its cookies, so there is none",
        None => "",
    };
    format!("no session cookie came with the request{why}")
}

pub(super) fn user(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match flow.known_session() {
        Some(known) if known.user.blocked => {
            let refusal =
                Refusal::travels("access_denied", "user is blocked", format!("{} is blocked", known.user.user_id));
            Err(Refusal { cause: Some(Cause::UserBlocked), ..refusal })
        }
        Some(known) => Ok(format!("{} may sign in", known.user.user_id)),
        None => Err(Refusal::server_error("check_session let a request through without a session")),
    }
}

/// Whoever has a second factor gives it once for each session; an API may want one of everybody.
pub(super) fn second_factor(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let Some(known) = flow.known_session() else {
        return Err(Refusal::server_error("check_session let a request through without a session"));
    };
    let can_give_code = known.user.mfa.is_some() || known.session.second_factor_at.is_some();
    let acr = UserAuthentication::with_code(can_give_code).acr();
    // What no page can help to has failed (OpenID Connect Core 1.0, 5.5.1.1); `acr_values` is a wish alone.
    if let Some(demanded) = &flow.claims.essential_acr
        && !demanded.iter().any(|one| Some(one.as_str()) == acr)
    {
        let detail = format!("the request demands acr {}; the user can give {acr:?}", demanded.join(" or "));
        return Err(Refusal { cause: Some(Cause::AcrUnmet), ..Refusal::travels(UNMET, UNMET_SENTENCE, detail) });
    }
    if let Some(at) = known.session.second_factor_at {
        return Ok(format!("a one-time code was given at {}", iso(at)));
    }
    if known.user.mfa.is_some() {
        return Err(Refusal::second_factor_required("the user has a second factor, and gave none in this session"));
    }
    match flow.api().filter(|api| api.require_mfa) {
        None => Ok("no second factor is needed".into()),
        Some(api) => {
            // Silent or not: there is a session, and no page can help.
            let code = if flow.prompts("none") { "interaction_required" } else { "access_denied" };
            let detail = format!("the API {} needs a second factor, and the user has none", api.name);
            Err(Refusal { cause: Some(Cause::NoSecondFactor), ..Refusal::travels(code, MFA_REQUIRED, detail) })
        }
    }
}
