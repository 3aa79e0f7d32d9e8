//! Starts programs so that none outlives the command.
//!
//! Each child leads a process group of its own. Ctrl-C, SIGTERM or SIGHUP sends SIGTERM to every group; a
//! second signal ends the command at once.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::problem::Problem;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static GROUPS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Makes signals stop every child. Called once, first.
pub(crate) fn stop_children_on_signals() {
    let installed = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            signal_groups(Signal::SIGKILL);
            std::process::exit(130);
        }
        signal_groups(Signal::SIGTERM);
    });
    if let Err(error) = installed {
        eprintln!("warning: Ctrl-C may leave programs running: {error}");
    }
}

/// An error once a signal has come.
pub(crate) fn check_interrupted() -> Result<(), Problem> {
    if INTERRUPTED.load(Ordering::SeqCst) { Err(Problem::Interrupted) } else { Ok(()) }
}

/// A child in its own process group. Dropping it ends the group.
#[must_use = "dropping it ends the program"]
pub(crate) struct Running {
    child: Child,
    program: String,
}

impl Running {
    /// Starts `command` without standard input.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Problem> {
        let program = command.get_program().to_string_lossy().into_owned();
        // Held while starting, so that a signal cannot come between start and registration.
        let mut groups = groups();
        check_interrupted()?;
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|source| Problem::NotStarted { program: program.clone(), source })?;
        groups.insert(child.id());
        Ok(Self { child, program })
    }

    /// The child's process group, for [`terminate`].
    pub(crate) fn group(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output, if it was piped and not yet taken.
    pub(crate) fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits until it ends.
    pub(crate) fn wait(&mut self) -> Result<ExitStatus, Problem> {
        let ended = self.child.wait();
        groups().remove(&self.child.id());
        check_interrupted()?;
        ended.map_err(|source| Problem::NotStarted { program: self.program.clone(), source })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if groups().remove(&self.child.id()) {
            send(self.child.id(), Signal::SIGTERM);
            // What cannot be waited for is gone already.
            let _ = self.child.wait();
        }
    }
}

/// Runs `command` with its output shown as progress, on standard error; an error if it fails.
pub(crate) fn run(step: &str, command: &mut Command) -> Result<(), Problem> {
    let status = Running::start(command.stdout(std::io::stderr()))?.wait()?;
    judge(step, status, String::new())
}

/// Runs `command`, shows its standard output line by line and hands each line to `on_line`.
pub(crate) fn run_with_lines(command: &mut Command, mut on_line: impl FnMut(&str)) -> Result<ExitStatus, Problem> {
    let mut running = Running::start(command.stdout(Stdio::piped()))?;
    if let Some(stdout) = running.stdout() {
        for line in BufReader::new(stdout).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            on_line(&line);
        }
    }
    running.wait()
}

/// Runs `command` silently and returns its standard output; on failure the end of all it printed is in the error.
pub(crate) fn output(step: &str, command: &mut Command) -> Result<String, Problem> {
    let (status, stdout, stderr) = captured(command)?;
    judge(step, status, tail(&format!("{stdout}{stderr}"), 30))?;
    Ok(stdout)
}

/// Runs `command` silently: how it ended, its standard output and its standard error.
pub(crate) fn captured(command: &mut Command) -> Result<(ExitStatus, String, String), Problem> {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running::start(command)?;
    let stderr = running.child.stderr.take();
    let reader = thread::spawn(move || read(stderr));
    let stdout = read(running.stdout());
    let stderr = reader.join().unwrap_or_default();
    Ok((running.wait()?, stdout, stderr))
}

/// Asks a process group to end. One that has ended already is left alone: its number may be another's by now.
pub(crate) fn terminate(group: u32) {
    send_if_running(group, Signal::SIGTERM);
}

/// Ends a process group that did not end when asked.
pub(crate) fn kill(group: u32) {
    send_if_running(group, Signal::SIGKILL);
}

/// How a program ended, in words.
pub(crate) fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

fn judge(step: &str, status: ExitStatus, output: String) -> Result<(), Problem> {
    if status.success() {
        return Ok(());
    }
    Err(Problem::Failed { step: step.to_owned(), status: in_words(status), output })
}

fn read(source: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut source) = source {
        // What arrived before an error is all there is to show.
        let _ = source.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn groups() -> MutexGuard<'static, BTreeSet<u32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signal_groups(signal: Signal) {
    for group in groups().iter() {
        send(*group, signal);
    }
}

fn send_if_running(group: u32, signal: Signal) {
    if groups().contains(&group) {
        send(group, signal);
    }
}

fn send(group: u32, signal: Signal) {
    if let Ok(id) = i32::try_from(group) {
        // A group that has just ended is what was wanted.
        let _ = killpg(Pid::from_raw(id), signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failing_program_is_an_error_with_the_end_of_its_output() {
        let problem = output("a script", &mut shell("echo one; echo two >&2; exit 3")).unwrap_err();
        let words = problem.to_string();
        assert!(words.contains("a script failed (exit status 3)"), "{words}");
        assert!(words.contains("one\ntwo"), "{words}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let problem = run("a step", &mut Command::new("no-such-program-here")).unwrap_err();
        assert_eq!(problem.code(), "not_started");
        assert!(problem.to_string().contains("`no-such-program-here`"));
    }

    #[test]
    fn each_line_is_handed_on() {
        let mut lines = Vec::new();
        let status = run_with_lines(&mut shell("echo a; echo b"), |line| lines.push(line.to_owned()));
        assert!(status.unwrap().success());
        assert_eq!(lines, ["a", "b"]);
    }

    #[test]
    fn dropping_ends_the_whole_group() {
        // The pipe's other end is held by the grandchild: reading ends only when that is gone too.
        let mut running = Running::start(shell("sleep 600 & echo up; wait").stdout(Stdio::piped())).unwrap();
        let mut reader = BufReader::new(running.stdout().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        drop(running);
        assert_eq!(reader.read_line(&mut line).unwrap(), 0);
    }
}
