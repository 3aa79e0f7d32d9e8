//! The measurement: every job at every number of connections, both servers in turn, round after round.

use std::io::Write;
use std::time::Duration;

use crate::failure::Failure;
use crate::load::{Job, Size, run, run_from};
use crate::server::{Programs, Server};
use crate::stats::{Measured, Run, median, per_second, ratio};
use crate::target::{OIDC_PROVIDER, ResponseMode, TENANT};

/// The jobs; those with `true` are measured at both servers.
const JOBS: [(Job, bool); 5] = [
    (Job::Silent(ResponseMode::Query), true),
    // oidc-provider has it as an experiment alone.
    (Job::Silent(ResponseMode::WebMessage), false),
    (Job::Exchange, true),
    (Job::Refresh, true),
    (Job::ClientCredentials, true),
];

/// Numbers of connections.
const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How often every cell is measured.
    pub rounds: usize,
    /// How long a run lasts.
    pub period: Duration,
    /// How many codes an exchange run gets.
    pub codes: usize,
    /// How often each server is started for the time to its first answer.
    pub starts: usize,
}

/// One job at one number of connections.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The job.
    pub job: Job,
    /// How many connections.
    pub connections: usize,
    /// The tenant.
    pub ours: Measured,
    /// oidc-provider.
    pub theirs: Option<Measured>,
    /// Ours to theirs, by requests per second.
    pub ratio: Option<f64>,
}

/// What a server is like beside its answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body {
    /// From exec to the first answer with a key in the store, in milliseconds: the median.
    pub start_millis: f64,
    /// Resident memory after the first answer, in kilobytes.
    pub at_rest: Option<u64>,
    /// Resident memory after all load, in kilobytes.
    pub after_load: Option<u64>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The table.
    pub cells: Vec<Cell>,
    /// The tenant and oidc-provider.
    pub bodies: [Body; 2],
    /// What the generator reaches against a responder that decides nothing, by number of connections.
    pub ceiling: Vec<(usize, f64)>,
    /// The first wrong answer of each run that had any.
    pub wrong: Vec<String>,
}

impl Results {
    /// How many answers were wrong.
    #[must_use]
    pub fn count_wrong(&self) -> usize {
        let of = |cell: &Cell| cell.ours.wrong + cell.theirs.as_ref().map_or(0, |theirs| theirs.wrong);
        self.cells.iter().map(of).sum()
    }
}

/// Measures.
///
/// # Errors
/// When a server does not start, nobody can sign in, or codes cannot be had.
pub async fn bench(programs: &Programs<'_>, plan: Plan) -> Result<Results, Failure> {
    let mut results = Results::default();
    say("start to first answer");
    results.bodies = starts(programs, plan.starts).await?;
    say("the generator's own ceiling");
    results.ceiling = ceiling(programs, plan.period).await?;

    let mut servers = programs.start_both().await?;
    for (server, body) in servers.iter_mut().zip(&mut results.bodies) {
        body.at_rest = server.at_rest;
        server.sign_people_in().await?;
    }
    say("warming up");
    let size = Size { connections: 16, period: plan.period, codes: plan.codes };
    for (job, both) in JOBS {
        for server in servers.iter().filter(|server| both || server.target.dialect.name == TENANT.name) {
            run(&server.target, job, size).await?;
        }
    }
    for (job, both) in JOBS {
        for connections in CONNECTIONS {
            say(&format!("{}, {connections} connections", job.name()));
            let size = Size { connections, ..size };
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..plan.rounds {
                ours.push(timed(&servers[0], job, size).await?);
                if both {
                    theirs.push(timed(&servers[1], job, size).await?);
                }
            }
            results.wrong.extend(ours.iter().chain(&theirs).filter_map(|(tally, _)| tally.first_wrong.clone()));
            results.cells.push(Cell {
                job,
                connections,
                ratio: both.then(|| ratio(&ours, &theirs)),
                ours: Measured::of(&ours),
                theirs: both.then(|| Measured::of(&theirs)),
            });
        }
    }
    for (server, body) in servers.into_iter().zip(&mut results.bodies) {
        body.after_load = server.memory();
        server.end().await;
    }
    Ok(results)
}

/// One run, with what the server's process used in it.
async fn timed(server: &Server, job: Job, size: Size) -> Result<Run, Failure> {
    let mut before = None;
    let tally = run_from(&server.target, job, size, || before = server.processor_time()).await?;
    let used = server.processor_time().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok((tally, used))
}

async fn starts(programs: &Programs<'_>, times: usize) -> Result<[Body; 2], Failure> {
    let mut millis = [Vec::new(), Vec::new()];
    // The first start makes store and key; it is not counted.
    for time in 0..=times {
        for (dialect, millis) in [TENANT, OIDC_PROVIDER].into_iter().zip(&mut millis) {
            let server = programs.start(dialect).await?;
            if time > 0 {
                millis.push(server.start.as_secs_f64() * 1e3);
            }
            server.end().await;
        }
    }
    Ok(millis.map(|millis| Body { start_millis: median(millis), ..Body::default() }))
}

async fn ceiling(programs: &Programs<'_>, period: Duration) -> Result<Vec<(usize, f64)>, Failure> {
    let responder = programs.start_responder().await?;
    let mut ceiling = Vec::new();
    for connections in CONNECTIONS {
        let size = Size { connections, period, codes: 0 };
        let tally = run(&responder.target, Job::Silent(ResponseMode::Query), size).await?;
        ceiling.push((connections, per_second(&tally)));
    }
    responder.end().await;
    Ok(ceiling)
}

/// Progress, on standard error.
fn say(what: &str) {
    // Whoever closed standard error does not want to know.
    let _ = writeln!(std::io::stderr(), "· {what}");
}
