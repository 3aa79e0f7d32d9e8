//! Formatting, clippy, documentation, and the rules that no compiler checks.

use super::check::Check;
use super::{Context, tidy, tree};
use crate::setup::Need;
use crate::workspace::{APP, CLIENT, WASM};

/// What the lints need.
pub(super) const NEEDS: &[Need] = &[Need::Rustfmt, Need::Clippy, Need::WasmTarget];

/// Packages that are part of the page, with the features they are linted with there.
const PAGE: &[(&str, &[&str])] =
    &[(CLIENT, &["--no-default-features"]), (CLIENT, &["--all-features"]), (APP, &[]), ("migration", &[])];

/// The lints, the quick ones first. Each package is linted alone, so that Cargo unifies no features.
pub(super) fn checks(context: &Context) -> Vec<Check> {
    let workspace = &context.workspace;
    let mut format = workspace.cargo();
    format.args(["fmt", "--all", "--check"]);
    let (root, for_tree) = (workspace.root.clone(), workspace.clone());
    let mut checks = vec![
        Check::succeeds("format", &[Need::Rustfmt], format),
        Check::holds("tidy sources", &[], move || tidy::check(&root)),
        Check::holds("dependency trees", &[], move || tree::check(&for_tree)),
    ];
    checks.extend(workspace.members.iter().map(|package| clippy_native(context, package)));
    checks.extend(PAGE.iter().map(|(package, features)| clippy_wasm(context, package, features)));
    checks.extend(workspace.members.iter().map(|package| docs(context, package)));
    checks
}

fn clippy_native(context: &Context, package: &str) -> Check {
    let mut command = context.workspace.cargo();
    command.args(["clippy", "--quiet", "--all-targets", "--package", package]);
    if package == CLIENT {
        command.args(["--no-default-features", "--features", "mock,popup,session-monitor,audiences"]);
    }
    command.args(["--", "-D", "warnings"]);
    Check::succeeds(format!("clippy {package}"), &[Need::Clippy], command)
}

fn clippy_wasm(context: &Context, package: &str, features: &[&str]) -> Check {
    let mut command = context.toolbox.wasm_compiler().clippy(&context.workspace.root);
    command.args(["--quiet", "--all-targets", "--target", WASM, "--package", package]).args(features);
    command.args(["--", "-D", "warnings"]);
    let name = format!("clippy {package} {} for the browser", features.join(" ")).replace("  ", " ");
    Check::succeeds(name, &[Need::Clippy, Need::WasmTarget], command)
}

fn docs(context: &Context, package: &str) -> Check {
    let mut command = context.workspace.cargo();
    command.args(["doc", "--quiet", "--no-deps", "--package", package]).env("RUSTDOCFLAGS", "-D warnings");
    let mut needs: &[Need] = &[];
    if [APP, CLIENT].contains(&package) {
        command.args(["--target", WASM]);
        context.toolbox.wasm_compiler().apply(&mut command);
        needs = &[Need::WasmTarget];
    }
    Check::succeeds(format!("docs {package}"), needs, command)
}
