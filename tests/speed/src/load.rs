//! The load: so many connections, each with one request on its way at a time, and every answer looked at.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::connection::{Answer, Connection};
use crate::failure::Failure;
use crate::target::{ResponseMode, Target, code, has_access_token, member};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// A silent authorization request of somebody who is signed in, that ends in a code.
    Silent(ResponseMode),
    /// The exchange of a code for an access token, an ID token and a refresh token.
    Exchange,
    /// The exchange of a refresh token for the same, with rotation.
    Refresh,
    /// An access token for a client itself.
    ClientCredentials,
}

impl Job {
    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent(ResponseMode::Query) => "silent /authorize",
            Self::Silent(ResponseMode::WebMessage) => "silent, web_message",
            Self::Exchange => "code exchange",
            Self::Refresh => "refresh",
            Self::ClientCredentials => "client credentials",
        }
    }
}

/// How long, or how many.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many connections.
    pub connections: usize,
    /// How long requests are begun.
    pub period: Duration,
    /// How many codes are prepared for an exchange: it ends early when they are used up.
    pub codes: usize,
}

/// What one run came to.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How long each answer took, in microseconds.
    pub micros: Vec<u32>,
    /// From the first request to the last answer.
    pub wall: Duration,
    /// Answers that were not what they had to be.
    pub wrong: usize,
    /// The first of those.
    pub first_wrong: Option<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.wrong += other.wrong;
        self.first_wrong = self.first_wrong.take().or(other.first_wrong);
    }

    fn miss(&mut self, what: String) {
        self.wrong += 1;
        self.first_wrong.get_or_insert(what);
    }
}

/// The requests of one connection.
enum Requests {
    /// The same one again and again.
    Same(Vec<u8>),
    /// Prepared ones, shared among the connections.
    Prepared(Arc<Mutex<Vec<Vec<u8>>>>),
    /// Each is made of the refresh token that the answer before brought.
    Chain(Vec<u8>),
}

/// Prepares what `job` needs (codes and refresh tokens, by requests that are not measured), then runs it.
///
/// # Errors
/// When the preparation fails. What goes wrong after that is in the tally.
pub async fn run(target: &Arc<Target>, job: Job, size: Size) -> Result<Tally, Failure> {
    run_from(target, job, size, || ()).await
}

/// The same; `at_start` is called when everything is prepared and the first request is about to go out.
///
/// # Errors
/// As [`run`].
pub async fn run_from(target: &Arc<Target>, job: Job, size: Size, at_start: impl FnOnce()) -> Result<Tally, Failure> {
    let prepared = prepare(target, job, size).await?;
    let mut connections = Vec::new();
    for _ in 0..size.connections {
        connections.push(open(target).await?);
    }
    at_start();
    let start = Instant::now();
    let end = start + size.period;
    let mut workers = JoinSet::new();
    for (connection, requests) in connections.into_iter().zip(prepared) {
        workers.spawn(work(Arc::clone(target), connection, job, requests, end));
    }
    let mut tally = Tally::default();
    while let Some(part) = workers.join_next().await {
        tally.add(part.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())));
    }
    tally.wall = start.elapsed();
    Ok(tally)
}

async fn prepare(target: &Arc<Target>, job: Job, size: Size) -> Result<Vec<Requests>, Failure> {
    let each = 0..size.connections;
    Ok(match job {
        Job::Silent(mode) => each.map(|index| Requests::Same(target.silent(index, mode))).collect(),
        Job::ClientCredentials => each.map(|_| Requests::Same(target.client_credentials())).collect(),
        Job::Exchange => {
            let codes = codes(target, size.codes).await?;
            let requests = Arc::new(Mutex::new(codes.iter().map(|code| target.exchange(code)).collect()));
            each.map(|_| Requests::Prepared(Arc::clone(&requests))).collect()
        }
        Job::Refresh => {
            let mut connection = open(target).await?;
            let mut chains = Vec::new();
            for code in codes(target, size.connections).await? {
                let answer = ask(target, &mut connection, &target.exchange(&code)).await?;
                let found =
                    member(&answer, "refresh_token").ok_or_else(|| unexpected(target, "a refresh token", &answer))?;
                chains.push(Requests::Chain(target.refresh(found)));
            }
            chains
        }
    })
}

/// Gets so many codes by silent requests.
async fn codes(target: &Arc<Target>, count: usize) -> Result<Vec<String>, Failure> {
    let mut workers = JoinSet::new();
    let at_once = count.min(16);
    for index in 0..at_once {
        let (target, count) = (Arc::clone(target), count / at_once + usize::from(index < count % at_once));
        workers.spawn(async move {
            let mut connection = open(&target).await?;
            let request = target.silent(index, ResponseMode::Query);
            let mut codes = Vec::with_capacity(count);
            for _ in 0..count {
                let answer = ask(&target, &mut connection, &request).await?;
                let found = code(&answer, target.dialect.callback);
                codes.push(found.ok_or_else(|| unexpected(&target, "a code", &answer))?.to_owned());
            }
            Ok::<_, Failure>(codes)
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(codes) = workers.join_next().await {
        all.extend(codes.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?);
    }
    Ok(all)
}

async fn work(
    target: Arc<Target>,
    mut connection: Connection,
    job: Job,
    mut requests: Requests,
    end: Instant,
) -> Tally {
    let mut tally = Tally::default();
    loop {
        let prepared;
        let request = match &requests {
            Requests::Same(request) | Requests::Chain(request) => request,
            Requests::Prepared(shared) => {
                let next = shared.lock().expect("nobody panics while holding it").pop();
                let Some(next) = next else { return tally };
                prepared = next;
                &prepared
            }
        };
        let start = Instant::now();
        let answer = match connection.ask(request).await {
            Ok(answer) => answer,
            Err(error) => {
                tally.miss(format!("{}, {}: {error}", target.dialect.name, job.name()));
                return tally;
            }
        };
        let now = Instant::now();
        tally.micros.push(u32::try_from((now - start).as_micros()).unwrap_or(u32::MAX));
        let successor = match job {
            Job::Refresh => member(&answer, "refresh_token").map(|token| target.refresh(token)),
            _ => None,
        };
        let right = match job {
            Job::Silent(_) => code(&answer, target.dialect.callback).is_some(),
            Job::Exchange => has_access_token(&answer) && member(&answer, "refresh_token").is_some(),
            Job::Refresh => has_access_token(&answer) && successor.is_some(),
            Job::ClientCredentials => has_access_token(&answer),
        };
        if !right {
            tally.miss(format!("{}, {}: {}", target.dialect.name, job.name(), words(&answer)));
        }
        match (&mut requests, successor) {
            (Requests::Chain(request), Some(successor)) => *request = successor,
            // Its family is over, or it brought nothing to go on with.
            (Requests::Chain(_), None) => return tally,
            _ => {}
        }
        if now >= end {
            return tally;
        }
    }
}

/// Opens a connection to a target.
///
/// # Errors
/// When it does not listen.
pub async fn open(target: &Target) -> Result<Connection, Failure> {
    let server = target.dialect.name;
    Connection::open(target.port).await.map_err(|source| Failure::Connection { server, source })
}

/// Sends a request that is not measured.
///
/// # Errors
/// When no answer comes.
pub async fn ask<'a>(target: &Target, connection: &'a mut Connection, request: &[u8]) -> Result<Answer<'a>, Failure> {
    let server = target.dialect.name;
    connection.ask(request).await.map_err(|source| Failure::Connection { server, source })
}

/// The error for an answer that is another one.
#[must_use]
pub fn unexpected(target: &Target, expected: &'static str, answer: &Answer<'_>) -> Failure {
    Failure::Answer { server: target.dialect.name, expected, found: words(answer) }
}

/// The beginning of an answer.
fn words(answer: &Answer<'_>) -> String {
    let body = String::from_utf8_lossy(answer.body);
    let location = answer.header("location").unwrap_or_default();
    format!("{} {location} {}", answer.status, body.chars().take(200).collect::<String>())
}
