//! Power loss: appliances, hubs and the broker are killed at random moments while analyzers keep sending. Whatever got
//! its final positive answer is in the hub's database at the end, and nothing is there twice (P1, P2, P3).

use std::time::Duration;

use anyhow::{Result, ensure};
use lisiere_tests::{
    analyzer::Manner,
    chance::Dice,
    clock::{self, Stopwatch},
    fleet::{Fleet, Plan},
    messages::Model,
    pace::Pace,
    system::{Setting, System},
};
use tokio::time::sleep_until;

const MINUTES: Duration = Duration::from_mins(3);

#[derive(Debug, Default)]
struct Kills {
    appliance: usize,
    hub: usize,
    broker: usize,
    under_way: usize,
}

impl Kills {
    fn all(&self) -> usize {
        self.appliance + self.hub + self.broker
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_kills_lose_nothing_behind_mosquitto_and_postgresql() -> Result<()> {
    let mut system = System::start("power-loss-shared", Setting::Shared).await?;
    story(&mut system, 300, 2100).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_kills_lose_nothing_with_the_broker_inside_the_hub() -> Result<()> {
    let mut system = System::start("power-loss-alone", Setting::Alone).await?;
    story(&mut system, 60, 420).await
}

async fn story(system: &mut System, kills: usize, messages: usize) -> Result<()> {
    let watch = Stopwatch::start();
    let mut dice = Dice::announced("power loss");
    // The waiting times of the link run thirty times faster than life: 15 s without an answer become half a second.
    // The lines carry about 12 kB/s, so that messages are under way at most of the moments.
    let manner = Manner {
        haste: 30,
        pace: Pace::baud(115_200),
        ..Manner::plain(Dice::new(dice.bits()))
    };
    let plan = Plan {
        appliances: 3,
        analyzers: vec![Model::C311, Model::Xp],
        manner,
        uplink: None,
        journal_mb: None,
    };
    let mut fleet = Fleet::start(system, &plan)?;
    let mut done = Kills::default();
    let each = messages.div_ceil(kills);
    while done.all() < kills {
        fleet.load(each);
        let moment = clock::instant() + Duration::from_millis(dice.between(5, 300));
        sleep_until(moment).await;
        done.under_way += usize::from(fleet.tally().waiting > 0);
        kill_and_restart(system, &mut fleet, &mut dice, &mut done).await?;
    }
    let killing = watch.seconds();
    fleet.emptied(MINUTES).await?;
    let census = fleet.arrived(system, MINUTES).await?;
    let tally = fleet.tally();
    println!(
        "power loss: {} kills ({} of appliances, {} of hubs, {} of the broker), {} of them with messages under \
         way, in {killing:.0} s; {} messages accepted, \
         {} attempts aborted, {} lines lost; at the hub {} captures, 0 lost, 0 doubled; {:.0} s in all",
        done.all(),
        done.appliance,
        done.hub,
        done.broker,
        done.under_way,
        tally.accepted,
        tally.aborted,
        tally.hangups,
        census.captures,
        watch.seconds(),
    );
    ensure!(done.under_way > 0, "no message was under way at any kill");
    ensure!(
        tally.accepted >= messages,
        "only {} messages were accepted",
        tally.accepted
    );
    ensure!(
        census.captures == tally.accepted,
        "{} captures",
        census.captures
    );
    Ok(())
}

/// Pulls the plug of one process and puts it back in.
async fn kill_and_restart(
    system: &mut System,
    fleet: &mut Fleet,
    dice: &mut Dice,
    done: &mut Kills,
) -> Result<()> {
    let (appliances, hubs) = (fleet.appliances.len(), system.hubs.len());
    let victims = appliances + hubs + usize::from(system.broker.is_some());
    let victim = dice.index(victims);
    if let Some(appliance) = fleet.appliances.get_mut(victim) {
        ensure!(
            appliance.running(),
            "an appliance ended by itself\n{}",
            fleet.explain()
        );
        appliance.kill()?;
        appliance.start()?;
        done.appliance += 1;
    } else if let Some(hub) = system.hubs.get_mut(victim - appliances) {
        ensure!(
            hub.process()?.running(),
            "a hub ended by itself\n{}",
            hub.tail(40)
        );
        hub.kill()?;
        hub.launch()?;
        done.hub += 1;
    } else if let Some(broker) = &mut system.broker {
        broker.kill()?;
        broker.resume().await?;
        done.broker += 1;
    }
    Ok(())
}
