//! Faults of the token endpoint: what is refused, what the answer lacks, and what comes in its place (RFC 6749 5.1, 5.2).

use serde_json::json;

use super::super::wire::Wire;
use super::super::{Endpoint, Fault, How, Needs};
use crate::tenant_file::Object;

const GROUP: &str = "Token endpoint";

const fn tokens(
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    change: fn(&mut Object) -> String,
) -> Fault {
    let (endpoint, needs) = (Endpoint::Token, Needs::Success);
    Fault { name, title, group: GROUP, endpoint, will, expect, needs, how: How::Tokens(change) }
}

const fn spent(
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    needs: Needs,
) -> Fault {
    Fault { name, title, group: GROUP, endpoint: Endpoint::Token, will, expect, needs, how: How::Spent }
}

const fn on_the_way(
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    needs: Needs,
    wire: Wire,
) -> Fault {
    Fault { name, title, group: GROUP, endpoint: Endpoint::Token, will, expect, needs, how: How::Wire(wire) }
}

fn remove(body: &mut Object, name: &str) -> String {
    body.shift_remove(name);
    format!("{name} was taken out")
}

pub(super) const FAULTS: &[Fault] = &[
    spent(
        "code_replayed",
        "A code that was used before",
        "The tenant treats the code as replayed: it refuses it and revokes what it bought; a correct client keeps the token it \
         has and begins anew.",
        "exchange_refused",
        Needs::Code,
    ),
    spent(
        "refresh_token_reused",
        "A refresh token that was used before",
        "The tenant treats the refresh token as stolen: it refuses it and ends its family; a correct client drops it and asks by \
         the hidden frame, or has the user sign in.",
        "none",
        Needs::RefreshToken,
    ),
    tokens(
        "access_token_missing",
        "No access token",
        "The tenant leaves out access_token; a correct client refuses the whole answer.",
        "token_response_invalid",
        |body| remove(body, "access_token"),
    ),
    tokens(
        "id_token_missing",
        "No ID token",
        "The tenant leaves out id_token; a client that asked for openid refuses the answer.",
        "token_response_invalid",
        |body| remove(body, "id_token"),
    ),
    tokens(
        "unknown_token_type",
        "A token type that nobody knows",
        "The tenant names the token type lab; a correct client uses no token whose type it does not know (RFC 6749 7.1).",
        "token_response_invalid",
        |body| {
            body.insert("token_type".into(), json!("lab"));
            "token_type is lab".into()
        },
    ),
    tokens(
        "expires_in_as_words",
        "A life that is no number",
        "The tenant writes expires_in as a word; a correct client refuses the answer rather than guess.",
        "token_response_invalid",
        |body| {
            body.insert("expires_in".into(), json!("soon"));
            "expires_in is \"soon\"".into()
        },
    ),
    tokens(
        "expires_in_missing",
        "No word of its life",
        "The tenant does not say how long the access token lives; a correct client assumes a short life and goes on.",
        "none",
        |body| remove(body, "expires_in"),
    ),
    on_the_way(
        "token_html",
        "HTML for JSON",
        "The tenant answers with status 200 and an HTML page; a correct client says that it is no token response.",
        "token_response_invalid",
        Needs::Nothing,
        Wire::Html(200),
    ),
    on_the_way(
        "token_cut",
        "Half of the JSON",
        "The tenant sends the first half of its JSON; a correct client refuses what it cannot read.",
        "token_response_invalid",
        Needs::Success,
        Wire::Cut,
    ),
    on_the_way(
        "token_huge",
        "10 MB of JSON",
        "The tenant sends 10 MB more than there is to say; a correct client has a limit and refuses.",
        "token_response_invalid",
        Needs::Success,
        Wire::Huge,
    ),
    on_the_way(
        "token_redirect",
        "A redirect",
        "The tenant redirects the token request; a correct client does not carry a code after it.",
        "tenant_unreachable",
        Needs::Nothing,
        Wire::Redirect,
    ),
    on_the_way(
        "token_unavailable",
        "Status 503",
        "The tenant answers with status 503; a correct client keeps its token and tries again later.",
        "tenant_unavailable",
        Needs::Nothing,
        Wire::Unavailable,
    ),
    on_the_way(
        "token_error_500",
        "Status 500 and HTML",
        "The tenant answers with status 500 and an HTML page; a correct client keeps its token.",
        "token_response_invalid",
        Needs::Nothing,
        Wire::Html(500),
    ),
    on_the_way(
        "token_dropped",
        "A connection that ends at the token endpoint",
        "The tenant closes the connection in the middle of the answer; a correct client keeps its token and tries again later.",
        "tenant_unreachable",
        Needs::Nothing,
        Wire::Drop,
    ),
    on_the_way(
        "token_slow",
        "A slow token endpoint",
        "The tenant lets its answer wait; a correct client waits as long as its limit allows, and goes on.",
        "none",
        Needs::Nothing,
        Wire::Slow,
    ),
    on_the_way(
        "token_hang",
        "No answer of the token endpoint",
        "The tenant never answers; a correct client gives up at its limit and keeps its token.",
        "timeout",
        Needs::Nothing,
        Wire::Hang,
    ),
];
