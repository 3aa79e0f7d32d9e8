//! Rules about the text of the sources that no compiler checks: the architecture's absences, and readable files.

use std::fs;
use std::path::Path;

use crate::compress::files;
use crate::problem::Problem;

/// A file past this holds two things.
const LINES: usize = 420;

/// Files of the app that may name `web_sys` and send requests: none but this one.
const APP_EDGE: &[&str] = &["src/lab.rs"];

/// What the pure crates and modules never name.
const IMPURE: &[&str] = &["web_sys", "js_sys", "SystemTime", "Instant", "tokio", "std::net"];

/// What sends a request.
const REQUESTS: &[&str] = &["fetch", "Request", "gloo_net", "XmlHttpRequest"];

/// Words that files under some folder must not name, and why.
struct Absence {
    under: &'static [&'static str],
    except: &'static [&'static str],
    words: &'static [&'static str],
    why: &'static str,
}

const ABSENCES: &[Absence] = &[
    Absence {
        under: &["crates/silent-auth/src/protocol/", "crates/silent-auth/src/protocol.rs", "crates/migration/src/"],
        except: &[],
        words: IMPURE,
        why: "the pure core knows no browser, no clock and no socket",
    },
    Absence {
        under: &["crates/silent-auth/src/"],
        except: &["crates/silent-auth/src/browser/"],
        words: &["web_sys"],
        why: "in the client crate only browser/ touches the browser",
    },
    Absence { under: &["src/"], except: APP_EDGE, words: &["web_sys"], why: "in the app one file touches the browser" },
    Absence { under: &["src/"], except: APP_EDGE, words: REQUESTS, why: "no component sends a request" },
];

/// Checks every Rust file of the repository; the error lists each breach as `path:line: what`.
pub(super) fn check(root: &Path) -> Result<(), Problem> {
    let mut breaches = Vec::new();
    for folder in ["src", "tests", "crates", "examples"] {
        let folder = root.join(folder);
        if !folder.exists() {
            continue;
        }
        for path in files(&folder)? {
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if name.ends_with(".rs") && !name.contains("/node_modules/") && !name.contains("/target/") {
                let text = fs::read_to_string(&path).map_err(Problem::file(&path))?;
                breaches.extend(breaches_of(&name, &text));
            }
        }
    }
    if breaches.is_empty() {
        return Ok(());
    }
    Err(Problem::Unexpected {
        what: "the sources".to_owned(),
        expected: "none of these".to_owned(),
        found: format!("\n{}", breaches.join("\n")),
    })
}

/// The breaches of one file, whose `name` is its path in the repository.
fn breaches_of(name: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if !text.starts_with("//! ") {
        breaches.push(format!("{name}:1: begins with no `//!` sentence that says what the file is for"));
    }
    let lines = text.lines().count();
    if lines > LINES {
        breaches.push(format!("{name}:{LINES}: {lines} lines; a file past {LINES} holds two things"));
    }
    for absence in ABSENCES {
        let starts = |folders: &[&str]| folders.iter().any(|folder| name.starts_with(folder));
        if !starts(absence.under) || starts(absence.except) {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let code = code_of(line);
            for word in absence.words.iter().filter(|word| names(&code, word)) {
                breaches.push(format!("{name}:{}: names `{word}`: {}", number + 1, absence.why));
            }
        }
    }
    breaches
}

/// The line without its comment and without what stands in quotes.
fn code_of(line: &str) -> String {
    let mut code = String::new();
    let mut characters = line.chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' if quoted => drop(characters.next()),
            // A quote as a character begins no string.
            '"' if !quoted && code.ends_with('\'') && characters.peek() == Some(&'\'') => code.push(' '),
            '"' => quoted = !quoted,
            _ if quoted => {}
            '/' if characters.peek() == Some(&'/') => break,
            _ => code.push(character),
        }
    }
    code
}

/// True if `code` has `word` as a whole word.
fn names(code: &str, word: &str) -> bool {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(is_part) && !code[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One breach each: the file's path, its text, a part of the complaint.
    const BAD: &[(&str, &str, &str)] = &[
        ("crates/tenant/src/main.rs", "fn main() {}", "no `//!`"),
        ("src/lib.rs", "// not a doc comment\n", "no `//!`"),
        ("crates/silent-auth/src/protocol/time.rs", "//! T.\nuse std::time::SystemTime;", "`SystemTime`"),
        ("crates/silent-auth/src/protocol/time.rs", "//! T.\nlet a = Instant::now();", ":2: names `Instant`"),
        ("crates/silent-auth/src/protocol/frame.rs", "//! F.\nuse js_sys::Date;", "`js_sys`"),
        ("crates/migration/src/lib.rs", "//! M.\nuse std::net::IpAddr;", "`std::net`"),
        ("crates/migration/src/lib.rs", "//! M.\ntokio::spawn(x);", "`tokio`"),
        ("crates/silent-auth/src/leptos/context.rs", "//! C.\nweb_sys::window();", "only browser/"),
        ("crates/silent-auth/src/lib.rs", "//! C.\nlet u = \"https://x\"; web_sys::window();", "only browser/"),
        ("src/components/bar.rs", "//! B.\nuse web_sys::window;", "one file"),
        ("src/components/bar.rs", "//! B.\nlet r = Request::get(url);", "no component sends"),
        ("src/pages/home.rs", "//! H.\nwindow.fetch(url).await;", "no component sends"),
        ("src/pages/home.rs", "//! H.\nlet quote = '\"'; window.fetch(url).await;", "no component sends"),
    ];

    const GOOD: &[(&str, &str)] = &[
        ("crates/silent-auth/src/browser/frame.rs", "//! F.\nuse web_sys::window;"),
        ("crates/silent-auth/src/protocol/time.rs", "//! T.\n// No Instant here.\nstruct InstantLike;"),
        ("crates/silent-auth/tests/frames.rs", "//! F.\nuse web_sys::window;"),
        ("crates/tenant/src/clock.rs", "//! C.\nuse std::time::SystemTime;"),
        ("src/lab.rs", "//! L.\nlet r = Request::get(url); web_sys::window();"),
        ("src/pages/home.rs", "//! H.\nlet prefetched = RequestRecord::new(); // fetch"),
        ("src/pages/home.rs", "//! H.\nlet words = \"a Request: \\\" fetch\"; // Request"),
    ];

    #[test]
    fn each_bad_file_has_its_one_breach() {
        for (name, text, complaint) in BAD {
            let breaches = breaches_of(name, text);
            assert!(matches!(&breaches[..], [breach] if breach.contains(complaint)), "{name}: {breaches:?}");
        }
    }

    #[test]
    fn good_files_have_none() {
        for (name, text) in GOOD {
            assert_eq!(breaches_of(name, text), [] as [String; 0], "{name}");
        }
    }

    #[test]
    fn a_file_that_is_too_long_is_told_with_its_length() {
        let text = |lines: usize| "//! Long.\n".to_owned() + &"\n".repeat(lines - 1);
        assert_eq!(breaches_of("src/long.rs", &text(LINES)).len(), 0);
        assert!(breaches_of("src/long.rs", &text(LINES + 1))[0].contains("421 lines"));
    }
}
