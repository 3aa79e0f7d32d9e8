//! One file, read in parts: are these log entries or is it a program, and what do they say?

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use migration::code::{FileKind, Scanner, file_kind};
use migration::logs::{Piece, Place, Splitter, is_entry};
use serde_json::Value;

use super::answer::{Answer, MOST_PROBLEMS, shown};
use super::decode::{Decoder, Looks};

/// How much of a file is in memory at once, beside the entry or line of tokens that is being read.
const PART: usize = 256 * 1024;

/// Why a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was named: if it tells nothing, that is said.
    Named,
    InFolder,
}

/// Reads a file and adds what it says to the answer.
pub(super) fn read(path: &Path, origin: Origin, answer: &mut Answer) {
    let file = File::open(path).and_then(|mut file| Ok((part(&mut file)?, file)));
    let (beginning, file) = match file {
        Ok(opened) => opened,
        Err(error) => return answer.cannot_read(path, format!("cannot be read: {error}")),
    };
    let mut decoder = Decoder::new(&beginning);
    let unusable = match decoder.looks(&beginning) {
        Looks::Text => None,
        Looks::Compressed => Some("is compressed; unpack it first"),
        Looks::Binary => Some("is a binary file, neither log entries nor a program"),
    };
    match (unusable, origin) {
        (Some(what), Origin::Named) => return answer.cannot_read(path, what),
        (Some(_), Origin::InFolder) => return answer.skipped.binary_files += 1,
        (None, _) => {}
    }
    let text = decoder.text(&beginning, beginning.len() < PART);
    // A byte order mark belongs to the encoding; no column counts it.
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let kind = file_kind(&path.to_string_lossy(), &text);
    let are_logs = kind != FileKind::Program && holds_entries(&text);
    let tells_something = kind == FileKind::Program || (kind == FileKind::Data && is_of_a_tenant(&text));
    let mut parts = Parts { file, decoder, next: Some(text), path };
    if are_logs {
        read_logs(&mut parts, answer);
    } else {
        read_program(&mut parts, origin == Origin::InFolder || tells_something, answer);
    }
    if parts.decoder.replaced > 0 {
        answer.remark(shown(path), "holds bytes that are no UTF-8; they were read as \u{fffd}");
    }
}

/// A file's text, part by part.
struct Parts<'a> {
    file: File,
    decoder: Decoder,
    next: Option<String>,
    path: &'a Path,
}

impl Parts<'_> {
    /// The next part; `None` at the end. An error ends it, too, and is noted.
    fn next(&mut self, answer: &mut Answer) -> Option<String> {
        let part_now = self.next.take()?;
        match part(&mut self.file) {
            Ok(bytes) if bytes.is_empty() => {
                let rest = self.decoder.text(&[], true);
                self.next = (!rest.is_empty()).then_some(rest);
            }
            Ok(bytes) => self.next = Some(self.decoder.text(&bytes, false)),
            Err(error) => answer.cannot_read(self.path, format!("cannot be read to its end: {error}")),
        }
        Some(part_now)
    }
}

fn part(file: &mut File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(PART as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a text that begins so is a list of log entries: it begins as JSON does, and one of its first objects is one.
fn holds_entries(beginning: &str) -> bool {
    let mut found = false;
    let mut check = |_, piece| {
        if let Piece::Object(text) = piece {
            found = found || serde_json::from_str::<Value>(&text).is_ok_and(|value| is_entry(&value));
        }
    };
    if !beginning.lines().take(20).any(|line| line.trim_start().starts_with(['{', '['])) {
        return false;
    }
    let mut splitter = Splitter::default();
    splitter.push(beginning, &mut check);
    found
}

fn read_logs(parts: &mut Parts<'_>, answer: &mut Answer) {
    let name = shown(parts.path);
    let mut splitter = Splitter::default();
    let mut problems = 0;
    while let Some(text) = parts.next(answer) {
        splitter.push(&text, |place, piece| problems += u64::from(!entry(&name, place, piece, problems, answer)));
    }
    splitter.finish(|place, piece| problems += u64::from(!entry(&name, place, piece, problems, answer)));
    if problems > MOST_PROBLEMS {
        answer.remark(name, format!("{} more are no log entries either", problems - MOST_PROBLEMS));
    }
    answer.logs.files += 1;
}

/// Takes one entry; false if it is none.
fn entry(name: &str, place: Place, piece: Piece, problems_before: u64, answer: &mut Answer) -> bool {
    let what = match piece {
        Piece::Broken { why, excerpt } => format!("{why}: {}", excerpt.replace(|c: char| c.is_control(), " ")),
        Piece::Object(text) => match serde_json::from_str::<Value>(&text) {
            Ok(value) if answer.tally.add(&value) => return true,
            Ok(_) => "is no log entry: an entry has a `type`, and a `date` or a `log_id`".to_owned(),
            Err(error) => format!("is no JSON: {error}"),
        },
    };
    if problems_before < MOST_PROBLEMS {
        answer.remark(format!("{name}:{}:{}", place.line, place.column), what);
    }
    false
}

/// Whether data is about a tenant: that no client in it may delegate is an answer, too.
fn is_of_a_tenant(beginning: &str) -> bool {
    ["grant_types", "flags", "clients"].iter().any(|word| beginning.contains(word))
}

/// Reads a file as a program. One that tells nothing, although it was named, is no answer.
fn read_program(parts: &mut Parts<'_>, may_be_silent: bool, answer: &mut Answer) {
    let mut scanner = Scanner::new(&parts.path.to_string_lossy());
    while let Some(text) = parts.next(answer) {
        scanner.push(&text);
    }
    let findings = scanner.finish();
    if !may_be_silent && findings.found.is_empty() {
        let what = "holds no log entry (an object with a `type` and a `date`), and is no program or export of a tenant";
        return answer.cannot_read(parts.path, what);
    }
    answer.code.files += 1;
    answer.take(parts.path, findings);
}
