//! Builds what the commands run: each page into its `dist`, the tenant into Cargo's target folder.

use std::path::PathBuf;
use std::process::Command;

use crate::compress;
use crate::imports;
use crate::problem::Problem;
use crate::process;
use crate::setup::{Need, Toolbox};
use crate::step::step;
use crate::workspace::{TENANT, WASM, Workspace, host_target};

/// A page that Trunk builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// The app.
    App,
    /// The smallest page that uses the client crate.
    Minimal,
    /// The page whose people sign in in a popup.
    Popup,
}

impl Page {
    /// The folder of its `Trunk.toml`, in the repository.
    fn folder(self) -> &'static str {
        match self {
            Self::App => "",
            Self::Minimal => "examples/minimal",
            Self::Popup => "examples/popup",
        }
    }

    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::App => "the page",
            Self::Minimal => "the minimal page",
            Self::Popup => "the page with popups",
        }
    }
}

/// How much the compilers optimise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As people get it.
    Release,
    /// Quick to build.
    Debug,
}

impl Profile {
    /// The folder that a page goes into, beside its `Trunk.toml`. Each profile has its own.
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

/// Builds a page, and in release its compressed files. Returns the folder.
pub(crate) fn page(workspace: &Workspace, toolbox: &Toolbox, page: Page, profile: Profile) -> Result<PathBuf, Problem> {
    let dist = dist(workspace, page, profile);
    step("cargo fetch", "", || fetch(workspace))?;
    let mut command = trunk(workspace, toolbox, page, profile, "build");
    step(page.name(), "trunk build", || process::run("trunk build", &mut command))?;
    if profile == Profile::Release {
        step("short names of imports", "", || imports::number(&dist))?;
        step("compressed copies of its files", "", || compress::write_siblings(&dist))?;
    }
    Ok(dist)
}

/// Where the page of this profile goes.
pub(crate) fn dist(workspace: &Workspace, page: Page, profile: Profile) -> PathBuf {
    workspace.root.join(page.folder()).join(profile.dist())
}

/// Downloads what Trunk, which works offline, will not.
fn fetch(workspace: &Workspace) -> Result<(), Problem> {
    let mut command = workspace.cargo();
    command.args(["fetch", "--quiet", "--target", WASM, "--target", &host_target()?]);
    process::output("cargo fetch", &mut command).map(drop)
}

/// `trunk build` or `trunk watch`, without the network: the tools are on its PATH.
pub(crate) fn trunk(workspace: &Workspace, toolbox: &Toolbox, page: Page, profile: Profile, what: &str) -> Command {
    let program = toolbox.path(Need::Trunk).map_or_else(|| PathBuf::from("trunk"), PathBuf::from);
    let mut command = Command::new(program);
    command
        .args([what, "--offline", "true", "--dist", profile.dist()])
        .current_dir(workspace.root.join(page.folder()))
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
