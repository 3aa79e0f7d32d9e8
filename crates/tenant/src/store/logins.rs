//! Pages that are open in the middle of an authorization request: which request goes on after them.

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, read_json, write_json};
use crate::clock::{Timestamp, from_ms};
use crate::interaction::Step;
use crate::params::Params;
use crate::secret::Hash;

/// An authorization request that waits for the user.
#[derive(Clone, Debug)]
pub(crate) struct PendingLogin {
    /// The issuer it was asked at; it goes on there and nowhere else.
    pub issuer: String,
    pub request: Params,
    pub progress: Progress,
    pub expires_at: Timestamp,
}

/// How far the user has come with a request.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Progress {
    /// The page that it waits at.
    pub step: Step,
    /// The public id of the session that it goes on with. It belongs to that session's browser alone.
    pub sid: Option<String>,
    /// Who gave the password and still owes the second factor; there is no session before.
    pub user_id: Option<String>,
    /// The hash of the cookie of the browser that the password was given in.
    pub browser: Option<String>,
    /// Whether the user signed in for this very request.
    pub signed_in: bool,
    /// Whether the user chose the account that was signed in.
    pub account_chosen: bool,
    /// The `sub` of the request's `id_token_hint`: whom the login page expects.
    pub hinted: Option<String>,
    /// What the consent page asks for.
    pub asked: Option<AskedConsent>,
    /// What the user said to that; none before.
    pub consented: Option<bool>,
}

/// What a user is asked to grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedConsent {
    /// The API's identifier; absent means `/userinfo` alone.
    pub audience: Option<String>,
    pub scope: Vec<String>,
}

impl Store {
    pub(crate) async fn add_login(&self, id: &Hash, login: &PendingLogin) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO logins (id_hash, issuer, request, expires_at, progress) VALUES ($1, $2, $3, $4, $5)")
            .bind(id.as_str())
            .bind(&login.issuer)
            .bind(write_json(&login.request))
            .bind(login.expires_at.as_millisecond())
            .bind(write_json(&login.progress))
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    pub(crate) async fn login(&self, id: &Hash) -> Result<Option<PendingLogin>, StoreError> {
        let row: Option<(String, String, i64, String)> =
            sqlx::query_as("SELECT issuer, request, expires_at, progress FROM logins WHERE id_hash = $1")
                .bind(id.as_str())
                .fetch_optional(&self.reader)
                .await?;
        row.map(|(issuer, request, expires_at, progress)| {
            Ok(PendingLogin {
                issuer,
                request: read_json("login", &request)?,
                progress: read_json("login", &progress)?,
                expires_at: from_ms(expires_at),
            })
        })
        .transpose()
    }

    /// Ends a login; false if somebody else ended it first.
    pub(crate) async fn take_login(&self, id: &Hash) -> Result<bool, StoreError> {
        let done = sqlx::query("DELETE FROM logins WHERE id_hash = $1").bind(id.as_str()).execute(&self.writer).await?;
        Ok(done.rows_affected() == 1)
    }
}
