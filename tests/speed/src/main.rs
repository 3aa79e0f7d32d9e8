//! The command line of the measurement; `cargo xtask speed` builds what it needs and runs it.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::Parser;
use speed::bench::{Plan, bench};
use speed::failure::Failure;
use speed::server::Programs;
use speed::{report, responder, soak};

/// Measures the tenant beside npm's oidc-provider.
#[derive(Parser)]
struct Arguments {
    /// The tenant's program.
    #[arg(long, required_unless_present = "respond")]
    tenant: Option<PathBuf>,
    /// `oidc-provider.mjs`, beside its `node_modules`.
    #[arg(long, required_unless_present = "respond")]
    oidc_provider: Option<PathBuf>,
    /// A folder on a real disk, for the tenant's store.
    #[arg(long, default_value = "target")]
    folder: PathBuf,
    /// How often every cell of the table is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How long each run lasts, in milliseconds.
    #[arg(long, default_value_t = 1000)]
    period: u64,
    /// Write the figures to this file, as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// In place of the table: run the tenant at a steady rate for so long (`90s`, `30m`) and watch its memory.
    #[arg(long, value_parser = duration)]
    soak: Option<Duration>,
    /// How many silent requests, exchanges and refreshes the soak makes each second.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Be the server that decides nothing.
    #[arg(long, hide = true)]
    respond: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("speed: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let (Some(tenant), Some(oidc_provider)) = (&arguments.tenant, &arguments.oidc_provider) else {
        let server = "responder";
        return responder::respond().await.map_err(|source| Failure::Connection { server, source });
    };
    let file = |path: &PathBuf| {
        let path = path.display().to_string();
        move |source| Failure::File { path, source }
    };
    let folder = tempfile::Builder::new().prefix("speed-").tempdir_in(&arguments.folder);
    let folder = folder.map_err(file(&arguments.folder))?;
    let pinned = pin();
    match pinned {
        true => eprintln!("· servers run on the first core, the load generator on the second"),
        false => eprintln!("· servers and load generator share all cores: there is one core, or no taskset"),
    }
    let programs = Programs { tenant, oidc_provider, folder: folder.path(), pinned };
    if let Some(lasts) = arguments.soak {
        return soak::soak(&programs, lasts, arguments.rate).await;
    }
    let period = Duration::from_millis(arguments.period);
    let plan = Plan { rounds: arguments.rounds, period, codes: 1000, starts: 5 };
    let results = bench(&programs, plan).await?;
    print!("{}", report::table(&results));
    if let Some(path) = &arguments.json {
        std::fs::write(path, format!("{:#}\n", report::json(&results))).map_err(file(path))?;
    }
    for wrong in &results.wrong {
        eprintln!("wrong: {wrong}");
    }
    match results.count_wrong() {
        0 => Ok(()),
        wrong => Err(Failure::WrongAnswers(wrong)),
    }
}

/// Holds this program to the second core, if there is one; whether it does.
fn pin() -> bool {
    let own = std::process::id().to_string();
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "--pid", "1", &own]).stdout(std::process::Stdio::null());
    let several = std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1);
    several && command.status().is_ok_and(|status| status.success())
}

/// Reads `90s` or `30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = |digits: &str, unit: u64| Some(Duration::from_secs(digits.parse::<u64>().ok()?.checked_mul(unit)?));
    let found = text.strip_suffix('s').and_then(|digits| seconds(digits, 1));
    let found = found.or_else(|| seconds(text.strip_suffix('m')?, 60));
    found
        .filter(|found| !found.is_zero())
        .ok_or_else(|| format!("expected seconds or minutes such as 90s or 30m, found {text}"))
}
