//! Proofs over the dependency trees: what each package must not bring along, and what it must.

use std::collections::BTreeSet;

use crate::problem::Problem;
use crate::process;
use crate::workspace::{APP, CLIENT, TENANT, WASM, Workspace};

/// Software cryptography: WebCrypto costs the page nothing, these would triple it.
const CRYPTO: &[&str] = &["aws-lc-rs", "ring", "rsa", "p256", "p384", "ed25519-dalek"];

/// One claim about a dependency tree.
struct Claim {
    /// The claim in words.
    says: &'static str,
    /// What `cargo tree` is asked.
    arguments: &'static [&'static str],
    /// Packages that must not be in it.
    without: &'static [&'static str],
    /// Packages that must be in it: the proof that the question was a good one.
    with: &'static [&'static str],
}

const CLAIMS: &[Claim] = &[
    Claim {
        says: "the client's protocol core needs no browser",
        arguments: &["--package", CLIENT, "--no-default-features", "--target", WASM, "--edges", "normal"],
        without: &["web-sys", "js-sys", "wasm-bindgen", "leptos", "gloo-net"],
        with: &["sha2"],
    },
    Claim {
        says: "the client's browser half uses web-sys, and no Leptos",
        arguments: &[
            "--package",
            CLIENT,
            "--no-default-features",
            "--features",
            "browser",
            "--target",
            WASM,
            "--edges",
            "normal",
        ],
        without: &["leptos"],
        with: &["web-sys"],
    },
    Claim {
        says: "the client knows nothing of the tenant",
        arguments: &["--package", CLIENT, "--all-features", "--edges", "all"],
        without: &[TENANT],
        with: &["leptos"],
    },
    Claim {
        says: "the tenant shares no code with the client",
        arguments: &["--package", TENANT, "--edges", "all"],
        without: &[CLIENT, APP],
        with: &[],
    },
    Claim {
        says: "the page brings no software cryptography",
        arguments: &["--package", APP, "--target", WASM, "--edges", "normal"],
        without: CRYPTO,
        with: &["leptos"],
    },
];

/// Checks every claim against the workspace as it is.
pub(super) fn check(workspace: &Workspace) -> Result<(), Problem> {
    for claim in CLAIMS {
        let mut command = workspace.cargo();
        command.args(["tree", "--prefix", "none", "--format", "{p}"]).args(claim.arguments);
        judge(claim, &process::output("cargo tree", &mut command)?)?;
    }
    Ok(())
}

/// Judges the listing of `cargo tree`. Its exit status says nothing of what is in it.
fn judge(claim: &Claim, listing: &str) -> Result<(), Problem> {
    let packages: BTreeSet<&str> = listing.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let there: Vec<&str> = claim.without.iter().copied().filter(|name| packages.contains(name)).collect();
    let absent: Vec<&str> = claim.with.iter().copied().filter(|name| !packages.contains(name)).collect();
    if there.is_empty() && absent.is_empty() {
        return Ok(());
    }
    Err(Problem::Unexpected {
        what: format!("dependencies ({})", claim.says),
        expected: format!("without {}; with {}", claim.without.join(", "), claim.with.join(", ")),
        found: format!("{there:?} in the tree, {absent:?} not in it (cargo tree {})", claim.arguments.join(" ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: Claim =
        Claim { says: "a claim", arguments: &["--package", "x"], without: &["web-sys"], with: &["serde"] };

    #[test]
    fn a_tree_is_judged_by_whole_package_names() {
        let cases = [
            ("x v0.1.0 (/x)\nserde v1.0.0\nweb-sys-extra v1.0.0\n", true),
            ("x v0.1.0 (/x)\nserde v1.0.0\nweb-sys v0.3.0 (*)\n", false),
            ("x v0.1.0 (/x)\nserde_core v1.0.0\n", false),
            ("", false),
        ];
        for (listing, holds) in cases {
            assert_eq!(judge(&CLAIM, listing).is_ok(), holds, "{listing}");
        }
    }
}
