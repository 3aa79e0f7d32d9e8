//! The answer in sentences, for a terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use migration::code::{Confidence, Finding, Sign};
use migration::logs::{Application, Kind, Period};
use migration::{ClientType, Exchange, replacement};

use super::answer::{Answer, InFile};

/// Places that only look like delegation are listed up to this number; JSON has them all.
const MOST_LOOKALIKES: usize = 20;

pub(super) fn print(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    verdict(answer, out)?;
    if answer.logs.files > 0 {
        logs(answer, out)?;
    }
    let (meant, looks_like): (Vec<_>, Vec<_>) =
        answer.code.findings.iter().partition(|one| one.finding.confidence > Confidence::LooksLikeIt);
    if !meant.is_empty() {
        places(&meant, out)?;
    }
    if !looks_like.is_empty() {
        lookalikes(&looks_like, out)?;
    }
    if answer.code.left_out > 0 {
        writeln!(out, "\n{} more findings in files with over a thousand.", answer.code.left_out)?;
    }
    if !answer.problems.is_empty() {
        writeln!(out, "\nNot read, or not as it is:")?;
        for problem in &answer.problems {
            writeln!(out, "  {} {}", problem.place, problem.what)?;
        }
    }
    skipped(answer, out)
}

fn verdict(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    let applications = answer.logs.report.applications.iter().filter(|one| one.affected()).count() as u64;
    let places = answer.code.findings.iter().filter(|one| one.affected).count() as u64;
    let affected = match (applications, places) {
        (0, places) => counted(places, "place in programs", "places in programs"),
        (applications, 0) => counted(applications, "application in the logs", "applications in the logs"),
        (applications, places) => format!(
            "{} and {}",
            counted(applications, "application in the logs", "applications in the logs"),
            counted(places, "place in programs", "places in programs")
        ),
    };
    if answer.affected {
        writeln!(out, "Affected: {affected}.")
    } else if answer.complete {
        writeln!(out, "Not affected by what was read.")
    } else if answer.logs.files + answer.code.files == 0 {
        writeln!(out, "No answer: nothing could be read.")
    } else {
        writeln!(out, "No answer: what was read is not affected, but something could not be read.")
    }?;
    let read = [
        (answer.logs.files, "file of log entries", "files of log entries"),
        (answer.code.files, "other file", "other files"),
    ];
    let read: Vec<_> =
        read.iter().filter(|(number, ..)| *number > 0).map(|(number, one, many)| counted(*number, one, many)).collect();
    if read.is_empty() { Ok(()) } else { writeln!(out, "Read: {}.", read.join(", ")) }
}

fn logs(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    let report = &answer.logs.report;
    writeln!(out, "\nIn the logs: {} entries{}", report.entries, between(report.period.as_ref()))?;
    if report.applications.is_empty() {
        writeln!(out, "  No application uses delegation.")?;
    }
    for application in &report.applications {
        let id = application.client_id.as_deref().unwrap_or("no client id");
        let name = application.name.as_deref().unwrap_or("without a name");
        let verdict = if application.affected() { "affected" } else { "not affected yet" };
        writeln!(out, "  {} ({}): {verdict}", printable(name), printable(id))?;
        uses(application, out)?;
    }
    if report.rate_limited > 0 {
        writeln!(
            out,
            "  {} calls were refused by the rate limit; their entries name no application.",
            report.rate_limited
        )?;
    }
    let kinds = report.applications.iter().flat_map(|one| &one.uses).map(|used| used.kind);
    let (ending, staying): (Vec<Kind>, Vec<Kind>) = kinds.partition(|kind| kind.ends_with_the_migration());
    if report.affected() || !ending.is_empty() {
        writeln!(out, "\n  What to do:")?;
        for (whose, client) in [
            ("a single-page app", ClientType::SinglePageApp),
            ("a native app", ClientType::Native),
            ("a confidential client", ClientType::Confidential),
            ("an API modelled as a client", ClientType::ApiModelledAsClient),
        ] {
            let advice = replacement(Exchange::IdToken, client);
            writeln!(out, "    {whose}: {}. {}", advice.title, advice.sentence)?;
        }
    }
    if !staying.is_empty() {
        let advice = replacement(Exchange::AddOn, ClientType::Confidential);
        writeln!(out, "\n  {}: {}", advice.title, advice.sentence)?;
    }
    Ok(())
}

fn uses(application: &Application, out: &mut impl Write) -> io::Result<()> {
    for used in &application.uses {
        let api_type =
            if let Kind::AddOn(add_on) = used.kind { format!(" ({})", add_on.name()) } else { String::new() };
        let targets = match used.targets.len() {
            0 => String::new(),
            _ => format!(", for {}", used.targets.iter().map(|one| printable(one)).collect::<Vec<_>>().join(", ")),
        };
        writeln!(
            out,
            "    {}{api_type}: {} succeeded, {} refused{}{targets}",
            used.kind.in_words(),
            used.succeeded,
            used.failed,
            between(used.period.as_ref())
        )?;
    }
    if let Some(notices) = &application.notices {
        let count = counted(notices.count, "notice", "notices");
        writeln!(out, "    {count} of its deprecation{}", between(notices.period.as_ref()))?;
    }
    Ok(())
}

fn places(found: &[&InFile], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nIn programs:")?;
    for one in found {
        let finding = &one.finding;
        let (place, sure) =
            (format!("{}:{}:{}", one.file, finding.line, finding.column), finding.confidence.in_words());
        writeln!(out, "  {place}: {} ({sure})", what(finding))?;
        writeln!(out, "    {}", finding.excerpt)?;
        writeln!(out, "    Why: {}.", finding.reason)?;
        writeln!(out, "    In its place: {}.", one.replacement.title)?;
    }
    // What a replacement is, once for each, however many places have the same.
    let replacements: BTreeMap<_, _> = found.iter().map(|one| (one.replacement.title, one.replacement)).collect();
    for replacement in replacements.values() {
        writeln!(out, "\n  {}: {} ({})", replacement.title, replacement.sentence, replacement.spec)?;
    }
    Ok(())
}

/// What a finding says, as far as it can be seen.
fn what(finding: &Finding) -> String {
    let exchange = finding.exchange.map(Exchange::in_words);
    match (finding.sign, exchange) {
        (Sign::Permission, Some(exchange)) => format!("a client may exchange {exchange}"),
        (Sign::TenantFlag, _) => "the tenant allows delegation".to_owned(),
        (_, Some(exchange)) => exchange.to_owned(),
        (_, None) => "which token it sends cannot be seen here".to_owned(),
    }
}

fn lookalikes(found: &[&InFile], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nThese only look like it:")?;
    for one in found.iter().take(MOST_LOOKALIKES) {
        let finding = &one.finding;
        writeln!(out, "  {}:{}:{}: {}.", one.file, finding.line, finding.column, finding.reason)?;
    }
    match found.len().saturating_sub(MOST_LOOKALIKES) {
        0 => Ok(()),
        more => writeln!(out, "  {more} more; --json lists them all."),
    }
}

fn skipped(answer: &Answer, out: &mut impl Write) -> io::Result<()> {
    let skipped = &answer.skipped;
    let mut all: Vec<String> =
        skipped.folders.iter().map(|(name, number)| format!("{number} × the folder {name}")).collect();
    for (number, one, many) in [
        (skipped.binary_files, "binary file", "binary files"),
        (skipped.symbolic_links, "symbolic link", "symbolic links"),
        (skipped.special_files, "special file", "special files"),
    ] {
        if number > 0 {
            all.push(counted(number, one, many));
        }
    }
    if all.is_empty() { Ok(()) } else { writeln!(out, "\nSkipped: {}.", all.join(", ")) }
}

fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn between(period: Option<&Period>) -> String {
    match period {
        None => String::new(),
        Some(period) if period.first == period.last => format!(", on {}", printable(&period.first)),
        Some(period) => format!(", from {} to {}", printable(&period.first), printable(&period.last)),
    }
}

/// What log entries hold is anybody's words: a terminal must not obey them.
fn printable(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
