//! Limits guesses at passwords: for each account and network, and more loosely for each network and each account alone.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

use axum::http::{HeaderValue, StatusCode};
use jiff::SignedDuration;

use crate::clock::Timestamp;
use crate::error::ApiError;

/// More counters than this are not kept: the oldest go, so that nobody can fill the memory.
const REMEMBERED: usize = 10_000;

/// Who tries to sign in.
pub(crate) struct Who<'a> {
    /// The name of the account as it was typed; there need not be one.
    pub account: &'a str,
    /// The network address that it comes from.
    pub address: &'a str,
    /// The browser's own mark, if somebody signed in to this account with it before (`device.rs`).
    pub device: Option<&'a str>,
}

/// What is counted. Each has its limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Counter {
    /// One account, from one network: Auth0's Brute-force Protection, ten failures.
    Pair(String, String),
    /// One account, in a browser that has signed in to it before. Such a browser is judged by this counter alone, so that
    /// no stranger closes the account to its owner (OWASP, Slow Down Online Guessing Attacks with Device Cookies).
    Device(String, String),
    /// One network, whatever the account: Auth0's Suspicious IP Throttling, a hundred failures. It stops who tries one
    /// password on many accounts.
    Network(String),
    /// One account, whatever the network (NIST SP 800-63B 5.2.2: no more than a hundred). One network alone, at ten in
    /// fifteen minutes, never gets there.
    Account(String),
}

impl Counter {
    /// So many failures within so long, and no more attempts are made until that time is over.
    const fn limit(&self) -> (u32, SignedDuration) {
        match self {
            Self::Pair(..) | Self::Device(..) => (10, SignedDuration::from_mins(15)),
            Self::Network(_) | Self::Account(_) => (100, SignedDuration::from_hours(1)),
        }
    }

    const fn closed(&self) -> Closed {
        match self {
            Self::Pair(..) | Self::Device(..) => Closed::Pair,
            Self::Network(_) => Closed::Network,
            Self::Account(_) => Closed::Account,
        }
    }
}

/// What is closed to whoever tried too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    /// This account to this network, or to this browser.
    Pair,
    /// Every account to this network.
    Network,
    /// This account to every browser that has not signed in to it before.
    Account,
}

impl Closed {
    /// What the user reads. Whether there is such an account is not said.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Pair => "Too many failed attempts for this account. Wait 15 minutes, then try again.",
            Self::Network => "Too many failed attempts from this network. Wait an hour, then try again.",
            Self::Account => {
                "Too many failed attempts for this account, from many places. Sign in with a browser that you have \
                 signed in with before, or wait an hour."
            }
        }
    }
}

/// An attempt that is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub closed: Closed,
    /// Until when.
    pub opens_in: SignedDuration,
}

impl Refused {
    /// The value of `Retry-After` (RFC 9110 10.2.3): whole seconds, rounded up.
    pub(crate) fn retry_after(self) -> HeaderValue {
        HeaderValue::from(self.opens_in.as_secs() + i64::from(self.opens_in.subsec_nanos() > 0))
    }

    /// The answer of an endpoint that has this code for it.
    pub(crate) fn into_error(self, code: &'static str) -> ApiError {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, code, self.closed.words()).retrying_after(self.retry_after())
    }
}

/// Failed attempts, in memory: a restart forgives.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<Counter, Count>>);

struct Count {
    failures: u32,
    since: Timestamp,
}

impl Attempts {
    /// Counts an attempt as failed until [`Attempts::succeeded`] says otherwise, so that attempts made at the
    /// same time count too. One that is refused is not counted.
    pub(crate) fn begin(&self, who: &Who<'_>, now: Timestamp) -> Result<(), Refused> {
        let mut all = self.0.lock().expect("nobody panics while holding the attempts");
        let counters = who.counters();
        for counter in &counters {
            let (most, lasts) = counter.limit();
            if let Some(count) = all.get(counter)
                && count.failures >= most
                && now.duration_since(count.since) < lasts
            {
                let opens_in = lasts - now.duration_since(count.since);
                return Err(Refused { closed: counter.closed(), opens_in });
            }
        }
        for counter in counters {
            make_room(&mut all, &counter, now);
            let (_, lasts) = counter.limit();
            let count = all.entry(counter).or_insert(Count { failures: 0, since: now });
            if now.duration_since(count.since) >= lasts {
                *count = Count { failures: 0, since: now };
            }
            count.failures += 1;
        }
        Ok(())
    }

    /// Takes the attempt back that [`Attempts::begin`] counted. Who knows the password is forgiven earlier mistakes, but
    /// not those made on other accounts or in other places: signing in to an account of one's own buys no guesses.
    pub(crate) fn succeeded(&self, who: &Who<'_>) {
        let mut all = self.0.lock().expect("nobody panics while holding the attempts");
        for counter in who.counters() {
            match counter.closed() {
                Closed::Pair => drop(all.remove(&counter)),
                Closed::Network | Closed::Account => {
                    if let Some(count) = all.get_mut(&counter) {
                        count.failures = count.failures.saturating_sub(1);
                    }
                }
            }
        }
    }
}

impl Who<'_> {
    fn counters(&self) -> Vec<Counter> {
        let account = account_name(self.account);
        if let Some(device) = self.device {
            return vec![Counter::Device(account, device.to_owned())];
        }
        let network = network(self.address);
        vec![Counter::Pair(account.clone(), network.clone()), Counter::Network(network), Counter::Account(account)]
    }
}

/// An account's name as it counts: in any case, and cut, so that nobody fills the memory with one.
pub(crate) fn account_name(typed: &str) -> String {
    typed.trim().to_lowercase().chars().take(256).collect()
}

/// The part of an address that one subscriber has: all of an IPv4 address, the upper half of an IPv6 address, whose lower
/// half names a machine (RFC 4291 2.5.1).
pub(crate) fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(v6)) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).to_string(),
        _ => address.to_owned(),
    }
}

fn make_room(all: &mut HashMap<Counter, Count>, for_this: &Counter, now: Timestamp) {
    if all.len() < REMEMBERED || all.contains_key(for_this) {
        return;
    }
    all.retain(|counter, count| now.duration_since(count.since) < counter.limit().1);
    while all.len() >= REMEMBERED
        && let Some(oldest) = all.iter().min_by_key(|(_, count)| count.since).map(|(counter, _)| counter.clone())
    {
        all.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn who<'a>(account: &'a str, address: &'a str) -> Who<'a> {
        Who { account, address, device: None }
    }

    /// How many attempts fail before one is refused, and what is closed then.
    fn until_refused(attempts: &Attempts, mut who: impl FnMut(usize) -> (String, String)) -> (usize, Closed) {
        (0..1000)
            .find_map(|made| {
                let (account, address) = who(made);
                let refused = attempts.begin(&self::who(&account, &address), NOW).err()?;
                Some((made, refused.closed))
            })
            .expect("some attempt is refused")
    }

    #[test]
    fn a_network_has_ten_for_an_account_and_a_hundred_for_all() {
        let attempts = Attempts::default();
        let ada = |_| ("ada".to_owned(), "192.0.2.1".to_owned());
        assert_eq!(until_refused(&attempts, ada), (10, Closed::Pair));
        let anybody = |made| (format!("user {made}"), "192.0.2.1".to_owned());
        assert_eq!(until_refused(&attempts, anybody), (90, Closed::Network));
        assert_eq!(attempts.begin(&who("grace", "192.0.2.2"), NOW), Ok(()), "another network is open");
    }

    #[test]
    fn the_same_account_is_known_however_it_is_written_and_the_same_network_by_its_half() {
        let attempts = Attempts::default();
        let written = |made: usize| (["ada", " ADA ", "Ada"][made % 3].to_owned(), format!("2001:db8::{made:x}"));
        assert_eq!(until_refused(&attempts, written), (10, Closed::Pair));
        assert_eq!(attempts.begin(&who("ada", "2001:db8:0:1::"), NOW), Ok(()), "another subscriber");
    }

    #[test]
    fn many_networks_together_have_a_hundred_for_an_account_and_its_own_device_stays_in() {
        let attempts = Attempts::default();
        let from_anywhere = |made| ("ada".to_owned(), format!("192.0.2.{}", made / 5));
        assert_eq!(until_refused(&attempts, from_anywhere), (100, Closed::Account));
        let own = Who { device: Some("mine"), ..who("ada", "192.0.2.1") };
        for _ in 0..10 {
            assert_eq!(attempts.begin(&own, NOW), Ok(()));
        }
        assert_eq!(attempts.begin(&own, NOW).map_err(|refused| refused.closed), Err(Closed::Pair), "not for ever");
    }

    /// At ten in fifteen minutes one network makes forty in an hour: it never closes the account to other networks.
    #[test]
    fn one_network_closes_an_account_to_nobody_else() {
        let attempts = Attempts::default();
        for minute in 0..24 * 60 {
            let _ = attempts.begin(&who("ada", "192.0.2.1"), NOW + SignedDuration::from_mins(minute));
            let at = NOW + SignedDuration::from_mins(minute) + SignedDuration::from_secs(1);
            let owner = who("ada", "192.0.2.2");
            assert_eq!(attempts.begin(&owner, at), Ok(()), "minute {minute}");
            attempts.succeeded(&owner);
        }
    }

    #[test]
    fn it_opens_again_when_it_says_so() {
        for (account, limit) in [("ada", 15 * 60), ("user", 60 * 60)] {
            let attempts = Attempts::default();
            let name = |made| if account == "ada" { "ada".to_owned() } else { format!("user {made}") };
            until_refused(&attempts, |made| (name(made), "192.0.2.1".to_owned()));
            let later = |seconds| {
                let at = NOW + SignedDuration::from_secs(seconds);
                attempts.begin(&who(account, "192.0.2.1"), at)
            };
            let refused = later(limit - 1).expect_err("a second too early");
            assert_eq!(refused.opens_in, SignedDuration::from_secs(1));
            assert_eq!(later(limit), Ok(()));
        }
    }

    #[test]
    fn a_success_forgives_its_own_account_and_network_alone() {
        let attempts = Attempts::default();
        let own = who("mallory", "192.0.2.1");
        for made in 0..100 {
            assert_eq!(attempts.begin(&own, NOW), Ok(()), "it is never closed to who knows the password");
            attempts.succeeded(&own);
            let _ = attempts.begin(&who(&format!("user {}", made % 20), "192.0.2.1"), NOW);
        }
        assert_eq!(attempts.begin(&own, NOW).map_err(|refused| refused.closed), Err(Closed::Network));
    }

    #[test]
    fn nobody_fills_the_memory() {
        let attempts = Attempts::default();
        for made in 0..REMEMBERED {
            let _ = attempts.begin(&who(&format!("user {made}"), &format!("network {made}")), NOW);
        }
        assert_eq!(attempts.0.lock().expect("unpoisoned").len(), REMEMBERED);
    }
}
