//! Builds what the commands run: the page into `dist`, the tenant into Cargo's target folder.

use std::path::PathBuf;
use std::process::Command;

use crate::compress;
use crate::imports;
use crate::problem::Problem;
use crate::process;
use crate::setup::{Need, Toolbox};
use crate::step::step;
use crate::workspace::{TENANT, WASM, Workspace, host_target};

/// How much the compilers optimise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As people get it.
    Release,
    /// Quick to build.
    Debug,
}

impl Profile {
    /// The folder the page goes into, in the repository. Each profile has its own.
    fn dist(self) -> &'static str {
        match self {
            Self::Release => "dist",
            Self::Debug => "dist-dev",
        }
    }

    /// What building the page needs.
    pub(crate) fn page_needs(self) -> &'static [Need] {
        match self {
            Self::Release => &[Need::SmallLibrary, Need::WasmBindgen, Need::WasmOpt, Need::Trunk],
            Self::Debug => &[Need::WasmTarget, Need::WasmBindgen, Need::Trunk],
        }
    }
}

/// Builds the page, and in release its compressed files. Returns the folder.
pub(crate) fn page(workspace: &Workspace, toolbox: &Toolbox, profile: Profile) -> Result<PathBuf, Problem> {
    let dist = dist(workspace, profile);
    step("cargo fetch", "", || fetch(workspace))?;
    step("the page", "trunk build", || process::run("trunk build", &mut trunk(workspace, toolbox, profile, "build")))?;
    if profile == Profile::Release {
        step("short names of imports", "", || imports::number(&dist))?;
        step("compressed copies of its files", "", || compress::write_siblings(&dist))?;
    }
    Ok(dist)
}

/// Where the page of this profile goes.
pub(crate) fn dist(workspace: &Workspace, profile: Profile) -> PathBuf {
    workspace.root.join(profile.dist())
}

/// Downloads what Trunk, which works offline, will not.
fn fetch(workspace: &Workspace) -> Result<(), Problem> {
    let mut command = workspace.cargo();
    command.args(["fetch", "--quiet", "--target", WASM, "--target", &host_target()?]);
    process::output("cargo fetch", &mut command).map(drop)
}

/// `trunk build` or `trunk watch`, without the network: the tools are on its PATH.
pub(crate) fn trunk(workspace: &Workspace, toolbox: &Toolbox, profile: Profile, what: &str) -> Command {
    let program = toolbox.path(Need::Trunk).map_or_else(|| PathBuf::from("trunk"), PathBuf::from);
    let mut command = Command::new(program);
    command
        .args([what, "--offline", "true", "--dist", profile.dist()])
        .current_dir(&workspace.root)
        .env("PATH", toolbox.path_variable())
        // Trunk reads it as true or false and refuses the common value 1.
        .env_remove("NO_COLOR")
        // Its own stack says nothing about the page's errors, and hides them.
        .env_remove("RUST_BACKTRACE");
    match profile {
        Profile::Release => toolbox.release_compiler().apply(command.arg("--release")),
        Profile::Debug => toolbox.wasm_compiler().apply(&mut command),
    }
    command
}

/// Builds the tenant. Returns its program.
pub(crate) fn tenant(workspace: &Workspace, profile: Profile) -> Result<PathBuf, Problem> {
    // Cargo's own profile for debugging is the one whose folder has another name.
    let (profile, folder) = match profile {
        Profile::Release => ("serve", "serve"),
        Profile::Debug => ("dev", "debug"),
    };
    let mut command = workspace.cargo();
    command.args(["build", "--package", TENANT, "--profile", profile]);
    step("the tenant", "cargo build", || process::run("cargo build", &mut command))?;
    Ok(workspace.target.join(folder).join(TENANT))
}
