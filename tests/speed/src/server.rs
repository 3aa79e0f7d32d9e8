//! A server as a process: started on a core of its own, timed, and looked at from outside.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::load::{ask, open, unexpected};
use crate::target::{Dialect, OIDC_PROVIDER, TENANT, Target};

/// How many browsers are signed in at each server.
const BROWSERS: usize = 8;
/// `/proc` counts processor time in hundredths of a second on every Linux that this project knows.
const TICK: Duration = Duration::from_millis(10);

/// Where the two servers are, and what they keep.
#[derive(Clone, Debug)]
pub struct Programs<'a> {
    /// The tenant's program.
    pub tenant: &'a Path,
    /// `oidc-provider.mjs`, beside its `node_modules`.
    pub oidc_provider: &'a Path,
    /// A folder for store and key.
    pub folder: &'a Path,
    /// Whether servers are held to the first core.
    pub pinned: bool,
}

/// A server that runs. Dropping it ends it.
pub struct Server {
    child: Child,
    /// What it is asked.
    pub target: Arc<Target>,
    /// From the start of the process to its first answer.
    pub start: Duration,
    /// Its resident memory after that answer, in kilobytes.
    pub at_rest: Option<u64>,
}

impl Programs<'_> {
    /// Starts a server and asks it one question.
    ///
    /// # Errors
    /// When it does not start or does not answer.
    pub async fn start(&self, dialect: Dialect) -> Result<Server, Failure> {
        let (mut command, port) = if dialect.name == TENANT.name {
            let mut command = self.command(self.tenant.as_os_str());
            command.args(["serve", "--listen", "localhost:0", "--data"]).arg(self.folder.join("store"));
            // It says where its dashboard is and its password at its first start.
            command.stderr(Stdio::null());
            (command, None)
        } else {
            let port = free_port().map_err(|source| Failure::Connection { server: dialect.name, source })?;
            let mut command = self.command("node".as_ref());
            command.arg(self.oidc_provider).arg(port.to_string()).arg(self.folder.join("key.json"));
            command.env("NODE_ENV", "production").env("NODE_NO_WARNINGS", "1").stderr(Stdio::null());
            (command, Some(port))
        };
        let begun = Instant::now();
        let (child, said) = ready(&mut command, dialect.name).await?;
        let port = port.or_else(|| port_of(&said));
        let port = port.ok_or(Failure::NotReady { server: dialect.name, said })?;
        let mut target = Target { dialect, port, browsers: Vec::new() };
        let mut connection = open(&target).await?;
        let answer = ask(&target, &mut connection, &target.discovery()).await?;
        if answer.status != 200 {
            return Err(unexpected(&target, "its metadata", &answer));
        }
        let start = begun.elapsed();
        target.browsers.clear();
        let server = Server { child, target: Arc::new(target), start, at_rest: None };
        Ok(Server { at_rest: server.memory(), ..server })
    }

    /// Starts both servers, the tenant first.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn start_both(&self) -> Result<[Server; 2], Failure> {
        Ok([self.start(TENANT).await?, self.start(OIDC_PROVIDER).await?])
    }

    /// Starts this very program as a server that decides nothing.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_responder(&self) -> Result<Server, Failure> {
        let own = std::env::current_exe();
        let own = own.map_err(|source| Failure::NotStarted { program: "speed".to_owned(), source })?;
        let mut command = self.command(own.as_os_str());
        command.arg("--respond");
        let begun = Instant::now();
        let (child, said) = ready(&mut command, "responder").await?;
        let port = port_of(&said).ok_or(Failure::NotReady { server: "responder", said })?;
        let dialect = Dialect { name: "responder", ..TENANT };
        let target = Arc::new(Target { dialect, port, browsers: vec![String::new()] });
        Ok(Server { child, target, start: begun.elapsed(), at_rest: None })
    }

    fn command(&self, program: &std::ffi::OsStr) -> Command {
        let mut command = if self.pinned {
            let mut command = Command::new("taskset");
            command.args(["-c", "0"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        command
    }
}

impl Server {
    /// Signs people in, each in a browser of their own.
    ///
    /// # Errors
    /// When somebody cannot sign in.
    pub async fn sign_people_in(&mut self) -> Result<(), Failure> {
        let mut target = Target::clone(&self.target);
        for _ in 0..BROWSERS {
            target.browsers.push(crate::sign_in::sign_in(&target).await?);
        }
        self.target = Arc::new(target);
        Ok(())
    }

    /// The processor time it has used, if this system says.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        ticks(&stat).map(|ticks| TICK * ticks)
    }

    /// Its resident memory in kilobytes, if this system says.
    #[must_use]
    pub fn memory(&self) -> Option<u64> {
        kilobytes(&std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?)
    }

    /// Ends it and waits until it is gone.
    pub async fn end(mut self) {
        // What is gone already need not be ended.
        let _ = self.child.kill().await;
    }
}

/// Starts a server and waits for its line `ready …`.
async fn ready(command: &mut Command, server: &'static str) -> Result<(Child, String), Failure> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let mut child = command.spawn().map_err(|source| Failure::NotStarted { program, source })?;
    let stdout = child.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = lines.next_line().await.map_err(|source| Failure::Connection { server, source })?;
    let said = line.unwrap_or_default();
    if !said.starts_with("ready") {
        return Err(Failure::NotReady { server, said });
    }
    // None of the servers writes a second line, so nobody has to read on.
    Ok((child, said))
}

/// The port of the first address in `ready tenant=http://localhost:4000,…`.
fn port_of(said: &str) -> Option<u16> {
    said.split_whitespace().nth(1)?.split(',').next()?.rsplit(':').next()?.parse().ok()
}

/// oidc-provider has to be told its port, and the system knows one that is free.
fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind(("localhost", 0))?.local_addr()?.port())
}

/// `utime` and `stime` of `/proc/PID/stat` (proc(5)): the name before them may hold anything but a last `)`.
fn ticks(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    Some(fields.next()?.parse::<u32>().ok()? + fields.next()?.parse::<u32>().ok()?)
}

/// `VmRSS` of `/proc/PID/status`.
fn kilobytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read_by_its_manual() {
        let stat = "42 (a) b (c)) S 1 42 42 0 -1 4194304 100 0 0 0 130 20 7 8 20 0 5 0 100 1000 200";
        assert_eq!(ticks(stat), Some(150));
        assert_eq!(kilobytes("Name:\tx\nVmRSS:\t   20480 kB\nVmData: 1 kB"), Some(20480));
        assert_eq!((ticks(""), kilobytes("")), (None, None));
    }

    #[test]
    fn the_port_is_that_of_the_first_address() {
        assert_eq!(port_of("ready tenant=http://localhost:4000,http://login.demo.localhost:4000 app=x"), Some(4000));
        assert_eq!(port_of("ready"), None);
    }
}
