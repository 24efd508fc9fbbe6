//! A backlog: the hub is away, the appliance collects; its memory, and how fast it hands everything over.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Figure;
use crate::{
    analyzer::Manner,
    chance::Dice,
    clock::Stopwatch,
    fleet::{Fleet, Plan},
    messages::Model,
    system::{Setting, System},
    wait,
};

const HOUR: Duration = Duration::from_hours(1);
const MINUTES: Duration = Duration::from_mins(2);
/// Messages loaded at a time, so that the simulator's own memory stays small.
const LOAD: usize = 4000;

pub(super) async fn measure(messages: usize) -> Result<Vec<Figure>> {
    let mut system = System::start("bench-backlog", Setting::Alone).await?;
    let plan = Plan {
        appliances: 1,
        analyzers: vec![Model::C311; 8],
        manner: Manner::plain(Dice::new(1)),
        uplink: None,
        journal_mb: Some(2048),
    };
    let mut fleet = Fleet::start(&mut system, &plan)?;
    fleet.load(8);
    fleet.emptied(MINUTES).await?;
    fleet.arrived(&mut system, MINUTES).await?;
    let idle = resident(&mut fleet)?;

    system.hub()?.stop().await?;
    let watch = Stopwatch::start();
    let mut loaded = 0;
    while loaded < messages {
        let part = LOAD.min(messages - loaded);
        fleet.load(part);
        fleet.emptied(HOUR).await?;
        loaded += part;
        println!("backlog: {loaded} of {messages} messages on the appliance");
    }
    let collected = rate(messages, watch);
    let full = resident(&mut fleet)?;
    let appliance = fleet.appliances.first_mut().context("no appliance")?;
    appliance.stop().await?;
    appliance.start()?;

    let watch = Stopwatch::start();
    system.hub()?.start().await?;
    let wanted = u64::try_from(messages + 8).context("counting")?;
    let hub = system.hub()?;
    wait::until("the backlog at the hub", HOUR, async || {
        Ok((hub.captures()?.0 >= wanted).then_some(()))
    })
    .await
    .with_context(|| fleet.explain())?;
    let drained = rate(messages, watch);
    let after = resident(&mut fleet)?;
    fleet.committed(&mut system, MINUTES).await?;
    Ok(vec![
        Figure::new(
            "appliance: messages journaled and answered, 8 lines",
            collected,
            "one fsync per group",
        ),
        Figure::new(
            format!("drain of {messages} messages, appliance to hub's database"),
            drained,
            "hub start and TLS included",
        ),
        Figure::new("appliance: resident memory, idle", kib(idle), "aim 10 MiB"),
        Figure::new(
            format!("appliance: resident memory, {messages} unconfirmed"),
            kib(full),
            "aim 16 MiB",
        ),
        Figure::new("appliance: resident memory after the drain", kib(after), ""),
    ])
}

fn resident(fleet: &mut Fleet) -> Result<u64> {
    fleet
        .appliances
        .first_mut()
        .context("no appliance")?
        .process()?
        .resident_kib()
}

fn kib(kib: u64) -> String {
    format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024)
}

fn rate(messages: usize, watch: Stopwatch) -> String {
    let count = u32::try_from(messages).map_or(f64::NAN, f64::from);
    format!("{:.0}/s", count / watch.seconds())
}
