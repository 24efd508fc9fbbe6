//! Outages: the hub is down for an hour of traffic, the broker is down, the network is cut or swallows everything. The
//! analyzers notice nothing and every message arrives, without a person's help (P9).

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    analyzer::Manner,
    chance::Dice,
    fleet::{Fleet, Plan},
    messages::Model,
    proxy::{Proxy, Weather},
    system::{Setting, System},
};

const MINUTES: Duration = Duration::from_mins(2);

/// What three busy analyzers produce in an hour: 50 chemistries, 60 blood counts, 12 point-of-care results.
const HOUR: usize = 122;

fn plan(uplink: Option<std::net::SocketAddr>) -> Plan {
    Plan {
        appliances: 1,
        analyzers: vec![Model::C311, Model::Xp, Model::Afinion],
        manner: Manner {
            haste: 10,
            ..Manner::plain(Dice::new(3))
        },
        uplink,
        journal_mb: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_traffic_waits_on_the_appliance_while_the_hub_is_down() -> Result<()> {
    let mut system = System::start("outage-hub", Setting::Alone).await?;
    let mut fleet = Fleet::start(&mut system, &plan(None))?;
    fleet.load(9);
    fleet.emptied(MINUTES).await?;
    fleet.arrived(&mut system, MINUTES).await?;

    system.hub()?.stop().await?;
    fleet.load(3 * HOUR);
    fleet
        .emptied(MINUTES)
        .await
        .context("the analyzers must not notice that the hub is down")?;
    system.hub()?.start().await?;
    let census = fleet.arrived(&mut system, MINUTES).await?;
    ensure!(
        census.captures == 9 + 3 * HOUR,
        "{} captures",
        census.captures
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_and_their_broker_go_and_come_back_in_any_order() -> Result<()> {
    let mut system = System::start("outage-broker", Setting::Shared).await?;
    let mut fleet = Fleet::start(&mut system, &plan(None))?;
    fleet.load(30);
    fleet.emptied(MINUTES).await?;
    fleet.arrived(&mut system, MINUTES).await?;

    for hub in &mut system.hubs {
        hub.stop().await?;
    }
    fleet.load(HOUR);
    fleet.emptied(MINUTES).await.context("the hubs are down")?;
    let broker = system
        .broker
        .as_mut()
        .context("this setting has a broker of its own")?;
    broker.kill()?;
    fleet.load(HOUR);
    fleet
        .emptied(MINUTES)
        .await
        .context("the broker is down too")?;
    for hub in &mut system.hubs {
        hub.launch()?;
    }
    if let Some(broker) = &mut system.broker {
        broker.resume().await?;
    }
    let census = fleet.arrived(&mut system, MINUTES).await?;
    ensure!(
        census.captures == 30 + 2 * HOUR,
        "{} captures",
        census.captures
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_network_and_a_silent_one_are_both_noticed_and_survived() -> Result<()> {
    let mut system = System::start("outage-network", Setting::Alone).await?;
    let proxy = Proxy::start(system.hub()?.broker()).await?;
    let mut fleet = Fleet::start(&mut system, &plan(Some(proxy.address())))?;
    fleet.load(9);
    fleet.emptied(MINUTES).await?;
    fleet.arrived(&mut system, MINUTES).await?;

    proxy.set(Weather::Cut);
    fleet.load(60);
    fleet.emptied(MINUTES).await.context("the network is cut")?;
    proxy.set(Weather::Clear);
    fleet.arrived(&mut system, MINUTES).await?;

    // Nothing passes any more on the connection in use, and nobody says so: only the appliance itself can notice.
    proxy.set(Weather::BlackHole);
    fleet.load(60);
    fleet
        .emptied(MINUTES)
        .await
        .context("the network swallows everything")?;
    proxy.set(Weather::Clear);
    let census = fleet.arrived(&mut system, MINUTES).await?;
    ensure!(census.captures == 129, "{} captures", census.captures);
    Ok(())
}
