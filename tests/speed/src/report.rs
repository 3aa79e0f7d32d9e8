//! What was measured, as a table for people and as JSON for programs, with the aims beside it.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::bench::{Body, Cell, Results};
use crate::load::Job;
use crate::stats::Measured;
use crate::target::ResponseMode;

/// Something that should hold.
struct Aim {
    says: &'static str,
    wanted: String,
    found: Option<f64>,
    met: bool,
}

/// At 64 connections: the job, and how many times oidc-provider's requests per second it should reach.
const RATIOS: [(Job, &str, f64); 3] = [
    (Job::Silent(ResponseMode::Query), "silent /authorize, 64 connections, times oidc-provider", 15.0),
    (Job::Exchange, "code exchange, 64 connections, times oidc-provider", 2.0),
    (Job::Refresh, "refresh, 64 connections, times oidc-provider", 2.0),
];
const AT_CONNECTIONS: usize = 64;
const START_MILLIS: f64 = 60.0;
const AT_REST_KILOBYTES: u64 = 30 * 1024;

fn aims(results: &Results) -> Vec<Aim> {
    let mut aims: Vec<Aim> = RATIOS
        .iter()
        .map(|(job, says, wanted)| {
            let is_it = |cell: &&Cell| cell.job == *job && cell.connections == AT_CONNECTIONS;
            let found = results.cells.iter().find(is_it).and_then(|cell| cell.ratio);
            let met = found.is_some_and(|found| found >= *wanted);
            Aim { says, wanted: format!("at least {wanted}"), found, met }
        })
        .collect();
    let [ours, _] = results.bodies;
    aims.push(Aim {
        says: "start to first answer with a key in the store, ms",
        wanted: format!("at most {START_MILLIS}"),
        found: Some(ours.start_millis),
        met: ours.start_millis <= START_MILLIS,
    });
    aims.push(Aim {
        says: "memory at rest, MB",
        wanted: format!("at most {}", AT_REST_KILOBYTES / 1024),
        found: ours.at_rest.map(megabytes),
        met: ours.at_rest.is_some_and(|found| found <= AT_REST_KILOBYTES),
    });
    let wrong = results.count_wrong();
    let found = Some(f64::from(u32::try_from(wrong).unwrap_or(u32::MAX)));
    aims.push(Aim { says: "wrong answers", wanted: "0".to_owned(), found, met: wrong == 0 });
    aims
}

/// The tables.
#[must_use]
pub fn table(results: &Results) -> String {
    let mut text = format!(
        "{:<20} {:>5}  {:<13} {:>9} {:>9} {:>9} {:>10} {:>7}\n",
        "", "conns", "server", "req/s", "p50 ms", "p99 ms", "cpu µs/req", "ratio"
    );
    for cell in &results.cells {
        let ratio = cell.ratio.map_or_else(String::new, |ratio| format!("{ratio:.1}x"));
        row(&mut text, cell, "tenant", &cell.ours, &ratio);
        if let Some(theirs) = &cell.theirs {
            row(&mut text, cell, "oidc-provider", theirs, "");
        }
    }
    text += "\n";
    for (name, body) in ["tenant", "oidc-provider"].iter().zip(&results.bodies) {
        let memory =
            |kilobytes: Option<u64>| kilobytes.map_or("?".to_owned(), |found| format!("{:.1}", megabytes(found)));
        let Body { start_millis, at_rest, after_load } = body;
        let (at_rest, after_load) = (memory(*at_rest), memory(*after_load));
        put(
            &mut text,
            format_args!(
                "{name:<14} first answer {start_millis:.0} ms after exec, {at_rest} MB at rest, {after_load} MB after load\n"
            ),
        );
    }
    let ceiling = results.ceiling.iter().map(|(connections, found)| format!("{found:.0} at {connections}"));
    let ceiling = ceiling.collect::<Vec<_>>().join(", ");
    put(
        &mut text,
        format_args!("the generator alone reaches, against a server that decides nothing: {ceiling} connections\n\n"),
    );
    for Aim { says, wanted, found, met } in aims(results) {
        let met = if met { "met" } else { "not met" };
        let found = found.map_or("not measured".to_owned(), |found| format!("{found:.1}"));
        put(&mut text, format_args!("{met:<8} {says}: {found} ({wanted})\n"));
    }
    text
}

fn row(text: &mut String, cell: &Cell, server: &str, measured: &Measured, ratio: &str) {
    let Measured { per_second, p50, p99, processor, .. } = measured;
    let (p50, p99) = (f64::from(*p50) / 1e3, f64::from(*p99) / 1e3);
    let processor = processor.map_or("?".to_owned(), |micros| format!("{micros:.0}"));
    let wrong = if measured.wrong == 0 { String::new() } else { format!("  {} wrong answers", measured.wrong) };
    let (job, connections) = (cell.job.name(), cell.connections);
    put(
        text,
        format_args!(
            "{job:<20} {connections:>5}  {server:<13} {per_second:>9.0} {p50:>9.2} {p99:>9.2} {processor:>10} {ratio:>7}{wrong}\n"
        ),
    );
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("a text takes everything");
}

fn megabytes(kilobytes: u64) -> f64 {
    f64::from(u32::try_from(kilobytes).unwrap_or(u32::MAX)) / 1024.0
}

/// The same for programs.
#[must_use]
pub fn json(results: &Results) -> Value {
    let measured = |found: &Measured| {
        json!({
            "requests_per_second": found.per_second, "p50_us": found.p50, "p99_us": found.p99,
            "cpu_us_per_request": found.processor, "requests": found.requests, "wrong": found.wrong,
        })
    };
    let body = |found: &Body| json!({ "start_ms": found.start_millis, "at_rest_kb": found.at_rest, "after_load_kb": found.after_load });
    let cells = results.cells.iter().map(|cell| {
        json!({
            "job": cell.job.name(), "connections": cell.connections, "ratio": cell.ratio,
            "tenant": measured(&cell.ours), "oidc_provider": cell.theirs.as_ref().map(measured),
        })
    });
    let ceiling = results.ceiling.iter();
    let ceiling =
        ceiling.map(|(connections, found)| json!({ "connections": connections, "requests_per_second": found }));
    let aims = aims(results).into_iter();
    let aims = aims.map(|aim| json!({ "aim": aim.says, "wanted": aim.wanted, "found": aim.found, "met": aim.met }));
    json!({
        "cells": cells.collect::<Vec<_>>(),
        "tenant": body(&results.bodies[0]),
        "oidc_provider": body(&results.bodies[1]),
        "generator_ceiling": ceiling.collect::<Vec<_>>(),
        "aims": aims.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(per_second: f64) -> Measured {
        Measured { per_second, p50: 1500, p99: 9000, processor: Some(40.0), requests: 100, wrong: 0 }
    }

    fn results(ratio: f64, start_millis: f64, at_rest: u64, wrong: usize) -> Results {
        let (mut ours, theirs) = (measured(1000.0 * ratio), measured(1000.0));
        ours.wrong = wrong;
        let cell = |job| Cell {
            job,
            connections: AT_CONNECTIONS,
            ours: ours.clone(),
            theirs: Some(theirs.clone()),
            ratio: Some(ratio),
        };
        Results {
            cells: RATIOS.iter().map(|(job, ..)| cell(*job)).collect(),
            bodies: [Body { start_millis, at_rest: Some(at_rest), after_load: None }, Body::default()],
            ceiling: vec![(64, 90_000.0)],
            wrong: Vec::new(),
        }
    }

    #[test]
    fn an_aim_is_met_or_not() {
        let met = |results: &Results| aims(results).iter().map(|aim| aim.met).collect::<Vec<_>>();
        assert_eq!(met(&results(15.0, 60.0, 30 * 1024, 0)), [true; 6]);
        assert_eq!(met(&results(2.0, 60.1, 30 * 1024 + 1, 1)), [false, true, true, false, false, false]);
        assert_eq!(met(&Results::default())[..3], [false; 3], "what was not measured is not met");
    }

    #[test]
    fn the_table_says_what_was_found() {
        let text = table(&results(12.34, 51.0, 20_480, 0));
        for part in
            ["silent /authorize", "12340", "12.3x", "1.50", "9.00", "51 ms after exec, 20.0 MB at rest, ? MB after"]
        {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(text.contains("not met  silent /authorize"), "{text}");
        assert!(table(&results(1.0, 1.0, 1, 3)).contains("3 wrong answers"));
    }

    #[test]
    fn programs_get_every_cell() {
        let found = json(&results(3.0, 1.0, 1, 0));
        assert_eq!(found["cells"].as_array().map(Vec::len), Some(3));
        assert_eq!(found["cells"][0]["tenant"]["p99_us"], 9000);
        assert_eq!(found["aims"][0]["met"], false);
    }
}
