//! The old delegation request with its answer, and both ways side by side.

use leptos::prelude::*;
use migration::{ClientType, Exchange, LEGACY_DELEGATION, replacement};
use silent_auth::protocol::record::{Parameter, Shown};

use super::decisions::DecisionView;
use super::notice::ErrorFacts;
use super::parameters::Parameters;
use crate::lab::OldRun;
use crate::model::decision::LogEntry;
use crate::model::delegation::{Answer, parameters};
use crate::model::flight::{Flight, State};

/// The old request: what is sent, the button that sends it, and what came of it.
#[component]
pub fn OldWay(
    /// Where it goes.
    address: String,
    /// This app's client id.
    client_id: String,
    /// What may be shown of the session's ID token; `None` while nobody is signed in.
    #[prop(into)]
    fingerprint: Signal<Option<String>>,
    /// Whether it is under way.
    #[prop(into)]
    pending: Signal<bool>,
    /// What came of it.
    #[prop(into)]
    run: Signal<Option<OldRun>>,
    /// Sends it.
    #[prop(into)]
    send: Callback<()>,
) -> impl IntoView {
    let sent = move || {
        let mut sent: Vec<_> =
            parameters(&client_id, "").iter().map(|(name, value)| Parameter::new(name, value)).collect();
        if let Some(token) = sent.iter_mut().find(|parameter| parameter.name == "id_token") {
            token.value = match fingerprint.get() {
                Some(print) => Shown::Fingerprint(print),
                None => Shown::Plain("(the ID token of your session)".to_owned()),
            };
        }
        view! { <Parameters parameters=sent /> }
    };
    view! {
        <button
            type="button"
            class="button button--primary"
            disabled=move || pending.get() || fingerprint.with(Option::is_none)
            on:click=move |_| send.run(())
        >
            "Send the old request"
        </button>
        <h3>"What is sent"</h3>
        <p class="address">"POST "{address}</p>
        {sent}
        <h3>"What comes back"</h3>
        <div aria-live="polite">
            {move || match run.get() {
                None => view! { <p class="empty">"Not sent yet."</p> }.into_any(),
                Some(run) => view! { <RunView run /> }.into_any(),
            }}
        </div>
    }
}

#[component]
fn RunView(run: OldRun) -> impl IntoView {
    let answer = match run.answer {
        Ok(Answer::Refused { status, error, description }) => view! {
            <p class="answer" data-tone="act">
                <b class="tabular">{status}</b>" "<code>{error}</code>
                <span class="answer__words">{description}</span>
            </p>
        }
        .into_any(),
        Ok(Answer::Granted { status, expires_in }) => view! {
            <p class="answer" data-tone="trouble">
                <b class="tabular">{status}</b>" an ID token for another client"
                {expires_in.map(|seconds| format!(", good for {seconds} s"))}
                <span class="answer__words">"This tenant still allows it. It will not for long."</span>
            </p>
        }
        .into_any(),
        Err(error) => view! {
            <p class="answer" data-tone="trouble">{error.code.sentence()}</p>
            <ErrorFacts error />
        }
        .into_any(),
    };
    let reason = run.decision.map(|decision| view! { <h3>"Why"</h3><DecisionView decision open=true /> });
    let log = (!run.log.is_empty()).then(|| {
        view! {
            <h3>"What it left in the tenant's log"</h3>
            <ul class="log">{run.log.into_iter().map(|entry| view! { <Log entry /> }).collect_view()}</ul>
            <p class="hint">
                "Search your own tenant's log for "<code>"type:depnote"</code>" and “"{LEGACY_DELEGATION.name}
                "” to learn which of your clients still do this. It is written once an hour for each client."
            </p>
        }
    });
    let advice = replacement(Exchange::IdToken, ClientType::ApiModelledAsClient);
    view! {
        {answer}
        {reason}
        {log}
        <p class="hint"><b>"If you sent it to call an API: "</b>{advice.sentence}</p>
    }
}

#[component]
fn Log(entry: LogEntry) -> impl IntoView {
    let meaning = match entry.kind.as_str() {
        "fd" => "failed delegation",
        "sd" => "successful delegation",
        "depnote" => "deprecation notice",
        _ => "",
    };
    view! {
        <li class="log__entry" data-type=entry.kind.clone()>
            <p><code>{entry.kind.clone()}</code>" "<b>{meaning}</b>" "<span class="tabular">{entry.date}</span></p>
            <p>{entry.description}</p>
            {(!entry.details.is_empty()).then(|| view! {
                <details class="more"><summary>"Details"</summary><pre class="raw" tabindex="0">{entry.details}</pre></details>
            })}
        </li>
    }
}

/// Both ways in the same rows, with the answers of the runs on this page.
#[component]
pub fn Comparison(
    /// What came of the old request.
    #[prop(into)]
    run: Signal<Option<OldRun>>,
    /// The silent renewal of this page.
    #[prop(into)]
    renewal: Signal<Option<Flight>>,
) -> impl IntoView {
    let old_answer = move || {
        run.with(|run| match run.as_ref().map(|run| &run.answer) {
            None => "Not sent yet.".to_owned(),
            Some(Ok(Answer::Refused { status, error, .. })) => format!("{status} {error}"),
            Some(Ok(Answer::Granted { status, .. })) => format!("{status} and an ID token"),
            Some(Err(error)) => error.code.sentence().to_owned(),
        })
    };
    let new_answer = move || {
        renewal.with(|flight| match flight.as_ref().map(|flight| flight.state) {
            None => "Not sent yet.",
            Some(State::UnderWay) => "Under way.",
            Some(State::Done) => "A code, and for it a new access token and a new ID token.",
            Some(State::Failed) => "Refused or failed; the steps above say why.",
        })
    };
    view! {
        <section class="card" aria-labelledby="side-by-side">
            <h2 id="side-by-side">"Side by side"</h2>
            <table class="compare">
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col">"Delegation"</th>
                        <th scope="col">"Silent authentication"</th>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">"Request"</th>
                        <td>"POST /delegation by script"</td>
                        <td>"GET /authorize with prompt=none in a hidden frame, then POST /oauth/token"</td>
                    </tr>
                    <tr>
                        <th scope="row">"What proves the person"</th>
                        <td>"An ID token: whoever has it can send it"</td>
                        <td>"The session cookie at the tenant, which no script can read"</td>
                    </tr>
                    <tr>
                        <th scope="row">"What proves the page"</th>
                        <td>"Nothing but a public client id"</td>
                        <td>"The registered address that gets the answer, and a code verifier that is used once"</td>
                    </tr>
                    <tr>
                        <th scope="row">"If the session has ended"</th>
                        <td>"It went on for as long as the token was good"</td>
                        <td>"The next renewal says login_required"</td>
                    </tr>
                    <tr>
                        <th scope="row">"The answer here"</th>
                        <td>{old_answer}</td>
                        <td>{new_answer}</td>
                    </tr>
                </tbody>
            </table>
        </section>
    }
}
