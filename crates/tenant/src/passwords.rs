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
        // Nothing hashes to zeros; only the work counts, and it is that of a real hash with these parameters.
        let nobody = format!(
            "$argon2id$v=19$m={},t={},p={}$bm9ib2R5LW5vYm9keS1ubw${}",
            argon2.params().m_cost(),
            argon2.params().t_cost(),
            argon2.params().p_cost(),
            "A".repeat(43)
        );
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_alone() {
        let passwords = Passwords::new(PasswordProfile::QuickForTests);
        let (right, wrong) = (Secret::from("right".to_owned()), Secret::from("wrong".to_owned()));
        let stored = passwords.hash(&right).await;
        assert!(stored.starts_with("$argon2id$"));
        assert!(passwords.verify(&right, Some(&stored)).await);
        assert!(!passwords.verify(&wrong, Some(&stored)).await);
        assert!(!passwords.verify(&right, None).await);
        assert!(!passwords.verify(&right, Some("not a hash")).await);
        assert_ne!(stored, passwords.hash(&right).await, "salted");
    }

    /// Not a bar in milliseconds: an unknown user must cost a real computation, not a thousandth of one.
    #[tokio::test]
    async fn an_unknown_user_takes_the_work_of_a_known_one() {
        let passwords = Passwords::new(PasswordProfile::Standard);
        let secret = Secret::from("right".to_owned());
        let stored = passwords.hash(&secret).await;
        let time = async |stored: Option<&str>| {
            let began = Instant::now();
            passwords.verify(&secret, stored).await;
            began.elapsed()
        };
        let (known, unknown) = (time(Some(&stored)).await, time(None).await);
        assert!(unknown * 10 > known, "{unknown:?} against {known:?}");
    }
}
