//! The two ways to run the demo: unattended to its end, or until someone presses Ctrl-C.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use tokio::time::{MissedTickBehavior, interval};

use super::{cast, stage::Stage, table};
use crate::{
    browser::Browser,
    clock::Stopwatch,
    desk::{self, Request},
    hub::{BIOLOGIST, SECRETARY, TECHNICIAN},
    wait,
};

const MINUTES: Duration = Duration::from_mins(4);
/// Between two orders of the demo that runs on.
const NEXT_ORDER: Duration = Duration::from_secs(15);

/// Runs one round unattended and writes the reports to `out`; false when something did not arrive.
pub(super) async fn once(folder: &Path, out: &Path, baud: u32) -> Result<bool> {
    let watch = Stopwatch::start();
    let mut stage = Stage::set(folder, baud).await?;
    let outcome = round(&mut stage, out, watch).await;
    let outcome = outcome.with_context(|| stage.explain())?;
    stage.strike().await?;
    Ok(outcome)
}

async fn round(stage: &mut Stage, out: &Path, watch: Stopwatch) -> Result<bool> {
    let url = stage.url()?;
    let secretary = Browser::sign_in(&url, &SECRETARY).await?;
    let requests = cast::round(0);
    let mut orders = Vec::new();
    for request in &requests {
        orders.push(desk::register(&secretary, request).await?);
        stage.rooms.measure(request)?;
    }
    println!(
        "{} orders registered through the reception's form",
        orders.len()
    );

    let technician = Browser::sign_in(&url, &TECHNICIAN).await?;
    let expected = expected(&requests);
    let mut reviewed = 0;
    wait::until("every result to be reviewed", MINUTES, async || {
        let fresh = desk::review(&technician).await?;
        reviewed += fresh;
        if fresh > 0 {
            let sent = stage.rooms.tally().accepted;
            println!("{sent:>3} messages sent, {reviewed:>4} of {expected} results reviewed");
        }
        Ok((reviewed >= expected).then_some(()))
    })
    .await?;

    let biologist = Browser::sign_in(&url, &BIOLOGIST).await?;
    let mut reports = 0;
    for order in &orders {
        let report = desk::sign(&biologist, order).await?;
        desk::take_home(&biologist, &report, out).await?;
        reports += 1;
    }
    println!("{reports} reports signed and written to {}", out.display());
    let rows = stage.rows(&requests);
    table::print(&rows, reviewed, reports, watch.seconds());
    let complete = rows.iter().all(|row| row.tally.accepted == row.expected);
    ensure!(complete, "not every message was accepted");
    let observed: usize = rows.iter().map(|row| row.tally.observations).sum();
    ensure!(
        observed == expected,
        "{observed} results were sent, {expected} ordered"
    );
    ensure!(
        reviewed == expected,
        "{reviewed} results were reviewed, {expected} expected"
    );
    Ok(reports == requests.len())
}

fn expected(requests: &[Request]) -> usize {
    requests.iter().map(|request| request.tests().len()).sum()
}

/// Shows how to look at it and lets results flow slowly until Ctrl-C.
pub(super) async fn until_interrupted(folder: &Path, baud: u32) -> Result<()> {
    let mut stage = Stage::set(folder, baud).await?;
    let url = stage.url()?;
    let secretary = Browser::sign_in(&url, &SECRETARY).await?;
    welcome(&url);
    let mut next = interval(NEXT_ORDER);
    next.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut queue = Vec::new();
    for number in 0.. {
        queue.extend(cast::round(number));
        for request in queue.drain(..) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {
                    println!("\nstopping…");
                    return stage.strike().await;
                }
                _ = next.tick() => {}
            }
            desk::register(&secretary, &request).await?;
            stage.rooms.measure(&request)?;
            let tubes: Vec<&str> = request
                .tubes
                .iter()
                .map(|tube| tube.number.as_str())
                .collect();
            println!(
                "order {} registered, tubes {} on their analyzers",
                request.number,
                tubes.join(", ")
            );
        }
    }
    Ok(())
}

fn welcome(url: &str) {
    println!("\nThe laboratory is open: {url}\n");
    for account in [TECHNICIAN, BIOLOGIST, SECRETARY] {
        println!(
            "  {:<11} sign-in {:<8} password {}",
            account.role, account.login, account.password
        );
    }
    println!(
        "\nWhat to look at:\n\
         \x20 {url}/paillasse     results as they come; accept them as the technician\n\
         \x20 {url}/validation    sign as the biologist; the report opens as HTML, PDF and CDA\n\
         \x20 {url}/boitiers      the two appliances and their lines\n\
         \nCtrl-C ends everything.\n"
    );
}
