//! The table at the end of `cargo demo --once`.

use crate::{analyzer::Tally, messages::Model};

/// What came of one analyzer's messages.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub model: Model,
    pub tally: Tally,
    /// Messages that the orders let expect.
    pub expected: usize,
    /// Orders, and so reports, with results of this analyzer.
    pub reports: usize,
}

/// Prints it. It comes after the last review, when what was observed is what was reviewed.
pub(super) fn print(rows: &[Row], reviewed: usize, reports: usize, seconds: f64) {
    println!(
        "\n{:<10} {:>9} {:>13} {:>9} {:>8} {:>8}",
        "analyzer", "messages", "observations", "reviewed", "reports", "seconds"
    );
    for Row {
        model,
        tally,
        reports,
        ..
    } in rows
    {
        let (name, observed) = (model.name(), tally.observations);
        println!(
            "{name:<10} {:>9} {observed:>13} {observed:>9} {reports:>8}",
            tally.accepted
        );
    }
    let all: Tally = rows.iter().map(|row| row.tally).sum();
    println!(
        "{:<10} {:>9} {:>13} {reviewed:>9} {reports:>8} {seconds:>8.1}",
        "all", all.accepted, all.observations
    );
}
