//! `cargo xtask test`: lints, native tests, browser tests, end-to-end tests, the size budget.
//!
//! Nothing is skipped silently: what could not run is in the table at the end, and fails the run.

mod check;
mod e2e;
mod lint;
mod native;
mod summary;
mod tidy;
mod tree;
mod wasm;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::build::{self, Page, Profile};
use crate::problem::Problem;
use crate::process;
use crate::setup::{Need, Toolbox};
use crate::size;
use crate::step::seconds;
use crate::workspace::Workspace;
use check::Check;
use summary::Summary;

/// Options of `cargo xtask test`.
#[derive(Args)]
pub(crate) struct Options {
    /// One part only; without it, all of them in this order.
    part: Option<Part>,
    /// Do not fail because something could not run on this machine.
    #[arg(long)]
    allow_missing: bool,
    /// Only tests, or with `lint` only lints, whose name contains this.
    #[arg(last = true, value_name = "FILTER")]
    filter: Option<String>,
}

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting, clippy, documentation, the architecture's rules.
    Lint,
    /// Tests that run on this machine itself.
    Native,
    /// Tests inside headless Chromium and Firefox.
    Wasm,
    /// The built page against the real tenant, in both browsers.
    E2e,
    /// The size budget.
    Size,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::E2e => "e2e",
            Self::Size => "size",
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Lint => lint::NEEDS,
            Self::Native => &[],
            Self::Wasm => wasm::NEEDS,
            Self::E2e => e2e::NEEDS,
            Self::Size => Profile::Release.page_needs(),
        }
    }

    fn checks(self, context: &Context) -> Result<Vec<Check>, Problem> {
        Ok(match self {
            Self::Lint => lint::checks(context),
            Self::Native => native::checks(context),
            Self::Wasm => wasm::checks(context)?,
            Self::E2e => e2e::checks(context),
            Self::Size => vec![size_check(context)],
        })
    }
}

/// What the checks of one run share.
struct Context {
    workspace: Workspace,
    toolbox: Toolbox,
    filter: Option<String>,
    page: OnceCell<PathBuf>,
    minimal: OnceCell<PathBuf>,
    popup: OnceCell<PathBuf>,
}

impl Context {
    /// The folder of a page in release, built once per run.
    fn page(&self, page: Page) -> Result<&PathBuf, Problem> {
        let built = match page {
            Page::App => &self.page,
            Page::Minimal => &self.minimal,
            Page::Popup => &self.popup,
        };
        if let Some(dist) = built.get() {
            return Ok(dist);
        }
        let dist = build::page(&self.workspace, &self.toolbox, page, Profile::Release)?;
        Ok(built.get_or_init(|| dist))
    }

    /// Hands the filter to a test harness. What is added after this goes to the harness too.
    fn filtered(&self, mut command: Command) -> Command {
        command.arg("--").args(&self.filter);
        command
    }
}

/// Runs the parts asked for, prints the table, and fails if any of it did.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    let parts = parts(options);
    let workspace = Workspace::load()?;
    let mut needs: Vec<Need> = parts.iter().flat_map(|part| part.needs()).copied().collect();
    needs.sort_unstable();
    needs.dedup();
    let toolbox = Toolbox::prepare(&needs, &workspace)?;
    let context = Context {
        workspace,
        toolbox,
        filter: options.filter.clone(),
        page: OnceCell::new(),
        minimal: OnceCell::new(),
        popup: OnceCell::new(),
    };
    let mut summary = Summary::default();
    for part in parts {
        let mut checks = part.checks(&context)?;
        if part == Part::Lint {
            checks.retain(|check| options.filter.as_deref().is_none_or(|filter| check.name.contains(filter)));
        }
        for check in checks {
            process::check_interrupted()?;
            let name = check.name.clone();
            eprintln!("→ {}: {name}", part.name());
            let (outcome, took) = check.run(&context.toolbox, options.filter.is_some())?;
            eprintln!("{} ({})", outcome.in_words(), seconds(took));
            summary.add(part.name(), name, outcome, took);
        }
    }
    println!("{}", summary.table());
    if let Some(filter) = options.filter.as_deref().filter(|_| summary.found_nothing()) {
        return Err(Problem::TestsFailed(format!("nothing that was run has a name containing `{filter}`")));
    }
    summary.verdict(options.allow_missing)
}

/// A filter chooses among tests, so with one and no part only the parts that have tests run.
fn parts(options: &Options) -> Vec<Part> {
    match (options.part, &options.filter) {
        (Some(part), _) => vec![part],
        (None, Some(_)) => vec![Part::Native, Part::Wasm, Part::E2e],
        (None, None) => Part::value_variants().to_vec(),
    }
}

fn size_check(context: &Context) -> Check {
    let lacking = context.toolbox.lacking(Profile::Release.page_needs());
    let workspace = context.workspace.clone();
    let built = |page| {
        if lacking.is_empty() { context.page(page).cloned() } else { Err(Problem::Missing(lacking.clone())) }
    };
    let (app, minimal) = (built(Page::App), built(Page::Minimal));
    Check::holds("first visits within their budgets", Profile::Release.page_needs(), move || {
        size::measure(&workspace, &[(Page::App, app?), (Page::Minimal, minimal?)], false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(part: Option<Part>, filter: Option<&str>) -> Options {
        Options { part, allow_missing: false, filter: filter.map(str::to_owned) }
    }

    #[test]
    fn a_full_run_has_every_part_in_order() {
        let names: Vec<&str> = parts(&options(None, None)).into_iter().map(Part::name).collect();
        assert_eq!(names, ["lint", "native", "wasm", "e2e", "size"]);
    }

    #[test]
    fn one_part_is_that_part_alone() {
        assert_eq!(parts(&options(Some(Part::Wasm), None)), [Part::Wasm]);
    }

    #[test]
    fn a_filter_without_a_part_runs_the_parts_that_have_tests() {
        assert_eq!(parts(&options(None, Some("frame"))), [Part::Native, Part::Wasm, Part::E2e]);
    }
}
