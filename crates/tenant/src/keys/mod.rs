//! The signing keys as a set: the current one signs, the next one is announced, previous ones verify until revoked.

mod certificate;
mod key;
mod pair;

use std::sync::{Arc, RwLock};

use serde_json::{Value, json};
use tokio::sync::Mutex;

pub(crate) use certificate::Certificate;
pub(crate) use key::{SigningKey, thumbprint};
pub(crate) use pair::{KeyAlg, generate};

use crate::clock::Timestamp;
use crate::secret::Secret;
use crate::store::{Store, StoreError, StoredKey};
use crate::tenant_file::Object;

/// Makes an RSA key (PKCS #8, PEM).
pub(crate) type MakeKey = Arc<dyn Fn() -> Secret + Send + Sync>;

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The stored key is damaged.
    #[error("the stored signing key cannot be read. Start with --reset to make a new one.")]
    Unreadable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a key was not revoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RevokeError {
    /// No key has this id.
    #[error("There is no signing key {0}. The list of keys has their ids.")]
    Unknown(String),
    /// It signs now, or will next.
    #[error("The {state} signing key cannot be revoked: rotate first, then revoke the previous one.")]
    InUse {
        /// `current` or `next`.
        state: &'static str,
    },
    /// It was revoked before.
    #[error("The signing key {0} is revoked already.")]
    Already(String),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// Will sign after the next rotation. It is published already, so that nobody meets it unprepared.
    Next,
    /// Signs.
    Current,
    /// Signed once; what it signed still counts.
    Previous,
    /// What it signed does not count any more.
    Revoked,
}

impl KeyState {
    fn of(key: &StoredKey) -> Self {
        match (key.current_since, key.current_until, key.revoked_at) {
            (_, _, Some(_)) => Self::Revoked,
            (None, _, None) => Self::Next,
            (Some(_), None, None) => Self::Current,
            (Some(_), Some(_), None) => Self::Previous,
        }
    }

    /// The state in a word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Revoked => "revoked",
        }
    }
}

/// A key as the Management API and the dashboard show it: everything but the private half.
#[derive(Clone, Debug)]
pub(crate) struct KeyInfo {
    pub kid: String,
    pub alg: KeyAlg,
    pub state: KeyState,
    pub created_at: Timestamp,
    pub current_since: Option<Timestamp>,
    pub current_until: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    /// Of RSA keys alone.
    pub certificate: Option<Certificate>,
}

/// The keys that count, as one value, so that a reader never sees half a rotation.
struct Keys {
    /// The ones that sign, one for each algorithm that is used.
    current: Vec<Arc<SigningKey>>,
    /// Every key whose signatures count, the current ones first.
    published: Vec<Arc<SigningKey>>,
}

impl Keys {
    fn signing(&self, alg: KeyAlg) -> Option<&SigningKey> {
        self.current.iter().find(|key| key.alg == alg).map(Arc::as_ref)
    }
}

/// The tenant's signing keys.
pub(crate) struct SigningKeys {
    keys: RwLock<Arc<Keys>>,
    store: Arc<Store>,
    make: MakeKey,
    /// Held while keys change: one change at a time.
    change: Mutex<()>,
}

impl SigningKeys {
    /// The stored keys; what is lacking (all at the first start) is made with `make` and stored.
    pub(crate) async fn load(store: Arc<Store>, now: Timestamp, make: MakeKey) -> Result<Self, KeyError> {
        add_missing(&store, &make, KeyAlg::Rs256, now).await?;
        let keys = RwLock::new(Arc::new(read(&store).await?));
        Ok(Self { keys, store, make, change: Mutex::default() })
    }

    /// Makes, stores and publishes keys for an algorithm, if there are none: called before anything is signed with it.
    pub(crate) async fn prepare(&self, alg: KeyAlg, now: Timestamp) -> Result<(), KeyError> {
        let _one_at_a_time = self.change.lock().await;
        if self.now().signing(alg).is_some() {
            return Ok(());
        }
        add_missing(&self.store, &self.make, alg, now).await?;
        self.reload().await
    }

    /// Signs claims with RS256 as a JWT whose header has this `typ`.
    pub(crate) fn sign(&self, typ: &str, claims: &Object) -> Secret {
        self.sign_with(KeyAlg::Rs256, typ, claims)
    }

    /// The same with another algorithm, which must have been prepared.
    pub(crate) fn sign_with(&self, alg: KeyAlg, typ: &str, claims: &Object) -> Secret {
        self.now().signing(alg).expect("an algorithm is prepared before it is used").sign(typ, claims)
    }

    /// The key that ID tokens are signed with.
    pub(crate) fn current_key(&self) -> Arc<SigningKey> {
        let keys = self.now();
        let current = keys.current.iter().find(|key| key.alg == KeyAlg::Rs256);
        Arc::clone(current.expect("there is always a key for RS256"))
    }

    /// Another published key of the same kind: the next one, or else a previous one.
    pub(crate) fn another_key(&self) -> Arc<SigningKey> {
        let (keys, current) = (self.now(), self.current_key());
        let other = keys.published.iter().find(|key| key.alg == KeyAlg::Rs256 && key.kid != current.kid);
        other.map_or(current, Arc::clone)
    }

    /// The claims of a JWT that one of the keys signed, whether it has expired or not.
    pub(crate) fn verify(&self, token: &str) -> Result<Object, String> {
        self.verify_with(&KeyAlg::ALL, token)
    }

    /// The same where only these algorithms count.
    pub(crate) fn verify_with(&self, algs: &[KeyAlg], token: &str) -> Result<Object, String> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?;
        let keys = self.now();
        let named = keys.published.iter().find(|key| Some(&key.kid) == header.kid.as_ref() && algs.contains(&key.alg));
        named.ok_or_else(|| "no signing key of this tenant has the token's kid".to_owned())?.verify(token)
    }

    /// The public halves of all keys that count (RFC 7517).
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": self.now().published.iter().map(|key| key.jwk()).collect::<Vec<_>>() })
    }

    /// Every key there ever was, revoked ones too, newest first.
    pub(crate) async fn list(&self) -> Result<Vec<KeyInfo>, KeyError> {
        let mut keys = self.store.signing_keys().await?;
        keys.reverse();
        keys.into_iter()
            .map(|key| {
                Ok(KeyInfo {
                    state: KeyState::of(&key),
                    certificate: Certificate::of_key(key.alg, &key.private_key, &key.kid, key.created_at)?,
                    kid: key.kid,
                    alg: key.alg,
                    created_at: key.created_at,
                    current_since: key.current_since,
                    current_until: key.current_until,
                    revoked_at: key.revoked_at,
                })
            })
            .collect()
    }

    /// The next keys sign from now on, and new next ones are announced, of every algorithm that is used. Returns the id
    /// of the one that signs with RS256.
    pub(crate) async fn rotate(&self, now: Timestamp) -> Result<String, KeyError> {
        let _one_at_a_time = self.change.lock().await;
        let mut next = Vec::new();
        for alg in self.now().current.iter().map(|key| key.alg) {
            next.push(made(&self.make, alg, now, None).await?);
        }
        self.store.rotate_signing_keys(&next, now).await?;
        self.reload().await?;
        Ok(self.now().signing(KeyAlg::Rs256).ok_or(KeyError::Unreadable)?.kid.clone())
    }

    /// What a previous key signed does not count from now on.
    pub(crate) async fn revoke(&self, kid: &str, now: Timestamp) -> Result<(), RevokeError> {
        let _one_at_a_time = self.change.lock().await;
        let keys = self.store.signing_keys().await.map_err(KeyError::from)?;
        let key = keys.iter().find(|key| key.kid == kid).ok_or_else(|| RevokeError::Unknown(kid.to_owned()))?;
        match KeyState::of(key) {
            KeyState::Previous => {}
            KeyState::Revoked => return Err(RevokeError::Already(kid.to_owned())),
            state @ (KeyState::Next | KeyState::Current) => return Err(RevokeError::InUse { state: state.name() }),
        }
        self.store.revoke_signing_key(kid, now).await.map_err(KeyError::from)?;
        Ok(self.reload().await?)
    }

    async fn reload(&self) -> Result<(), KeyError> {
        let keys = Arc::new(read(&self.store).await?);
        *self.keys.write().expect("nobody panics while holding the keys") = keys;
        Ok(())
    }

    fn now(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().expect("nobody panics while holding the keys"))
    }
}

async fn made(
    make: &MakeKey,
    alg: KeyAlg,
    now: Timestamp,
    current_since: Option<Timestamp>,
) -> Result<StoredKey, KeyError> {
    let private_key = match alg {
        KeyAlg::Rs256 => {
            let make = Arc::clone(make);
            tokio::task::spawn_blocking(move || make()).await.expect("making a key does not panic")
        }
        KeyAlg::Es256 => pair::generate_ec(),
    };
    let kid = SigningKey::from_pem(alg, &private_key, now)?.kid;
    Ok(StoredKey { kid, alg, private_key, created_at: now, current_since, current_until: None, revoked_at: None })
}

/// Makes and stores the current and the next key of an algorithm, where they are lacking.
async fn add_missing(store: &Store, make: &MakeKey, alg: KeyAlg, now: Timestamp) -> Result<(), KeyError> {
    let stored = store.signing_keys().await?;
    for state in [KeyState::Current, KeyState::Next] {
        if !stored.iter().any(|key| key.alg == alg && KeyState::of(key) == state) {
            let since = (state == KeyState::Current).then_some(now);
            store.add_signing_key(&made(make, alg, now, since).await?).await?;
        }
    }
    Ok(())
}

async fn read(store: &Store) -> Result<Keys, KeyError> {
    let mut published = Vec::new();
    for stored in store.signing_keys().await?.iter().rev() {
        let state = KeyState::of(stored);
        if state != KeyState::Revoked {
            let key = SigningKey::from_pem(stored.alg, &stored.private_key, stored.created_at)?;
            published.push((state, Arc::new(key)));
        }
    }
    // Libraries that look at the first key alone find the one that most tokens are signed with.
    published.sort_by_key(|(state, key)| (*state != KeyState::Current, key.alg != KeyAlg::Rs256));
    let signs = |(state, key): &(KeyState, Arc<SigningKey>)| (*state == KeyState::Current).then(|| Arc::clone(key));
    let current: Vec<_> = published.iter().filter_map(signs).collect();
    let keys = Keys { current, published: published.into_iter().map(|(_, key)| key).collect() };
    if keys.signing(KeyAlg::Rs256).is_some() { Ok(keys) } else { Err(KeyError::Unreadable) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Data;

    async fn keys() -> SigningKeys {
        let store = Arc::new(Store::open(&Data::Memory, false).await.expect("an in-memory store opens"));
        SigningKeys::load(store, Timestamp::UNIX_EPOCH, Arc::new(generate)).await.expect("keys are made")
    }

    fn kids(keys: &SigningKeys) -> Vec<String> {
        let jwks = keys.jwks();
        let list = jwks["keys"].as_array().expect("a list");
        list.iter().map(|key| key["kid"].as_str().expect("a text").to_owned()).collect()
    }

    #[tokio::test]
    async fn a_rotation_promotes_the_announced_key_and_old_tokens_verify_until_revoked() {
        let keys = keys().await;
        let claims = json!({ "sub": "auth0|ada" });
        let claims = claims.as_object().expect("an object");
        let old = keys.sign("JWT", claims);
        let before = kids(&keys);
        assert_eq!(before.len(), 2, "current and next");

        let current = keys.rotate(Timestamp::UNIX_EPOCH).await.expect("rotates");
        assert_eq!(current, before[1], "the announced key signs now");
        let after = kids(&keys);
        assert_eq!((after.len(), &after[0]), (3, &current), "current first, then next and previous");
        assert!(after.contains(&before[0]));
        assert!(keys.verify(old.expose()).is_ok() && keys.verify(keys.sign("JWT", claims).expose()).is_ok());

        assert!(matches!(keys.revoke(&current, Timestamp::UNIX_EPOCH).await, Err(RevokeError::InUse { .. })));
        assert!(matches!(keys.revoke("nobody", Timestamp::UNIX_EPOCH).await, Err(RevokeError::Unknown(_))));
        keys.revoke(&before[0], Timestamp::UNIX_EPOCH).await.expect("revokes the previous key");
        assert!(keys.verify(old.expose()).is_err(), "what it signed does not count");
        assert!(!kids(&keys).contains(&before[0]));
        assert!(matches!(keys.revoke(&before[0], Timestamp::UNIX_EPOCH).await, Err(RevokeError::Already(_))));

        let states: Vec<_> = keys.list().await.expect("lists").iter().map(|key| key.state).collect();
        assert_eq!(states.len(), 3);
        for state in [KeyState::Current, KeyState::Next, KeyState::Revoked] {
            assert!(states.contains(&state), "{state:?}");
        }
    }

    #[tokio::test]
    async fn the_keys_are_the_same_after_a_restart() {
        let keys = keys().await;
        keys.rotate(Timestamp::UNIX_EPOCH).await.expect("rotates");
        let again = SigningKeys::load(Arc::clone(&keys.store), Timestamp::UNIX_EPOCH, Arc::new(generate)).await;
        assert_eq!(kids(&again.expect("reads what is stored")), kids(&keys));
    }
}
