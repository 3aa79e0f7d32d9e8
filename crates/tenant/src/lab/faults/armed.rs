//! Which faults are armed, for whom, how often they fire, and which did of late. In memory alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::catalogue::{CATALOGUE, named};
use super::{Endpoint, Fault, Has, How, Trouble};
use crate::clock::Timestamp;
use crate::keys::{self, KeyAlg, SigningKey};
use crate::params::Params;
use crate::secret::Hash;

/// How many faults may be armed at once.
pub(super) const MOST_ARMED: usize = 100;
/// How many of those that fired are told.
const FIRED_KEPT: usize = 50;
/// How many codes are remembered with the tab or the fault of their request.
const MARKS_KEPT: usize = 1000;
/// How long a slow answer waits unless said, in milliseconds.
pub(super) const SLOW: u64 = 3000;

/// A fault that waits for its answer.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Armed {
    id: u64,
    #[serde(flatten)]
    pub target: Target,
    /// How often it has fired.
    used: u32,
}

/// Which answers an armed fault is for: those for which all that is named holds.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Target {
    #[serde(rename = "name", serialize_with = "name_of")]
    pub fault: &'static Fault,
    pub client_id: Option<String>,
    /// The `user_id`.
    pub user: Option<String>,
    pub tab: Option<String>,
    /// How often it fires.
    pub uses: u32,
    /// How long a slow answer waits.
    pub milliseconds: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn name_of<S: serde::Serializer>(fault: &&'static Fault, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(fault.name)
}

/// A request whose answer is ready, as far as it is known.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub endpoint: Endpoint,
    /// The client; where none is named, those that may ask from the page's origin.
    pub clients: &'a [&'a str],
    pub user_id: Option<&'a str>,
    pub mark: &'a Mark,
}

/// What a request says of itself to the lab: `lab_tab` and `lab_fault`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark {
    pub tab: Option<String>,
    pub fault: Option<String>,
}

impl Mark {
    /// What the parameters of a request say.
    pub(crate) fn of(params: &Params) -> Self {
        let text = |name: &str| params.get(name).map(|text| text.chars().take(200).collect());
        Self { tab: text("lab_tab"), fault: text("lab_fault") }
    }

    /// Whether there is nothing to remember.
    pub(crate) fn is_empty(&self) -> bool {
        self.tab.is_none() && self.fault.is_none()
    }

    /// What this one lacks, from an earlier request.
    pub(crate) fn or(self, earlier: Self) -> Self {
        Self { tab: self.tab.or(earlier.tab), fault: self.fault.or(earlier.fault) }
    }
}

/// A fault that is used now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chosen {
    pub fault: &'static Fault,
    milliseconds: u64,
}

impl Chosen {
    /// What it does on the way to the client, and in which words, if it is about that.
    pub(crate) fn trouble(self) -> Option<(Trouble, String)> {
        match self.fault.how {
            How::Wire(wire) => Some(Trouble::new(wire, self.milliseconds)),
            _ => None,
        }
    }
}

/// A fault that fired.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fired {
    pub name: &'static str,
    pub endpoint: Endpoint,
    pub state: Option<String>,
    pub client_id: Option<String>,
    /// ISO 8601.
    pub at: String,
    /// What was done to the answer, in words, without secrets.
    pub did: String,
}

/// The faults of a tenant.
#[derive(Default)]
pub(crate) struct Faults {
    state: Mutex<State>,
    stranger: OnceCell<Arc<SigningKey>>,
}

#[derive(Default)]
struct State {
    latest_id: u64,
    armed: Vec<Armed>,
    fired: VecDeque<Fired>,
    marks: VecDeque<(Hash, Mark)>,
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody panics while holding the faults")
    }

    /// Whether nothing is armed.
    pub(crate) fn is_idle(&self) -> bool {
        self.state().armed.is_empty()
    }

    /// Arms a fault; false if there are too many.
    pub(super) fn arm(&self, target: Target) -> bool {
        let mut state = self.state();
        if state.armed.len() >= MOST_ARMED {
            return false;
        }
        state.latest_id += 1;
        let id = state.latest_id;
        state.armed.push(Armed { id, target, used: 0 });
        true
    }

    /// Disarms all.
    pub(super) fn clear(&self) {
        self.state().armed.clear();
    }

    /// The fault for an answer, one use of which is then spent: the one that the request names itself, else the first one
    /// armed that is for it.
    pub(crate) fn choose(&self, asked: &Asked<'_>, has: &Has) -> Option<Chosen> {
        let fits = |fault: &Fault| {
            // An ID token is one wherever it is given out.
            let here = fault.endpoint == asked.endpoint
                || (matches!(fault.how, How::IdToken(_)) && asked.endpoint == Endpoint::Authorize);
            here && fault.needs.met_by(has)
        };
        if let Some(fault) = asked.mark.fault.as_deref().and_then(named).filter(|fault| fits(fault)) {
            return Some(Chosen { fault, milliseconds: SLOW });
        }
        let mut state = self.state();
        let index = state.armed.iter().position(|armed| fits(armed.target.fault) && armed.target.is_for(asked))?;
        let armed = &mut state.armed[index];
        armed.used += 1;
        let chosen = Chosen { fault: armed.target.fault, milliseconds: armed.target.milliseconds.unwrap_or(SLOW) };
        if armed.used == armed.target.uses {
            state.armed.remove(index);
        }
        Some(chosen)
    }

    /// Tells of a fault that fired.
    pub(crate) fn fired(&self, fired: Fired) {
        let mut state = self.state();
        state.fired.truncate(FIRED_KEPT - 1);
        state.fired.push_front(fired);
    }

    /// Remembers what the request said that a code was issued for.
    pub(crate) fn remember(&self, code: Hash, mark: Mark) {
        let mut state = self.state();
        state.marks.truncate(MARKS_KEPT - 1);
        state.marks.push_front((code, mark));
    }

    /// What was remembered with a code.
    pub(crate) fn recall(&self, code: &Hash) -> Option<Mark> {
        self.state().marks.iter().find(|(known, _)| known == code).map(|(_, mark)| mark.clone())
    }

    /// A key that the tenant does not publish: the same one as long as it runs.
    pub(super) async fn stranger(&self, now: Timestamp) -> Arc<SigningKey> {
        let make = || async {
            let pem = tokio::task::spawn_blocking(keys::generate).await.expect("making a key does not panic");
            Arc::new(SigningKey::from_pem(KeyAlg::Rs256, &pem, now).expect("a fresh key is readable"))
        };
        Arc::clone(self.stranger.get_or_init(make).await)
    }

    /// The catalogue, what is armed, and what fired, the latest first.
    pub(super) fn describe(&self) -> Value {
        let state = self.state();
        json!({ "faults": CATALOGUE.iter().copied().flatten().collect::<Vec<_>>(), "armed": state.armed, "fired": state.fired })
    }
}

impl Target {
    fn is_for(&self, asked: &Asked<'_>) -> bool {
        self.client_id.as_deref().is_none_or(|client_id| asked.clients.contains(&client_id))
            && self.user.as_deref().is_none_or(|user| asked.user_id == Some(user))
            && self.tab.as_deref().is_none_or(|tab| asked.mark.tab.as_deref() == Some(tab))
    }
}
