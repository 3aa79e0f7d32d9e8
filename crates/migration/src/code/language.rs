//! Which language a file is in, as far as comments and texts are told apart by it.

use super::FileKind;
use crate::ClientType;

/// How a family of languages writes comments and texts, and what its programs usually are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Language {
    /// `//` and `/* */` are comments.
    pub slashes: bool,
    /// `#` begins a comment, at the start of a word.
    pub hash: bool,
    /// Texts in three quotes.
    pub triple: bool,
    /// Texts in one quote go on over lines.
    pub multiline: bool,
    /// Template texts in backquotes, and regular expressions between slashes.
    pub script: bool,
    /// Prose, with code inside `<script>`.
    pub markup: bool,
    /// Words are whatever stands between blanks, addresses included.
    pub bare: bool,
    /// Types stand before names, so that a word after a word is a definition.
    pub typed: bool,
    /// Configuration: texts that are not run.
    pub data: bool,
    /// Selectors end in a colon and are called without parentheses.
    pub selectors: bool,
    /// What its programs usually are.
    pub client: ClientType,
}

impl Language {
    pub(super) fn kind(self) -> FileKind {
        if self == PROSE {
            FileKind::Prose
        } else if self.data {
            FileKind::Data
        } else {
            FileKind::Program
        }
    }
}

const PLAIN: Language = Language {
    slashes: false,
    hash: false,
    triple: false,
    multiline: false,
    script: false,
    markup: false,
    bare: false,
    typed: false,
    data: false,
    selectors: false,
    client: ClientType::Confidential,
};

const SCRIPT: Language = Language { slashes: true, script: true, client: ClientType::SinglePageApp, ..PLAIN };
const MARKUP: Language = Language { markup: true, ..SCRIPT };
const SLASHES: Language = Language { slashes: true, triple: true, typed: true, ..PLAIN };
const DEVICE: Language = Language { client: ClientType::Native, ..SLASHES };
const APPLE: Language = Language { selectors: true, typed: false, ..DEVICE };
const PHP: Language = Language { slashes: true, hash: true, ..PLAIN };
const PYTHON: Language = Language { hash: true, triple: true, ..PLAIN };
const RUBY: Language = Language { hash: true, ..PLAIN };
const SHELL: Language = Language { hash: true, multiline: true, bare: true, ..PLAIN };
const SETTINGS: Language = Language { hash: true, bare: true, data: true, ..PLAIN };
const JSON: Language = Language { data: true, ..PLAIN };
const PROSE: Language = Language { markup: true, ..PLAIN };

const BY_EXTENSION: &[(&str, Language)] = &[
    ("js jsx ts tsx mjs cjs mts cts coffee es6", SCRIPT),
    ("html htm vue svelte cshtml erb ejs jsp hbs xhtml astro", MARKUP),
    ("java kt kts dart", DEVICE),
    ("cs fs vb go rs scala groovy c cc cpp h hpp sol", SLASHES),
    ("swift m mm", APPLE),
    ("php phtml", PHP),
    ("py pyw", PYTHON),
    ("rb rake ru ex exs pl pm r", RUBY),
    ("sh bash zsh fish ps1 bat http rest", SHELL),
    ("yaml yml toml ini env properties conf cfg tf hcl", SETTINGS),
    ("json jsonc json5 ndjson jsonl har plist xml postman_collection", JSON),
    ("md markdown mdx rst adoc txt tex org", PROSE),
];

/// The language of a file, by its name and, where that says nothing, by its first line.
pub(super) fn language(name: &str, beginning: &str) -> Language {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
    let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = BY_EXTENSION.iter().find(|(extensions, _)| extensions.split(' ').any(|one| one == extension));
    if let Some((_, language)) = known {
        return *language;
    }
    let first = beginning.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    match first.strip_prefix("#!") {
        Some(program) if program.contains("node") || program.contains("deno") => SCRIPT,
        Some(program) if program.contains("python") => PYTHON,
        Some(program) if program.contains("ruby") || program.contains("perl") => RUBY,
        Some(_) => SHELL,
        None if file.starts_with(".env") || file == "dockerfile" || file == "makefile" => SETTINGS,
        None if first.starts_with("<?php") => PHP,
        None if first.starts_with(['{', '[']) => JSON,
        None => PROSE,
    }
}
