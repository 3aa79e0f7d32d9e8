//! Faults of the ID token: what OpenID Connect Core 1.0, 3.1.3.7, has a client check.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::super::id_token::Signer;
use super::super::{Endpoint, Fault, How, IdToken, Needs, Scene};
use crate::secret::{random_text, sha256};

const DAY: i64 = 86_400;
const ANOTHER_ISSUER: &str = "https://another.example/";
const ANOTHER_CLIENT: &str = "another-client";

/// A fault of any ID token, which is about a claim that stands in every one.
const fn fault(
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    change: fn(&mut IdToken, &Scene<'_>) -> String,
) -> Fault {
    about("iss", name, title, will, expect, change)
}

/// A fault about a claim that not every ID token has.
const fn about(
    claim: &'static str,
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    change: fn(&mut IdToken, &Scene<'_>) -> String,
) -> Fault {
    let (group, endpoint) = ("ID token", Endpoint::Token);
    Fault { name, title, group, endpoint, will, expect, needs: Needs::Claim(claim), how: How::IdToken(change) }
}

/// Another hash of the right form.
fn another_hash() -> String {
    URL_SAFE_NO_PAD.encode(&sha256(b"another")[..16])
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "alg_none",
        "Not signed at all",
        "The tenant sends an ID token with alg none; a correct client refuses it and keeps the token it has.",
        "id_token.alg.none",
        |token, _| {
            token.header.insert("alg".into(), json!("none"));
            token.signer = Signer::Nobody;
            "alg is none, and no signature".into()
        },
    ),
    fault(
        "alg_hs256_public_key",
        "HS256 keyed with the public key",
        "The tenant signs the ID token with HS256 and its own public key as the secret, as anybody could; a correct client \
         takes no algorithm that it did not expect.",
        "id_token.alg.not_allowed",
        |token, _| {
            token.header.insert("alg".into(), json!("HS256"));
            token.signer = Signer::PublicKey;
            "alg is HS256, and the secret is the public key".into()
        },
    ),
    fault(
        "signature_by_another_key",
        "Signed by another key",
        "The tenant signs the ID token with a key that is not the published one of its kid; a correct client checks the \
         signature and refuses it.",
        "id_token.signature",
        |token, _| {
            token.signer = Signer::Stranger;
            "signed by a key that is not the one of its kid".into()
        },
    ),
    fault(
        "wrong_iss",
        "Another issuer",
        "The tenant names another issuer in the ID token; a correct client refuses it.",
        "id_token.iss",
        |token, _| token.set("iss", ANOTHER_ISSUER),
    ),
    fault(
        "wrong_aud",
        "Another audience",
        "The tenant sends an ID token that is meant for another client; a correct client refuses it.",
        "id_token.aud",
        |token, _| token.set("aud", ANOTHER_CLIENT),
    ),
    fault(
        "two_audiences_without_azp",
        "Two audiences, no azp",
        "The tenant names a second audience and not who asked for the ID token; a correct client refuses it.",
        "id_token.azp.missing",
        |token, _| token.set("aud", json!([token.claims["aud"].clone(), ANOTHER_CLIENT])),
    ),
    fault(
        "two_audiences_foreign_azp",
        "Two audiences, another client's azp",
        "The tenant names a second audience, and says that this one asked for the ID token; a correct client refuses it.",
        "id_token.azp.mismatch",
        |token, _| {
            let audiences = token.set("aud", json!([token.claims["aud"].clone(), ANOTHER_CLIENT]));
            format!("{audiences}; {}", token.set("azp", ANOTHER_CLIENT))
        },
    ),
    about(
        "nonce",
        "nonce_removed",
        "No nonce",
        "The tenant leaves out the nonce of the request; a correct client that sent one refuses the ID token.",
        "id_token.nonce.missing",
        |token, _| token.remove("nonce"),
    ),
    about(
        "nonce",
        "nonce_replaced",
        "Another nonce",
        "The tenant puts the nonce of another request into the ID token; a correct client refuses it as injected.",
        "id_token.nonce.mismatch",
        |token, _| token.replace("nonce", &random_text::<16>()),
    ),
    fault(
        "expired",
        "Expired an hour ago",
        "The tenant sends an ID token whose time was over an hour ago; a correct client refuses it.",
        "id_token.exp.past",
        |token, scene| token.set("exp", scene.now - 3600),
    ),
    fault(
        "exp_missing",
        "No exp",
        "The tenant does not say when the ID token expires; a correct client refuses it, since the claim is required.",
        "id_token.exp.missing",
        |token, _| token.remove("exp"),
    ),
    fault(
        "iat_missing",
        "No iat",
        "The tenant does not say when the ID token was made; a correct client refuses it, since the claim is required.",
        "id_token.iat.missing",
        |token, _| token.remove("iat"),
    ),
    fault(
        "iat_in_the_future",
        "Made tomorrow",
        "The tenant dates the ID token a day ahead; a correct client refuses what was made in the future.",
        "id_token.iat.future",
        |token, scene| token.set("iat", scene.now + DAY),
    ),
    fault(
        "nbf_in_the_future",
        "Good from tomorrow",
        "The tenant says that the ID token is good from tomorrow; a correct client refuses it today.",
        "id_token.nbf.future",
        |token, scene| token.set("nbf", scene.now + DAY),
    ),
    fault(
        "sub_missing",
        "No subject",
        "The tenant does not say who signed in; a correct client refuses the ID token.",
        "id_token.sub.missing",
        |token, _| token.remove("sub"),
    ),
    about(
        "auth_time",
        "auth_time_too_old",
        "Signed in too long ago",
        "Asked for max_age, the tenant answers with a sign-in of ten years ago; a correct client that asked refuses the ID \
         token.",
        "id_token.auth_time.too_old",
        |token, scene| token.set("auth_time", scene.now - 3650 * DAY),
    ),
    about(
        "auth_time",
        "auth_time_missing",
        "No auth_time though asked",
        "Asked for max_age, the tenant does not say when the user signed in; a correct client that asked refuses the ID token.",
        "id_token.auth_time.missing",
        |token, _| token.remove("auth_time"),
    ),
    about(
        "at_hash",
        "wrong_at_hash",
        "Another access token's hash",
        "The tenant sends an access token that the ID token does not speak of; a correct client that looks refuses both.",
        "id_token.at_hash",
        |token, _| token.set("at_hash", another_hash()),
    ),
    fault(
        "wrong_c_hash",
        "Another code's hash",
        "The tenant sends an ID token that speaks of another code; a correct client that looks refuses it.",
        "id_token.c_hash",
        |token, _| token.set("c_hash", another_hash()),
    ),
    fault(
        "other_subject",
        "Another person",
        "The tenant renews with an ID token about somebody else; a correct client takes nothing over and ends the session of the \
         one before.",
        "subject_changed",
        |token, _| token.set("sub", "auth0|somebody-else"),
    ),
    fault(
        "exp_as_text",
        "A date as a text",
        "The tenant writes exp as a text; a correct client refuses a claim of the wrong type.",
        "id_token.wrong_type",
        |token, scene| token.set("exp", (scene.now + 3600).to_string()),
    ),
    fault(
        "access_token_type",
        "An access token in its place",
        "The tenant sends a token of the type at+jwt as the ID token; a correct client refuses another type.",
        "id_token.format",
        |token, _| {
            token.header.insert("typ".into(), json!("at+jwt"));
            "typ is at+jwt".into()
        },
    ),
    fault(
        "unknown_crit",
        "A critical header nobody knows",
        "The tenant marks an extension as critical that no client knows; a correct client refuses the ID token (RFC 7515 4.1.11).",
        "id_token.format",
        |token, _| {
            token.header.insert("crit".into(), json!(["lab"]));
            token.header.insert("lab".into(), json!(true));
            "crit names an extension that nobody knows".into()
        },
    ),
    fault(
        "unknown_kid",
        "A kid that nobody published",
        "The tenant signs rightly and names a key id that is not published; a correct client asks for the keys once more and \
         then refuses the ID token.",
        "id_token.kid.unknown",
        |token, _| {
            token.header.insert("kid".into(), json!("not-published"));
            "kid is one that is not published".into()
        },
    ),
    fault(
        "rotated_key",
        "A key that is not published any more",
        "The tenant signs with a key that its list does not have, under that key's id; a correct client asks for the keys once \
         more and then refuses the ID token.",
        "id_token.kid.unknown",
        |token, _| {
            token.signer = Signer::StrangerByName;
            "signed by a key that is not published, under its own kid".into()
        },
    ),
    fault(
        "announced_key",
        "Signed by the next key",
        "The tenant signs with another key that it publishes, as after a rotation; a correct client finds it by its kid and goes on.",
        "none",
        |token, _| {
            token.signer = Signer::Announced;
            "signed by another published key, under its kid".into()
        },
    ),
];
