//! A guard for parts of a page that are for people who are signed in.

use leptos::either::EitherOf3;
use leptos::prelude::*;

use super::use_auth;
use crate::protocol::session::Phase;

/// Shows its children to people who are signed in, `signed_out` to everybody else, and `checking` as long as that is not
/// known: a page never flashes "signed out" to somebody who is signed in.
#[component]
pub fn Guard(
    /// For people who are signed in.
    children: ChildrenFn,
    /// For people who are not.
    #[prop(into)]
    signed_out: ViewFn,
    /// While it is not known yet.
    #[prop(into)]
    checking: ViewFn,
) -> impl IntoView {
    let auth = use_auth();
    let is_signed_in = Memo::new(move |_| auth.phase.with(Phase::is_signed_in));
    move || match is_signed_in.get() {
        Some(true) => EitherOf3::A(children()),
        Some(false) => EitherOf3::B(signed_out.run()),
        None => EitherOf3::C(checking.run()),
    }
}
