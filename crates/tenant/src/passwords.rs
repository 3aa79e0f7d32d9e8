//! Password hashes (Argon2id, RFC 9106), hashed off the request threads.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::secret::Secret;

/// How much work a password hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordProfile {
    /// 19 MiB, two passes, one lane: the first choice of OWASP's password storage cheat sheet.
    Standard,
    /// As little as Argon2 allows. For tests alone: it protects nothing.
    QuickForTests,
}

/// Hashes and verifies passwords, two at a time: each takes a core and 19 MiB.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    turns: Semaphore,
    /// Verified against when the user is unknown, so that the answer takes as long.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new(profile: PasswordProfile) -> Self {
        let params = match profile {
            PasswordProfile::Standard => Params::new(19 * 1024, 2, 1, None),
            PasswordProfile::QuickForTests => Params::new(8, 1, 1, None),
        };
        let params = params.expect("these parameters are within Argon2's limits");
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, Secret::random().expose());
        Self { argon2, turns: Semaphore::new(2), nobody }
    }

    pub(crate) async fn hash(&self, password: &Secret) -> String {
        let (argon2, password) = (self.argon2.clone(), password.clone());
        self.work(move || hash(&argon2, password.expose())).await
    }

    /// Whether `password` belongs to `stored`; with no hash it takes as long and is false.
    pub(crate) async fn verify(&self, password: &Secret, stored: Option<&str>) -> bool {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        let (argon2, password) = (self.argon2.clone(), password.clone());
        let right = self.work(move || {
            PasswordHash::new(&stored)
                .is_ok_and(|hash| argon2.verify_password(password.expose().as_bytes(), &hash).is_ok())
        });
        right.await && known
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> T {
        let _turn = self.turns.acquire().await.expect("the semaphore is never closed");
        tokio::task::spawn_blocking(job).await.expect("hashing does not panic")
    }
}

fn hash(argon2: &Argon2<'_>, password: &str) -> String {
    argon2.hash_password(password.as_bytes()).expect("Argon2 takes any password").to_string()
}
