//! The checks of the request itself: pure functions of it and the facts, each with its reason in words.

use axum::http::StatusCode;

use super::ReturnAddress;
use super::answer::ResponseMode;
use super::facts::{Facts, SessionFact};
use super::refusal::Refusal;
use super::response_type::ResponseType;
use crate::clock::Timestamp;
use crate::interaction::Step;
use crate::model::{Api, Client, RedirectUri, RequestedClaims};
use crate::params::Params;
use crate::store::{AskedConsent, Progress, SessionWithUser};
use crate::token::Granted;
use crate::visit::Visit;

/// Passes with a detail for the record, or refuses.
pub(super) type Check = fn(&mut Flow<'_>) -> Result<String, Refusal>;

/// Parameters without which no error can travel: they say where to.
const ADDRESS: [&str; 2] = ["client_id", "redirect_uri"];

/// The values of `prompt` that mean something here.
pub(crate) const PROMPTS: [&str; 4] = ["none", "login", "consent", "select_account"];

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
    /// What is asked for beside the claims of the scopes.
    pub claims: RequestedClaims,
    /// Set once it is known to be one that is answered.
    pub response_type: Option<ResponseType>,
    redirect_uri: Option<RedirectUri>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(params: &'a Params, facts: &'a Facts, visit: &'a Visit, now: Timestamp) -> Self {
        Self {
            params,
            facts,
            visit,
            now,
            address: None,
            audience: None,
            scope: Vec::new(),
            claims: RequestedClaims::default(),
            response_type: None,
            redirect_uri: None,
        }
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
                    "no client of this tenant has this client_id",
                ))
            }
            Err(error) => Err(Refusal::server_error(error.to_string())),
        }
    }

    /// The API that the tokens will be for; none if they are for `/userinfo` alone.
    pub(super) fn api(&self) -> Option<&'a Api> {
        self.facts.api.as_ref().ok().and_then(Option::as_ref).filter(|_| self.audience.is_some())
    }

    /// Whom the `id_token_hint` names.
    pub(super) fn hinted_user(&self) -> Option<&'a str> {
        self.facts.hint.as_ref()?.as_ref().ok()?.get("sub")?.as_str()
    }

    /// What is remembered of the request while the user is on this page.
    pub(super) fn progress_at(&self, step: Step) -> Progress {
        let asked = AskedConsent { audience: self.audience.clone(), scope: self.scope.clone() };
        Progress {
            step,
            sid: self.known_session().filter(|_| step != Step::SignIn).map(|known| known.session.sid.clone()),
            hinted: self.hinted_user().map(ToOwned::to_owned),
            asked: (step == Step::Consent).then_some(asked),
            ..self.facts.progress.clone()
        }
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
    let asks_for_tokens = flow.params.get("response_type").is_some_and(ResponseType::asks_for_tokens);
    let is_hybrid = flow.params.get("response_type").and_then(ResponseType::parse).is_some_and(ResponseType::is_hybrid);
    let default = if asks_for_tokens { ResponseMode::Fragment } else { ResponseMode::Query };
    let (mode, checked) = match flow.params.get("response_mode") {
        None => (default, Ok("the answer goes where its type is sent unless asked otherwise".into())),
        Some("query") if asks_for_tokens => {
            (default, Err(Refusal::invalid_request("response_mode query is not for tokens: servers log queries")))
        }
        Some("query") => (ResponseMode::Query, Ok("the answer goes into the query of the redirect URI".into())),
        Some("fragment") => {
            (ResponseMode::Fragment, Ok("the answer goes into the fragment of the redirect URI".into()))
        }
        Some("form_post") => (ResponseMode::FormPost, Ok("the answer is posted to the redirect URI as a form".into())),
        Some("web_message") if is_hybrid => {
            let words = "response_mode web_message is not for a code beside tokens, only fragment and form_post";
            (default, Err(Refusal::invalid_request(words)))
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
            (ResponseMode::WebMessage { origin }, Ok(detail))
        }
        Some(other) => {
            let words = "is not supported, only query, fragment, form_post and web_message";
            (default, Err(Refusal::invalid_request(format!("response_mode {other} {words}"))))
        }
    };
    flow.address = Some(ReturnAddress::new(uri, mode, state));
    checked
}

pub(super) fn given_once(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    match flow.params.repeated(|_| true) {
        Some(name) => Err(Refusal::invalid_request(format!("{name} appears more than once"))),
        None => Ok("no parameter came twice".into()),
    }
}

pub(super) fn response_type(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let Some(text) = flow.params.get("response_type") else {
        return Err(Refusal::invalid_request("Missing required parameter: response_type"));
    };
    flow.response_type = ResponseType::parse(text);
    if flow.response_type.is_some() {
        return Ok(format!("response_type is {text}"));
    }
    Err(Refusal::travels(
        "unsupported_response_type",
        format!("Unsupported response type: {text}"),
        format!("response_type is {text}, and only code, token, id_token and their combinations are supported"),
    ))
}

/// A code beside tokens needs both grants. Third parties never get tokens in the answer itself, whatever they are
/// registered for (Auth0: Application Grant Types).
pub(super) fn grant_type(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let needed: Vec<_> = flow.response_type.into_iter().flat_map(ResponseType::grant_types).collect();
    let is_allowed = |grant: &str| client.may_use(grant) && (client.is_first_party || grant != "implicit");
    let Some(lacking) = needed.iter().find(|grant| !is_allowed(grant)) else {
        return Ok(format!("{} may use {}", client.client_id, needed.join(" and ")));
    };
    Err(Refusal::travels(
        "unauthorized_client",
        format!("Grant type '{lacking}' not allowed for the client."),
        if client.may_use(lacking) {
            format!("{} is a third party, which may not use {lacking}", client.client_id)
        } else {
            format!("{lacking} is not among the grant_types of {}", client.client_id)
        },
    ))
}

/// RFC 7636. Public clients must; a confidential client proves itself by its secret and may.
pub(super) fn pkce(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    if !flow.response_type.is_some_and(|asked| asked.code) {
        return Ok("the implicit grant has no code to protect".into());
    }
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

/// OpenID Connect Core 1.0, 3.2.2.1 and 3.3.2.11: an ID token in the answer itself must be tied to the request. SDKs from
/// before OpenID conformance send none with `response_type=token`, and clients that are not conformant may leave it out
/// where there is no code.
pub(super) fn nonce(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let client = flow.client()?;
    let needed = flow.response_type.is_some_and(|asked| asked.id_token && (asked.code || client.oidc_conformant));
    match flow.params.get("nonce") {
        None if needed => Err(Refusal::invalid_request("Missing required parameter: nonce")),
        None => Ok("no nonce, and none is needed".into()),
        Some(_) => Ok("a nonce came".into()),
    }
}

/// OpenID Connect Core 1.0, 3.1.2.1.
pub(super) fn prompt(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let Some(prompt) = flow.params.get("prompt") else { return Ok("no prompt".into()) };
    let words: Vec<_> = prompt.split(' ').filter(|word| !word.is_empty()).collect();
    if let Some(unknown) = words.iter().find(|word| !PROMPTS.contains(word)) {
        return Err(Refusal::invalid_request(format!(
            "prompt {unknown} is not supported, only {}",
            PROMPTS.join(", ")
        )));
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

/// Scopes that nobody can give are left out, and the answer says what was granted (RFC 6749 3.3).
pub(super) fn scope(flow: &mut Flow<'_>) -> Result<String, Refusal> {
    let asked = flow.params.get("scope").unwrap_or_default();
    let renewable = flow.response_type.is_some_and(|asked| asked.code);
    let granted = Granted::of(asked, flow.client()?, flow.api(), renewable);
    let wants_id_token = flow.response_type.is_some_and(|asked| asked.id_token);
    if wants_id_token && !granted.scope.iter().any(|scope| scope == "openid") {
        return Err(Refusal::travels(
            "invalid_scope",
            "response_type id_token needs the scope openid",
            "an ID token was asked for without the scope openid (OpenID Connect Core 1.0, 3.2.2.1)",
        ));
    }
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
