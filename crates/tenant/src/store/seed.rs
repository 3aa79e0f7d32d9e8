//! Puts a tenant file into the store: everything into an empty one, later only what is lacking.

use serde_json::{Value, json};
use sqlx::{Sqlite, Transaction};

use super::{Store, StoreError, write_json};
use crate::passwords::Passwords;
use crate::tenant_file::{Object, TenantFile, UserEntry};

impl Store {
    /// Adds what `file` has and the store lacks; what the store has stays as it is. Returns the ids and identifiers of the
    /// clients and APIs that were added.
    pub(crate) async fn seed(&self, file: &TenantFile, passwords: &Passwords) -> Result<Vec<String>, StoreError> {
        let known: Vec<String> = sqlx::query_scalar("SELECT email FROM users").fetch_all(&self.writer).await?;
        let mut users = Vec::new();
        for user in &file.users {
            let email = user.email.trim().to_lowercase();
            // Hashing is slow on purpose: only for those who are new.
            if !known.contains(&email) {
                users.push((email.clone(), body_of(user, &email), passwords.hash(&user.password).await));
            }
        }

        let mut added = Vec::new();
        let mut transaction = self.change().await?;
        let sections =
            [("tenant", json!(file.tenant)), ("delegation", json!(file.delegation)), ("domains", json!(file.domains))];
        for (name, body) in
            sections.into_iter().chain(file.others.iter().map(|(name, body)| (name.as_str(), body.clone())))
        {
            insert(
                &mut transaction,
                "INSERT INTO sections VALUES ($1, $2) ON CONFLICT DO NOTHING",
                &[name, &write_json(&body)],
            )
            .await?;
        }
        for client in &file.clients {
            let values = [text(client, "client_id"), text(client, "name"), &write_json(client)];
            let statement = "INSERT INTO clients VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            if insert(&mut transaction, statement, &values).await? {
                added.push(values[0].to_owned());
            }
        }
        for api in &file.apis {
            let values = [text(api, "identifier"), text(api, "name"), &write_json(api)];
            let statement = "INSERT INTO apis VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            if insert(&mut transaction, statement, &values).await? {
                added.push(values[0].to_owned());
            }
        }
        for grant in &file.client_grants {
            let values = [text(grant, "client_id"), text(grant, "audience"), &write_json(grant)];
            insert(&mut transaction, "INSERT INTO client_grants VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", &values)
                .await?;
        }
        for (email, body, hash) in &users {
            let values = [text(body, "user_id"), email, hash.as_str(), &write_json(body)];
            insert(&mut transaction, "INSERT INTO users VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", &values)
                .await?;
        }
        transaction.commit().await?;
        Ok(added)
    }
}

/// What is stored of a user: all but the password.
fn body_of(user: &UserEntry, email: &str) -> Object {
    let mut body = user.body.clone();
    body.insert("email".into(), json!(email));
    let user_id = text(&body, "user_id").to_owned();
    if user_id.is_empty() {
        body.insert("user_id".into(), json!(format!("auth0|{}", email.split('@').next().unwrap_or(email))));
    }
    body
}

fn text<'a>(object: &'a Object, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether there was no such row.
async fn insert(
    transaction: &mut Transaction<'_, Sqlite>,
    statement: &'static str,
    values: &[&str],
) -> Result<bool, StoreError> {
    let query = values.iter().fold(sqlx::query(statement), |query, value| query.bind((*value).to_owned()));
    Ok(query.execute(&mut **transaction).await?.rows_affected() == 1)
}
