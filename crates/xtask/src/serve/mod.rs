//! `cargo xtask serve`: builds what is needed, starts tenant and app, and stops both together.

mod address;
mod banner;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use clap::Args;

use crate::build::{self, Page, Profile};
use crate::problem::Problem;
use crate::process::{self, Running};
use crate::setup::Toolbox;
use crate::step::seconds;
use crate::workspace::Workspace;

/// How long programs have to end when asked, before they are ended.
const GRACE: Duration = Duration::from_secs(5);

/// Options of `cargo xtask serve`.
#[derive(Args)]
pub(crate) struct Options {
    /// Quick debug build of the page, built again whenever a file changes.
    #[arg(long)]
    dev: bool,
    /// Where the tenant listens.
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:4000")]
    listen: String,
    /// Where the app listens.
    #[arg(long, value_name = "HOST:PORT", default_value = "localhost:3000")]
    app_listen: String,
    /// Further arguments for `tenant serve`, after `--` (for example `-- --reset`).
    #[arg(last = true)]
    tenant: Vec<String>,
}

/// What happens while serving.
enum Event {
    /// A line of the tenant's standard output.
    Line(String),
    /// A program ended: its name, and how.
    Ended(&'static str, Result<ExitStatus, Problem>),
}

/// Builds, starts and waits; ends well on Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    let start = Instant::now();
    address::check_free("--listen", &options.listen)?;
    address::check_free("--app-listen", &options.app_listen)?;
    let workspace = Workspace::load()?;
    let profile = if options.dev { Profile::Debug } else { Profile::Release };

    let (toolbox, program) = side_by_side(
        || Toolbox::prepare(profile.page_needs(), &workspace)?.complete(),
        || build::tenant(&workspace, profile),
    )?;
    let dist = build::page(&workspace, &toolbox, Page::App, profile)?;

    let (sender, events) = mpsc::channel();
    let mut tenant = tenant(&workspace, &program, &dist, options);
    let mut programs = vec![watch("the tenant", &mut tenant, &sender)?];
    if options.dev {
        let mut trunk = build::trunk(&workspace, &toolbox, Page::App, profile, "watch");
        programs.push(watch("trunk watch", trunk.stdout(std::io::stderr()), &sender)?);
    }
    let ended = loop {
        match events.recv() {
            Ok(Event::Line(line)) if line.starts_with("ready") => {
                println!("{}", banner::banner(&line, &seconds(start.elapsed()), options.dev));
            }
            Ok(Event::Line(line)) => println!("{line}"),
            Ok(Event::Ended(name, outcome)) => break why_it_ended(name, outcome),
            Err(_) => break Ok(()),
        }
    };
    stop(programs, &events);
    match ended {
        // Ctrl-C is how serving ends.
        Err(Problem::Interrupted) => {
            println!("\nStopped.");
            Ok(())
        }
        ended => ended,
    }
}

/// Tools are mostly waited for (downloads, links), so the tenant's build runs beside them.
fn side_by_side<A: Send, B: Send>(
    first: impl FnOnce() -> Result<A, Problem> + Send,
    second: impl FnOnce() -> Result<B, Problem> + Send,
) -> Result<(A, B), Problem> {
    thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        let second = second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok((first?, second?))
    })
}

fn tenant(workspace: &Workspace, program: &Path, dist: &Path, options: &Options) -> Command {
    let mut command = Command::new(program);
    command
        .args(["serve", "--lab", "--listen", &options.listen, "--app-listen", &options.app_listen, "--app"])
        .arg(dist)
        .args(&options.tenant)
        .current_dir(&workspace.root)
        .stdout(Stdio::piped());
    command
}

/// A program that is watched by a thread of its own, which says when it ends.
struct Watched {
    group: u32,
    thread: JoinHandle<()>,
}

fn watch(name: &'static str, command: &mut Command, events: &Sender<Event>) -> Result<Watched, Problem> {
    let mut running = Running::start(command)?;
    let group = running.group();
    let events = events.clone();
    let thread = thread::spawn(move || {
        if let Some(stdout) = running.stdout() {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Nobody listens any more once it is being stopped.
                let _ = events.send(Event::Line(line));
            }
        }
        let _ = events.send(Event::Ended(name, running.wait()));
    });
    Ok(Watched { group, thread })
}

fn why_it_ended(name: &str, outcome: Result<ExitStatus, Problem>) -> Result<(), Problem> {
    let status = process::in_words(outcome?);
    match name {
        "the tenant" => Err(Problem::TenantStopped { status }),
        _ => Err(Problem::Failed { step: name.to_owned(), status, output: String::new() }),
    }
}

/// Asks every program to end, and ends those that do not within [`GRACE`].
fn stop(programs: Vec<Watched>, events: &mpsc::Receiver<Event>) {
    let deadline = Instant::now() + GRACE;
    for program in &programs {
        process::terminate(program.group);
    }
    while programs.iter().any(|program| !program.thread.is_finished()) {
        let left = deadline.saturating_duration_since(Instant::now());
        match events.recv_timeout(left) {
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                for program in programs.iter().filter(|program| !program.thread.is_finished()) {
                    process::kill(program.group);
                }
                break;
            }
        }
    }
    for program in programs {
        // A watcher that panicked has nothing left to end.
        let _ = program.thread.join();
    }
}
