//! Constants to mount components with.

use std::sync::Arc;

use silent_auth::protocol::error::{AuthError, Code};
use silent_auth::protocol::json::Value;
use silent_auth::protocol::record::{Outcome, Parameter, Record, Step};
use silent_auth::protocol::secret::{AccessToken, IdToken};
use silent_auth::protocol::session::{Claims, Generation, Origin, Tokens};
use silent_auth::protocol::time::Timestamp;

/// Some moment.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// Half a minute old, to be renewed in 18 s, good for 30.
pub(crate) fn generation() -> Generation {
    Generation {
        number: 3,
        origin: Origin::Renewed,
        issued_at: NOW.shifted(-30_000),
        renew_at: NOW.shifted(18_000),
        expires_at: NOW.shifted(30_000),
        ended_at: None,
    }
}

/// A step of flight 1.
pub(crate) fn record(id: u64, step: Step) -> Record {
    Record {
        id,
        at: NOW.shifted(i64::try_from(id).expect("small") * 12),
        flight: 1,
        generation: 3,
        step,
        outcome: Outcome::Done,
        detail: String::new(),
        parameters: Vec::new(),
        error: None,
        state: None,
        source: "src/protocol/lifecycle/frame.rs",
    }
}

/// A silent request that the tenant refuses.
pub(crate) fn refused_flight() -> Vec<Arc<Record>> {
    let mut opened = record(1, Step::FrameOpened);
    opened.detail = "GET https://tenant.example/authorize".to_owned();
    opened.parameters = vec![Parameter::new("prompt", "none"), Parameter::new("state", "a-secret-state")];
    let mut message = record(2, Step::MessageReceived);
    message.parameters = vec![Parameter::new("error", "login_required")];
    let mut failed = record(3, Step::Failed);
    failed.outcome = Outcome::Failed;
    failed.error = Some(AuthError::new(Code::LoginRequired).because("a code", "login_required: Login required"));
    [opened, message, failed].into_iter().map(Arc::new).collect()
}

/// Claims from JSON.
pub(crate) fn claims(json: &str) -> Claims {
    Value::read(json).and_then(|value| value.as_object().cloned()).expect("an object")
}

/// Tokens with these claims, given as JSON.
pub(crate) fn tokens(claims_json: &str) -> Tokens {
    Tokens {
        access_token: AccessToken::new("open-sesame"),
        id_token: IdToken::new("the-id-token"),
        claims: claims(claims_json),
        scope: "openid email read:notes".to_owned(),
        received_at: NOW,
        expires_at: NOW.shifted(60_000),
    }
}
