//! What a first visit of each page downloads, against the budgets in `size-budget.json`.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::build::{self, Page, Profile};
use crate::compress::{brotli, gzip};
use crate::problem::Problem;
use crate::setup::Toolbox;
use crate::workspace::Workspace;

const BUDGET: &str = "size-budget.json";

/// Options of `cargo xtask size`.
#[derive(Args)]
pub(crate) struct Options {
    /// Print JSON, and nothing else, on standard output.
    #[arg(long)]
    json: bool,
}

/// One file of a first visit, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sizes {
    name: String,
    raw: u64,
    gzip: u64,
    brotli: u64,
}

/// How many bytes of brotli a first visit may take, and should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Budget {
    total: u64,
    aim: u64,
}

/// Builds the pages and measures them.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    let workspace = Workspace::load()?;
    let toolbox = Toolbox::prepare(Profile::Release.page_needs(), &workspace)?.complete()?;
    let built = |page| Ok((page, build::page(&workspace, &toolbox, page, Profile::Release)?));
    measure(&workspace, &[built(Page::App)?, built(Page::Minimal)?], options.json)
}

/// Measures pages that are built. An error if one is over its budget.
pub(crate) fn measure(workspace: &Workspace, pages: &[(Page, PathBuf)], as_json: bool) -> Result<(), Problem> {
    let path = workspace.root.join(BUDGET);
    let budgets = fs::read_to_string(&path).map_err(Problem::file(&path))?;
    let (mut reports, mut over) = (json!({}), None);
    for (page, dist) in pages {
        let budget = parse_budget(&budgets, *page)?;
        let sizes = first_visit(dist)?;
        if as_json {
            *part(&mut reports, *page) = report(&sizes, budget);
        } else {
            print!("{}", table(*page, &sizes, budget));
        }
        let found = total(&sizes).brotli;
        if found > budget.total {
            over = over.or(Some(Problem::OverBudget { page: page.name(), found, budget: budget.total }));
        }
    }
    if as_json {
        println!("{reports}");
    }
    over.map_or(Ok(()), Err)
}

/// Where a page stands in `size-budget.json` and in reports: the app's are the document, others a part of it.
fn part(document: &mut Value, page: Page) -> &mut Value {
    match page {
        Page::App => document,
        Page::Minimal => &mut document["minimal"],
        Page::Popup => &mut document["popup"],
    }
}

/// `index.html` and every file that it names, and those that these name in turn.
fn first_visit(dist: &Path) -> Result<Vec<Sizes>, Problem> {
    let index = dist.join("index.html");
    let mut seen = BTreeSet::from([index.clone()]);
    let mut waiting = VecDeque::from([index]);
    let mut sizes = Vec::new();
    while let Some(path) = waiting.pop_front() {
        let bytes = fs::read(&path).map_err(Problem::file(&path))?;
        if path.extension().is_some_and(|extension| ["html", "js", "mjs", "css"].iter().any(|text| extension == *text))
        {
            for name in named(&String::from_utf8_lossy(&bytes)) {
                if let Some(file) = resolve(dist, &path, &name)
                    && seen.insert(file.clone())
                {
                    waiting.push_back(file);
                }
            }
        }
        sizes.push(Sizes {
            name: path.strip_prefix(dist).unwrap_or(&path).display().to_string(),
            raw: bytes.len() as u64,
            gzip: gzip(&bytes).len() as u64,
            brotli: brotli(&bytes).len() as u64,
        });
    }
    Ok(sizes)
}

/// Texts in quotes, in `url(…)`, or of attributes without quotes: whatever names a file does it there.
fn named(text: &str) -> Vec<String> {
    let parts = |separator: char| text.split(separator).skip(1);
    let urls = text.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
    let attributes = parts('=').filter_map(|rest| rest.split(['>', ' ']).next());
    parts('"')
        .chain(parts('\''))
        .chain(parts('`'))
        .chain(urls)
        .chain(attributes)
        .map(|part| part.split(['?', '#']).next().unwrap_or_default().to_owned())
        .filter(|part| !part.is_empty() && part.len() < 200 && !part.contains(char::is_whitespace))
        .collect()
}

/// The file that `name` means in a file of the page, if there is one.
fn resolve(dist: &Path, from: &Path, name: &str) -> Option<PathBuf> {
    let candidate = match name.strip_prefix('/') {
        Some(absolute) => dist.join(absolute),
        None => from.parent()?.join(name),
    };
    let file = candidate.canonicalize().ok().filter(|path| path.is_file())?;
    let inside = file.strip_prefix(dist.canonicalize().ok()?).ok()?;
    // A page that is linked to is another visit.
    (inside.extension().is_some_and(|extension| extension != "html")).then(|| dist.join(inside))
}

fn total(sizes: &[Sizes]) -> Sizes {
    let sum = |field: fn(&Sizes) -> u64| sizes.iter().map(field).sum();
    Sizes { name: "in all".to_owned(), raw: sum(|s| s.raw), gzip: sum(|s| s.gzip), brotli: sum(|s| s.brotli) }
}

fn table(page: Page, sizes: &[Sizes], budget: Budget) -> String {
    let mut sorted = sizes.to_vec();
    sorted.sort_by_key(|file| std::cmp::Reverse(file.brotli));
    let total = total(sizes);
    let mut text =
        format!("{:>10} {:>10} {:>10}  a first visit of {} loads\n", "raw", "gzip -9", "brotli 11", page.name());
    for file in sorted.iter().chain([&total]) {
        text += &format!("{:>10} {:>10} {:>10}  {}\n", file.raw, file.gzip, file.brotli, file.name);
    }
    let aim = if total.brotli <= budget.aim { "reached" } else { "not reached yet" };
    text + &format!("budget {} bytes of brotli; the aim of {} is {aim}\n", budget.total, budget.aim)
}

fn report(sizes: &[Sizes], budget: Budget) -> Value {
    let row = |file: &Sizes| json!({"file": file.name, "raw": file.raw, "gzip": file.gzip, "brotli": file.brotli});
    let total = total(sizes);
    json!({
        "files": sizes.iter().map(row).collect::<Vec<_>>(),
        "total": {"raw": total.raw, "gzip": total.gzip, "brotli": total.brotli},
        "budget": {"brotli_total": budget.total, "brotli_aim": budget.aim},
        "within_budget": total.brotli <= budget.total,
    })
}

fn parse_budget(text: &str, page: Page) -> Result<Budget, Problem> {
    let mut value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
    let value = part(&mut value, page);
    match (value["brotli_total"].as_u64(), value["brotli_aim"].as_u64()) {
        (Some(total), Some(aim)) => Ok(Budget { total, aim }),
        _ => Err(Problem::Unexpected {
            what: BUDGET.to_owned(),
            expected: format!("{{\"brotli_total\": bytes, \"brotli_aim\": bytes}} for {}", page.name()),
            found: text.trim().to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn page() -> TempDir {
        let dist = tempfile::tempdir().unwrap();
        fs::create_dir_all(dist.path().join("snippets")).unwrap();
        let files = [
            (
                "index.html",
                "<link rel=stylesheet href=\"/main-1.css\"><script src='/first.js'></script>\
                 <link rel=stylesheet href=/bare.css><script src=/last.js async></script>\
                 <script type=module>import init from '/app.js'; init({module_or_path:'/app_bg.wasm'})</script>\
                 <a href=\"/other.html\">elsewhere</a><a href=\"/main-1.css?again\">twice</a>",
            ),
            ("main-1.css", "body { background: url(/back.svg#a) }"),
            ("back.svg", "<svg/>"),
            ("first.js", "1"),
            ("bare.css", "a {}"),
            ("last.js", "2"),
            ("app.js", "import { x } from './snippets/inline0.js'; fetch(\"../../etc/passwd\")"),
            ("snippets/inline0.js", "export const x = 1"),
            ("app_bg.wasm", "wasm wasm wasm wasm"),
            ("other.html", "another visit"),
            ("never.js", "not named by anything"),
            ("app.js.br", "a compressed copy"),
        ];
        for (name, text) in files {
            fs::write(dist.path().join(name), text).unwrap();
        }
        dist
    }

    #[test]
    fn a_first_visit_is_what_index_names_directly_or_not() {
        let sizes = first_visit(page().path()).unwrap();
        let mut names: Vec<&str> = sizes.iter().map(|file| file.name.as_str()).collect();
        names.sort_unstable();
        let expected = [
            "app.js",
            "app_bg.wasm",
            "back.svg",
            "bare.css",
            "first.js",
            "index.html",
            "last.js",
            "main-1.css",
            "snippets/inline0.js",
        ];
        assert_eq!(names, expected);
        let wasm = sizes.iter().find(|file| file.name == "app_bg.wasm").unwrap();
        assert_eq!(wasm.raw, 19);
        assert_eq!(total(&sizes).raw, sizes.iter().map(|file| file.raw).sum::<u64>());
    }

    #[test]
    fn a_page_over_budget_is_an_error_and_one_within_is_not() {
        let dist = page();
        let dist = dist.path();
        let root = dist.to_owned();
        let workspace = Workspace { root: root.clone(), target: root.clone(), members: vec![] };
        let exact = total(&first_visit(dist).unwrap()).brotli;
        for (allowed, within) in [(exact, true), (exact - 1, false)] {
            let minimal = json!({ "brotli_total": allowed, "brotli_aim": 1 });
            let budgets = json!({ "brotli_total": exact, "brotli_aim": 1, "minimal": minimal });
            fs::write(root.join(BUDGET), budgets.to_string()).unwrap();
            let pages = [(Page::App, dist.to_owned()), (Page::Minimal, dist.to_owned())];
            let outcome = measure(&workspace, &pages, true);
            assert_eq!(outcome.is_ok(), within, "{outcome:?}");
            if let Err(problem) = outcome {
                assert_eq!(problem.code(), "over_budget");
            }
        }
    }

    #[test]
    fn a_budget_that_is_none_is_named() {
        for text in ["", "{}", "{\"brotli_total\": \"many\", \"brotli_aim\": 1}"] {
            assert_eq!(parse_budget(text, Page::App).unwrap_err().code(), "unexpected", "{text}");
        }
        let text = "{\"brotli_total\": 160000, \"brotli_aim\": 115000}";
        assert_eq!(parse_budget(text, Page::Minimal).unwrap_err().code(), "unexpected", "each page has its own");
        let budget = parse_budget(text, Page::App).unwrap();
        assert_eq!(budget, Budget { total: 160_000, aim: 115_000 });
    }

    #[test]
    fn the_json_report_adds_up() {
        let sizes = first_visit(page().path()).unwrap();
        let report = report(&sizes, Budget { total: 1, aim: 1 });
        assert_eq!(report["within_budget"], false);
        assert_eq!(report["files"].as_array().unwrap().len(), sizes.len());
        assert_eq!(report["total"]["brotli"], total(&sizes).brotli);
    }
}
