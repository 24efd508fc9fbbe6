//! The table at the end of `cargo demo --once`.

use crate::{analyzer::Tally, messages::Model};

/// What came of one analyzer's messages.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub model: Model,
    pub tally: Tally,
    pub expected: usize,
}

/// Prints it. Every result was reviewed by then, so what an analyzer sent is what was reviewed of it.
pub(super) fn print(rows: &[Row], reviewed: usize, reports: usize, seconds: f64) {
    println!(
        "\n{:<10} {:>9} {:>13} {:>9} {:>8} {:>8}",
        "analyzer", "messages", "observations", "reviewed", "reports", "seconds"
    );
    for row in rows {
        println!(
            "{:<10} {:>9} {:>13}",
            row.model.name(),
            row.tally.accepted,
            row.tally.observations
        );
    }
    let messages: usize = rows.iter().map(|row| row.tally.accepted).sum();
    let observations: usize = rows.iter().map(|row| row.tally.observations).sum();
    println!(
        "{:<10} {messages:>9} {observations:>13} {reviewed:>9} {reports:>8} {seconds:>8.1}",
        "all"
    );
}
