//! What holds for any bytes that reach a judgement of the client: the entries of the fuzz targets in `fuzz/`, tried briefly by each test run.

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::protocol::config::{ClientConfig, Transport};
use crate::protocol::discovery::{self, Endpoints};
use crate::protocol::error::Code;
use crate::protocol::http::Response;
use crate::protocol::id_token::{Answers, Expected, examine};
use crate::protocol::jose::Algorithm;
use crate::protocol::json::Value;
use crate::protocol::keys::{self, PublicKey};
use crate::protocol::lifecycle::{Arrival, Callback, Command, Event, Lifecycle, Moment};
use crate::protocol::message::{Awaited, FrameMessage, judge};
use crate::protocol::parameters::Parameters;
use crate::protocol::pkce::ENTROPY;
use crate::protocol::secret::{self, AccessToken, IdToken, Nonce, State};
use crate::protocol::session::Phase;
use crate::protocol::time::Timestamp;
use crate::protocol::token;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn config() -> ClientConfig {
    ClientConfig::new("https://tenant.example/", "spa", "https://app.example/callback").expect("valid")
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, body: body.to_owned(), ..Response::default() }
}

/// The page is opened at the callback address: what was stored in the first line, the address's end in the rest. A code is exchanged
/// only if it came once and with the state that was stored, and the person ends at a path of the app.
///
/// # Panics
/// When that does not hold; so does each of the others.
pub fn callback(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (stored, end) = text.split_once('\n').unwrap_or(("", &text));
    let url = format!("https://app.example/callback{end}");
    let callback = Callback { url: url.clone(), stored: Some(stored.to_owned()) };
    let mut lifecycle = Lifecycle::new(config());
    let arrival = Arrival { callback: Some(callback), path: "/callback".to_owned(), kept: None };
    let commands = lifecycle.step(Event::Start(arrival), Moment { now: NOW, entropy: [7; ENTROPY] });
    assert_ne!(lifecycle.phase(), Phase::SignedIn, "nobody is signed in by an address");
    for command in commands {
        match command {
            Command::Send(_, _, request) if !request.form.is_empty() => {
                let sent = |name: &str| request.form.iter().find(|(other, _)| other == name).map(|(_, value)| value);
                let parameters = Parameters::from_url(&url).expect("no parameter twice");
                let query = url.split('#').next().and_then(|address| address.split_once('?')).expect("a query").1;
                let codes = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "code").count();
                assert_eq!(codes, 1, "{url}");
                assert_eq!(sent("code").map(String::as_str), parameters.get("code"));
                let kept = Value::read(stored).expect("it was restored");
                assert_eq!(kept["state"].as_str(), parameters.get("state"));
                assert!(parameters.get("error").is_none() && parameters.get("state").is_some());
            }
            Command::ReturnTo(path) => {
                assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'), "{path:?}");
            }
            _ => {}
        }
    }
}

/// A message: it is believed only from the right origin and window and with the state of the request.
///
/// # Panics
/// See [`callback`].
pub fn message(bytes: &[u8]) {
    let data = String::from_utf8_lossy(bytes).into_owned();
    let state = State::new("s1");
    for transport in [Transport::WebMessage, Transport::CallbackPage] {
        let awaited = Awaited {
            transport,
            tenant_origin: "https://tenant.example",
            app_origin: "https://app.example",
            callback_page: "https://app.example/silent-callback.html",
            state: &state,
        };
        let from = |origin: &str, from_frame| {
            judge(&awaited, &FrameMessage { origin: origin.to_owned(), from_frame, data: Some(data.clone()) })
        };
        let (right, wrong) = match transport {
            Transport::WebMessage => ("https://tenant.example", "https://app.example"),
            Transport::CallbackPage => ("https://app.example", "https://tenant.example"),
        };
        assert!(from(right, false).is_err() && from(wrong, true).is_err() && from("null", true).is_err());
        if let Ok(parameters) = from(right, true) {
            assert_eq!(parameters.get("state"), Some("s1"));
            let names: Vec<&str> = parameters.iter().map(|(name, _)| name).collect();
            assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)), "{names:?}");
        }
    }
}

/// A token answer: what is taken is whole, and lives for a bounded time; what is refused is refused without showing a token.
///
/// # Panics
/// See [`callback`].
pub fn token_answer(bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes);
    let config = config();
    let secret = Value::read(&body).and_then(|body| body.get("access_token")?.as_str().map(str::to_owned));
    for judged in [
        token::process_response(&config, &answer(200, &body)),
        token::process_refresh_response(&config, &answer(200, &body)),
    ] {
        match judged {
            Ok(tokens) => {
                assert!(!tokens.access_token.expose().is_empty() && secret.is_some());
                assert!(!tokens.expires_in.is_zero() && tokens.expires_in <= token::MAX_LIFE);
                assert!(tokens.refresh_token.is_none_or(|token| !token.expose().is_empty()));
            }
            Err(error) => {
                assert_eq!(error.code, Code::TokenResponseInvalid);
                if let Some(secret) = secret.as_ref().filter(|secret| secret.len() > 30) {
                    assert!(!error.to_string().contains(secret.as_str()), "{error}");
                }
            }
        }
    }
    assert!(token::process_response(&config, &answer(400, &body)).is_err());
}

/// An ID token: the first line is its header and the second its claims, or all of it is the token. Nothing is accepted without a valid
/// signature, nor for another client, issuer or nonce, nor past its time.
///
/// # Panics
/// See [`callback`].
pub fn id_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let token = match text.split_once('\n') {
        Some((header, claims)) => format!("{}.{}.{}", part(header), part(claims), part("signature")),
        None => text.clone().into_owned(),
    };
    let (access_token, nonce, code) = (AccessToken::new("access"), Nonce::new("n1"), secret::Code::new("code"));
    let expected = Expected {
        issuer: "https://tenant.example/",
        client_id: "spa",
        answers: Answers::Authorization { nonce: &nonce, code: &code },
        max_age: None,
        acr_values: None,
        organization: None,
        access_token: &access_token,
        now: NOW,
        leeway: core::time::Duration::from_secs(10),
    };
    let examined = || examine(&IdToken::new(token.clone()), &expected);
    if let Ok(examined) = examined() {
        assert!(examined.accept(false, &expected).is_err(), "a wrong signature");
    }
    if let Ok(claims) = examined().and_then(|examined| examined.accept(true, &expected)) {
        assert_eq!((claims["iss"].as_str(), claims["nonce"].as_str()), (Some("https://tenant.example/"), Some("n1")));
        let audience = claims["aud"].as_str().map(|one| vec![one.to_owned()]).unwrap_or_else(|| {
            let list = claims["aud"].as_array().expect("a text or a list");
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        });
        assert!(audience.iter().any(|one| one == "spa"), "{audience:?}");
        assert!(claims["sub"].as_str().is_some_and(|subject| !subject.is_empty()));
        assert!(claims["exp"].as_i64().is_none_or(|exp| exp + 10 >= NOW.as_secs()), "{:?}", claims["exp"]);
    }
}

/// A discovery document: what is taken speaks of this issuer, and every address in it can be one.
///
/// # Panics
/// See [`callback`].
pub fn discovery(bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes);
    if let Ok(Endpoints { authorization, token, keys, revocation, .. }) =
        discovery::process_response(&config(), &answer(200, &body))
    {
        let document = Value::read(&body).expect("an object");
        assert_eq!(document["issuer"].as_str(), Some("https://tenant.example/"));
        for address in [Some(authorization), Some(token), Some(keys), revocation].into_iter().flatten() {
            assert!(address.starts_with("https://") || address.starts_with("http://"), "{address}");
        }
    }
}

/// A key set: at most a hundred keys are kept, and each is used for its own algorithms alone.
///
/// # Panics
/// See [`callback`].
pub fn key_set(bytes: &[u8]) {
    let Ok(keys) = keys::process_response(&answer(200, &String::from_utf8_lossy(bytes))) else { return };
    assert!(keys.len() <= 100);
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        for kid in [None, Some("k1")] {
            match (keys.choose(algorithm, kid), algorithm) {
                (None, _)
                | (Some(PublicKey::Rsa { .. }), Algorithm::Rs256 | Algorithm::Ps256)
                | (Some(PublicKey::P256 { .. }), Algorithm::Es256)
                | (Some(PublicKey::Ed25519 { .. }), Algorithm::EdDsa) => {}
                (Some(key), _) => panic!("{key:?} for {algorithm:?}"),
            }
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use std::path::Path;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    const CASES: u32 = 2000;

    /// Tries what is in the corpus, and pieces of it put together in other ways: the same ones in each run.
    fn try_out(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut corpus: Vec<Vec<u8>> = std::fs::read_dir(&folder)
            .expect("a corpus")
            .map(|file| std::fs::read(file.expect("readable").path()).expect("readable"))
            .collect();
        corpus.sort();
        assert!(corpus.len() > 3, "{target}: {} files", corpus.len());
        corpus.iter().for_each(|bytes| run(bytes));
        let index = any::<prop::sample::Index>;
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        let outcome = runner.run(&vec((index(), index(), index(), vec(any::<u8>(), 0..4)), 1..5), |pieces| {
            let mut bytes = Vec::new();
            for (which, from, to, more) in pieces {
                let whole = which.get(&corpus);
                let (from, to) = (from.index(whole.len() + 1), to.index(whole.len() + 1));
                bytes.extend_from_slice(&whole[from.min(to)..from.max(to)]);
                bytes.extend(more);
            }
            run(&bytes);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{target}: {error}"));
    }

    #[test]
    fn any_bytes_are_a_callback() {
        try_out("callback", super::callback);
    }

    #[test]
    fn any_bytes_are_a_message() {
        try_out("message", super::message);
    }

    #[test]
    fn any_bytes_are_a_token_answer() {
        try_out("token_answer", super::token_answer);
    }

    #[test]
    fn any_bytes_are_an_id_token() {
        try_out("id_token", super::id_token);
    }

    #[test]
    fn any_bytes_are_a_discovery_document() {
        try_out("discovery", super::discovery);
    }

    #[test]
    fn any_bytes_are_a_key_set() {
        try_out("key_set", super::key_set);
    }
}
