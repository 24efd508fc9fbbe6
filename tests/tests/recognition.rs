//! Recognition of every profile: at every speed on a modelled line, and by the box's own command on pseudo-terminals
//! that garble as wires do.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use lisiere_driver::Library;
use lisiere_protocol::{
    link::LinkKind,
    recognise::{Framing, Setting},
};
use lisiere_tests::{
    analyzer::{Analyzer, Manner},
    appliance::{Appliance, Setup},
    chance::Dice,
    faults::{Faults, Mischief},
    pace::Pace,
    process::{self, Outcome},
    recognition::{SPEEDS, framing, trial},
    repertoire::{Purpose, Repertoire, all},
    workspace,
};
use serde_json::Value;

/// So much faster than life the analyzers on real lines repeat what nobody answers.
const HASTE: u64 = 20;
/// Profiles tried with the box's own command, and the speed of each.
const REAL: [(&str, u32); 4] = [
    ("roche-cobas-c311", 9600),
    ("sysmex-xp", 19_200),
    ("biomerieux-vidas", 4800),
    ("abbott-afinion2", 115_200),
];

#[test]
fn every_profile_is_recognised_at_every_speed() -> Result<()> {
    let library = Library::builtin()?;
    let mut dice = Dice::announced("recognition");
    let mut misses: Vec<String> = Vec::new();
    let mut trials = 0;
    for repertoire in &mut all(&library)? {
        if repertoire.count(Purpose::Results) == 0 {
            continue;
        }
        for baud in SPEEDS {
            let setting = Setting {
                baud,
                framing: framing(repertoire),
            };
            for shows_errors in [true, false] {
                let one = trial(&library, repertoire, setting, shows_errors, &mut dice)?;
                trials += 1;
                if one.missed() {
                    let told = format!("{}: {}", one.profile, one.told());
                    println!("missed {told}");
                    let asks_first = matches!(one.link, LinkKind::Lis1a | LinkKind::Bci);
                    ensure!(!asks_first, "who asks for the line is always known: {told}");
                    misses.push(told);
                }
            }
        }
    }
    println!("recognition: {} of {trials} found", trials - misses.len());
    // Who sends unasked can be joined in the middle of a message again and again: a technician then sees the right speed
    // and a text, and looks once more.
    ensure!(
        misses.len() * 20 <= trials,
        "missed {} of {trials}",
        misses.len()
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_boxs_command_names_speed_link_and_model() -> Result<()> {
    let library = Library::builtin()?;
    let folder = workspace::target()?.join("stories").join("recognition");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).context("emptying the story's folder")?;
    }
    let appliance = Appliance::create(&folder, "reconnaissance", &Setup::default())?;
    let mut looks = Vec::new();
    for (id, baud) in REAL {
        let repertoire = Repertoire::of(&library, id)?;
        let device = folder.join("lines").join(id);
        let analyzer = busy(repertoire, &device, baud)?;
        let settings = appliance.settings();
        let look = tokio::task::spawn_blocking(move || recognise(&settings, &device));
        looks.push((id, baud, analyzer, look));
    }
    for (id, baud, analyzer, look) in looks {
        let outcome = look.await.context("joining")??;
        drop(analyzer);
        let found: Value = serde_json::from_str(&outcome.stdout)
            .with_context(|| format!("{id}: {}{}", outcome.stdout, outcome.stderr))?;
        let model = found.pointer("/models/0/driver").and_then(Value::as_str);
        let speed = found.pointer("/setting/baud").and_then(Value::as_u64);
        ensure!(
            model == Some(id) && speed == Some(u64::from(baud)),
            "{id} at {baud}: {found:#}"
        );
    }
    Ok(())
}

/// An analyzer that goes on trying to hand over a result.
fn busy(mut repertoire: Repertoire, device: &Path, baud: u32) -> Result<Analyzer> {
    let mut dice = Dice::new(u64::from(baud));
    let manner = Manner {
        link: repertoire.link().clone(),
        pace: Pace::baud(baud),
        wire: Some(Setting {
            baud,
            framing: Framing::EIGHT_NONE,
        }),
        faults: Faults::NONE,
        haste: HASTE,
        mischief: Mischief::new(Dice::new(1)),
    };
    let analyzer = Analyzer::on_serial(device, manner)?;
    let letter = repertoire.say(Purpose::Results, None, &mut dice)?;
    analyzer.load(letter);
    Ok(analyzer)
}

fn recognise(settings: &Path, device: &Path) -> Result<Outcome> {
    let mut command = std::process::Command::new(workspace::appliance()?);
    command.arg("--config").arg(settings).arg("recognise");
    command.arg(device).args(["--seconds", "90", "--json"]);
    let outcome = process::run(&mut command, "")?;
    ensure!(
        outcome.code == 0,
        "{} ended with {}\n{}",
        device.display(),
        outcome.code,
        outcome.stderr
    );
    Ok(outcome)
}
