//! Makes ID tokens (OpenID Connect Core 1.0, section 2), access tokens (opaque or JWT) and first refresh tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::scope::OFFLINE_ACCESS;
use crate::clock::Timestamp;
use crate::model::{Api, Client, RequestedClaims, User, UserAuthentication};
use crate::secret::{Secret, random_text, sha256};
use crate::store::{AccessTokenRecord, Bought, NewAccessToken, NewFamily, RefreshTerms};
use crate::tenant_file::Object;
use crate::{Tenant, access_tokens, id_tokens};

/// An access token for `/userinfo` alone lives a day, or two hours if a page got it from `/authorize`.
const USERINFO_TOKEN_LIFETIME: i64 = 86_400;
const USERINFO_TOKEN_LIFETIME_FOR_WEB: i64 = 7_200;

/// Who may do what, and how that came about: what tokens say.
pub(crate) struct Authorization<'a> {
    pub client: &'a Client,
    pub issuer: &'a str,
    /// Absent if the client acts for itself.
    pub user: Option<&'a User>,
    /// Absent for tokens that are good at `/userinfo` alone.
    pub api: Option<&'a Api>,
    pub scope: &'a [String],
    pub sid: Option<&'a str>,
    /// In seconds since 1970.
    pub auth_time: Option<i64>,
    pub nonce: Option<&'a str>,
    /// Auth0's claim for the grant that an access token came by, where it has one.
    pub gty: Option<&'static str>,
    /// The claims asked for one by one.
    pub claims: &'a RequestedClaims,
    /// How the user signed in, if there is one.
    pub authentication: UserAuthentication,
    /// Who acts for the user, where somebody does (RFC 8693 4.1).
    pub act: Option<&'a Value>,
    /// The thumbprint of the key that the access token is bound to.
    pub jkt: Option<&'a str>,
}

/// An access token on its way to the client and to the store.
pub(crate) struct AccessToken {
    pub secret: Secret,
    /// How long it lives, in seconds.
    pub lifetime: i64,
    record: AccessTokenRecord,
    expires_at: Timestamp,
    sid: Option<String>,
}

impl AccessToken {
    /// What the store keeps of it.
    pub(crate) fn to_store(&self) -> NewAccessToken<'_> {
        NewAccessToken {
            hash: self.secret.hash(),
            record: &self.record,
            expires_at: self.expires_at,
            sid: self.sid.as_deref(),
        }
    }
}

/// What an exchange gives: the body of the answer, and what the store keeps of it.
pub(super) struct Issued {
    pub access_token: AccessToken,
    pub family: Option<NewFamily>,
    pub body: Value,
}

impl Issued {
    pub(super) fn bought(&self) -> Bought<'_> {
        Bought { access_token: self.access_token.to_store(), family: self.family.as_ref() }
    }
}

impl Authorization<'_> {
    fn has_scope(&self, scope: &str) -> bool {
        self.scope.iter().any(|granted| granted == scope)
    }

    /// The `sub` of access tokens.
    fn subject(&self) -> String {
        self.user.map_or_else(|| format!("{}@clients", self.client.client_id), |user| user.user_id.clone())
    }

    /// RFC 6749 7.1; RFC 9449 5.
    pub(super) fn token_type(&self) -> &'static str {
        if self.jkt.is_some() { "DPoP" } else { "Bearer" }
    }

    /// An access token; for the implicit grant, one that lives as long as its API allows to pages.
    pub(crate) fn access_token(&self, tenant: &Tenant, now: Timestamp, from_authorize: bool) -> AccessToken {
        let lifetime = match (self.api, from_authorize) {
            (Some(api), _) => api.lifetime(from_authorize),
            (None, true) => USERINFO_TOKEN_LIFETIME_FOR_WEB,
            (None, false) => USERINFO_TOKEN_LIFETIME,
        };
        AccessToken {
            secret: match self.api {
                // Good at /userinfo alone, so nobody else needs to read it.
                None => Secret::random(),
                Some(api) => {
                    // The type keeps an access token from being taken for an ID token (RFC 9068 2.1).
                    let typ = if api.follows_rfc_9068() { "at+jwt" } else { "JWT" };
                    access_tokens::sign(tenant, api, typ, &self.access_claims(api, now, lifetime))
                }
            },
            lifetime,
            record: AccessTokenRecord {
                client_id: self.client.client_id.clone(),
                issuer: self.issuer.to_owned(),
                user_id: self.subject(),
                scope: self.scope.to_vec(),
                audience: self.api.map(|api| api.identifier.clone()),
                claims: self.claims.userinfo.clone(),
                for_api_alone: self.api.is_some_and(|api| !api.shares_with_userinfo()),
                jkt: self.jkt.map(ToOwned::to_owned),
            },
            expires_at: now + SignedDuration::from_secs(lifetime),
            sid: self.sid.filter(|_| !self.has_scope(OFFLINE_ACCESS)).map(ToOwned::to_owned),
        }
    }

    fn access_claims(&self, api: &Api, now: Timestamp, lifetime: i64) -> Object {
        let userinfo = format!("{}userinfo", self.issuer);
        let audience = if self.has_scope("openid") && api.shares_with_userinfo() {
            json!([api.identifier, userinfo])
        } else {
            json!(api.identifier)
        };
        let mut claims = object(json!({
            "iss": self.issuer,
            "sub": self.subject(),
            "aud": audience,
            "azp": self.client.client_id,
            "iat": now.as_second(),
            "exp": now.as_second() + lifetime,
            "jti": random_text::<16>(),
            "scope": self.scope.join(" "),
        }));
        if api.follows_rfc_9068() {
            claims.insert("client_id".into(), json!(self.client.client_id));
        }
        if let Some(act) = self.act {
            claims.insert("act".into(), act.clone());
        }
        if let Some(jkt) = self.jkt {
            claims.insert("cnf".into(), json!({ "jkt": jkt }));
        }
        if let Some(gty) = self.gty {
            claims.insert("gty".into(), json!(gty));
        }
        claims
    }

    /// An ID token about the user, if there is one and `openid` was granted; tied to the access token and the code that
    /// come in the same answer.
    pub(crate) fn id_token(
        &self,
        tenant: &Tenant,
        now: Timestamp,
        access_token: Option<&AccessToken>,
        code: Option<&Secret>,
    ) -> Option<Secret> {
        let user = self.user.filter(|_| self.has_scope("openid"))?;
        let mut claims = user.claims(self.scope);
        claims.extend(user.claims_named(&self.claims.id_token));
        claims.extend(object(json!({
            "iss": self.issuer,
            "sub": user.user_id,
            "aud": self.client.client_id,
            "iat": now.as_second(),
            "exp": now.as_second() + self.client.id_token_lifetime(),
            "amr": self.authentication.amr(),
        })));
        let optional = [
            ("acr", self.authentication.acr().map(|acr| json!(acr))),
            ("sid", self.sid.map(|sid| json!(sid))),
            ("at_hash", access_token.map(|access_token| json!(half_hash(&access_token.secret)))),
            ("c_hash", code.map(|code| json!(half_hash(code)))),
            ("nonce", self.nonce.map(|nonce| json!(nonce))),
            ("auth_time", self.auth_time.map(|auth_time| json!(auth_time))),
        ];
        claims.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Some(id_tokens::sign(tenant, self.client, &claims))
    }

    /// The answer of the token endpoint without a refresh token (RFC 6749 5.1).
    pub(super) fn tokens(&self, tenant: &Tenant, now: Timestamp) -> Issued {
        let access_token = self.access_token(tenant, now, false);
        let mut body = json!({
            "access_token": access_token.secret.expose(),
            "token_type": self.token_type(),
            "expires_in": access_token.lifetime,
        });
        if !self.scope.is_empty() {
            body["scope"] = json!(self.scope.join(" "));
        }
        if let Some(id_token) = self.id_token(tenant, now, Some(&access_token), None) {
            body["id_token"] = json!(id_token.expose());
        }
        Issued { access_token, family: None, body }
    }

    /// The same with the first refresh token of a family, if `offline_access` was granted.
    ///
    /// A public client's is bound to the key that it proved to hold: it has nothing else to be known by (RFC 9449 5).
    pub(super) fn renewable_tokens(&self, tenant: &Tenant, now: Timestamp, proven: Option<&str>) -> Issued {
        let mut issued = self.tokens(tenant, now);
        if let Some(user) = self.user.filter(|_| self.has_scope(OFFLINE_ACCESS)) {
            let refresh_token = Secret::random();
            issued.body["refresh_token"] = json!(refresh_token.expose());
            issued.family = Some(NewFamily {
                token: refresh_token.hash(),
                family_id: random_text::<16>(),
                client_id: self.client.client_id.clone(),
                user_id: user.user_id.clone(),
                terms: RefreshTerms {
                    issuer: self.issuer.to_owned(),
                    scope: self.scope.to_vec(),
                    audience: self.api.map(|api| api.identifier.clone()),
                    sid: self.sid.map(ToOwned::to_owned),
                    auth_time: self.auth_time,
                    claims: self.claims.clone(),
                    authentication: self.authentication,
                    jkt: proven.filter(|_| self.client.is_public()).map(ToOwned::to_owned),
                },
                expires_at: self.client.refresh_token.expiry(now, now),
            });
        }
        issued
    }
}

/// The left half of the SHA-256 of an access token or a code (OpenID Connect Core 1.0, 3.1.3.6 and 3.3.2.11).
fn half_hash(secret: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(&sha256(secret.expose().as_bytes())[..16])
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        other => unreachable!("claims are an object, not {other}"),
    }
}
