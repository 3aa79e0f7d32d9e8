//! A program of a test's own: started, listened to for one line, and ended by its id when it is no longer needed.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long a program may take until it is ready. Four start at once on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A running program. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    // Kept open, or the program could no longer write.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts `command` and waits for the line in which `read` finds something.
    pub(crate) async fn start<T>(mut command: Command, read: impl Fn(&str) -> Option<T>) -> (Self, T) {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines();
        let found = timeout(READY_WITHIN, async {
            while let Some(line) = lines.next_line().await.expect("lines in UTF-8") {
                if let Some(found) = read(&line) {
                    return Some(found);
                }
            }
            None
        })
        .await
        .unwrap_or_else(|_| panic!("{command:?} was not ready within {READY_WITHIN:?}"));
        let Some(found) = found else { panic!("{command:?} ended before it was ready: {:?}", child.wait().await) };
        (Self { child, _lines: lines }, found)
    }

    /// Ends it now, and waits until it is gone.
    pub(crate) async fn end(&mut self) {
        self.child.kill().await.expect("it was still running");
    }
}
