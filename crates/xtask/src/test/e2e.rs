//! End-to-end tests: the built page against the real tenant, in both browsers, by WebDriver.

use std::process::Command;
use std::thread;

use super::Context;
use super::check::{Check, Work};
use crate::build::{self, Page, Profile};
use crate::node_modules;
use crate::problem::Problem;
use crate::setup::Need;
use crate::workspace::E2E;

/// What the end-to-end tests need.
pub(super) const NEEDS: &[Need] = &[
    Need::SmallLibrary,
    Need::WasmBindgen,
    Need::WasmOpt,
    Need::Trunk,
    Need::Npm,
    Need::Chromium,
    Need::Chromedriver,
    Need::Firefox,
    Need::Geckodriver,
];

/// Where each tool is told to the tests.
const VARIABLES: &[(&str, Need)] = &[
    ("CHROMIUM", Need::Chromium),
    ("CHROMEDRIVER", Need::Chromedriver),
    ("FIREFOX", Need::Firefox),
    ("GECKODRIVER", Need::Geckodriver),
];

/// More browsers at once than this compete for memory rather than for processors.
const MOST_THREADS: usize = 4;

/// The one check: it builds first.
pub(super) fn checks(context: &Context) -> Vec<Check> {
    let name = "the page in both browsers".to_owned();
    let work = if !context.workspace.members.iter().any(|member| member == E2E) {
        Work::Absent(format!("the workspace has no package `{E2E}`"))
    } else if !context.toolbox.lacking(NEEDS).is_empty() {
        // Said by the check itself, from its needs.
        Work::Absent(String::new())
    } else {
        match command(context) {
            Ok(command) => Work::Tests(command),
            Err(problem) => Work::Holds(Box::new(|| Err(problem))),
        }
    };
    vec![Check { name, needs: NEEDS, work }]
}

fn command(context: &Context) -> Result<Command, Problem> {
    let (workspace, toolbox) = (&context.workspace, &context.toolbox);
    let tenant = build::tenant(workspace, Profile::Release)?;
    let (dist, minimal) = (context.page(Page::App)?, context.page(Page::Minimal)?);
    let popup = context.page(Page::Popup)?;
    let mut command = workspace.cargo();
    command
        .args(["test", "--no-fail-fast", "--package", E2E])
        .env("SILENT_AUTH_DIST", dist)
        .env("SILENT_AUTH_MINIMAL_DIST", minimal)
        .env("SILENT_AUTH_POPUP_DIST", popup)
        .env("SILENT_AUTH_TENANT", tenant);
    command.env("SILENT_AUTH_NODE_MODULES", node_modules::installed(workspace, "tests/sdk")?);
    for (variable, need) in VARIABLES {
        if let Some(path) = toolbox.path(*need) {
            command.env(variable, path);
        }
    }
    let mut command = context.filtered(command);
    command.arg(format!("--test-threads={}", threads()));
    Ok(command)
}

/// One browser per processor.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS)
}
