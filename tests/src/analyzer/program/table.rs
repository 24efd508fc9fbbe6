//! What a session of the simulator came to, in one table.

use crate::analyzer::Tally;

/// The counts of one session.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub tally: Tally,
    pub controls: usize,
    pub questions: usize,
    pub answers: usize,
    pub nothing: usize,
    pub seconds: f64,
    pub failure: Option<String>,
}

impl Outcome {
    /// Whether everything was accepted and answered.
    pub(super) fn good(&self) -> bool {
        self.failure.is_none() && self.tally.waiting == 0
    }

    /// Prints the table.
    pub(super) fn print(&self, profile: &str) {
        let tally = &self.tally;
        let count = |number: u64| number.to_string();
        let size = |number: usize| number.to_string();
        println!("\n{:<34} {:>10}", "séance", profile);
        for (what, number) in [
            ("messages acceptés", size(tally.accepted)),
            ("  dont contrôles", size(self.controls)),
            ("résultats qu'ils portent", size(tally.observations)),
            ("questions posées", size(self.questions)),
            ("  tubes avec du travail", size(self.answers)),
            ("  tubes sans travail", size(self.nothing)),
            ("messages en attente", size(tally.waiting)),
            ("refus entendus", count(tally.refusals)),
            ("essais abandonnés puis repris", count(tally.aborted)),
            ("lignes perdues", count(tally.hangups)),
            ("défauts mis sur la ligne", count(tally.faults)),
            ("durée (s)", format!("{:.1}", self.seconds)),
        ] {
            println!("{what:<34} {number:>10}");
        }
        if let Some(failure) = &self.failure {
            println!("ÉCHEC : {failure}");
        }
    }
}
