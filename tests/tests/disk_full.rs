//! A full disk: the appliance says "no" to the analyzer, which keeps its results; nothing is lost, and when there is
//! room again it goes on by itself (P2).

use std::{path::Path, process::Command, time::Duration};

use anyhow::{Context, Result, ensure};
use lisiere_tests::{
    analyzer::Manner,
    census::story_specimen,
    chance::Dice,
    fleet::{Fleet, Plan},
    messages::{Message, Model},
    process,
    system::{Setting, System},
    wait,
};

const MINUTES: Duration = Duration::from_mins(3);
const MESSAGES: usize = 160;

fn plan(journal_mb: Option<u32>) -> Plan {
    Plan {
        appliances: 1,
        analyzers: vec![Model::Afinion, Model::C311],
        manner: Manner {
            haste: 30,
            ..Manner::plain(Dice::new(9))
        },
        uplink: None,
        journal_mb,
    }
}

/// A chemistry with 64 kB of maker's records, as histograms are.
fn large(number: usize) -> Message {
    let mut message = Model::C311.message(&story_specimen(number), &mut Dice::new(1));
    let end = message.records.pop().unwrap_or_default();
    message
        .records
        .extend((1..=64).map(|line| format!("M|{line}|{}", "h".repeat(1000))));
    message.records.push(end);
    message
}

/// Loads the TCP analyzer with more than the journal can hold and waits until it hears "no".
async fn refused(fleet: &mut Fleet) -> Result<usize> {
    fleet.load_into(1, (0..MESSAGES).map(large).collect())?;
    let refused = wait::until("the analyzer to be refused", MINUTES, async || {
        Ok((fleet.tally().refusals >= 3).then_some(()))
    });
    refused.await.with_context(|| fleet.explain())?;
    let accepted = fleet.tally().accepted;
    ensure!(accepted > 0, "nothing was accepted\n{}", fleet.explain());
    ensure!(
        accepted < MESSAGES,
        "everything was accepted\n{}",
        fleet.explain()
    );
    Ok(accepted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_journal_refuses_and_recovers_when_the_hub_is_back() -> Result<()> {
    let mut system = System::start("disk-full-journal", Setting::Alone).await?;
    let mut fleet = Fleet::start(&mut system, &plan(Some(4)))?;
    system.hub()?.stop().await?;
    let accepted = refused(&mut fleet).await?;
    println!("full journal: {accepted} messages of 64 kB accepted, then refused");
    system.hub()?.start().await?;
    fleet.emptied(MINUTES).await?;
    let census = fleet.arrived(&mut system, MINUTES).await?;
    ensure!(census.captures == MESSAGES, "{} captures", census.captures);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_recovers_when_there_is_room_again() -> Result<()> {
    let mut system = System::start("disk-full-disk", Setting::Alone).await?;
    let data = system.folder().join("boitier-1").join("data");
    let Some(disk) = SmallDisk::mount(&data)? else {
        println!("skipped: this machine does not let us mount a small file system (needs root)");
        return Ok(());
    };
    let mut fleet = Fleet::start(&mut system, &plan(None))?;
    let ballast = data.join("ballast");
    std::fs::write(&ballast, vec![0_u8; 18 << 20]).context("filling the small disk")?;
    system.hub()?.stop().await?;
    let accepted = refused(&mut fleet).await?;
    println!("full disk: {accepted} messages of 64 kB accepted, then refused");
    std::fs::remove_file(&ballast).context("making room")?;
    system.hub()?.start().await?;
    fleet.emptied(MINUTES).await?;
    let census = fleet.arrived(&mut system, MINUTES).await?;
    ensure!(census.captures == MESSAGES, "{} captures", census.captures);
    drop(fleet);
    drop(disk);
    Ok(())
}

/// A file system of 24 MB in memory, unmounted when dropped.
struct SmallDisk<'p>(&'p Path);

impl<'p> SmallDisk<'p> {
    fn mount(place: &'p Path) -> Result<Option<Self>> {
        std::fs::create_dir_all(place)?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(place);
        let mounted = process::run(&mut mount, "")?.code == 0;
        Ok(mounted.then_some(Self(place)))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        process::run(Command::new("umount").arg("--lazy").arg(self.0), "").ok();
    }
}
