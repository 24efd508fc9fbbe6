//! A line seen and a port recognised from the laboratory, through real processes and both kinds of broker.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    browser::Browser,
    hub::{Hub, TECHNICIAN},
    messages::Model,
    pace::Pace,
    rooms::{Plan, Rooms},
    system::{Setting, System},
    wait,
};
use tokio::{io::AsyncReadExt as _, net::TcpStream, time::timeout};

const MINUTES: Duration = Duration::from_mins(2);
const ROOMS: &Plan = &[("biochimie", &[Model::C311])];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_hubs_own_broker() -> Result<()> {
    let mut system = System::start("watching-alone", Setting::Alone).await?;
    watched(&mut system).await.with_context(|| system.explain())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_mosquitto_with_two_hubs() -> Result<()> {
    let mut system = System::start("watching-shared", Setting::Shared).await?;
    watched(&mut system).await.with_context(|| system.explain())
}

async fn watched(system: &mut System) -> Result<()> {
    let urls: Vec<String> = system.hubs.iter().map(Hub::url).collect::<Result<_>>()?;
    let technician = Browser::sign_in(urls.first().context("no hub")?, &TECHNICIAN).await?;
    // With two hubs, one is watched at and the other one is asked at.
    let other = Browser::sign_in(urls.last().context("no hub")?, &TECHNICIAN).await?;
    let mut rooms = Rooms::open(system, ROOMS, 9600, Pace::unlimited()).await?;
    let name = rooms
        .appliances
        .first()
        .context("no box")?
        .name()
        .to_owned();
    let port = Model::C311.name();

    rooms.measure_tube(Model::C311, "TUBE000001")?;
    rooms.emptied(MINUTES).await?;
    let page = format!("/boitiers/{name}");
    let seen = wait::until("the port to be announced", MINUTES, async || {
        let page = technician.look(&page).await?;
        Ok(page.text.contains(port).then_some(()))
    });
    seen.await?;

    let mut line = technician
        .follow(&format!("{page}/ports/{port}/flux"))
        .await?;
    hear(&mut line, "text/event-stream").await?;
    // The first bytes of a watch that has just begun may pass unseen: tubes are measured until one is seen.
    let mut heard = String::new();
    for number in 2..60 {
        rooms.measure_tube(Model::C311, &format!("TUBE{number:06}"))?;
        rooms.emptied(MINUTES).await?;
        heard.push_str(&so_far(&mut line).await?);
        if heard.contains("[\"k\"]") {
            break;
        }
    }
    for expected in [
        "[\"c\",\"ENQ\"]",
        "[\"c\",\"ACK\"]",
        "[\"k\"]",
        "\"d\":\"s\"",
        "TUBE0000",
    ] {
        ensure!(
            heard.contains(expected),
            "{expected} is not in what was seen:\n{heard}"
        );
    }
    drop(line);

    let form = other.get(&page).await?;
    let action = format!("{page}/reconnaitre");
    other.submit(&form, &action, &[("port", port)]).await?;
    let mut tubes = 100;
    let recognised = wait::until("the port to be recognised", MINUTES, async || {
        let shown = technician.get(&page).await?;
        if shown.text.contains(">fait<") {
            return Ok(Some(shown.text));
        }
        ensure!(
            !shown.text.contains(">refusé par le boîtier<"),
            "{}",
            shown.text
        );
        tubes += 1;
        rooms.measure_tube(Model::C311, &format!("TUBE{tubes:06}"))?;
        Ok(None)
    });
    let shown = recognised.await.with_context(|| rooms.explain())?;
    ensure!(
        shown.contains(Model::C311.driver()),
        "the model is named:\n{shown}"
    );
    ensure!(
        shown.contains("[[port]]"),
        "settings are proposed:\n{shown}"
    );
    // Nothing is lost by having been listened to: the analyzer repeats what it was not answered.
    rooms.emptied(MINUTES).await?;
    let sent = rooms.tally().accepted as u64;
    let hub = system.hubs.first().context("no hub")?;
    let all = wait::until("every message to be committed", MINUTES, async || {
        let (captures, _) = hub.captures()?;
        Ok((captures >= sent).then_some(captures))
    });
    ensure!(all.await? == sent, "exactly once");
    hub.audit_is_intact()?;
    rooms.close().await
}

/// Reads until this has come.
async fn hear(line: &mut TcpStream, wanted: &str) -> Result<()> {
    let mut heard = String::new();
    while !heard.contains(wanted) {
        let mut buffer = [0; 4096];
        let read = timeout(MINUTES, line.read(&mut buffer)).await;
        let count = read.context("nothing comes")??;
        ensure!(count > 0, "the stream ended: {heard}");
        heard.push_str(&String::from_utf8_lossy(
            buffer.get(..count).unwrap_or_default(),
        ));
    }
    Ok(())
}

/// What has come by now; nothing within a moment is nothing.
async fn so_far(line: &mut TcpStream) -> Result<String> {
    let mut heard = String::new();
    let mut buffer = vec![0; 65536];
    while let Ok(read) = timeout(Duration::from_millis(300), line.read(&mut buffer)).await {
        let count = read?;
        ensure!(count > 0, "the stream ended: {heard}");
        heard.push_str(&String::from_utf8_lossy(
            buffer.get(..count).unwrap_or_default(),
        ));
    }
    Ok(heard)
}
