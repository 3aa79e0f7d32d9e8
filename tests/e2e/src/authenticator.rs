//! Ada's authenticator app: somebody else's code makes the one-time codes that the tenant checks.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Totp};

/// The key that the app and the tenant share.
const KEY: [u8; 20] = *b"12345678901234567890";

/// An authenticator app with one account: SHA-1, six digits, 30 seconds.
pub struct Authenticator(Totp);

impl Authenticator {
    /// The app, set up.
    ///
    /// # Panics
    ///
    /// Never: the key is long enough.
    #[must_use]
    pub fn of_ada() -> Self {
        Self(Builder::new().with_secret(KEY).build().expect("a key of 160 bits"))
    }

    /// What to edit in the tenant file, so that Ada is asked for a code.
    #[must_use]
    pub fn edit(&self) -> (&'static str, String) {
        let key = self.0.secret().to_base32();
        ("nickname: ada }", format!("nickname: ada, mfa: {{ totp_secret: {key} }} }}"))
    }

    /// The code that it shows now.
    #[must_use]
    pub fn code(&self) -> String {
        self.at(0)
    }

    /// A code that it does not show any more, and that is none of the present ones by chance either.
    ///
    /// # Panics
    ///
    /// Never: a minute has not so many codes.
    #[must_use]
    pub fn old_code(&self) -> String {
        let near = [-2, -1, 0, 1, 2].map(|steps| self.at(steps));
        (-40..-20).map(|steps| self.at(steps)).find(|code| !near.contains(code)).expect("another code")
    }

    /// The code of so many steps from now.
    fn at(&self, steps: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        self.0.generate(now.saturating_add_signed(30 * steps)).to_string()
    }
}
