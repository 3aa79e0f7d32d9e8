//! One icon shape for each tone, so that no phase is told by colour alone.

use leptos::prelude::*;

use super::element::Follow;
use crate::model::phase::Tone;

const fn outline(tone: Tone) -> &'static str {
    match tone {
        Tone::Waiting => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18z",
        Tone::Good => "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18zM7.8 12.4l2.9 2.9L16.2 9.4",
        Tone::Renewing => "M20 12a8 8 0 0 1-13.9 5.4M4 12A8 8 0 0 1 17.9 6.6M18.5 2.5v4.4h-4.4M5.5 21.5v-4.4h4.4",
        Tone::Trouble => "M12 3.5L21.8 20.5H2.2zM12 10v4.6M12 17.4v.2",
        Tone::Act => "M8.2 2.8h7.6l5.4 5.4v7.6l-5.4 5.4H8.2l-5.4-5.4V8.2zM12 7.4v5.8M12 16.4v.2",
    }
}

/// The shape of a tone; decoration, since a word always stands beside it.
pub fn icon(tone: impl Follow<Tone>) -> AnyView {
    let tone: std::sync::Arc<dyn Follow<Tone>> = std::sync::Arc::new(tone);
    let shape = std::sync::Arc::clone(&tone);
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" data-tone=move || tone().as_str()>
            <path d=move || outline(shape()) />
        </svg>
    }
    .into_any()
}
