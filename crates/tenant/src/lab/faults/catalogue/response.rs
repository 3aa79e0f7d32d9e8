//! Faults of the authorization response, by redirect or in the hidden frame (RFC 6749 4.1.2, RFC 9207, web_message).

use super::super::wire::Wire;
use super::super::{Endpoint, Fault, How, Needs, Parameters, Scene};

const fn fault(
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    change: fn(&mut Parameters, &Scene<'_>) -> String,
) -> Fault {
    let (group, endpoint) = ("Authorization response", Endpoint::Authorize);
    Fault { name, title, group, endpoint, will, expect, needs: Needs::Success, how: How::Response(change) }
}

const fn on_the_way(
    name: &'static str,
    title: &'static str,
    will: &'static str,
    expect: &'static str,
    needs: Needs,
    wire: Wire,
) -> Fault {
    let (group, endpoint) = ("Hidden frame", Endpoint::Authorize);
    Fault { name, title, group, endpoint, will, expect, needs, how: How::Wire(wire) }
}

fn replace(parameters: &mut Parameters, name: &'static str, value: &str) {
    parameters.retain(|(other, _)| *other != name);
    parameters.push((name, value.to_owned()));
}

pub(super) const FAULTS: &[Fault] = &[
    fault(
        "state_replaced",
        "Another request's state",
        "The tenant answers with the state of another request; a correct client takes the answer for none of its own and, in \
         the frame, finds silence.",
        "frame_silent",
        |parameters, scene| {
            replace(parameters, "state", scene.other_state);
            "state is the one of another request".into()
        },
    ),
    fault(
        "state_removed",
        "No state",
        "The tenant answers without state; a correct client takes the answer for none of its own and, in the frame, finds silence.",
        "frame_silent",
        |parameters, _| {
            parameters.retain(|(name, _)| *name != "state");
            "state was taken out".into()
        },
    ),
    fault(
        "foreign_iss",
        "Another issuer's answer",
        "The tenant names another issuer in the response parameter iss; a correct client refuses it as a mix-up (RFC 9207).",
        "issuer_mismatch",
        |parameters, _| {
            replace(parameters, "iss", "https://another.example/");
            "iss is https://another.example/".into()
        },
    ),
    fault(
        "code_missing",
        "Neither code nor error",
        "The tenant answers with the state and without a code or an error; a correct client says that the answer is incomplete.",
        "response_incomplete",
        |parameters, _| {
            parameters.retain(|(name, _)| !matches!(*name, "code" | "access_token" | "id_token"));
            "code was taken out".into()
        },
    ),
    fault(
        "temporarily_unavailable",
        "Overloaded",
        "The tenant answers that it is overloaded; a correct client keeps its token and tries again later.",
        "tenant_unavailable",
        |parameters, _| {
            parameters.retain(|(name, _)| matches!(*name, "state" | "iss"));
            parameters.insert(0, ("error", "temporarily_unavailable".to_owned()));
            "error is temporarily_unavailable".into()
        },
    ),
    on_the_way(
        "login_page_in_frame",
        "A login page in the frame",
        "The tenant shows a login page in place of the answer; a correct client does not wait for a message that cannot come.",
        "frame_silent",
        Needs::Success,
        Wire::LoginPage,
    ),
    on_the_way(
        "frame_denied",
        "X-Frame-Options: DENY",
        "The tenant forbids its answer to be framed; a correct client notices that the frame has loaded and stays silent.",
        "frame_silent",
        Needs::WebMessage,
        Wire::Unframeable,
    ),
    on_the_way(
        "authorize_error_500",
        "Status 500 in the frame",
        "The tenant answers with status 500 and HTML; a correct client notices that the frame has loaded and stays silent.",
        "frame_silent",
        Needs::Nothing,
        Wire::Html(500),
    ),
    on_the_way(
        "authorize_no_content",
        "Status 204 in the frame",
        "The tenant answers with status 204, at which a frame loads nothing; a correct client has a limit of its own.",
        "timeout",
        Needs::Nothing,
        Wire::NoContent,
    ),
    on_the_way(
        "authorize_dropped",
        "A connection that ends",
        "The tenant closes the connection in the middle of the answer; a correct client notices that the frame stays silent.",
        "frame_silent",
        Needs::Nothing,
        Wire::Drop,
    ),
    on_the_way(
        "authorize_slow",
        "A slow answer in the frame",
        "The tenant lets its answer wait; a correct client waits as long as its limit allows, and goes on.",
        "none",
        Needs::Nothing,
        Wire::Slow,
    ),
    on_the_way(
        "authorize_hang",
        "No answer in the frame",
        "The tenant never answers; a correct client gives up at its limit and keeps its token.",
        "timeout",
        Needs::Nothing,
        Wire::Hang,
    ),
];
