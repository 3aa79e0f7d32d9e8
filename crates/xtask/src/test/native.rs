//! Tests that run on this machine itself.

use super::Context;
use super::check::Check;
use crate::workspace::{APP, CLIENT, E2E, MINIMAL, POPUP, WASM_STREAMS};

/// The client's features that need no browser.
const PURE_FEATURES: &str = "audiences,checkup,dpop,mock,popup,session-monitor";

/// Every package that has tests of its own which run without a browser, each alone: Cargo would otherwise give the tenant's features of a
/// shared dependency to the client, and what is tested would not be what is shipped.
pub(super) fn checks(context: &Context) -> Vec<Check> {
    let packages = context
        .workspace
        .members
        .iter()
        .filter(|package| ![E2E, MINIMAL, POPUP, WASM_STREAMS].contains(&package.as_str()));
    packages.map(|package| check(context, package)).chain([examples_in_docs(context)]).collect()
}

/// The examples in the client's documentation, those of its browser half compiled only.
fn examples_in_docs(context: &Context) -> Check {
    let mut command = context.workspace.cargo();
    command.args(["test", "--quiet", "--doc", "--all-features", "--package", CLIENT]);
    Check::tests(format!("{CLIENT}, examples in its documentation"), &[], context.filtered(command))
}

fn check(context: &Context, package: &str) -> Check {
    let mut command = context.workspace.cargo();
    command.args(["test", "--quiet", "--no-fail-fast", "--package", package]);
    match package {
        // What is native in it is the protocol core, and the tenant that stands in for one.
        CLIENT => {
            command.args(["--no-default-features", "--features", PURE_FEATURES]);
        }
        // Its `tests/` run in browsers.
        APP => {
            command.arg("--lib");
        }
        _ => {}
    }
    Check::tests(package, &[], context.filtered(command))
}
