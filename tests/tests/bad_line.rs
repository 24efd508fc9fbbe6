//! A bad line: flipped bits, lost and doubled bytes, noise. What arrives is exactly what was sent, once.

use std::time::Duration;

use anyhow::{Result, ensure};
use lisiere_tests::{
    analyzer::Manner,
    chance::Dice,
    faults::{Faults, Mischief},
    fleet::{Fleet, Plan},
    messages::Model,
    system::{Setting, System},
};

const MINUTES: Duration = Duration::from_mins(5);
const MESSAGES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_line_costs_repeats_and_no_result() -> Result<()> {
    let mut dice = Dice::announced("bad line");
    // Twice as fast as life and no more: the box gives up a spoiled frame after 5 s of silence, and the analyzer must be
    // silent for longer than that before it tries again, as analyzers are.
    let mut system = System::start("bad-line", Setting::Alone).await?;
    let manner = Manner {
        faults: Faults {
            flip: 1500,
            lose: 4000,
            double: 4000,
            noise: 2500,
            silence: 0,
        },
        haste: 2,
        mischief: Mischief::new(Dice::new(dice.bits())),
        ..Manner::plain(Dice::new(0))
    };
    let plan = Plan {
        appliances: 1,
        analyzers: vec![Model::C311, Model::Afinion, Model::GeneXpert, Model::Vitros],
        manner,
        uplink: None,
        journal_mb: None,
    };
    let mut fleet = Fleet::start(&mut system, &plan)?;
    fleet.load(MESSAGES);
    fleet.emptied(MINUTES).await?;
    let census = fleet.arrived(&mut system, MINUTES).await?;
    let tally = fleet.tally();
    println!(
        "bad line: {} messages accepted after {} refusals and {} aborted attempts",
        tally.accepted, tally.refusals, tally.aborted
    );
    ensure!(tally.refusals > 0, "the line was not bad at all: {tally:?}");
    ensure!(census.captures == MESSAGES, "{} captures", census.captures);
    census.reads_as(fleet.texts())?;
    Ok(())
}
