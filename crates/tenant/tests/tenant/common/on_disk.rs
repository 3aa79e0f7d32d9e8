//! A tenant's store in a folder that goes with the test, and what no request does to it.

use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;
use tenant::Data;

pub(crate) struct OnDisk(TempDir);

impl OnDisk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// For the tenant's settings.
    pub(crate) fn data(&self) -> Data {
        Data::Folder(self.0.path().to_owned())
    }

    /// A connection beside those of the tenant.
    pub(crate) async fn connection(&self) -> SqliteConnection {
        let file = format!("sqlite://{}", self.0.path().join("tenant.db").display());
        SqliteConnection::connect(&file).await.expect("the database")
    }

    /// Runs a statement behind the tenant's back; how many rows it changed.
    pub(crate) async fn change(&self, statement: &'static str) -> u64 {
        let mut database = self.connection().await;
        sqlx::query(statement).execute(&mut database).await.expect("a good statement").rows_affected()
    }
}
