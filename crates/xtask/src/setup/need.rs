//! What the commands need from a machine, the ways to get it there, and the sentence for when there is none.
//!
//! Pure: given facts about the machine, it answers with a plan or with words.

use super::wasm_std::{Compiler, Flavor};

/// Trunk, which builds the page.
const TRUNK_VERSION: &str = "0.22.1";
/// geckodriver, which drives Firefox.
const GECKODRIVER_VERSION: &str = "0.37.1";
/// npm's `binaryen`, whose `wasm-opt` shrinks the page. Debian's 108 breaks wasm-bindgen's output.
const BINARYEN_VERSION: &str = "132.0.0";

/// Something that a command needs on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// A compiler that builds for `wasm32-unknown-unknown`.
    WasmTarget,
    /// The small standard library of the released page.
    SmallLibrary,
    /// The linter.
    Clippy,
    /// The formatter.
    Rustfmt,
    /// `wasm-bindgen` and `wasm-bindgen-test-runner`, of exactly the locked version.
    WasmBindgen,
    /// Builds the page.
    Trunk,
    /// Node.js with npm.
    Npm,
    /// Shrinks the page.
    WasmOpt,
    /// A browser.
    Chromium,
    /// Drives Chromium.
    Chromedriver,
    /// The other browser.
    Firefox,
    /// Drives Firefox.
    Geckodriver,
}

/// What is known about the machine.
#[derive(Clone, Debug, Default)]
pub(crate) struct Machine {
    /// Packages may be installed: root, and apt-get is there.
    pub(crate) apt: bool,
    /// `rustup` is there.
    pub(crate) rustup: bool,
    /// Debian's second compiler, its library's source and a WebAssembly linker are there.
    pub(crate) debian_compiler: bool,
    /// `npm` is there.
    pub(crate) npm: bool,
    /// The version of wasm-bindgen in Cargo.lock.
    pub(crate) wasm_bindgen_version: String,
}

/// A crate whose programs are built from its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CargoTool {
    /// The crate.
    pub(crate) name: &'static str,
    /// Exactly this version.
    pub(crate) version: String,
    /// What else `cargo install` is told.
    pub(crate) arguments: &'static [&'static str],
    /// How long it takes on two cores.
    pub(crate) hint: &'static str,
}

/// One way to get something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `rustup target add wasm32-unknown-unknown`.
    RustupTarget,
    /// `rustup component add …`.
    RustupComponent(&'static str),
    /// A standard library built for the target, from the source of this compiler's.
    Library(Compiler, Flavor),
    /// `apt-get install …`.
    Apt(&'static [&'static str]),
    /// `cargo install …` into the cache.
    Cargo(CargoTool),
    /// `npm install NAME@VERSION` into the cache.
    Npm {
        /// The package.
        name: &'static str,
        /// Exactly this version.
        version: &'static str,
    },
}

/// Debian's second compiler, the source of its library, and linker and linter for it.
pub(crate) const DEBIAN_COMPILER: &[&str] = &["rustc-web", "cargo-web", "rust-web-src", "lld-19", "rust-web-clippy"];

impl Need {
    /// What it is, for the sentences.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WasmTarget => "the target wasm32-unknown-unknown",
            Self::SmallLibrary => "the page's small standard library",
            Self::Clippy => "clippy",
            Self::Rustfmt => "rustfmt",
            Self::WasmBindgen => "wasm-bindgen",
            Self::Trunk => "Trunk",
            Self::Npm => "npm",
            Self::WasmOpt => "wasm-opt",
            Self::Chromium => "Chromium",
            Self::Chromedriver => "chromedriver",
            Self::Firefox => "Firefox",
            Self::Geckodriver => "geckodriver",
        }
    }

    /// The ways to get it on this machine, the best first. Empty if it has to be done by hand.
    pub(crate) fn ways(self, machine: &Machine) -> Vec<Way> {
        let rustup = |way| if machine.rustup { vec![way] } else { vec![] };
        let apt = |packages| if machine.apt { vec![Way::Apt(packages)] } else { vec![] };
        match self {
            Self::WasmTarget => {
                let mut ways = rustup(Way::RustupTarget);
                if machine.debian_compiler || machine.apt {
                    ways.push(Way::Library(Compiler::Debian, Flavor::Ordinary));
                }
                ways
            }
            Self::SmallLibrary => {
                let mut ways = rustup(Way::Library(Compiler::Rustup, Flavor::Small));
                if machine.debian_compiler || machine.apt {
                    ways.push(Way::Library(Compiler::Debian, Flavor::Small));
                }
                ways
            }
            Self::Clippy => rustup(Way::RustupComponent("clippy")),
            Self::Rustfmt => rustup(Way::RustupComponent("rustfmt")),
            Self::WasmBindgen => vec![Way::Cargo(CargoTool {
                name: "wasm-bindgen-cli",
                version: machine.wasm_bindgen_version.clone(),
                // Its own lock file names versions that newer compilers refuse.
                arguments: &[],
                hint: "about a minute",
            })],
            Self::Trunk => vec![Way::Cargo(CargoTool {
                name: "trunk",
                version: TRUNK_VERSION.to_owned(),
                // One TLS feature has to be chosen to compile; Trunk runs offline here.
                arguments: &["--locked", "--ignore-rust-version", "--no-default-features", "--features", "rustls"],
                hint: "about four minutes, once",
            })],
            Self::Geckodriver => vec![Way::Cargo(CargoTool {
                name: "geckodriver",
                version: GECKODRIVER_VERSION.to_owned(),
                arguments: &["--locked"],
                hint: "about a minute",
            })],
            Self::Npm => vec![],
            Self::WasmOpt if machine.npm => {
                vec![Way::Npm { name: "binaryen", version: BINARYEN_VERSION }]
            }
            Self::WasmOpt => vec![],
            Self::Chromium => apt(&["chromium"]),
            Self::Chromedriver => apt(&["chromium-driver"]),
            Self::Firefox => apt(&["firefox-esr"]),
        }
    }

    /// What a person does to get it.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::WasmTarget => {
                "run `rustup target add wasm32-unknown-unknown`; where rustup cannot download it, on Debian run \
                 `sudo apt-get install rustc-web cargo-web rust-web-src lld-19 rust-web-clippy`"
            }
            Self::SmallLibrary => {
                "run `rustup component add rust-src`; where rustup cannot download it, on Debian run \
                 `sudo apt-get install rustc-web cargo-web rust-web-src lld-19 rust-web-clippy`"
            }
            Self::Clippy => "run `rustup component add clippy`",
            Self::Rustfmt => "run `rustup component add rustfmt`",
            Self::WasmBindgen => "run `cargo install wasm-bindgen-cli` by hand to see what is wrong",
            Self::Trunk => "run `cargo install trunk` by hand to see what is wrong",
            Self::Npm | Self::WasmOpt => {
                "install Node.js 18 or later with npm (https://nodejs.org, or `sudo apt-get install nodejs npm`)"
            }
            Self::Chromium => "run `sudo apt-get install chromium`, or set CHROMIUM to the browser's path",
            Self::Chromedriver => {
                "run `sudo apt-get install chromium-driver`, or set CHROMEDRIVER to the driver's path"
            }
            Self::Firefox => "run `sudo apt-get install firefox-esr`, or set FIREFOX to the browser's path",
            Self::Geckodriver => "set GECKODRIVER to the driver's path (https://github.com/mozilla/geckodriver)",
        }
    }

    /// The sentence for something that is not there, with why each way failed.
    pub(crate) fn lacking(self, failures: &[String]) -> String {
        let (name, advice) = (self.name(), self.advice());
        match failures {
            [] => format!("{name} is missing: {advice}"),
            _ => format!("{name} is missing, and could not be installed: {}. Or {advice}", failures.join("; then ")),
        }
    }
}

/// Why an installation failed, in one sentence, from what it printed.
pub(crate) fn reason(output: &str) -> String {
    const REFUSED: &[&str] = &[
        "could not resolve host",
        "couldn't resolve host",
        "temporary failure resolving",
        "failed to lookup address",
        "network is unreachable",
        "connection refused",
        "connection timed out",
        "failed to connect",
        "could not connect",
        "could not download",
        "failed to download",
        "spurious network error",
        "failed to fetch",
        "enotfound",
        "eai_again",
        "econnrefused",
        "etimedout",
        "unable to update registry",
        "tunnel failed",
    ];
    let lower = output.to_lowercase();
    if REFUSED.iter().any(|words| lower.contains(words)) {
        return "the network refused it (offline? a proxy?); connect the machine and run the command again, \
                what is installed already is kept"
            .to_owned();
    }
    if lower.contains("no space left on device") {
        return "the disk is full; make room and run the command again".to_owned();
    }
    let end: Vec<&str> = output.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    end[end.len().saturating_sub(3)..].join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare() -> Machine {
        Machine { wasm_bindgen_version: "0.2.130".to_owned(), ..Machine::default() }
    }

    #[test]
    fn the_wasm_target_comes_from_rustup_and_else_from_debian() {
        let debian = || Way::Library(Compiler::Debian, Flavor::Ordinary);
        let small = |compiler| Way::Library(compiler, Flavor::Small);
        let (both, alone) = (Machine { rustup: true, apt: true, ..bare() }, Machine { rustup: true, ..bare() });
        let (root, debians) = (Machine { apt: true, ..bare() }, Machine { debian_compiler: true, ..bare() });
        let cases = [
            (both, vec![Way::RustupTarget, debian()], vec![small(Compiler::Rustup), small(Compiler::Debian)]),
            (alone, vec![Way::RustupTarget], vec![small(Compiler::Rustup)]),
            (root, vec![debian()], vec![small(Compiler::Debian)]),
            (debians, vec![debian()], vec![small(Compiler::Debian)]),
            (bare(), vec![], vec![]),
        ];
        for (machine, target, library) in cases {
            assert_eq!(Need::WasmTarget.ways(&machine), target, "{machine:?}");
            assert_eq!(Need::SmallLibrary.ways(&machine), library, "{machine:?}");
        }
    }

    #[test]
    fn without_root_browsers_are_asked_for_in_a_sentence() {
        for need in [Need::Chromium, Need::Chromedriver, Need::Firefox] {
            assert_eq!(need.ways(&bare()), []);
            assert!(need.lacking(&[]).contains("sudo apt-get install"), "{}", need.lacking(&[]));
            let root = Machine { apt: true, ..bare() };
            assert!(matches!(need.ways(&root)[..], [Way::Apt(_)]));
        }
    }

    #[test]
    fn without_node_the_sentence_names_node() {
        assert_eq!(Need::WasmOpt.ways(&bare()), []);
        assert!(Need::WasmOpt.lacking(&[]).contains("install Node.js"));
        assert!(Need::Npm.lacking(&[]).contains("install Node.js"));
        let with_npm = Machine { npm: true, ..bare() };
        assert_eq!(Need::WasmOpt.ways(&with_npm).len(), 1);
    }

    #[test]
    fn wasm_bindgen_is_of_the_locked_version() {
        let ways = Need::WasmBindgen.ways(&bare());
        assert!(matches!(&ways[..], [Way::Cargo(tool)] if tool.version == "0.2.130"));
    }

    #[test]
    fn a_refused_network_is_told_from_other_failures() {
        let refused = [
            "error: failed to download from `https://static.crates.io/…`",
            "npm error code ENOTFOUND",
            "E: Failed to fetch http://deb.debian.org/… Temporary failure resolving 'deb.debian.org'",
            "error: could not download file from 'https://static.rust-lang.org/…'",
            "curl: (6) Could not resolve host: index.crates.io",
        ];
        for output in refused {
            assert!(reason(output).contains("network refused"), "{output}");
        }
        assert_eq!(reason("a\n\nerror: linker `cc` not found\n"), "a / error: linker `cc` not found");
        assert!(reason("No space left on device (os error 28)").contains("disk is full"));
    }

    #[test]
    fn the_sentence_keeps_why_each_way_failed() {
        let sentence = Need::WasmTarget.lacking(&["rustup said no".to_owned(), "apt said no".to_owned()]);
        assert!(sentence.contains("rustup said no; then apt said no"), "{sentence}");
        assert!(sentence.contains("rustc-web"), "{sentence}");
    }
}
