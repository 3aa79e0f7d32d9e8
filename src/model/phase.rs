//! The phase in words, shape and colour: what is, and what the program will do next.

use core::time::Duration;

use silent_auth::protocol::error::{AuthError, Code, NextStep};
use silent_auth::protocol::session::{Generation, Phase};
use silent_auth::protocol::time::Timestamp;

use super::duration::countdown;

/// How a phase looks. Each tone has one colour and one icon shape, and is always shown with a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing is known or nobody is there: an open ring.
    Waiting,
    /// All is well: a filled disc with a tick.
    Good,
    /// A token is being replaced, which is normal: two arrows in a circle.
    Renewing,
    /// Something failed, and the program goes on by itself: a triangle.
    Trouble,
    /// The person has to act: an octagon. The only red one.
    Act,
}

impl Tone {
    /// The stable text of this tone, for style sheets.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Good => "good",
            Self::Renewing => "renewing",
            Self::Trouble => "trouble",
            Self::Act => "act",
        }
    }

    /// How a failure looks: red only if the person has to do something about it.
    #[must_use]
    pub const fn of(error: &AuthError) -> Self {
        match error.code.next_step() {
            NextStep::Wait => Self::Trouble,
            NextStep::SignIn
            | NextStep::Interact
            | NextStep::AvoidThirdPartyCookies
            | NextStep::FixApp
            | NextStep::FixTenant
            | NextStep::SetClock => Self::Act,
        }
    }
}

/// A phase in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headline {
    /// How it looks.
    pub tone: Tone,
    /// The phase, in two or three words.
    pub word: &'static str,
    /// What is, in one sentence.
    pub is: String,
    /// What the program will do next, in one sentence.
    pub next: String,
}

/// What the countdown counts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Countdown {
    /// What happens then: `renews in`, `expires in`, `tries again in`.
    pub label: &'static str,
    /// When, as an absolute time.
    pub at: Timestamp,
}

impl Countdown {
    /// What is left; zero once it is over.
    #[must_use]
    pub fn left(self, now: Timestamp) -> Duration {
        self.at.since(now)
    }
}

/// What there is to count down to, if anything.
#[must_use]
pub fn counts_to(phase: &Phase, current: Option<&Generation>) -> Option<Countdown> {
    let at = |label, at| Some(Countdown { label, at });
    match (phase, current) {
        (Phase::SignedIn, Some(generation)) => at("renews in", generation.renew_at),
        (Phase::Renewing | Phase::RenewalFailed { retry_at: None, .. }, Some(generation)) => {
            at("expires in", generation.expires_at)
        }
        (
            Phase::RenewalFailed { retry_at: Some(retry), .. }
            | Phase::Undetermined { retry_at: Some(retry), .. }
            | Phase::Expired { retry_at: Some(retry), .. },
            _,
        ) => at("tries again in", *retry),
        _ => None,
    }
}

/// The phase in words. `name` is the person's, `current` the generation in use.
#[must_use]
pub fn headline(phase: &Phase, current: Option<&Generation>, name: Option<&str>, now: Timestamp) -> Headline {
    let words = |tone, word, is: &str, next: &str| Headline { tone, word, is: is.to_owned(), next: next.to_owned() };
    match phase {
        Phase::Checking => words(
            Tone::Waiting,
            "Checking for a session",
            "The page asks the tenant in a hidden frame whether somebody is signed in.",
            "The answer comes in a moment; there is nothing to do.",
        ),
        Phase::SignedOut { reason: None } => {
            words(Tone::Waiting, "Signed out", "Nobody is signed in here.", "The page waits until you sign in.")
        }
        Phase::SignedOut { reason: Some(error) } => words(
            Tone::of(error),
            if error.code == Code::ThirdPartyCookiesBlocked { "Silent check blocked" } else { "Signed out" },
            error.code.sentence(),
            "The page waits until you sign in.",
        ),
        Phase::Undetermined { error, retry_at } => Headline {
            tone: if retry_at.is_some() { Tone::Trouble } else { Tone::of(error) },
            word: "Not known",
            is: format!("Whether somebody is signed in could not be found out. {}", error.code.sentence()),
            next: tries_again(*retry_at, now, "The page does not ask again by itself."),
        },
        Phase::Leaving => words(
            Tone::Waiting,
            "Leaving for the tenant",
            "The browser is on its way to the tenant's page.",
            "The tenant sends you back here when you are done.",
        ),
        Phase::SignedIn => Headline {
            tone: Tone::Good,
            word: "Signed in",
            is: name.map_or("You are signed in, and the access token is good.".to_owned(), |name| {
                format!("You are signed in as {name}, and the access token is good.")
            }),
            next: renews(current, now),
        },
        Phase::Renewing => words(
            Tone::Renewing,
            "Renewing silently",
            "A hidden frame fetches the next access token; the one in use is still good.",
            "The new token takes over as soon as the tenant has answered.",
        ),
        Phase::RenewalFailed { error, retry_at } => Headline {
            tone: if retry_at.is_some() { Tone::Trouble } else { Tone::of(error) },
            word: match error.code {
                Code::ThirdPartyCookiesBlocked => "Silent renewal blocked",
                code if code.next_step() == NextStep::Wait => "Renewal failed",
                _ => "Renewal refused",
            },
            is: format!("{} The access token in use is still good.", error.code.sentence()),
            next: tries_again(*retry_at, now, "When the token expires, you have to sign in again."),
        },
        Phase::Expired { error, retry_at } => Headline {
            tone: if retry_at.is_some() { Tone::Trouble } else { Tone::Act },
            word: "Expired",
            is: error.as_ref().map_or("The access token has expired.".to_owned(), |error| {
                format!("The access token has expired and could not be replaced. {}", error.code.sentence())
            }),
            next: tries_again(*retry_at, now, "The page waits until you sign in again."),
        },
    }
}

fn renews(current: Option<&Generation>, now: Timestamp) -> String {
    match current.map(|generation| generation.renew_at.since(now)) {
        Some(left) if !left.is_zero() => format!("The page renews it silently in {}.", countdown(left)),
        _ => "The page is about to renew it silently.".to_owned(),
    }
}

fn tries_again(retry_at: Option<Timestamp>, now: Timestamp, never: &str) -> String {
    match retry_at.map(|at| at.since(now)) {
        None => never.to_owned(),
        Some(left) if left.is_zero() => "The page tries again now.".to_owned(),
        Some(left) => format!("The page tries again in {}.", countdown(left)),
    }
}

/// What a screen reader is told when the phase changes: milestones, not seconds. `None` for what is no milestone.
#[must_use]
pub fn milestone(phase: &Phase, current: Option<&Generation>, now: Timestamp) -> Option<String> {
    match phase {
        Phase::Checking | Phase::Leaving | Phase::Renewing => None,
        Phase::SignedIn => Some(match current.map_or(1, |generation| generation.number) {
            1 => "Signed in.".to_owned(),
            number => format!("Renewed silently: generation {number}."),
        }),
        Phase::SignedOut { reason } => {
            Some(reason.as_ref().map_or("Signed out.".to_owned(), |error| error.code.sentence().to_owned()))
        }
        Phase::Undetermined { error, .. } => Some(error.code.sentence().to_owned()),
        Phase::RenewalFailed { error, retry_at } => {
            let one_minute = Duration::from_secs(60);
            let last = retry_at.is_none() && current.is_some_and(|it| it.expires_at.since(now) <= one_minute);
            let left = if last { " Less than a minute is left." } else { "" };
            Some(format!("Renewal failed. {}{left}", error.code.sentence()))
        }
        Phase::Expired { .. } => Some("The access token has expired.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use silent_auth::protocol::session::Origin;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);

    fn generation() -> Generation {
        Generation {
            number: 2,
            origin: Origin::Renewed,
            issued_at: NOW.shifted(-36_000),
            renew_at: NOW.shifted(12_000),
            expires_at: NOW.shifted(24_000),
            ended_at: None,
        }
    }

    fn error(code: Code) -> AuthError {
        AuthError::new(code)
    }

    fn every_phase() -> Vec<Phase> {
        let retry_at = Some(NOW.shifted(5_000));
        vec![
            Phase::Checking,
            Phase::SignedOut { reason: None },
            Phase::SignedOut { reason: Some(error(Code::ThirdPartyCookiesBlocked)) },
            Phase::Undetermined { error: error(Code::TenantUnreachable), retry_at },
            Phase::Undetermined { error: error(Code::FrameBlockedByOwnPolicy), retry_at: None },
            Phase::Leaving,
            Phase::SignedIn,
            Phase::Renewing,
            Phase::RenewalFailed { error: error(Code::TimedOut), retry_at },
            Phase::RenewalFailed { error: error(Code::ConsentRequired), retry_at: None },
            Phase::Expired { error: None, retry_at: None },
            Phase::Expired { error: Some(error(Code::TimedOut)), retry_at },
        ]
    }

    #[test]
    fn every_phase_says_what_is_and_what_comes_next_in_whole_sentences() {
        for phase in every_phase() {
            let headline = headline(&phase, Some(&generation()), None, NOW);
            assert!(headline.is.ends_with('.') && headline.next.ends_with('.'), "{phase:?}");
            assert!(!headline.word.is_empty() && !headline.word.ends_with('.'), "{phase:?}");
        }
    }

    #[test]
    fn red_is_for_what_the_person_has_to_do() {
        let act: Vec<_> = every_phase()
            .into_iter()
            .filter(|phase| headline(phase, Some(&generation()), None, NOW).tone == Tone::Act)
            .map(|phase| phase.as_str())
            .collect();
        assert_eq!(act, ["signed-out", "undetermined", "renewal-failed", "expired"]);
        let renewing = headline(&Phase::Renewing, Some(&generation()), None, NOW);
        assert_eq!(renewing.tone, Tone::Renewing, "renewing is normal");
        let out = headline(&Phase::SignedOut { reason: None }, None, None, NOW);
        assert_eq!(out.tone, Tone::Waiting, "being signed out is no alarm");
    }

    #[test]
    fn signed_in_names_the_person_and_counts_to_the_renewal() {
        let headline = headline(&Phase::SignedIn, Some(&generation()), Some("Ada"), NOW);
        assert_eq!(headline.is, "You are signed in as Ada, and the access token is good.");
        assert_eq!(headline.next, "The page renews it silently in 0:12.");
    }

    #[test]
    fn a_countdown_that_is_over_says_so_and_does_not_go_below_zero() {
        let late = NOW.shifted(600_000);
        assert_eq!(
            headline(&Phase::SignedIn, Some(&generation()), None, late).next,
            "The page is about to renew it silently."
        );
        let counts = counts_to(&Phase::SignedIn, Some(&generation())).expect("counts to the renewal");
        assert_eq!(counts.left(late), Duration::ZERO);
    }

    #[test]
    fn each_phase_counts_to_what_comes_next_in_it() {
        let labels: Vec<_> = every_phase()
            .iter()
            .map(|phase| counts_to(phase, Some(&generation())).map(|countdown| countdown.label))
            .collect();
        let (renews, expires, again) = (Some("renews in"), Some("expires in"), Some("tries again in"));
        assert_eq!(labels, [None, None, None, again, None, None, renews, expires, again, expires, None, again]);
    }

    #[test]
    fn a_refusal_and_a_failure_have_different_words() {
        let word = |code| headline(&Phase::RenewalFailed { error: error(code), retry_at: None }, None, None, NOW).word;
        assert_eq!(word(Code::LoginRequired), "Renewal refused");
        assert_eq!(word(Code::TimedOut), "Renewal failed");
    }

    #[test]
    fn a_second_that_passes_is_no_milestone() {
        for phase in every_phase() {
            let at = |now| milestone(&phase, Some(&generation()), now);
            assert_eq!(at(NOW), at(NOW.shifted(1_000)), "{phase:?}");
        }
        assert_eq!(
            milestone(&Phase::SignedIn, Some(&generation()), NOW),
            Some("Renewed silently: generation 2.".to_owned())
        );
        assert_eq!(milestone(&Phase::Renewing, Some(&generation()), NOW), None);
    }

    #[test]
    fn the_last_minute_is_a_milestone() {
        let phase = Phase::RenewalFailed { error: error(Code::ConsentRequired), retry_at: None };
        let long = Generation { expires_at: NOW.shifted(61_000), ..generation() };
        let said = |now| milestone(&phase, Some(&long), now).unwrap_or_default().contains("Less than a minute");
        assert!(!said(NOW));
        assert!(said(NOW.shifted(1_000)));
    }
}
