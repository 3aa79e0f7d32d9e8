//! The grant token-exchange (RFC 8693): a user's token buys an access token for an API. It is the standard for what
//! delegation was used for.
//!
//! A client exchanges ID tokens that were issued to it, and access tokens that were issued to it or are for the API that it
//! is. At the API that an access token is for the new one has no more scope than the old one; at another API no more than
//! the tenant's client grant gives the client there. It never outlives the token it was bought with. Who acts for the user is
//! said by an `actor_token`, which is examined in the same way, and told to the API in `act` (section 4.1).

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::presented::{self, Presented};
use super::{Exchange, issue::Authorization};
use crate::authorize::MFA_REQUIRED;
use crate::error::ApiError;
use crate::id_tokens;
use crate::model::{Api, Client, RequestedClaims, User, UserAuthentication};
use crate::params::Params;
use crate::secret::Hash;

/// Its name on the wire.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Names of token types (RFC 8693 section 3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// The user's token, and what it was good for.
struct Subject {
    user: User,
    /// In seconds since 1970.
    expires: i64,
    from: From,
}

/// A token of the request that is good here and now, and this client's to use.
struct Examined {
    /// Its subject.
    sub: String,
    /// The user that it is about; none if a client got it for itself.
    user: Option<User>,
    /// In seconds since 1970.
    expires: i64,
    from: From,
}

/// Which of the tokens of a request is meant: its parameter, and the check of it.
struct Role {
    parameter: &'static str,
    check: &'static str,
    /// Whether a client's own token is none.
    is_a_users: bool,
}

const SUBJECT: Role = Role { parameter: "subject_token", check: "check_subject_token", is_a_users: true };
const ACTOR: Role = Role { parameter: "actor_token", check: "check_actor_token", is_a_users: false };

enum From {
    AccessToken(Box<Presented>),
    /// An ID token, of this session if of one.
    IdToken(Option<String>),
}

pub(super) async fn exchange(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Value, ApiError> {
    let required = |name: &'static str| params.get(name).ok_or_else(|| ApiError::missing(name));
    let (token, kind) = (required("subject_token")?, required("subject_token_type")?);
    let audience = required("audience")?;
    only_what_is_known(params)?;

    let subject = subject(exchange, client, token, kind).await?;
    let actor = actor(exchange, client, params).await?;
    let act = act(&subject, actor.as_ref());
    exchange.about.user_id = Some(subject.user.user_id.clone());
    exchange.about.user_name.clone_from(&subject.user.email);
    exchange.about.audience = Some(audience.to_owned());
    exchange.about.details = json!({ "subject_token_type": kind });
    let (api, allowed) = target(exchange, client, &subject, audience).await?;
    let scope = scope(exchange, allowed, params.get("scope").unwrap_or_default())?;

    let (tenant, now) = (exchange.tenant, exchange.tenant.now());
    let expires = actor.map_or(subject.expires, |actor| actor.expires.min(subject.expires));
    let api = api.with_tokens_of_at_most(expires - now.as_second());
    let sid = match &subject.from {
        From::AccessToken(_) => None,
        From::IdToken(sid) => sid.as_deref(),
    };
    let binding = exchange.binding(client, Some(&api))?;
    let authorization = Authorization {
        client,
        issuer: &exchange.visit.address.issuer,
        user: Some(&subject.user),
        api: Some(&api),
        scope: &scope,
        sid,
        auth_time: None,
        nonce: None,
        gty: Some(GRANT),
        claims: &RequestedClaims::default(),
        authentication: UserAuthentication::default(),
        act: act.as_ref(),
        jkt: binding.as_deref(),
    };
    let issued = authorization.access_token(tenant, now, false);
    let alive = match &subject.from {
        From::AccessToken(_) => tenant.store().add_exchanged_token(&issued.to_store(), &Hash::of(token), now).await?,
        From::IdToken(_) => tenant.store().add_access_token(&issued.to_store()).await?,
    };
    if !alive {
        return Err(refused(exchange, &SUBJECT, "it was revoked, or its session ended, meanwhile"));
    }
    Ok(json!({
        "access_token": issued.secret.expose(),
        "issued_token_type": ACCESS_TOKEN,
        "token_type": authorization.token_type(),
        "expires_in": issued.lifetime,
        "scope": scope.join(" "),
    }))
}

/// What this tenant does not do is refused by name, and never passed over.
fn only_what_is_known(params: &Params) -> Result<(), ApiError> {
    if params.get("requested_token_type").is_some_and(|asked| asked != ACCESS_TOKEN) {
        return Err(ApiError::invalid_request(format!("requested_token_type must be {ACCESS_TOKEN}")));
    }
    match params.get("resource") {
        Some(_) => Err(invalid_target("resource is not supported; name the API by audience")),
        None => Ok(()),
    }
}

/// Checks the token that is exchanged, which is a user's.
async fn subject(exchange: &mut Exchange<'_>, client: &Client, token: &str, kind: &str) -> Result<Subject, ApiError> {
    let Examined { user, expires, from, .. } = examine(exchange, client, &SUBJECT, token, kind).await?;
    let Some(user) = user else {
        return Err(refused(exchange, &SUBJECT, "its user is gone"));
    };
    exchange.decision.check(SUBJECT.check, true, format!("it is good, and about {}", user.user_id));
    Ok(Subject { user, expires, from })
}

/// Checks the token of whoever acts for the user, if the request brings one: a user's, or the client's own.
async fn actor(exchange: &mut Exchange<'_>, client: &Client, params: &Params) -> Result<Option<Examined>, ApiError> {
    // RFC 8693 2.1: each of the two calls for the other.
    let (token, kind) = match (params.get("actor_token"), params.get("actor_token_type")) {
        (None, None) => return Ok(None),
        (Some(token), Some(kind)) => (token, kind),
        (Some(_), None) => return Err(ApiError::missing("actor_token_type")),
        (None, Some(_)) => return Err(ApiError::invalid_request("actor_token_type came without an actor_token")),
    };
    let actor = examine(exchange, client, &ACTOR, token, kind).await?;
    exchange.decision.check(ACTOR.check, true, format!("it is good: {} acts for the user", actor.sub));
    Ok(Some(actor))
}

/// Who acts for the user; those who did before are within (RFC 8693 4.1), also where nobody new does.
fn act(subject: &Subject, actor: Option<&Examined>) -> Option<Value> {
    let before = match &subject.from {
        From::AccessToken(presented) => presented.claims.get("act").cloned(),
        From::IdToken(_) => None,
    };
    let Some(actor) = actor else { return before };
    let mut act = json!({ "sub": actor.sub });
    if let Some(before) = before {
        act["act"] = before;
    }
    Some(act)
}

/// Checks a token: good here and now, this client's to use, and of a client or a user who may sign in.
async fn examine(
    exchange: &mut Exchange<'_>,
    client: &Client,
    role: &Role,
    token: &str,
    kind: &str,
) -> Result<Examined, ApiError> {
    let (tenant, issuer) = (exchange.tenant, &exchange.visit.address.issuer);
    let (sub, expires, from) = match kind {
        ACCESS_TOKEN => match presented::look_up(tenant, issuer, token).await? {
            Ok(found) if role.is_a_users && found.is_nobodys() => {
                return Err(refused(exchange, role, "it is a client's own, and no user's"));
            }
            Ok(found) if found.record.client_id != client.client_id && !found.is_for(client) => {
                let why = "it was neither issued to the client nor is it for the API that the client is";
                return Err(refused(exchange, role, why));
            }
            Ok(found) => {
                let expires = found.claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
                (found.record.user_id.clone(), expires, From::AccessToken(Box::new(found)))
            }
            Err(why) => return Err(refused(exchange, role, why)),
        },
        ID_TOKEN => match id_token(exchange, client, token) {
            Ok((user_id, expires, sid)) => (user_id, expires, From::IdToken(sid)),
            Err(why) => return Err(refused(exchange, role, &why)),
        },
        _ => {
            let sentence = format!("{}_type must be {ACCESS_TOKEN} or {ID_TOKEN}", role.parameter);
            return Err(ApiError::invalid_request(sentence));
        }
    };
    if matches!(&from, From::AccessToken(found) if found.is_nobodys()) {
        return Ok(Examined { sub, user: None, expires, from });
    }
    match tenant.store().user(&sub).await?.filter(|user| !user.blocked) {
        Some(user) => Ok(Examined { sub, user: Some(user), expires, from }),
        None => Err(refused(exchange, role, "its user is gone or blocked")),
    }
}

/// The user, the end and the session of an ID token that was issued to this client.
fn id_token(exchange: &Exchange<'_>, client: &Client, token: &str) -> Result<(String, i64, Option<String>), String> {
    let claims = id_tokens::verify(exchange.tenant, client, token)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(&exchange.visit.address.issuer) {
        return Err("it was issued at another address of the tenant".into());
    }
    if text("aud") != Some(&client.client_id) {
        return Err("it was issued to another client".into());
    }
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if expires <= exchange.tenant.now().as_second() {
        return Err("it has expired".into());
    }
    Ok((text("sub").unwrap_or_default().to_owned(), expires, text("sid").map(ToOwned::to_owned)))
}

/// The API that the new token is for, and the most that its scope may be.
async fn target(
    exchange: &mut Exchange<'_>,
    client: &Client,
    subject: &Subject,
    audience: &str,
) -> Result<(Api, Vec<String>), ApiError> {
    let (store, addresses) = (exchange.tenant.store(), exchange.tenant.addresses());
    let Some(api) = store.api(audience, addresses).await? else {
        exchange.decision.check("check_audience", false, format!("no API of the tenant has the identifier {audience}"));
        return Err(invalid_target(format!("Service not found: {audience}")));
    };
    if let From::AccessToken(presented) = &subject.from
        && presented.api.identifier == api.identifier
    {
        exchange.decision.check(
            "check_audience",
            true,
            format!("the API {} is the one of the subject_token", api.name),
        );
        return Ok((api, presented.record.scope.clone()));
    }
    let Some(granted) = store.client_grant(&client.client_id, audience, addresses).await? else {
        let why = format!("no client grant lets {} call {audience}", client.client_id);
        exchange.decision.check("check_client_grant", false, why);
        let sentence =
            format!("Client is not authorized to access \"{audience}\". Create a client grant for this API.");
        return Err(invalid_target(sentence));
    };
    if api.asks_consent_for(client) {
        let why = format!("the API {} asks for consent, which nobody can give without a page", api.name);
        exchange.decision.check("check_consent", false, why);
        return Err(ApiError::new(StatusCode::FORBIDDEN, "consent_required", "Consent required"));
    }
    if api.require_mfa {
        let why = format!("the API {} needs a second factor, which an exchanged token does not prove", api.name);
        exchange.decision.check("check_second_factor", false, why);
        return Err(ApiError::new(StatusCode::FORBIDDEN, "mfa_required", MFA_REQUIRED));
    }
    exchange.decision.check("check_client_grant", true, format!("the client grant has: {}", granted.join(" ")));
    Ok((api, granted))
}

/// The scopes asked for, which must all be allowed; all that are, if none are named.
fn scope(exchange: &mut Exchange<'_>, allowed: Vec<String>, asked: &str) -> Result<Vec<String>, ApiError> {
    let asked: Vec<_> = asked.split(' ').filter(|scope| !scope.is_empty()).collect();
    // Nothing is renewed without the user by this grant.
    let allowed: Vec<_> = allowed.into_iter().filter(|scope| scope != super::scope::OFFLINE_ACCESS).collect();
    if let Some(other) = asked.iter().find(|asked| !allowed.iter().any(|allowed| allowed == *asked)) {
        let why = format!("{other} is not among what may be had: {}", allowed.join(" "));
        exchange.decision.check("check_scope", false, why);
        let sentence = format!("The scope {other} is more than the exchanged token and the client may have.");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "invalid_scope", sentence));
    }
    let scope: Vec<_> =
        allowed.into_iter().filter(|scope| asked.is_empty() || asked.contains(&scope.as_str())).collect();
    exchange.decision.check("check_scope", true, format!("granted: {}", scope.join(" ")));
    exchange.about.scope = Some(scope.join(" "));
    Ok(scope)
}

/// What is wrong with a token goes to the record alone (RFC 8693 2.2.2).
fn refused(exchange: &mut Exchange<'_>, role: &Role, why: &str) -> ApiError {
    exchange.decision.check(role.check, false, format!("the {} is no good: {why}", role.parameter));
    ApiError::invalid_request(format!("Invalid {}", role.parameter))
}

/// RFC 8693 2.2.2.
fn invalid_target(sentence: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "invalid_target", sentence)
}
