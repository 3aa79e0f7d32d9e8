//! Am I affected? Read from tenant log entries: which application exchanges what, how often and until when.
//!
//! ```
//! let entry = serde_json::json!({
//!     "type": "sd", "date": "2018-01-09T10:00:00.000Z", "client_id": "a", "client_name": "Shop",
//!     "details": { "target": "b", "api_type": "app" },
//! });
//! let report = migration::logs::report([&entry]);
//! assert!(report.affected());
//! assert_eq!(report.applications[0].uses[0].targets, ["b"]);
//! ```

mod entry;
mod split;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::{AddOn, ClientType, Exchange, Replacement, replacement};
use entry::Told;
pub use entry::is_entry;
pub use split::{Piece, Place, Splitter, Why};

/// Applications that a report tells apart; the uses of any further ones are put together. Bounds the memory
/// that a file of made-up ids can take.
pub const MOST_APPLICATIONS: usize = 1000;

/// Targets that a use names; further ones are left out.
pub const MOST_TARGETS: usize = 50;

/// What the log entries say about delegation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many log entries were read, of any type.
    pub entries: u64,
    /// Dates of the earliest and latest entry: what happened outside is not seen.
    pub period: Option<Period>,
    /// Calls that the rate limit refused (`limit_delegation`). Such entries name no application.
    pub rate_limited: u64,
    /// Who used delegation or was told that it ends: first those that are affected, each group by name.
    pub applications: Vec<Application>,
}

impl Report {
    /// Whether any application uses what the migration ends.
    #[must_use]
    pub fn affected(&self) -> bool {
        self.applications.iter().any(Application::affected)
    }
}

/// The dates of the first and the last event, as the entries write them (ISO 8601).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The earlier end.
    pub first: String,
    /// The later end.
    pub last: String,
}

/// What one application does at `POST /delegation`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Application {
    /// The client's id; `None` where entries name none.
    pub client_id: Option<String>,
    /// The client's name, as the latest entry has it.
    pub name: Option<String>,
    /// Its exchanges, by kind.
    pub uses: Vec<Use>,
    /// Its deprecation notices. A tenant writes at most one an hour, so their number says little.
    pub notices: Option<Count>,
}

impl Application {
    /// Whether it exchanges what the migration ends, successfully or not, or was told so by a notice.
    #[must_use]
    pub fn affected(&self) -> bool {
        self.notices.is_some() || self.uses.iter().any(|used| used.kind.ends_with_the_migration())
    }
}

/// How often, and between which dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// How many.
    pub count: u64,
    /// When; `None` where no entry has a date.
    pub period: Option<Period>,
}

/// One kind of exchange of one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// What is exchanged.
    pub kind: Kind,
    /// Exchanges that succeeded (`sd`).
    pub succeeded: u64,
    /// Exchanges that were refused (`fd`).
    pub failed: u64,
    /// When; `None` where no entry has a date.
    pub period: Option<Period>,
    /// The clients that tokens were asked for, in alphabetical order.
    pub targets: Vec<String>,
}

/// What was exchanged, as far as log entries say it. Auth0's entries do not tell which of the two tokens was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An ID token for an ID token.
    IdToken,
    /// A refresh token for an ID token.
    RefreshToken,
    /// One of these two for an ID token.
    IdOrRefreshToken,
    /// For whatever the target's first add-on gives, or an ID token if it has none: the request named no `api_type`.
    NoApiType,
    /// For a third party's token.
    AddOn(AddOn),
    /// For a type that this crate does not know.
    Other,
}

impl Kind {
    /// Whether the migration ends it. A request without `api_type` counts: on a client without add-ons it is one for
    /// an ID token.
    #[must_use]
    pub const fn ends_with_the_migration(self) -> bool {
        !matches!(self, Self::AddOn(_) | Self::Other)
    }

    /// In words, for a table.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::IdToken => Exchange::IdToken.in_words(),
            Self::RefreshToken => Exchange::RefreshToken.in_words(),
            Self::IdOrRefreshToken => "an ID or refresh token for an ID token",
            Self::NoApiType => "no api_type: for the target's add-on, or an ID token if it has none",
            Self::AddOn(_) => Exchange::AddOn.in_words(),
            Self::Other => "for a type of token that is not documented",
        }
    }

    /// What to do for a client of this type.
    #[must_use]
    pub const fn replacement(self, client: ClientType) -> Replacement {
        let exchange = match self {
            Self::RefreshToken => Exchange::RefreshToken,
            Self::IdToken | Self::IdOrRefreshToken | Self::NoApiType => Exchange::IdToken,
            Self::AddOn(_) | Self::Other => Exchange::AddOn,
        };
        replacement(exchange, client)
    }
}

/// Reads log entries: Auth0's exports and API answers, its log streams (`data` around the entry), and this
/// project's own tenant. What is no log entry ([`is_entry`]) counts for nothing.
pub fn report<'a>(entries: impl IntoIterator<Item = &'a Value>) -> Report {
    let mut tally = Tally::default();
    for entry in entries {
        tally.add(entry);
    }
    tally.finish()
}

/// Counts entries as they come, so that a file need not be in memory.
#[derive(Debug, Default)]
pub struct Tally {
    entries: u64,
    period: Option<Period>,
    rate_limited: u64,
    applications: BTreeMap<Option<String>, Application>,
}

impl Tally {
    /// Takes one entry; false if it is none.
    pub fn add(&mut self, value: &Value) -> bool {
        let Some(entry) = entry::unwrapped(value) else { return false };
        let told = entry::read(entry);
        self.entries += 1;
        extend(&mut self.period, told.date);
        match told.says {
            Told::Nothing => {}
            Told::RateLimited => self.rate_limited += 1,
            Told::Notice => {
                let application = self.application(told.client_id, told.client_name);
                let notices = application.notices.get_or_insert(Count { count: 0, period: None });
                notices.count += 1;
                extend(&mut notices.period, told.date);
            }
            Told::Exchange { kind, succeeded, target } => {
                let used = self.application(told.client_id, told.client_name).used(kind);
                *(if succeeded { &mut used.succeeded } else { &mut used.failed }) += 1;
                extend(&mut used.period, told.date);
                if let Some(target) = target
                    && used.targets.len() < MOST_TARGETS
                    && let Err(place) = used.targets.binary_search_by(|known| known.as_str().cmp(target))
                {
                    used.targets.insert(place, target.to_owned());
                }
            }
        }
        true
    }

    /// The report over everything added.
    #[must_use]
    pub fn finish(self) -> Report {
        let mut applications: Vec<_> = self.applications.into_values().collect();
        for application in &mut applications {
            application.uses.sort_by_key(|used| used.kind);
        }
        applications.sort_by(|a, b| {
            let key = |application: &Application| {
                (!application.affected(), application.name.clone(), application.client_id.clone())
            };
            key(a).cmp(&key(b))
        });
        Report { entries: self.entries, period: self.period, rate_limited: self.rate_limited, applications }
    }

    fn application(&mut self, client_id: Option<&str>, name: Option<&str>) -> &mut Application {
        let mut id = client_id.map(ToOwned::to_owned);
        let mut name = name.map(ToOwned::to_owned);
        if self.applications.len() >= MOST_APPLICATIONS && !self.applications.contains_key(&id) {
            (id, name) = (None, Some(format!("more than {MOST_APPLICATIONS} applications: the others")));
        }
        let application = self.applications.entry(id.clone()).or_default();
        application.client_id = id;
        application.name = name.or(application.name.take());
        application
    }
}

impl Application {
    fn used(&mut self, kind: Kind) -> &mut Use {
        let place = self.uses.iter().position(|used| used.kind == kind).unwrap_or_else(|| {
            self.uses.push(Use { kind, succeeded: 0, failed: 0, period: None, targets: Vec::new() });
            self.uses.len() - 1
        });
        &mut self.uses[place]
    }
}

/// Widens a period. Dates of one tenant are all written alike, so that they compare as text.
fn extend(period: &mut Option<Period>, date: Option<&str>) {
    let Some(date) = date else { return };
    match period {
        None => *period = Some(Period { first: date.to_owned(), last: date.to_owned() }),
        Some(period) if date < period.first.as_str() => date.clone_into(&mut period.first),
        Some(period) if date > period.last.as_str() => date.clone_into(&mut period.last),
        Some(_) => {}
    }
}
