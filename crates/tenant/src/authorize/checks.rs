//! The checks themselves: pure functions of the request and the facts, each with its reason in words.

use axum::http::StatusCode;
use jiff::SignedDuration;

use super::ReturnAddress;
use super::answer::ResponseMode;
use super::facts::{Facts, SessionFact};
use super::refusal::Refusal;
use crate::clock::Timestamp;
use crate::decisions::Cause;
use crate::model::{Api, Client, RedirectUri};
use crate::params::Params;
use crate::sessions::over_limit;
use crate::store::SessionWithUser;
use crate::token::Granted;
use crate::visit::Visit;

/// Passes with a detail for the record, or refuses.
pub(super) type Check = fn(&mut Flow<'_>) -> Result<String, Refusal>;

/// Parameters without which no error can travel: they say where to.
const ADDRESS: [&str; 2] = ["client_id", "redirect_uri"];

/// A request on its way through the checks, and what they found out so far.
pub(super) struct Flow<'a> {
    pub params: &'a Params,
    pub facts: &'a Facts,
    pub visit: &'a Visit,
    pub now: Timestamp,
    /// Set once client and redirect URI are known good.
    pub address: Option<ReturnAddress>,
    /// The API's identifier; absent means a token for `/userinfo`.
    pub audience: Option<String>,
    /// What is granted of the scopes asked for.
    pub scope: Vec<String>,
    redirect_uri: Option<RedirectUri>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(params: &'a Params, facts: &'a Facts, visit: &'a Visit, now: Timestamp) -> Self {
        Self { params, facts, visit, now, address: None, audience: None, scope: Vec::new(), redirect_uri: None }
    }

    pub(super) fn client(&self) -> Result<&'a Client, Refusal> {
        match &self.facts.client {
            Ok(Some(client)) => Ok(client),
            Ok(None) => {
                let id = self.params.get("client_id").unwrap_or_default();
                Err(Refusal::stays(
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    format!("Unknown client: {id}"),
                    "no client of the tenant file has this client_id",
                ))
            }
            Err(error) => Err(Refusal::server_error(error.to_string())),
        }
    }

    /// The API that the tokens will be for; none if they are for `/userinfo` alone.
    pub(super) fn api(&self) -> Option<&'a Api> {
        self.facts.api.as_ref().ok().and_then(Option::as_ref).filter(|_| self.audience.is_some())
    }

    pub(super) fn known_session(&self) -> Option<&'a SessionWithUser> {
        match &self.facts.session {
            Ok(SessionFact::Known(known) | SessionFact::Fresh(known)) => Some(known),
            _ => None,
        }
    }

    /// Whether `prompt` holds this word, in any of the times it came: whoever asks for silence gets it.
    pub(super) fn prompts(&self, wanted: &str) -> bool {
        self.params.all("prompt").flat_map(|prompt| prompt.split(' ')).any(|word| word == wanted)
    }
}

fn stays(code: &'static str, public: impl Into<String>, detail: impl Into<String>) -> Refusal {
    Refusal::stays(StatusCode::BAD_REQUEST, code, public, detail)
}

fn given(flow: &Flow<'_>, name: &str) -> String {
    flow.params.get(name).map_or_else(|| format!("no {name}"), |value| format!("{name} is {value}"))
}

pub(super) fn address_given_once(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match flow.params.repeated(|name| ADDRESS.contains(&name)) {
        Some(name) => Err(stays(
            "invalid_request",
            format!("{name} appears more than once"),
            "a parameter may come once (RFC 6749 3.1)",
        )),
        None => Ok("client_id and redirect_uri came once at most".into()),
    }
}

pub(super) fn client(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    if flow.params.get("client_id").is_none() {
        return Err(stays("invalid_request", "Missing required parameter: client_id", "no client_id"));
    }
    flow.client().map(|client| format!("{} is registered", client.client_id))
}

pub(super) fn redirect_uri(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let Some(text) = flow.params.get("redirect_uri") else {
        return Err(stays("invalid_request", "Missing required parameter: redirect_uri", "no redirect_uri"));
    };
    let mismatch = |detail: String| {
        Refusal::stays(
            StatusCode::FORBIDDEN,
            "unauthorized_client",
            "Callback URL mismatch. URL is not in the list of allowed callback URLs",
            detail,
        )
    };
    let uri = RedirectUri::parse(text).map_err(|why| mismatch(format!("{text} cannot be a callback URL: {why}")))?;
    if !client.has_callback(&uri) {
        return Err(mismatch(format!("{text} is not one of the callbacks of {}, letter for letter", client.client_id)));
    }
    flow.redirect_uri = Some(uri);
    Ok(format!("{text} is registered"))
}

pub(super) fn response_mode(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let Some(uri) = flow.redirect_uri.take() else {
        return Err(Refusal::server_error("check_redirect_uri left no redirect URI"));
    };
    let state = flow.params.get("state").map(ToOwned::to_owned);
    match flow.params.get("response_mode") {
        None | Some("query") => {
            flow.address = Some(ReturnAddress::new(uri, ResponseMode::Query, state));
            Ok("the answer goes into the query of the redirect URI".into())
        }
        Some("web_message") => {
            let origin = uri.origin().filter(|origin| client.has_web_origin(origin)).ok_or_else(|| {
                stays(
                    "invalid_request",
                    format!("The specified redirect_uri '{}' does not have a registered origin.", uri.as_str()),
                    format!("its origin is not one of the web_origins of {}", client.client_id),
                )
            })?;
            let detail = format!("the answer is posted to {origin}, a registered web origin");
            flow.address = Some(ReturnAddress::new(uri, ResponseMode::WebMessage { origin }, state));
            Ok(detail)
        }
        Some(other) => {
            let refusal =
                Refusal::invalid_request(format!("response_mode {other} is not supported, only query and web_message"));
            flow.address = Some(ReturnAddress::new(uri, ResponseMode::Query, state));
            Err(refusal)
        }
    }
}

pub(super) fn given_once(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match flow.params.repeated(|_| true) {
        Some(name) => Err(Refusal::invalid_request(format!("{name} appears more than once"))),
        None => Ok("no parameter came twice".into()),
    }
}

pub(super) fn response_type(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match flow.params.get("response_type") {
        Some("code") => Ok("response_type is code".into()),
        Some(other) => Err(Refusal::travels(
            "unsupported_response_type",
            format!("Unsupported response type: {other}"),
            format!("response_type is {other}, and only code is supported"),
        )),
        None => Err(Refusal::invalid_request("Missing required parameter: response_type")),
    }
}

pub(super) fn grant_type(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    if client.may_use("authorization_code") {
        return Ok(format!("{} may use authorization_code", client.client_id));
    }
    Err(Refusal::travels(
        "unauthorized_client",
        "Grant type 'authorization_code' not allowed for the client.",
        format!("authorization_code is not among the grant_types of {}", client.client_id),
    ))
}

/// RFC 7636. Public clients must; a confidential client proves itself by its secret and may.
pub(super) fn pkce(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let (challenge, method) = (flow.params.get("code_challenge"), flow.params.get("code_challenge_method"));
    let Some(challenge) = challenge else {
        if client.is_public() || method.is_some() {
            return Err(Refusal::invalid_request("code_challenge is required"));
        }
        return Ok("none came, and a confidential client needs none".into());
    };
    if method != Some("S256") {
        return Err(Refusal::invalid_request("code_challenge_method must be S256"));
    }
    let is_sha256 =
        challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !is_sha256 {
        return Err(Refusal::invalid_request("code_challenge must be 43 characters of base64url without padding"));
    }
    Ok("an S256 challenge came".into())
}

/// OpenID Connect Core 1.0, 3.1.2.1.
pub(super) fn prompt(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let Some(prompt) = flow.params.get("prompt") else { return Ok("no prompt".into()) };
    let words: Vec<_> = prompt.split(' ').filter(|word| !word.is_empty()).collect();
    if let Some(unknown) = words.iter().find(|word| !["none", "login"].contains(word)) {
        return Err(Refusal::invalid_request(format!("prompt {unknown} is not supported, only none and login")));
    }
    if words.contains(&"none") && words.len() > 1 {
        return Err(Refusal::invalid_request("prompt none cannot be combined with another value"));
    }
    Ok(format!("prompt is {prompt}"))
}

pub(super) fn max_age(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match flow.params.get("max_age").map(str::parse::<u32>) {
        Some(Err(_)) => Err(Refusal::invalid_request("max_age must be a number of seconds, 0 or more")),
        _ => Ok(given(flow, "max_age")),
    }
}

pub(super) fn audience(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let settings = flow.facts.settings.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let asked = flow.params.get("audience").or(settings.default_audience.as_deref());
    let Some(asked) = asked else { return Ok("none asked for: the access token is for /userinfo".into()) };
    if asked == format!("{}userinfo", flow.visit.address.issuer) {
        return Ok("the access token is for /userinfo".into());
    }
    let api = flow.facts.api.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let Some(api) = api else {
        return Err(Refusal::travels(
            "access_denied",
            format!("Service not found: {asked}"),
            format!("no API of the tenant has the identifier {asked}"),
        ));
    };
    flow.audience = Some(api.identifier.clone());
    Ok(format!("the access token is for the API {}", api.name))
}

/// Scopes that nobody can give are left out, and the answer of the token endpoint says so (RFC 6749 3.3).
pub(super) fn scope(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let granted = Granted::of(flow.params.get("scope").unwrap_or_default(), flow.client()?, flow.api(), true);
    let detail = granted.to_string();
    flow.scope = granted.scope;
    Ok(detail)
}

/// A hint must be ours and for this client; it may have expired, since it is only asked whom it names.
pub(super) fn id_token_hint(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match &flow.facts.hint {
        None => Ok("no id_token_hint".into()),
        Some(Err(why)) => {
            Err(Refusal::travels("invalid_request", "id_token_hint is not an ID token of this tenant", why.clone()))
        }
        Some(Ok(claims)) => {
            let text = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
            if text("iss") != Some(&flow.visit.address.issuer) || text("aud") != flow.params.get("client_id") {
                return Err(Refusal::invalid_request(
                    "id_token_hint was issued by another issuer or to another client",
                ));
            }
            Ok(format!("the hint names {}", text("sub").unwrap_or("nobody")))
        }
    }
}

/// The causes of `login_required`, the most telling first.
pub(super) fn session(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let settings = flow.facts.settings.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let session = flow.facts.session.as_ref().map_err(|error| Refusal::server_error(error.to_string()))?;
    let (known, fresh) = match session {
        SessionFact::NoCookie => {
            return Err(Refusal::login_required(Cause::NoSessionCookie, no_cookie(flow.visit)));
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
    if let Some(hinted) = flow.facts.hint.as_ref().and_then(|hint| hint.as_ref().ok()?.get("sub")?.as_str())
        && hinted != known.user.user_id
    {
        return Err(Refusal::login_required(
            Cause::OtherUser,
            "id_token_hint names another user than the one signed in",
        ));
    }
    if fresh {
        return Ok(format!("the user has just signed in; {detail}"));
    }
    if flow.prompts("login") {
        return Err(Refusal::login_required(Cause::PromptLogin, "prompt=login asks for a new sign-in"));
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
fn no_cookie(visit: &Visit) -> String {
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
            Err(Refusal::travels("access_denied", "user is blocked", format!("{} is blocked", known.user.user_id)))
        }
        Some(known) => Ok(format!("{} may sign in", known.user.user_id)),
        None => Err(Refusal::server_error("check_session let a request through without a session")),
    }
}

/// A first-party client needs no consent for an API that lets such clients skip it.
pub(super) fn consent(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let required = |why: String| Err(Refusal::travels("consent_required", "Consent required", why));
    if !client.is_first_party {
        return required(format!("{} is a third party, and nobody has consented to it", client.client_id));
    }
    match flow.api() {
        Some(api) if api.asks_consent_for(client) => {
            required(format!("the API {} asks for consent to first-party clients too", api.name))
        }
        _ => Ok("a first-party client needs no consent here".into()),
    }
}
