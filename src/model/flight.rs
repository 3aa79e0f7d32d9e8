//! Records grouped into flights: one request from its first step to its answer, as rows of a sequence diagram.

use core::time::Duration;
use std::sync::Arc;

use silent_auth::protocol::record::{Outcome, Parameter, Party, Record, Step};
use silent_auth::protocol::time::Timestamp;

use super::phase::Tone;

/// The place of a party in the diagram, counted from the left.
#[must_use]
pub const fn lane(party: Party) -> u8 {
    match party {
        Party::Page => 0,
        Party::Frame => 1,
        Party::Tenant => 2,
        Party::OtherTab => 3,
    }
}

/// A party's name.
#[must_use]
pub const fn name(party: Party) -> &'static str {
    match party {
        Party::Page => "Page",
        Party::Frame => "Hidden frame",
        Party::Tenant => "Tenant",
        Party::OtherTab => "Other tab",
    }
}

/// One arrow of the diagram, or one note where both lanes are the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The record's id.
    pub id: u64,
    /// Who acts.
    pub from: Party,
    /// On whom.
    pub to: Party,
    /// What happened, in one sentence.
    pub sentence: &'static str,
    /// Method and address, status, or another short fact; may be empty.
    pub detail: String,
    /// What travelled, secrets covered.
    pub parameters: Vec<Parameter>,
    /// The time since the step before it in this flight; `None` for the first.
    pub took: Option<Duration>,
    /// How it ended.
    pub outcome: Outcome,
    /// The colour of its stop, if it failed.
    pub stop: Option<Tone>,
}

/// One request from its first step to its last.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// Its number.
    pub number: u64,
    /// When it began.
    pub began: Timestamp,
    /// From its first step to its last so far.
    pub took: Duration,
    /// Whether it failed, brought tokens, or is still under way.
    pub state: State,
    /// Its steps, oldest first.
    pub rows: Vec<Row>,
}

/// How a flight stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The last word is not spoken.
    UnderWay,
    /// New tokens are in use.
    Done,
    /// It failed.
    Failed,
}

impl State {
    /// The state in words.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::UnderWay => "under way",
            Self::Done => "done",
            Self::Failed => "refused or failed",
        }
    }
}

impl Flight {
    /// Whether another tab takes part.
    #[must_use]
    pub fn has_other_tab(&self) -> bool {
        self.rows.iter().any(|row| row.from == Party::OtherTab || row.to == Party::OtherTab)
    }
}

/// The newest flight in `records`, which are oldest first; `None` before the first request.
#[must_use]
pub fn latest(records: &[Arc<Record>]) -> Option<Flight> {
    let number = records.iter().rev().map(|record| record.flight).find(|&flight| flight != 0)?;
    flight(records, number)
}

/// The newest flight that went through a hidden frame: a silent request.
#[must_use]
pub fn latest_silent(records: &[Arc<Record>]) -> Option<Flight> {
    let opened = records.iter().rev().find(|record| record.step == Step::FrameOpened)?;
    flight(records, opened.flight)
}

/// The flight of this number in `records`; `None` if none of its steps is there.
#[must_use]
pub fn flight(records: &[Arc<Record>], number: u64) -> Option<Flight> {
    let steps: Vec<_> = records.iter().filter(|record| record.flight == number).collect();
    let (first, last) = (steps.first()?, steps.last()?);
    let state = steps.iter().rev().find_map(|record| match (record.step, record.outcome) {
        (Step::TokensReplaced, Outcome::Done) => Some(State::Done),
        (Step::SignedOut | Step::SessionEnded, _) | (_, Outcome::Failed) => Some(State::Failed),
        _ => None,
    });
    let rows = steps.iter().enumerate().map(|(index, record)| {
        let before = index.checked_sub(1).map(|before| steps[before].at);
        row(record, before)
    });
    Some(Flight {
        number,
        began: first.at,
        took: last.at.since(first.at),
        state: state.unwrap_or(State::UnderWay),
        rows: rows.collect(),
    })
}

fn row(record: &Record, before: Option<Timestamp>) -> Row {
    let (from, to) = record.step.parties();
    let stop = (record.outcome == Outcome::Failed).then(|| record.error.as_ref().map_or(Tone::Trouble, Tone::of));
    Row {
        id: record.id,
        from,
        to,
        sentence: record.step.sentence(),
        detail: record.detail.clone(),
        parameters: record.parameters.clone(),
        took: before.map(|before| record.at.since(before)),
        outcome: record.outcome,
        stop,
    }
}

/// What the hidden frame did when it was last there.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameVisit {
    /// The number of its flight.
    pub flight: u64,
    /// The address it was given, without parameters.
    pub address: String,
    /// The parameters of that address.
    pub asked: Vec<Parameter>,
    /// What its message said; `None` if it sent none, or has not yet.
    pub message: Option<Vec<Parameter>>,
    /// How long it was in the page; `None` while it still is.
    pub stayed: Option<Duration>,
}

/// The latest visit of a hidden frame; `None` if there was none.
#[must_use]
pub fn last_visit(records: &[Arc<Record>]) -> Option<FrameVisit> {
    let start = records.iter().rposition(|record| record.step == Step::FrameOpened)?;
    let opened = &records[start];
    let later = || records[start..].iter().filter(|record| record.flight == opened.flight);
    let message = later().find(|record| record.step == Step::MessageReceived);
    let gone = message.or_else(|| later().find(|record| record.outcome == Outcome::Failed));
    Some(FrameVisit {
        flight: opened.flight,
        address: opened.detail.clone(),
        asked: opened.parameters.clone(),
        message: message.map(|record| record.parameters.clone()),
        stayed: gone.map(|record| record.at.since(opened.at)),
    })
}

/// A kind of records, to look at alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// All of them.
    #[default]
    Everything,
    /// What went to the tenant or came from it.
    Tenant,
    /// What the hidden frame did.
    Frame,
    /// What the page decided by itself.
    Page,
    /// What went between tabs.
    Tabs,
    /// What failed, or was ignored on purpose.
    Problems,
}

impl Kind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 6] = [Self::Everything, Self::Tenant, Self::Frame, Self::Page, Self::Tabs, Self::Problems];

    /// The kind's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everything => "Everything",
            Self::Tenant => "Tenant",
            Self::Frame => "Hidden frame",
            Self::Page => "This page",
            Self::Tabs => "Other tabs",
            Self::Problems => "Problems",
        }
    }

    /// Whether `record` is of this kind.
    #[must_use]
    pub fn holds(self, record: &Record) -> bool {
        let (from, to) = record.step.parties();
        let takes_part = |party| from == party || to == party;
        match self {
            Self::Everything => true,
            Self::Tenant => takes_part(Party::Tenant),
            Self::Frame => takes_part(Party::Frame),
            Self::Page => from == Party::Page && to == Party::Page,
            Self::Tabs => takes_part(Party::OtherTab),
            Self::Problems => record.outcome != Outcome::Done,
        }
    }
}

#[cfg(test)]
mod tests {
    use silent_auth::protocol::error::{AuthError, Code};

    use super::*;

    fn record(id: u64, flight: u64, step: Step) -> Record {
        let at = Timestamp::from_millis(1_000 + i64::try_from(id).unwrap_or(0) * 10);
        Record {
            id,
            at,
            flight,
            generation: 1,
            step,
            outcome: Outcome::Done,
            detail: step.as_str().to_owned(),
            parameters: vec![Parameter::new("prompt", "none")],
            error: None,
            state: None,
            source: "src/protocol/lifecycle.rs",
        }
    }

    fn records(steps: &[(u64, Step)]) -> Vec<Arc<Record>> {
        (1..).zip(steps).map(|(id, &(flight, step))| Arc::new(record(id, flight, step))).collect()
    }

    fn failed(mut record: Record, code: Code) -> Arc<Record> {
        record.outcome = Outcome::Failed;
        record.error = Some(AuthError::new(code));
        Arc::new(record)
    }

    #[test]
    fn the_latest_flight_has_its_own_steps_alone() {
        let records = records(&[
            (1, Step::FrameOpened),
            (1, Step::TokensReplaced),
            (2, Step::RenewalDue),
            (2, Step::FrameOpened),
            (0, Step::TokensShared),
        ]);
        let flight = latest(&records).expect("a flight");
        assert_eq!((flight.number, flight.rows.len(), flight.state), (2, 2, State::UnderWay));
        assert_eq!(latest(&[]), None);
        assert_eq!(flight.rows[0].took, None);
        assert_eq!(flight.rows[1].took, Some(Duration::from_millis(10)));
    }

    #[test]
    fn a_flight_that_brought_tokens_is_done() {
        let records = records(&[
            (3, Step::FrameOpened),
            (3, Step::MessageIgnored),
            (3, Step::TokensReplaced),
            (3, Step::TokensAnnounced),
        ]);
        let flight = latest_silent(&records).expect("a flight");
        assert_eq!(flight.state, State::Done);
        assert_eq!(flight.took, Duration::from_millis(30));
        assert!(flight.has_other_tab());
    }

    #[test]
    fn a_refused_step_has_a_stop_and_fails_the_flight() {
        let mut records = records(&[(1, Step::FrameOpened), (1, Step::MessageReceived)]);
        records.push(failed(record(3, 1, Step::Failed), Code::LoginRequired));
        let flight = latest(&records).expect("a flight");
        assert_eq!(flight.state, State::Failed);
        assert_eq!(flight.rows.iter().map(|row| row.stop).collect::<Vec<_>>(), [None, None, Some(Tone::Act)]);
        let waits = failed(record(4, 2, Step::Failed), Code::TimedOut);
        assert_eq!(latest(&[waits]).expect("a flight").rows[0].stop, Some(Tone::Trouble), "nobody has to act");
    }

    #[test]
    fn a_sign_in_is_not_a_silent_flight() {
        let records = records(&[(1, Step::FrameOpened), (2, Step::CallbackReceived), (2, Step::TokensReplaced)]);
        assert_eq!(latest(&records).map(|flight| flight.number), Some(2));
        assert_eq!(latest_silent(&records).map(|flight| flight.number), Some(1));
    }

    #[test]
    fn a_frame_is_in_the_page_until_its_message_came() {
        let mut steps = records(&[(1, Step::FrameOpened), (1, Step::FrameLoaded)]);
        let visit = last_visit(&steps).expect("a visit");
        assert_eq!((visit.message, visit.stayed), (None, None));
        steps.push(Arc::new(record(3, 1, Step::MessageReceived)));
        steps.push(Arc::new(record(4, 1, Step::TokensReceived)));
        let visit = last_visit(&steps).expect("a visit");
        assert_eq!(visit.stayed, Some(Duration::from_millis(20)));
        assert!(visit.message.is_some_and(|message| !message.is_empty()));
    }

    #[test]
    fn a_silent_frame_is_gone_with_its_failure() {
        let mut steps = records(&[(1, Step::FrameOpened)]);
        steps.push(failed(record(2, 1, Step::Failed), Code::FrameSilent));
        let visit = last_visit(&steps).expect("a visit");
        assert_eq!((visit.message, visit.stayed), (None, Some(Duration::from_millis(10))));
    }

    #[test]
    fn each_kind_holds_what_its_name_says() {
        let holds = |kind: Kind, step| kind.holds(&record(1, 1, step));
        assert!(holds(Kind::Tenant, Step::CodeExchanged) && !holds(Kind::Tenant, Step::MessageReceived));
        assert!(holds(Kind::Frame, Step::MessageReceived) && !holds(Kind::Frame, Step::CodeExchanged));
        assert!(holds(Kind::Page, Step::RenewalDue) && !holds(Kind::Page, Step::TokensShared));
        assert!(holds(Kind::Tabs, Step::TokensShared) && !holds(Kind::Tabs, Step::RenewalDue));
        assert!(!holds(Kind::Problems, Step::Failed), "the outcome decides, not the name");
        assert!(Kind::Problems.holds(&failed(record(1, 1, Step::Failed), Code::TimedOut)));
        assert!(holds(Kind::Everything, Step::Expired));
    }
}
