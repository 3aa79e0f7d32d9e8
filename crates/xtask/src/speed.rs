//! How quick the tenant is beside npm's `oidc-provider`: `tests/speed` measures, this builds what it needs.

use clap::Args;

use crate::node_modules;
use crate::problem::Problem;
use crate::process;
use crate::setup::{Need, Toolbox};
use crate::step::step;
use crate::workspace::{SPEED, TENANT, Workspace};

/// Options of `cargo xtask speed`.
#[derive(Args)]
pub(crate) struct Options {
    /// Options of the measurement itself, after `--` (for example `-- --soak 30m`, `-- --help`).
    #[arg(last = true)]
    measurement: Vec<String>,
}

/// Builds the tenant with `--release`, and measures it. An error if an answer was wrong.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    let workspace = Workspace::load()?;
    Toolbox::prepare(&[Need::Npm], &workspace)?.complete()?;
    let folder = "tests/speed";
    node_modules::installed(&workspace, folder)?;
    let mut command = workspace.cargo();
    command.args(["build", "--release", "--package", TENANT, "--package", SPEED]);
    step("the tenant, optimised", "cargo build, some minutes", || process::run("cargo build", &mut command))?;

    let programs = workspace.target.join("release");
    let mut command = std::process::Command::new(programs.join(SPEED));
    command
        .arg("--tenant")
        .arg(programs.join(TENANT))
        .arg("--oidc-provider")
        .arg(workspace.root.join(folder).join("oidc-provider.mjs"))
        .arg("--folder")
        .arg(&workspace.target)
        .args(&options.measurement);
    let status = process::run_with_lines(&mut command, |_| ())?;
    match status.success() {
        true => Ok(()),
        false => Err(Problem::Failed {
            step: "measuring".to_owned(),
            status: process::in_words(status),
            output: String::new(),
        }),
    }
}
