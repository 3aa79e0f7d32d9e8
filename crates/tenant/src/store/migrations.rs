//! The schema's migrations, in the order in which they are applied.

use sqlx::SqlitePool;
use sqlx::migrate::{Migration, MigrationType, Migrator};

macro_rules! files {
    ($($name:literal,)*) => { &[$(($name, include_str!(concat!("../../migrations/", $name)))),*] };
}

/// The files of the folder `migrations`, each with its name, `VERSION_what.sql`.
///
/// Listed by hand: `sqlx::migrate!` would have SQLite compiled a second time, for the macro.
const FILES: &[(&str, &str)] = files![
    "0001_store.sql",
    "0002_refresh_tokens.sql",
    "0004_dashboard.sql",
    "0005_consents.sql",
    "0006_second_factor.sql",
    "0007_sessions_of_access_tokens.sql",
    "0008_client_assertions_and_key_algorithms.sql",
    "0009_logout_notices.sql",
    "0010_mfa_tokens.sql",
    "0011_partitioned_sessions.sql",
    "0012_dpop_proofs.sql",
];

/// Applies what the store lacks.
pub(super) async fn run(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    let migrator = Migrator::with_migrations(all());
    migrator.run(pool).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))
}

/// Every one there is.
pub(super) fn all() -> Vec<Migration> {
    FILES.iter().map(|(name, sql)| migration(name, sql)).collect()
}

fn migration(name: &'static str, sql: &'static str) -> Migration {
    let (version, what) = name.split_once('_').expect("VERSION_what.sql");
    let version = version.parse().expect("a version is a number");
    let description = what.trim_end_matches(".sql").replace('_', " ");
    Migration::new(version, description.into(), MigrationType::Simple, sqlx::SqlStr::from_static(sql), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let entries = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = entries.map(|name| name.into_string().expect("a plain name")).collect();
        names.sort();
        assert_eq!(FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    }
}
