//! The key that tokens are bound to, and proofs signed with it (RFC 9449): by WebCrypto, which never lets its private half out.
//!
//! The key is in IndexedDB under the client's name, so that a reload, the way back from the tenant and every tab find the same one. Where the browser
//! has no room for it, it lives as long as the page, and a sign-in by redirect comes back to another key.

use std::cell::{Cell, RefCell};

use futures_channel::oneshot;
use gloo_events::EventListener;
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, CryptoKey, IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode, SubtleCrypto};

use super::{fetch, random, words};
use crate::protocol::dpop::{Proof, ProofKey, signed, wanted_nonce};
use crate::protocol::error::{AuthError, Code};
use crate::protocol::http::{Method, Request, Response};
use crate::protocol::secret::AccessToken;
use crate::protocol::time::Timestamp;

/// The name of the database and of the one store in it.
const NAME: &str = "silent-auth";

/// What proofs are made with.
pub(super) struct Prover {
    /// The pair as the browser keeps it, to put back.
    pair: JsValue,
    private: CryptoKey,
    key: ProofKey,
    namespace: String,
    /// The latest nonce of each origin.
    nonces: RefCell<Vec<(String, String)>>,
}

/// A prover on its way, and who waits for it.
#[derive(Default)]
pub(super) struct Slot {
    prover: RefCell<Option<std::rc::Rc<Prover>>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    pending: Cell<bool>,
}

impl Slot {
    /// From now on, until [`fill`](Self::fill), whoever asks waits.
    pub(super) fn expect(&self) {
        self.pending.set(true);
    }

    pub(super) fn fill(&self, prover: Option<Prover>) {
        *self.prover.borrow_mut() = prover.map(std::rc::Rc::new);
        self.pending.set(false);
        self.waiting.borrow_mut().clear();
    }

    pub(super) async fn ready(&self) {
        if self.pending.get() {
            let (tell, told) = oneshot::channel();
            self.waiting.borrow_mut().push(tell);
            // Whoever fills it drops the other end.
            let _filled = told.await;
        }
    }

    pub(super) fn get(&self) -> Option<std::rc::Rc<Prover>> {
        self.prover.borrow().clone()
    }
}

/// What a request is proven with: method, address, time, and the token that goes along.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) now: Timestamp,
    pub(super) access_token: Option<&'a AccessToken>,
}

impl Prover {
    /// The client's key: the one that is kept, or a new one.
    ///
    /// # Errors
    ///
    /// `insecure_context`, in a browser that makes no such keys.
    pub(super) async fn open(namespace: &str) -> Result<Self, AuthError> {
        find_or_make(namespace).await.map_err(|error| {
            AuthError::new(Code::InsecureContext).because("a key on P-256 from WebCrypto", words(&error))
        })
    }

    pub(super) fn thumbprint(&self) -> String {
        self.key.thumbprint()
    }

    /// Keeps the key for the page that gets the answer, unless one is kept: signing out in another tab removed it.
    pub(super) async fn keep(&self) {
        drop(add(&self.namespace, &self.pair).await);
    }

    /// Removes the key for good. What is bound to it is worth nothing from then on.
    pub(super) async fn forget(&self) {
        let removed = async {
            let store = store(IdbTransactionMode::Readwrite).await?;
            done(&store.delete(&self.namespace.as_str().into())?).await
        };
        drop(removed.await);
    }

    /// A proof with the latest nonce of its origin.
    async fn prove(&self, origin: &str, asked: &Asked<'_>) -> Result<String, JsValue> {
        let entropy = random::entropy().map_err(|error| JsValue::from(error.to_string()))?;
        let nonce = self.nonces.borrow().iter().find(|(of, _)| of == origin).map(|(_, nonce)| nonce.clone());
        let proof = Proof {
            method: asked.method,
            url: asked.url,
            issued_at: asked.now,
            id: &entropy[..16],
            nonce: nonce.as_deref(),
            access_token: asked.access_token,
        };
        let input = proof.signing_input(&self.key);
        let message = Uint8Array::from(input.as_bytes());
        let signature = subtle()?.sign_with_object_and_buffer_source(&algorithm()?, &self.private, &message)?;
        Ok(signed(&input, &Uint8Array::new(&JsFuture::from(signature).await?).to_vec()))
    }

    /// The proof of a request to an API.
    ///
    /// # Errors
    ///
    /// `api_unreachable`, where the browser does not sign.
    pub(super) async fn proof(&self, origin: &str, asked: &Asked<'_>) -> Result<String, AuthError> {
        let failed = |error: JsValue| AuthError::new(Code::ApiUnreachable).because("a signature", words(&error));
        self.prove(origin, asked).await.map_err(failed)
    }

    /// Remembers what the next proof for `origin` needs. Whether that is news.
    pub(super) fn learn(&self, origin: &str, nonce: Option<&str>) -> bool {
        let Some(nonce) = nonce else { return false };
        let mut nonces = self.nonces.borrow_mut();
        let news = !nonces.iter().any(|(of, known)| of == origin && known == nonce);
        nonces.retain(|(of, _)| of != origin);
        nonces.push((origin.to_owned(), nonce.to_owned()));
        news
    }

    /// Sends a request to the token endpoint with its proof; once more, if that one lacked a nonce.
    pub(super) async fn send(
        &self,
        origin: &str,
        request: Request,
        now: Timestamp,
        signal: Option<AbortSignal>,
    ) -> Result<Response, AuthError> {
        let method = if request.method == Method::Post { "POST" } else { "GET" };
        let asked = Asked { method, url: &request.url, now, access_token: None };
        let unsigned = |error: JsValue| AuthError::new(Code::DpopProofRefused).because("a signature", words(&error));
        let mut again = true;
        loop {
            let proof = self.prove(origin, &asked).await.map_err(unsigned)?;
            let response = fetch::send_proven(&request, signal.as_ref(), &proof).await?;
            self.learn(origin, response.dpop_nonce.as_deref());
            if wanted_nonce(&response).is_none() || !core::mem::take(&mut again) {
                return Ok(response);
            }
        }
    }
}

async fn find_or_make(namespace: &str) -> Result<Prover, JsValue> {
    let kept = find(namespace).await.ok().filter(|pair| !pair.is_undefined());
    let pair = match kept {
        Some(pair) => pair,
        None => {
            let usages = Array::of2(&"sign".into(), &"verify".into());
            let made = JsFuture::from(subtle()?.generate_key_with_object(&algorithm()?, false, &usages)?).await?;
            // Another tab may have been quicker: what is kept counts for all.
            match add(namespace, &made).await {
                Ok(_) => made,
                Err(_) => find(namespace).await.ok().filter(|pair| !pair.is_undefined()).unwrap_or(made),
            }
        }
    };
    let half = |name: &str| Reflect::get(&pair, &name.into()).map(JsCast::unchecked_into::<CryptoKey>);
    let (private, public) = (half("privateKey")?, half("publicKey")?);
    let jwk = JsFuture::from(subtle()?.export_key("jwk", &public)?).await?;
    let member = |name: &str| Ok::<_, JsValue>(Reflect::get(&jwk, &name.into())?.as_string().unwrap_or_default());
    let key = ProofKey { x: member("x")?, y: member("y")? };
    Ok(Prover { pair, private, key, namespace: namespace.to_owned(), nonces: RefCell::default() })
}

fn subtle() -> Result<SubtleCrypto, JsValue> {
    Ok(web_sys::window().ok_or("no window")?.crypto()?.subtle())
}

/// For making the key and for signing: each reads what it knows.
fn algorithm() -> Result<Object, JsValue> {
    let parameters = Object::new();
    for (name, value) in [("name", "ECDSA"), ("namedCurve", "P-256"), ("hash", "SHA-256")] {
        Reflect::set(&parameters, &name.into(), &value.into())?;
    }
    Ok(parameters)
}

async fn find(namespace: &str) -> Result<JsValue, JsValue> {
    done(&store(IdbTransactionMode::Readonly).await?.get(&namespace.into())?).await
}

/// Keeps the pair, unless there is one.
async fn add(namespace: &str, pair: &JsValue) -> Result<JsValue, JsValue> {
    done(&store(IdbTransactionMode::Readwrite).await?.add_with_key(pair, &namespace.into())?).await
}

async fn store(mode: IdbTransactionMode) -> Result<IdbObjectStore, JsValue> {
    let factory = web_sys::window().ok_or("no window")?.indexed_db()?.ok_or("no IndexedDB")?;
    let opening = factory.open_with_u32(NAME, 1)?;
    let request: IdbRequest = opening.clone().unchecked_into();
    let made = EventListener::new(&opening, "upgradeneeded", move |_| {
        if let Some(database) = request.result().ok().and_then(|result| result.dyn_into::<IdbDatabase>().ok()) {
            drop(database.create_object_store(NAME));
        }
    });
    let database: IdbDatabase = done(&opening).await?.unchecked_into();
    drop(made);
    database.transaction_with_str_and_mode(NAME, mode)?.object_store(NAME)
}

/// The result of a request to the database.
async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let (tell, told) = oneshot::channel();
    let tell = std::rc::Rc::new(RefCell::new(Some(tell)));
    let listen = |kind: &'static str, good: bool| {
        let tell = std::rc::Rc::clone(&tell);
        EventListener::once(request, kind, move |event| {
            // A refusal is an answer here, and not an error of the page.
            event.prevent_default();
            if let Some(tell) = tell.borrow_mut().take() {
                let _told = tell.send(good);
            }
        })
    };
    let _listeners = (listen("success", true), listen("error", false));
    match told.await {
        Ok(true) => request.result(),
        _ => Err("IndexedDB refused".into()),
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use crate::browser::verify;
    use crate::protocol::id_token::SignatureCheck;
    use crate::protocol::jose::Algorithm;
    use crate::protocol::keys::PublicKey;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use wasm_bindgen_test::wasm_bindgen_test;

    const ASKED: Asked<'_> = Asked {
        method: "POST",
        url: "https://tenant.example/oauth/token",
        now: Timestamp::from_secs(0),
        access_token: None,
    };

    #[wasm_bindgen_test]
    async fn the_key_is_kept_signs_and_does_not_come_out() {
        let prover = Prover::open("dpop test").await.expect("a key");
        let again = Prover::open("dpop test").await.expect("a key");
        assert_eq!(prover.thumbprint(), again.thumbprint(), "the next page has the same");
        assert_ne!(prover.thumbprint(), Prover::open("dpop test of another").await.expect("a key").thumbprint());
        for prover in [&prover, &again] {
            assert!(!prover.private.extractable());
            let exported = subtle().expect("WebCrypto").export_key("pkcs8", &prover.private).expect("a promise");
            assert!(JsFuture::from(exported).await.is_err(), "no script reads it out");
            let proof = prover.proof("https://tenant.example", &ASKED).await.expect("a proof");
            let (message, signature) = proof.rsplit_once('.').expect("three parts");
            let check = |message: &str| SignatureCheck {
                algorithm: Algorithm::Es256,
                key: PublicKey::P256 { x: prover.key.x.clone(), y: prover.key.y.clone() },
                message: message.to_owned(),
                signature: URL_SAFE_NO_PAD.decode(signature).expect("base64url"),
            };
            assert_eq!(verify(check(message)).await, Ok(true));
            assert_eq!(verify(check(&format!("{message}A"))).await, Ok(false));
        }
    }

    #[wasm_bindgen_test]
    async fn a_key_that_was_removed_is_gone_and_the_page_may_put_it_back() {
        let first = Prover::open("dpop removal test").await.expect("a key");
        first.forget().await;
        assert!(find("dpop removal test").await.expect("a database").is_undefined(), "nothing is left of it");
        let second = Prover::open("dpop removal test").await.expect("a key");
        assert_ne!(first.thumbprint(), second.thumbprint());
        // What another page keeps by now is not replaced.
        first.keep().await;
        assert_eq!(Prover::open("dpop removal test").await.expect("a key").thumbprint(), second.thumbprint());
        second.forget().await;
        first.keep().await;
        assert_eq!(Prover::open("dpop removal test").await.expect("a key").thumbprint(), first.thumbprint());
        first.forget().await;
    }

    #[wasm_bindgen_test]
    async fn the_latest_nonce_of_an_origin_goes_into_its_proofs() {
        let prover = Prover::open("dpop nonce test").await.expect("a key");
        let claims = async |origin: &str| {
            let proof = prover.proof(origin, &ASKED).await.expect("a proof");
            String::from_utf8(URL_SAFE_NO_PAD.decode(proof.split('.').nth(1).expect("claims")).expect("base64url"))
        };
        assert!(prover.learn("https://a.example", Some("one")) && prover.learn("https://a.example", Some("two")));
        assert!(!prover.learn("https://a.example", Some("two")) && !prover.learn("https://a.example", None));
        assert!(claims("https://a.example").await.expect("text").contains(r#""nonce":"two""#));
        assert!(!claims("https://b.example").await.expect("text").contains("nonce"));
        prover.forget().await;
    }
}
