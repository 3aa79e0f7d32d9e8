//! Faults of the published keys (RFC 7517): whoever has the keys already does not notice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::wire::Wire;
use super::super::{Endpoint, Fault, How, Needs};
use crate::secret::sha256;

const fn fault(name: &'static str, title: &'static str, will: &'static str, expect: &'static str, how: How) -> Fault {
    Fault { name, title, group: "Keys", endpoint: Endpoint::Keys, will, expect, needs: Needs::Keys, how }
}

/// How many keys are too many for anybody.
const MANY: u32 = 1000;

/// A key that nobody has, in the form of one.
fn made_up(number: u32) -> Value {
    let blocks = (0..8_u8).flat_map(|block| sha256(format!("{number} {block}").as_bytes()));
    let modulus: Vec<u8> = std::iter::once(0x80).chain(blocks.skip(1)).collect();
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("made-up-{number}"),
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB" })
}

fn list(keys: &mut Value) -> &mut Vec<Value> {
    keys["keys"].as_array_mut().expect("the tenant publishes a list")
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "keys_empty",
        "No keys",
        "The tenant publishes no key at all; a correct client refuses an ID token that it cannot check.",
        "id_token.kid.unknown",
        How::Keys(|keys| {
            list(keys).clear();
            "the list is empty".into()
        }),
    ),
    fault(
        "keys_many",
        "A thousand keys",
        "The tenant publishes a thousand keys more; a correct client finds the right one or has a limit, and goes on.",
        "none",
        How::Keys(|keys| {
            list(keys).extend((0..MANY).map(made_up));
            format!("the list has {MANY} keys more")
        }),
    ),
    fault(
        "keys_html",
        "HTML for keys",
        "The tenant answers with an HTML page in place of its keys; a correct client asks again before it gives up.",
        "none",
        How::Wire(Wire::Html(200)),
    ),
    fault(
        "keys_error_500",
        "Status 500 for keys",
        "The tenant answers with status 500 in place of its keys; a correct client asks again before it gives up.",
        "none",
        How::Wire(Wire::Html(500)),
    ),
];
