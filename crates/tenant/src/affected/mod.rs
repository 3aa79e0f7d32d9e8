//! `tenant affected`: reads exported logs and programs from files, and says whether the migration concerns them.

mod answer;
mod decode;
mod print;
mod read;
mod walk;

use std::io::{self, Write};

use crate::cli::Affected;
use answer::Answer;

/// Reads everything that was named, prints the answer, and returns the exit status: 0 not affected, 1 affected, 2 when
/// something could not be read and nothing else is affected.
#[must_use]
pub fn affected(flags: &Affected) -> u8 {
    let mut answer = Answer::default();
    for path in &flags.paths {
        walk::walk(path, &mut answer);
    }
    let answer = answer.finish();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let printed = if flags.json {
        serde_json::to_writer_pretty(&mut out, &answer).map_err(io::Error::from).and_then(|()| writeln!(out))
    } else {
        print::print(&answer, &mut out)
    };
    // Whoever closed the pipe early has read what they wanted; the status still says the answer.
    let _ = printed.and_then(|()| out.flush());
    answer.exit_status()
}
