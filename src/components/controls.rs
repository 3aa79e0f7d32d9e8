//! What the person can do: sign in, renew, sign out here, or sign out at the tenant alone.

use leptos::prelude::*;
use silent_auth::protocol::session::Phase;

/// The buttons that fit the phase.
#[component]
pub fn Controls(
    /// The phase.
    #[prop(into)]
    phase: Signal<Phase>,
    /// Starts a sign-in by full-page redirect.
    #[prop(into)]
    sign_in: Callback<()>,
    /// Asks for a fresh token now.
    #[prop(into)]
    renew: Callback<()>,
    /// Signs out here and at the tenant.
    #[prop(into)]
    sign_out: Callback<()>,
    /// The address that signs out at the tenant alone.
    tenant_sign_out_url: String,
) -> impl IntoView {
    let can_sign_in = Memo::new(move |_| {
        phase.with(|phase| !matches!(phase, Phase::Checking | Phase::Leaving | Phase::SignedIn | Phase::Renewing))
    });
    let is_in = Memo::new(move |_| {
        phase.with(|phase| matches!(phase, Phase::SignedIn | Phase::Renewing | Phase::RenewalFailed { .. }))
    });
    let can_check =
        Memo::new(move |_| phase.with(|phase| matches!(phase, Phase::Undetermined { .. } | Phase::Expired { .. })));
    let busy = move || phase.with(|phase| matches!(phase, Phase::Renewing));
    let url = StoredValue::new(tenant_sign_out_url);

    view! {
        <div class="controls">
            <Show when=move || can_sign_in.get()>
                <button type="button" class="button button--primary" on:click=move |_| sign_in.run(())>"Sign in"</button>
            </Show>
            <Show when=move || can_check.get()>
                <button type="button" class="button" on:click=move |_| renew.run(())>"Try again now"</button>
            </Show>
            <Show when=move || is_in.get()>
                <button type="button" class="button button--primary" disabled=busy on:click=move |_| renew.run(())>
                    "Renew now"
                </button>
                <button type="button" class="button" on:click=move |_| sign_out.run(())>"Sign out"</button>
                <a class="button" href=url.get_value() target="_blank" rel="noopener" aria-describedby="tenant-only">
                    "Sign out at the tenant only"
                </a>
                <p class="controls__hint" id="tenant-only">
                    "Opens a new tab and ends the session there. This page is not told: the next renewal will find out."
                </p>
            </Show>
        </div>
    }
}
