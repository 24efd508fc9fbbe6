//! Bad input on the real binaries: it never ends a process, never loses what was accepted, and is always named.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    appliance::{self, Appliance, Port, Wiring},
    census::story_specimen,
    chance::Dice,
    hub::{self, Hub},
    messages::Model,
    ports, process,
    system::{Setting, System},
    wait,
    wire_tap::{ACK, ENQ, EOT, NAK, WireTap, frame, frames},
};

const MINUTES: Duration = Duration::from_secs(90);

/// A hub and one appliance with one TCP port.
async fn one_port(story: &str) -> Result<(System, Appliance, SocketAddr)> {
    let mut system = System::start(story, Setting::Alone).await?;
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    let setup = appliance::Setup {
        ports: vec![port(address)],
        ..appliance::Setup::default()
    };
    let mut appliance = system.appliance("boitier", &setup)?;
    appliance.start()?;
    Ok((system, appliance, address))
}

fn port(address: SocketAddr) -> Port {
    Port {
        name: "c311".to_owned(),
        driver: Model::C311.driver().to_owned(),
        wiring: Wiring::Listen(address),
    }
}

fn text(number: usize) -> Vec<u8> {
    Model::C311
        .message(&story_specimen(number), &mut Dice::new(5))
        .text()
}

async fn arrived(system: &mut System, appliance: &Appliance, numbers: &[usize]) -> Result<()> {
    let promised: Vec<String> = numbers
        .iter()
        .map(|number| story_specimen(*number))
        .collect();
    let mut last = None;
    let outcome = wait::until("the messages at the hub", MINUTES, async || {
        let census = system.census()?;
        let done = census.captures >= promised.len();
        last = Some(census);
        Ok(done.then_some(()))
    });
    outcome
        .await
        .with_context(|| format!("{}\n{}", appliance.tail(20), system.explain()))?;
    let census = last.context("no census was taken")?;
    census.holds_once(&promised)?;
    ensure!(
        census.captures == promised.len(),
        "the hub holds {} captures",
        census.captures
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_wrong_sums_and_half_messages_never_become_results() -> Result<()> {
    let (mut system, mut appliance, address) = one_port("bad-input-line").await?;
    let mut tap = WireTap::connect(address).await?;

    // Garbage of every value but the enquiry, before any session.
    let mut dice = Dice::new(11);
    let garbage: Vec<u8> = (0..20_000)
        .map(|_| u8::try_from(dice.below(256)).unwrap_or(0))
        .filter(|byte| *byte != ENQ)
        .collect();
    tap.say(&garbage).await?;
    tap.deliver(&text(1)).await.context("after garbage")?;

    // A wrong checksum is refused, the same frame with the right one accepted.
    let whole = text(2);
    let mut pieces = frames(&whole).into_iter();
    let first = pieces.next().context("no frame")?;
    let mut spoiled = first.clone();
    if let Some(byte) = spoiled.get_mut(20) {
        *byte ^= 0x08;
    }
    tap.ask("enquiry", &[ENQ], ACK).await?;
    tap.ask("a frame with a wrong checksum", &spoiled, NAK)
        .await?;
    tap.ask("the frame repeated", &first, ACK).await?;
    for piece in pieces {
        tap.ask("frame", &piece, ACK).await?;
    }
    tap.say(&[EOT]).await?;

    // A message cut off: by the end of the session, by a new enquiry, by the end of the connection.
    let cut = text(3);
    let half = frames(&cut).into_iter().next().context("no frame")?;
    tap.ask("enquiry", &[ENQ], ACK).await?;
    tap.ask("first half", &half, ACK).await?;
    tap.say(&[EOT]).await?;
    tap.ask("enquiry", &[ENQ], ACK).await?;
    tap.ask("first half", &half, ACK).await?;
    tap.ask("a new enquiry", &[ENQ], ACK).await?;
    tap.ask("first half", &half, ACK).await?;
    drop(tap);
    let mut tap = WireTap::connect(address).await?;
    tap.deliver(&cut).await.context("after three cuts")?;

    ensure!(
        appliance.running(),
        "the appliance ended\n{}",
        appliance.tail(30)
    );
    arrived(&mut system, &appliance, &[1, 2, 3]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_cut_by_silence_is_dropped_and_taken_whole_later() -> Result<()> {
    let (mut system, appliance, address) = one_port("bad-input-silence").await?;
    let mut tap = WireTap::connect(address).await?;
    let whole = text(1);
    let half = frames(&whole).into_iter().next().context("no frame")?;
    tap.ask("enquiry", &[ENQ], ACK).await?;
    tap.ask("first half", &half, ACK).await?;
    // The receiver gives up after 30 s of silence (E1381 §6.5.2.4); its own state says when it has.
    wait::until(
        "the appliance to note the silence",
        Duration::from_mins(1),
        async || Ok(appliance.tail(40).contains("fell silent").then_some(())),
    )
    .await
    .with_context(|| appliance.tail(40))?;
    tap.deliver(&whole).await?;
    arrived(&mut system, &appliance, &[1]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_of_ten_megabytes_neither_fills_the_memory_nor_stops_the_port() -> Result<()> {
    let (mut system, mut appliance, address) = one_port("bad-input-large").await?;
    let mut tap = WireTap::connect(address).await?;
    let before = appliance.process()?.resident_kib()?;
    tap.ask("enquiry", &[ENQ], ACK).await?;
    tap.ask("header", &frame(1, b"H|\\^&|||big\r", false), ACK)
        .await?;
    let piece = vec![b'x'; 63_000];
    let (mut sent, mut refused) = (0, false);
    for number in 2.. {
        tap.say(&frame(number, &piece, false)).await?;
        if tap.hear().await? == NAK {
            refused = true;
            break;
        }
        sent += piece.len();
        if sent > 10_000_000 {
            break;
        }
    }
    tap.say(&[EOT]).await?;
    let after = appliance.process()?.resident_kib()?;
    println!(
        "10 MB record: refused {refused} after {sent} bytes; memory {before} KiB, then {after} KiB"
    );
    ensure!(
        after < before + 40 * 1024,
        "memory grew from {before} to {after} KiB"
    );
    tap.deliver(&text(1))
        .await
        .context("after the large record")?;
    arrived(&mut system, &appliance, &[1]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appliance_of_another_hub_gets_nowhere_and_keeps_collecting() -> Result<()> {
    let mut system = System::start("bad-input-stranger", Setting::Alone).await?;
    let other_data = system.folder().join("other-hub");
    let mut other = Hub::create("other-hub", &other_data, &hub::Setup::default())?;
    other.start().await?;
    let address = SocketAddr::from(([127, 0, 0, 1], ports::free()?));
    let setup = appliance::Setup {
        ports: vec![port(address)],
        uplink: Some(other.broker()),
        ..appliance::Setup::default()
    };
    let mut stranger = system.appliance("boitier", &setup)?;
    stranger.start()?;
    let mut tap = WireTap::connect(address).await?;
    tap.deliver(&text(1))
        .await
        .context("an appliance without a hub must still collect")?;
    wait::until("a clear word about the certificate", MINUTES, async || {
        let said = stranger.tail(60).to_lowercase();
        Ok(said.contains("certificate").then_some(()))
    })
    .await
    .with_context(|| stranger.tail(60))?;
    let census = lisiere_tests::census::Census::take(&other)?;
    ensure!(
        census.captures == 0,
        "the other hub took {} captures of a stranger",
        census.captures
    );

    // Pointed at its own hub again, it hands everything over.
    stranger.stop().await?;
    stranger.write_settings(&appliance::Setup {
        uplink: None,
        ..setup
    })?;
    stranger.start()?;
    arrived(&mut system, &stranger, &[1]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_mistakes_in_either_settings_file_are_all_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let hub = Hub::create("hub", &folder.path().join("hub"), &hub::Setup::default())?;
    std::fs::write(
        hub.data().join("hub.toml"),
        "[web]\nlisten = \"nowhere\"\n[broker]\nurl = \"http://x\"\n[identity]\nenvironment = \"moon\"\n",
    )?;
    let said = process::run(hub.command()?.arg("run"), "")?;
    ensure!(said.code == 78, "exit code {}\n{}", said.code, said.stderr);
    for word in ["nowhere", "http://x", "moon"] {
        ensure!(
            said.stderr.contains(word),
            "{word} is not named in:\n{}",
            said.stderr
        );
    }
    let box_folder = folder.path().join("box");
    let appliance = Appliance::create(&box_folder, "boitier", &appliance::Setup::default())?;
    std::fs::write(
        appliance.settings(),
        "data = \"somewhere\"\n[[port]]\nname = \"C 311\"\ntcp = { listen = \"here\" }\n",
    )?;
    let said = appliance.command_output(&["run"])?;
    ensure!(said.code == 78, "exit code {}\n{}", said.code, said.stderr);
    for word in ["somewhere", "C 311", "here"] {
        ensure!(
            said.stderr.contains(word),
            "{word} is not named in:\n{}",
            said.stderr
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_corrupt_journal_is_repaired_or_set_aside_and_never_deleted() -> Result<()> {
    let (mut system, mut appliance, address) = one_port("bad-input-journal").await?;
    let mut tap = WireTap::connect(address).await?;
    tap.deliver(&text(1)).await?;
    arrived(&mut system, &appliance, &[1]).await?;
    drop(tap);
    appliance.stop().await?;
    let journal = appliance.data().join("journal.redb");
    let size = std::fs::metadata(&journal)?.len();
    let mut bytes = std::fs::read(&journal)?;
    let mut dice = Dice::new(23);
    for byte in bytes.iter_mut().take(64 * 1024) {
        *byte = u8::try_from(dice.below(256)).unwrap_or(0);
    }
    std::fs::write(&journal, &bytes)?;
    appliance.start()?;
    let mut tap = WireTap::connect(address)
        .await
        .with_context(|| appliance.tail(30))?;
    tap.deliver(&text(2))
        .await
        .with_context(|| appliance.tail(30))?;
    arrived(&mut system, &appliance, &[1, 2]).await?;
    let kept = std::fs::read_dir(appliance.data())?
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path()).ok())
        .any(|content| content.len() as u64 == size && content == bytes);
    println!(
        "corrupt journal: the spoiled file was kept aside: {kept}\n{}",
        appliance.tail(20)
    );
    ensure!(kept, "the spoiled journal is gone\n{}", appliance.tail(30));
    Ok(())
}
